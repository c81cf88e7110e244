"""What is known of an order where its plan asks facts, and what each fact rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any, Final, cast
from uuid import UUID

from common.canonical import decimal_text
from common.moments import market_date
from gateway.sensing import pathways
from gateway.sensing.contracts import PlaceUnknown
from identity import selectors as identity_selectors
from identity.projects import selectors as projects_selectors
from marketplace.catalog.rows import ListingRow
from marketplace.orders.rows import OrderRow
from metering.energy import selectors as energy_selectors
from pricing import group_selectors, path_facts
from pricing import rules as pricing_rules
from pricing import selectors as pricing_selectors
from pricing.contracts import RateCard
from pricing.group_contracts import GroupAsked
from pricing.plan_models import FactorTable
from pricing.rows import QuoteRow

Fact = dict[str, str]
Facts = dict[str, Fact]  # by kind
FactOfOrder = dict[UUID, Fact]
GROUP, PATH, GREEN = "group", "path", "green"
TENTH: Final = Decimal("0.1")
# What a fact of the resource rests on; its value is the one by which the order was priced.
OF_THE_RESOURCE: Final = {
    "region": "register: region of the resource",
    "class": "register: class of the resource",
    "energy": "register: PUE of the resource when it was ordered, up to a tenth",
    "quality": "verification level of the listing when it was ordered",
}


@dataclass(frozen=True, slots=True)
class PricedOrder:
    """An order with its listing and the terms that it was priced by."""

    order: OrderRow
    listing: ListingRow
    card: RateCard

    @property
    def tables(self) -> Mapping[str, FactorTable]:
        """Return the factors of its plan by kind; none where it has none."""
        terms = self.card.terms
        return {} if terms is None else {table.kind: table for table in terms.factors}


def price_facts_of(orders: Sequence[tuple[OrderRow, ListingRow]]) -> dict[UUID, Facts]:
    """
    Return, by order, the facts that its plan's factors ask, as known when it was placed.

    Group, path and greenness are of the buyer, or of a month: orders clear and are held without
    them, at what the plan says otherwise, and a fact that would make one dearer is left out.
    """
    cards = pricing_selectors.rate_cards(
        {order.plan_version_id or listing.plan_version_id for order, listing in orders}
    )
    asking = [
        asked
        for order, listing in orders
        if (
            asked := PricedOrder(
                order, listing, cards[order.plan_version_id or listing.plan_version_id]
            )
        ).tables
    ]
    if not asking:
        return {}
    found: dict[UUID, Facts] = {each.order.pk: _of_resource(each) for each in asking}
    for kind, known in ((GROUP, _groups), (PATH, _paths), (GREEN, _greenness)):
        some = [each for each in asking if kind in each.tables]
        for pk, fact in (known(some) if some else {}).items():
            found[pk][kind] = fact
    return {each.order.pk: _cheaper(found[each.order.pk], each.tables) for each in asking}


@dataclass(frozen=True, slots=True)
class _Foreseen:
    """An order at a quote, as it would be placed now."""

    pk: UUID
    buyer_id: UUID
    plan_version_id: UUID
    lines: Sequence[Mapping[str, Any]]
    project_id: UUID | None
    placed_at: datetime
    relation: str = ""


def facts_foreseen(quote: QuoteRow, listing: ListingRow, *, at: datetime) -> dict[str, Fact | None]:
    """
    Return, by kind, what late facts would be known if a quote were ordered now.

    Only what the plan asks of path and green share is there; None where it asks, and nobody knows.
    """
    card = pricing_selectors.kept_cards({quote.plan_version_id})[quote.plan_version_id]
    asked = {table.kind for table in card.terms.factors} if card.terms else set()
    wanted = [kind for kind in (PATH, GREEN) if kind in asked]
    if not wanted:
        return {}
    order = _Foreseen(
        pk=quote.pk,
        buyer_id=quote.buyer_id,
        plan_version_id=quote.plan_version_id,
        lines=quote.lines,
        project_id=quote.project_id,
        placed_at=at,
    )
    known = price_facts_of([(cast("OrderRow", order), listing)]).get(quote.pk, {})
    return {kind: known.get(kind) for kind in wanted}


def _of_resource(asked: PricedOrder) -> Facts:
    facts = pricing_rules.facts_of(asked.order.lines or ())
    return {
        kind: {"value": value, "source": OF_THE_RESOURCE[kind]}
        for kind, value in facts.items()
        if kind in OF_THE_RESOURCE
    }


def _cheaper(facts: Facts, tables: Mapping[str, FactorTable]) -> Facts:
    """Leave out what would cost more than the order cleared and is held at."""
    return {
        kind: fact
        for kind, fact in facts.items()
        if kind not in (PATH, GREEN)
        or dict(tables[kind].values).get(fact["value"], Decimal(0)) <= tables[kind].otherwise
    }


def _groups(asked: Sequence[PricedOrder]) -> FactOfOrder:
    project_ids = {each.order.project_id for each in asked if each.order.project_id}
    projects = projects_selectors.by_ids(project_ids) if project_ids else {}
    questions = {
        each.order.pk: GroupAsked(
            provider_id=each.listing.provider_id,
            buyer_id=each.order.buyer_id,
            at=each.order.placed_at,
            project_code=projects[each.order.project_id].code if each.order.project_id else "",
            is_related=bool(each.order.relation),
        )
        for each in asked
    }
    known = group_selectors.groups_known(questions.values())
    return {
        pk: {
            "value": known[question].group,
            "source": "price group entered by the provider",
            "entry": str(known[question].entry_id),
        }
        for pk, question in questions.items()
        if question in known
    }


def _paths(asked: Sequence[PricedOrder]) -> FactOfOrder:
    buyers = identity_selectors.organizations({each.order.buyer_id for each in asked})
    found: FactOfOrder = {}
    for each in asked:
        here, there = buyers[each.order.buyer_id].region, each.listing.region
        try:
            way = pathways.pathway(
                f"region:{here}", f"region:{there}", gb=0, at=each.order.placed_at
            )
        except PlaceUnknown:
            continue  # Nobody knows where the buyer is: others' price holds.
        basis = ", ".join(sorted({str(leg.source.value) for leg in way.legs})) or "same hub"
        found[each.order.pk] = {
            "value": path_facts.latency_class(way.ms),
            "source": f"path {here}-{way.start.hub}-{way.end.hub}-{there}:"
            f" {decimal_text(way.ms)} ms, {decimal_text(way.price_per_gb)} yuan a GB, {basis}",
        }
    return found


def _greenness(asked: Sequence[PricedOrder]) -> FactOfOrder:
    months: dict[date, set[UUID]] = {}
    month_of: dict[UUID, date] = {}
    for each in asked:
        first = market_date(each.order.placed_at).replace(day=1)
        month = (first - timedelta(days=1)).replace(day=1)
        month_of[each.order.pk] = month
        months.setdefault(month, set()).add(each.listing.resource_id)
    shares = {
        month: energy_selectors.green_shares_in(month, resource_ids)
        for month, resource_ids in months.items()
    }
    found: FactOfOrder = {}
    for each in asked:
        month = month_of[each.order.pk]
        share = shares[month].get(each.listing.resource_id)
        if share is not None:
            found[each.order.pk] = {
                "value": str(min(share, Decimal(1)).quantize(TENTH, ROUND_DOWN)),
                "source": f"green share {decimal_text(share)} of the data centre in"
                f" {month:%Y-%m}, the month before the order",
            }
    return found
