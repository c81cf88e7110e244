"""
A buyer with ¥1,000.00 and a voucher of ¥100.00 (30 % of compute) orders four A100 cards for two
hours at ¥12.00 a card-hour: ¥96.00, of which the voucher shall pay 28.80 and cash 67.20. The fee
is 3 %.

                     charged  voucher    cash    fee | cash    free     | payable  claim   fees
    cleared                                          | 1000.00   932.80 |    0.00   0.00   0.00
    hour 1: 3.50 h     42.00    12.60   29.40   1.26 |  970.60   932.80 |   28.14  12.60   1.26
    hour 2: 2.25 h     27.00     8.10   18.90   0.81 |  951.70   932.80 |   46.23  20.70   2.07
    settled                                          |  951.70   951.70 |   46.23  20.70   2.07
    hour 2: 1.25 h    -12.00    -3.60   -8.40  -0.36 |  960.10   960.10 |   38.19  17.10   1.71

"cash" is the buyer's balance, "free" what of it is not on hold. What is given back after settlement
is the buyer's again; the market's books stay level at every line.
"""

from datetime import timedelta

import pytest

from marketplace.settlement import services
from tests.settlement.cast import HOUR, NOON, Market, is_balanced

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=2)


def books(market: Market, programme: str) -> tuple[str, ...]:
    assert is_balanced()
    return (*market.cash(), market.payable(), market.claim(programme), market.fees())


def test_every_line_of_the_table():
    market = Market(cash="1000.00")
    programme = market.voucher("100.00", share="0.30")

    order = market.order(cards=4, hours=2)
    assert books(market, programme) == ("1000.00", "932.80", "0.00", "0.00", "0.00")

    market.use(order, "3.50", hour=0)
    market.charge(at=NOON + HOUR + timedelta(minutes=6))
    assert books(market, programme) == ("970.60", "932.80", "28.14", "12.60", "1.26")

    market.use(order, "2.25", hour=1)
    market.charge(at=NOON + 2 * HOUR + timedelta(minutes=6))
    assert books(market, programme) == ("951.70", "932.80", "46.23", "20.70", "2.07")

    market.settle(at=LATER)
    assert books(market, programme) == ("951.70", "951.70", "46.23", "20.70", "2.07")

    market.revise(order, "1.25", hour=1)
    services.charge_due(now=LATER)
    assert books(market, programme) == ("960.10", "960.10", "38.19", "17.10", "1.71")

    amounts = [
        (charge.kind, charge.gross_minor, charge.voucher_minor, charge.cash_minor, charge.fee_minor)
        for charge in market.charges(order)
    ]
    assert amounts == [
        ("USAGE", 4_200, 1_260, 2_940, 126),
        ("USAGE", 2_700, 810, 1_890, 81),
        ("CORRECTION", -1_200, -360, -840, -36),
    ]
    assert [record.gross_minor for record in market.records(order)] == [6_900, -1_200]
