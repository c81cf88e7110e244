from uuid import uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.vouchers import rules
from marketplace.vouchers.contracts import CoverLimit, Unfit
from tests.vouchers.cast import (
    HAICHAO,
    LONGDONG_USCC,
    NAMES,
    NOON,
    purchase,
    purse,
    rate,
    rules_data,
    yuan,
)


def plan(bought, *purses, left=None):
    return rules.cover(bought, purses, at=NOON, entity_year_left=left or {})


def amounts(result):
    return [(cover.voucher_number, cover.amount_minor) for cover in result.covers]


def test_the_voucher_that_expires_first_pays_first():
    late = purse("V-late", left="100", days_left=90)
    soon = purse("V-soon", left="100", days_left=3)

    result = plan(purchase("500"), late, soon)

    assert amounts(result) == [("V-soon", yuan("100")), ("V-late", yuan("50"))]
    assert [cover.limited_by for cover in result.covers] == [CoverLimit.BALANCE, CoverLimit.RATE]


def test_two_vouchers_of_a_programme_share_its_rate_not_double_it():
    result = plan(purchase("1000"), purse("V-1", days_left=1), purse("V-2", days_left=2))

    assert amounts(result) == [("V-1", yuan("300"))]
    assert result.unfit == ((uuid5(NAMES, "V-2"), Unfit.FULLY_COVERED),)


def test_a_second_programme_supports_only_what_the_first_left():
    city = purse("V-city", days_left=1, rates=[rate("0.50")])
    province = purse("V-province", programme="PROVINCE", days_left=2, rates=[rate("0.50")])

    result = plan(purchase("1000"), city, province)

    assert amounts(result) == [("V-city", yuan("500")), ("V-province", yuan("250"))]


@pytest.mark.parametrize("loner", ["city", "province"])
def test_a_programme_that_stands_alone_is_not_combined(loner):
    city = purse("V-city", days_left=1, combines=loner != "city")
    province = purse("V-prov", programme="PROVINCE", days_left=2, combines=loner != "province")

    result = plan(purchase("1000"), city, province)

    assert amounts(result) == [("V-city", yuan("300"))]
    assert result.unfit[0][1] == Unfit.NOT_COMBINABLE


def test_the_cap_of_an_order_counts_all_vouchers_of_the_programme():
    capped = {"per_order_cap_minor": yuan("120")}
    first = purse("V-1", left="100", days_left=1, **capped)
    second = purse("V-2", left="100", days_left=2, **capped)

    result = plan(purchase("1000"), first, second)

    assert amounts(result) == [("V-1", yuan("100")), ("V-2", yuan("20"))]
    assert result.covers[1].limited_by == CoverLimit.PER_ORDER_CAP


def test_a_used_up_year_leaves_nothing():
    capped = purse(per_entity_year_cap_minor=yuan("100"))

    result = plan(purchase("1000"), capped, left={"CITY": 0})

    assert result.covers == ()
    assert result.unfit[0][1] == Unfit.ENTITY_YEAR_CAP


UNFIT = {
    Unfit.EXPIRED: (purse(days_left=0), purchase("100")),
    Unfit.NOT_YET_VALID: (purse(), purchase("100")),
    Unfit.EMPTY: (purse(left="0"), purchase("100")),
    Unfit.EX_POST: (purse(mode="EX_POST"), purchase("100")),
    Unfit.NO_CERTIFICATE: (
        purse(requires_sme_certificate=True),
        purchase("100", is_certified=False),
    ),
    Unfit.SUPPLIER: (purse(suppliers=["91110108551385082Q"]), purchase("100")),
    Unfit.RELATED_PARTY: (purse(), purchase("100", supplier_id=HAICHAO)),
    Unfit.NO_RATE: (purse(rates=[rate("0.3", resource_class="HPC")]), purchase("100")),
    Unfit.NOT_ELIGIBLE: (purse(eligible_lines=["STORAGE"]), purchase("100")),
}


@pytest.mark.parametrize("reason", UNFIT, ids=str)
def test_a_voucher_that_cannot_pay_says_why(reason):
    voucher, bought = UNFIT[reason]
    at = voucher.valid_from.replace(year=2020) if reason == Unfit.NOT_YET_VALID else NOON

    result = rules.cover(bought, [voucher], at=at, entity_year_left={})

    assert result.covers == ()
    assert result.unfit == ((voucher.voucher_id, reason),)


def test_a_listed_supplier_is_supported():
    assert amounts(plan(purchase("100"), purse(suppliers=None))) == [("V-1", yuan("30"))]
    assert LONGDONG_USCC not in rules_data()["eligible_lines"]


@given(
    compute=st.integers(0, 10**12),
    lefts=st.lists(st.integers(0, 10**12), max_size=6),
    share=st.integers(1, 100),
    cap=st.none() | st.integers(1, 10**12),
    year=st.none() | st.integers(0, 10**12),
)
def test_covers_never_exceed_rate_caps_balances_or_price(compute, lefts, share, cap, year):
    purses = [
        purse(
            f"V-{n}",
            left=f"{left // 100}.{left % 100:02d}",
            days_left=n + 1,
            rates=[rate(f"{share // 100}.{share % 100:02d}")],
            per_order_cap_minor=cap,
        )
        for n, left in enumerate(lefts)
    ]
    bought = purchase(f"{compute // 100}.{compute % 100:02d}")

    result = plan(bought, *purses, left={} if year is None else {"CITY": year})

    most = (compute * share * 2 + 100) // 200  # half up, in whole numbers
    assert result.total_minor <= min(most, sum(lefts))
    assert cap is None or result.total_minor <= cap
    assert year is None or result.total_minor <= year
    assert all(cover.amount_minor > 0 for cover in result.covers)
    if cap is None and year is None:
        assert result.total_minor == min(most, sum(lefts))
    assert plan(bought, *reversed(purses), left={} if year is None else {"CITY": year}) == result
