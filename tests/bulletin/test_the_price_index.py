"""A figure for each day from what was traded, with its reasons, or an honest none."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import Error, connection, transaction

from common import tenancy
from common.canonical import content_hash
from marketplace.bulletin import rules, selectors, services
from marketplace.bulletin.contracts import IndexedTrade, Standing
from marketplace.bulletin.models import DailyIndex
from marketplace.orders.contracts import ImportState
from marketplace.orders.models import ImportRun
from tests.importing.test_usage_is_imported import PODS, run
from tests.settlement.cast import NOON, Market

SETTLED = NOON + timedelta(days=2)  # 22 November, 20:00 in Shanghai
NEXT_DAY = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)


def trade(hours: str | None = "1", *, yuan: str = "12.00", provider: str = "A", **facts: object):
    values = {
        "resource_class": "AI",
        "provider": provider,
        "is_correction": False,
        "standard_hours": None if hours is None else Decimal(hours),
        "gross_minor": int(Decimal(yuan) * 100),
        "content_hash": f"{provider}{hours}{yuan}",
    }
    return IndexedTrade(**(values | facts))


def test_the_index_is_money_by_standard_hours():
    figure = rules.index(
        [
            trade("10", yuan="120.00"),
            trade("5", yuan="70.00", provider="B"),
            trade("1", yuan="13.00", provider="B"),
        ]
    )["AI"]

    assert figure.price == Decimal("12.687500")
    assert (figure.trades, figure.providers, figure.standard_hours) == (3, 2, 16)


def test_what_does_not_enter_is_counted_by_reason():
    figure = rules.index(
        [trade(provider=name, content_hash=name) for name in ("A", "B", "C")]
        + [
            trade("-1", yuan="-12.00", is_correction=True),
            trade("0", yuan="0.00"),
            trade(None, yuan="3.50"),
            trade(None, yuan="3.50"),
        ]
    )["AI"]

    assert figure.price == Decimal("12.000000")
    assert figure.excluded == {"correction": 1, "no_standard_hours": 2, "nothing_used": 1}


@pytest.mark.parametrize(
    "trades",
    [
        [trade(provider="A"), trade(provider="B")],
        [trade(content_hash=str(number)) for number in range(9)],
        [trade(None), trade(None, provider="B"), trade(None, provider="C")],
    ],
    ids=["too few trades", "one provider", "nothing in standard hours"],
)
def test_a_figure_that_would_tell_of_single_firms_is_not_made(trades):
    figure = rules.index(trades)["AI"]

    assert (figure.standing, figure.price) == (Standing.NOT_SEPARABLE, None)


def test_the_order_of_trades_changes_nothing():
    trades = [trade(str(hours), provider=name) for hours, name in ((1, "A"), (2, "B"), (3, "C"))]

    assert rules.index(trades) == rules.index(trades[::-1])


@pytest.fixture
def traded(db) -> None:
    for price, hours in (("12.00", "1"), ("15.00", "2"), ("9.00", "1")):
        market = Market(price=price)
        market.use(market.order(cards=2), hours)
        market.settle()


def test_a_day_is_published_once_when_it_is_over(traded):
    assert services.publish_missing(now=NEXT_DAY - timedelta(seconds=1)) == 0
    assert services.publish_missing(now=NEXT_DAY) == 1
    assert services.publish_missing(now=NEXT_DAY + timedelta(days=3)) == 0

    (figure,) = selectors.series(resource_class="AI", days=7)
    # 12.00 + 30.00 + 9.00 for four hours.
    assert (figure.day.isoformat(), figure.price) == ("2026-11-22", Decimal("12.750000"))
    assert figure.content_hash == content_hash(
        {
            "methodology": 1,
            "resource_class": "AI",
            "standing": "PUBLISHED",
            "price": Decimal("12.75"),
            "standard_hours": Decimal(4),
            "trades": 3,
            "providers": 3,
            "excluded": {},
            "inputs_hash": figure.inputs_hash,
            "day": "2026-11-22",
        }
    )


def test_the_figures_can_be_computed_again_from_the_records(traded):
    services.publish_missing(now=NEXT_DAY)

    with tenancy.acting_as_platform():
        again = rules.index(selectors.trades_of(DailyIndex.objects.get().day))["AI"]
        stored = DailyIndex.objects.get()
    assert (again.price, again.inputs_hash) == (stored.price, stored.inputs_hash)


def test_a_published_figure_is_never_changed(traded):
    services.publish_missing(now=NEXT_DAY)

    for statement in (
        "UPDATE bulletin_dailyindex SET price = 1",
        "DELETE FROM bulletin_dailyindex",
    ):
        with tenancy.acting_as_platform(), pytest.raises(Error), transaction.atomic():
            connection.cursor().execute(statement)


def test_everyone_may_read_the_index(traded, client):
    services.publish_missing(now=NEXT_DAY)

    answer = client.get("/api/v1/price-index?resource_class=AI")

    (row,) = json.loads(answer.content)["results"]
    assert (row["day"], row["price"], row["standing"]) == ("2026-11-22", "12.750000", "PUBLISHED")


def test_the_last_day_at_a_glance(traded):
    figures = selectors.market_day(now=SETTLED + timedelta(hours=1))

    assert (figures.trades, figures.gross_minor, figures.standard_hours) == (3, 5_100, 4)
    assert selectors.market_day(now=SETTLED + timedelta(days=2)).trades == 0


def test_a_day_waits_for_the_rest_of_an_import_that_settled_something_on_it(db):
    market = Market()
    run(market, PODS[:2])
    later = NOON + timedelta(days=40)
    with tenancy.acting_as_platform():
        ImportRun.objects.update(state=ImportState.RUNNING, finished_at=None)

    early = services.publish_missing(now=later)
    with tenancy.acting_as_platform():
        ImportRun.objects.update(state=ImportState.FINISHED, finished_at=later)

    assert (early, services.publish_missing(now=later)) == (0, 1)
