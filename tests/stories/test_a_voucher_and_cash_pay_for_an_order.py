"""
An order for two H100 cards over three hours, paid by two vouchers and cash. Amounts in yuan.

The price: 6 card-hours × 3.169872 = 19.019232 standard hours × 5.00 = 95.10 (95.09616 rounded).

    programme   rate   of              pays     voucher holds   pays at most
    PROVINCE    50 %   95.10           47.55    100.00          47.55
    CITY        30 %   95.10 − 47.55   14.27    20.00           14.27
    cash                                                        33.28

CITY expires first; but if it paid first its 20.00 would bind, and both would pay 57.55 together.

    account                        before    held     may still leave
    voucher of CITY                 20.00    14.27      5.73
    voucher of PROVINCE            100.00    47.55     52.45
    prepaid cash of Haichao         50.00    33.28     16.72

A second order of the same size finds 16.72 in cash, 52.45 on the voucher of PROVINCE and 5.73 on
that of CITY. They pay 47.55 and 5.73; 41.82 in cash are needed: rejected, and nothing has moved.

Cancelled before its start, the first order gives back all that it held.
"""

from datetime import timedelta

import pytest

from common import tenancy
from ledger import selectors as ledger
from marketplace.orders import services
from marketplace.orders.contracts import OrderState, RefusalCode
from tests.catalog.supply import listed
from tests.orders import cast
from tests.orders.cast import NOW, buyer, clear, place, programme, seen, voucher, wish
from tests.vouchers.cast import rate, yuan

pytestmark = pytest.mark.django_db


def test_two_vouchers_and_cash_pay_for_an_order():
    listing = listed(price="5.00", cards=8)
    haichao = buyer("50.00")
    city = voucher(haichao, "20.00", programme(code="CITY", rates=[rate("0.30")], validity_days=30))
    province = voucher(haichao, "100.00", programme(code="PROVINCE", rates=[rate("0.50")]))

    order = place(haichao, wish(listing, cards="2", hours=3))
    clear(listing)

    order = seen(order)
    assert order.state == OrderState.CLEARED
    assert (order.gross_minor, order.voucher_minor, order.cash_minor) == (9510, 6182, 3328)
    with tenancy.acting_as_platform():
        said = [cover.explained["lines"][0] for cover in order.covers.order_by("-amount_minor")]
    assert [(line["rate"], line["base_minor"]) for line in said] == [("0.5", 9510), ("0.3", 4755)]
    assert cast.left(city) == (yuan("20.00"), yuan("5.73"))
    assert cast.left(province) == (yuan("100.00"), yuan("52.45"))
    assert cast.cash(haichao) == (yuan("50.00"), yuan("16.72"))

    later = NOW + timedelta(minutes=1)
    second = place(haichao, wish(listing, cards="2", hours=3), at=later)
    clear(listing, at=later)

    assert seen(second).refusal_code == RefusalCode.INSUFFICIENT_FUNDS
    assert cast.left(province) == (yuan("100.00"), yuan("52.45"))
    assert cast.cash(haichao) == (yuan("50.00"), yuan("16.72"))

    services.cancel_order(order_id=order.pk, buyer_id=haichao.pk, now=later)

    assert cast.left(city) == (yuan("20.00"), yuan("20.00"))
    assert cast.left(province) == (yuan("100.00"), yuan("100.00"))
    assert cast.cash(haichao) == (yuan("50.00"), yuan("50.00"))
    with tenancy.acting_as_platform():
        lines = ledger.trial_balance()
        for asset in {line.asset for line in lines}:
            of_asset = [line for line in lines if line.asset == asset]
            assert sum(line.debits for line in of_asset) == sum(line.credits for line in of_asset)
            assert all(line.debits_pending == line.credits_pending == 0 for line in of_asset)
