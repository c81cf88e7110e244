"""
What published programmes would pay, in yuan.

Henan: 20 % of the fee, at most 1,000,000 a year, province and city one to one.

    fee            20 %          paid          province     city
    3,600,000.00   720,000.00    720,000.00    360,000.00   360,000.00
    6,500,000.00   1,300,000.00  1,000,000.00  500,000.00   500,000.00

Shenzhen: 50 %, start-ups 60 %, at most 10,000,000 a year.

    start-up       15,000,000.00 × 60 % =  9,000,000.00
    others         24,000,000.00 × 50 % = 12,000,000.00, cut to 10,000,000.00

Shanghai: 30 % of 2,345,678.90 = 703,703.67.

Beijing: contracts from 2023-09-01 on, compute lines only.

    100.00 compute + 30.00 storage + 20.00 network: the base is 100.00
"""

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from marketplace.vouchers import cover_1, rules
from marketplace.vouchers.contracts import CoverLimit, Funding, Unfit
from tests.vouchers.cast import NOON, purchase, purse, rate, yuan

BEIJING_TIME = timezone(timedelta(hours=8))
HENAN = {
    "rates": [rate("0.20")],
    "per_entity_year_cap_minor": yuan("1000000"),
    "funding": [{"source": "province", "share": "0.5"}, {"source": "city", "share": "0.5"}],
}
SHENZHEN = {
    "rates": [rate("0.60", beneficiary="STARTUP"), rate("0.50")],
    "per_entity_year_cap_minor": yuan("10000000"),
}


def covered(bought, voucher):
    cap = voucher.rules.per_entity_year_cap_minor
    left = {} if cap is None else {voucher.programme_code: cap}
    plan = rules.cover(bought, [voucher], at=NOON, entity_year_left=left)
    (cover,) = plan.covers
    return cover


@pytest.mark.parametrize(
    ("fee", "paid", "half", "limit"),
    [
        ("3600000.00", "720000.00", "360000.00", CoverLimit.RATE),
        ("6500000.00", "1000000.00", "500000.00", CoverLimit.ENTITY_YEAR_CAP),
    ],
)
def test_henan_pays_a_fifth_up_to_a_million_from_two_purses(fee, paid, half, limit):
    voucher = purse(**HENAN)

    cover = covered(purchase(fee), voucher)
    funding = rules.split_funding(cover.amount_minor, voucher.rules.funding)

    assert cover.amount_minor == yuan(paid)
    assert cover.limited_by == limit
    assert funding == {"province": yuan(half), "city": yuan(half)}


@pytest.mark.parametrize(
    ("beneficiary", "fee", "paid"),
    [
        ("STARTUP", "15000000.00", "9000000.00"),
        ("STANDARD", "24000000.00", "10000000.00"),
    ],
)
def test_shenzhen_pays_start_ups_more_and_everyone_at_most_ten_million(beneficiary, fee, paid):
    cover = covered(purchase(fee), purse(beneficiary=beneficiary, **SHENZHEN))

    assert cover.amount_minor == yuan(paid)


def test_shanghai_rounds_once_half_up():
    cover = covered(purchase("2345678.90"), purse(rates=[rate("0.30")]))

    assert cover.amount_minor == yuan("703703.67")
    assert cover.rate == Decimal("0.30")


@pytest.mark.parametrize(
    ("signed", "reason"),
    [
        (datetime(2023, 8, 31, 23, 59, 59, tzinfo=BEIJING_TIME), Unfit.ORDER_TOO_EARLY),
        (datetime(2023, 9, 1, tzinfo=BEIJING_TIME), None),
    ],
)
def test_beijing_supports_contracts_from_the_first_of_september(signed, reason):
    voucher = purse(orders_from="2023-09-01T00:00:00+08:00")

    assert cover_1.why_unfit(voucher, purchase("100", ordered_at=signed), at=NOON) == reason


def test_beijing_supports_compute_lines_only():
    voucher = purse(rates=[rate("1.00")])

    cover = covered(purchase("100", storage="30", network="20"), voucher)

    assert cover.base_minor == yuan("100")
    assert cover.amount_minor == yuan("100")


def test_an_odd_fen_goes_to_the_largest_remainder_and_none_is_lost():
    thirds = (
        Funding("state", Decimal("0.34")),
        Funding("province", Decimal("0.33")),
        Funding("city", Decimal("0.33")),
    )

    assert rules.split_funding(101, thirds) == {"state": 35, "province": 33, "city": 33}
    assert sum(rules.split_funding(10_001, thirds).values()) == 10_001
