"""What `bin/bench pricing` measures of the market: a page by the all-in price, and a quote."""

import os
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from benchmarks.report import Case

if TYPE_CHECKING:
    from common.period import Period

LISTINGS = int(os.environ.get("BENCH_LISTINGS", "100000"))
MARKET_MS_MAX = 100
QUOTE_MS_MAX = 30
QUOTES = 100


def cases(runs: int) -> list[Case]:
    """Fill a market, compute its all-in prices, and time pages of it and quotes."""
    import time

    from benchmarks import market
    from common import tenancy
    from marketplace.catalog import selectors, services
    from marketplace.catalog.contracts import MarketFilter, MarketSort
    from marketplace.catalog.models import Listing
    from pricing import paths
    from pricing import services as pricing
    from tests import cast, databases, environment

    market.LISTINGS = LISTINGS
    market.prepare()
    with tenancy.acting_as_platform():
        pricing.publish_paths(paths=paths.assumed(), starts_at=market.NOW, now=market.NOW)
        started = time.perf_counter()
        computed = 0
        while found := services.compute_due_all_in(now=market.NOW + timedelta(days=3650)):
            computed += found
        seconds = time.perf_counter() - started
        buyer = cast.organization("Buyer")
    with databases.admin(environment.DATABASE) as owner:
        # The copies share one plan; as many prices as listings make a market of them.
        owner.execute(
            "UPDATE catalog_allinprice a SET plan_per_standard_hour = l.price_per_standard_hour"
            " FROM catalog_listing l WHERE l.id = a.listing_id"
        )
        owner.execute("VACUUM ANALYZE")
    narrow = MarketFilter(
        resource_classes=("AI",), all_in_max=Decimal(4), delivered_to="GAN", pue_max=Decimal("1.2")
    )
    drawn = random.Random(17)  # noqa: S311 - the same listings in every run
    ids = list(Listing.objects.filter(state="OPEN").values_list("pk", flat=True)[:5000])

    def quote() -> object:
        period = _hours(market.NOW)
        with tenancy.acting_as(buyer.pk):
            return services.quote_listing(
                buyer_id=buyer.pk,
                listing_id=drawn.choice(ids),
                milli=1000,
                period=period,
                now=market.NOW,
            )

    def page(wanted: MarketFilter) -> Callable[[], object]:
        return lambda: selectors.market_page(wanted, at=market.NOW, sort=MarketSort.ALL_IN)

    reads = {
        "market_page_p95_ms": page(MarketFilter()),
        "market_page_at_a_place_p95_ms": page(MarketFilter(delivered_to="GAN")),
        "market_page_narrow_p95_ms": page(narrow),
        "quote_p95_ms": quote,
    }
    timed = []
    for name, read in reads.items():
        read()
        limit = QUOTE_MS_MAX if name == "quote_p95_ms" else MARKET_MS_MAX
        taken = [market.p95(read) for _ in range(runs)]
        timed.append(Case(name, "ms (p95)", taken, {"reach": limit}))
    return [*timed, Case("all_in_prices_computed", "listings/s", [computed / seconds])]


def _hours(now: datetime) -> "Period":
    from common.period import Period

    return Period(now + timedelta(hours=1), now + timedelta(hours=25))
