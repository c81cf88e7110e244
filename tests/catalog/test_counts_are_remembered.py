"""Counts of the market are remembered for seconds, and made anew when a listing changes."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import clock, tenancy
from common.remembering import Remembered
from identity.contracts import ResourceClass, ResourceForm
from marketplace.catalog import selectors, services
from marketplace.catalog.contracts import MarketFilter
from marketplace.catalog.selectors.counting import (
    _added,
    _counted,
    _facets,
    _groups,
    _price_range,
)
from tests.catalog.supply import NOW, listed

pytestmark = pytest.mark.django_db


def test_a_new_listing_and_a_closed_one_are_counted_at_once():
    first = listed()
    with tenancy.acting_as_platform():
        at = clock.now()
        before = selectors.facets(MarketFilter(), at=at).total
        listed()
        more = selectors.facets(MarketFilter(), at=at).total
        services.close_listing(listing_id=first.pk, provider_id=first.provider_id, now=NOW)
        fewer = selectors.facets(MarketFilter(), at=at).total

    assert (before, more, fewer) == (1, 2, 1)


def test_counting_again_asks_for_nothing_but_the_version():
    listed()
    with tenancy.acting_as_platform():
        at = clock.now()
        selectors.facets(MarketFilter(), at=at)
        selectors.figures(at=at)

        with CaptureQueriesContext(connection) as queries:
            selectors.facets(MarketFilter(forms=(ResourceForm.VM,)), at=at)
            selectors.figures(at=at)

    assert all("catalog_market_version" in query["sql"] for query in queries)


@pytest.mark.parametrize(
    "wanted",
    [
        MarketFilter(),
        MarketFilter(resource_classes=(ResourceClass.AI,)),
        MarketFilter(resource_classes=(ResourceClass.HPC,), forms=(ResourceForm.VM,)),
        MarketFilter(forms=(ResourceForm.BARE_METAL,), accepts_vouchers=True),
        MarketFilter(chips=("H100",), accepts_vouchers=False),
        MarketFilter(hubs=("nowhere",)),
    ],
    ids=["all", "class", "two that fail", "form and vouchers", "chip", "no hub"],
)
def test_adding_groups_up_gives_what_the_database_counts(wanted):
    for chip in ("H100", "A100", "H100"):
        listed(chip=chip)
    with tenancy.acting_as_platform():
        at = clock.now()
        prices = _price_range()
        groups = _groups(prices, at=at)

        assert _facets(_added(groups, wanted), prices) == _counted(wanted, prices, at=at)


def test_what_is_remembered_goes_when_there_is_too_much():
    made: list[str] = []

    def get(name: str) -> str:
        return kept.get(name, lambda: made.append(name) or name)

    kept: Remembered[str] = Remembered(seconds=60, most=2)
    for name in ("a", "b", "a", "c", "a", "b"):
        get(name)

    assert made == ["a", "b", "c", "b"]
