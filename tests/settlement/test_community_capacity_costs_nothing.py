"""What is given away is measured as any other use is, and its charge is of nothing."""

from decimal import Decimal

import pytest

from common import tenancy
from common.moments import market_date
from marketplace.bulletin.contracts import Exclusion
from marketplace.bulletin.rules import why_excluded
from marketplace.bulletin.selectors import trades_of
from marketplace.settlement.models import TradeRecord
from tests.settlement.cast import Market

pytestmark = pytest.mark.django_db


def test_a_gift_is_measured_charged_at_nothing_and_enters_no_index():
    market = Market(price="0", unit="unit_hour", cash="0", is_community=True)
    order = market.order(cards=2)

    market.use(order, "1.5")
    market.settle()

    (charge,) = market.charges(order)
    assert charge.quantity > 0
    assert [line["amount_minor"] for line in charge.lines] == [0]
    assert charge.gross_minor == 0
    assert market.cash() == ("0.00", "0.00")
    with tenancy.acting_as_platform():
        record = TradeRecord.objects.get()
        (trade,) = trades_of(market_date(record.traded_at))
    assert (record.standard_hours, record.gross_minor) == (Decimal("1.5"), 0)
    assert why_excluded(trade) == Exclusion.FREE
