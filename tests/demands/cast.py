"""Buyers that need capacity, and what they ask for."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from common import tenancy
from identity.models import Organization
from marketplace.demands import services
from marketplace.demands.contracts import DemandKind, DemandTerms, Need, Option, PriceLimit
from marketplace.demands.models import PostedDemand
from marketplace.orders.models import Order
from tests.cast import NOW

HOUR = timedelta(hours=1)
START = NOW + HOUR


def need(**facts: Any) -> Need:
    return Need(**({"resource_class": "AI"} | facts))


def option(
    *, cards: int = 1, hours: int = 1, start: datetime = START, least: int = 0, **facts: Any
) -> Option:
    """Return an option for some cards; `latest` is how many hours later it may begin."""
    latest = facts.pop("latest", None)
    limit = facts.pop("limit", {})
    return Option(
        need=need(**facts),
        units_milli=cards * 1000,
        starts_at=start,
        seconds=hours * 3600,
        latest_start_at=None if latest is None else start + latest * HOUR,
        least_milli=least * 1000 or None,
        limit=PriceLimit(**limit),
    )


def terms(*options: Option, **facts: Any) -> DemandTerms:
    """Return terms that take the market price unless an option has a limit."""
    chosen = options or (option(),)
    values: dict[str, Any] = {
        "options": chosen,
        "at_market_price": not any(each.limit.is_set for each in chosen),
    }
    return DemandTerms(**(values | facts))


def standing(*options: Option, until: datetime = NOW + 24 * HOUR, **facts: Any) -> DemandTerms:
    return terms(*options, kind=DemandKind.STANDING, expires_at=until, **facts)


def post(
    buyer: Organization, wanted: DemandTerms | None = None, *, at: datetime = NOW, key: str = ""
) -> PostedDemand:
    with tenancy.acting_as(buyer.pk):
        return services.post_demand(
            buyer_id=buyer.pk, key=key or uuid4().hex, terms=wanted or terms(), now=at
        )


def match(demand: PostedDemand, at: datetime = NOW) -> PostedDemand:
    """Let the market look at a demand; return it as it is then."""
    services.match_demand(demand_id=demand.pk, now=at)
    return seen(demand)


def demanded(buyer: Organization, wanted: DemandTerms | None = None) -> PostedDemand:
    """Post a demand and match it."""
    return match(post(buyer, wanted))


def amend(
    demand: PostedDemand, wanted: DemandTerms, *, at: datetime = NOW, revision: int = 0
) -> PostedDemand:
    with tenancy.acting_as(demand.buyer_id):
        return services.amend_demand(
            demand_id=demand.pk,
            buyer_id=demand.buyer_id,
            revision=revision or seen(demand).revision,
            terms=wanted,
            now=at,
        )


def cancel(demand: PostedDemand, at: datetime = NOW) -> PostedDemand:
    with tenancy.acting_as(demand.buyer_id):
        return services.cancel_demand(demand_id=demand.pk, buyer_id=demand.buyer_id, now=at)


def seen(demand: PostedDemand) -> PostedDemand:
    with tenancy.acting_as_platform():
        return PostedDemand.objects.get(pk=demand.pk)


def orders_of(demand: PostedDemand) -> list[Order]:
    """Return the orders that serve a demand, in the order of its lots."""
    with tenancy.acting_as_platform():
        return [lot.order for lot in demand.lots.select_related("order").order_by("order__number")]


def later(wanted: DemandTerms, **changes: Any) -> DemandTerms:
    """Return terms of which every option is changed."""
    return replace(wanted, options=tuple(replace(option, **changes) for option in wanted.options))
