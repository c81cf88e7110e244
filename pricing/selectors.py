"""Reads of plans and quotes."""

import hashlib
import json
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet

from common.canonical import decimal_text
from common.errors import NotFound
from common.ids import first_uuid7_of
from common.moments import parse_moment
from pricing import plan_terms, rules
from pricing.contracts import QUOTE_DAYS_MAX, RateCard
from pricing.models import KEPT, Path, Quote, QuoteLink, RatePlan, RatePlanVersion
from pricing.paths import PathFacts
from pricing.rows import QuoteRow

CARDS_KEPT_MAX: Final = 20_000
_kept: dict[UUID, RateCard] = {}


def rate_cards(version_ids: Collection[UUID]) -> dict[UUID, RateCard]:
    """
    Return the cards of several versions, in one query.

    :raises NotFound: if one of them does not exist
    """
    wanted = set(version_ids)
    versions = RatePlanVersion.objects.select_related("plan").filter(pk__in=wanted)
    cards = {version.pk: card_of(version) for version in versions}
    if len(cards) < len(wanted):
        raise NotFound(field="plan_version_id")
    return cards


def kept_cards(version_ids: Collection[UUID]) -> dict[UUID, RateCard]:
    """
    Return cards as `rate_cards` does; this process reads each once, for a version never changes.

    The caller knows the versions from what it may see, such as a listing: who may see a version is
    not asked again.
    """
    wanted = set(version_ids)
    found = {each: _kept[each] for each in wanted if each in _kept}
    if len(found) < len(wanted):
        read = rate_cards(wanted - found.keys())
        if len(_kept) + len(read) > CARDS_KEPT_MAX:
            _kept.clear()
        _kept.update(read)
        found |= read
    return found


def rate_card(version_id: UUID) -> RateCard:
    """
    Return the card of one version.

    :raises NotFound: if it does not exist
    """
    return rate_cards([version_id])[version_id]


def card_of(version: RatePlanVersion) -> RateCard:
    """Return the card that a loaded version (with its plan) says."""
    return RateCard(
        version_id=version.pk,
        plan_code=version.plan.code,
        version=version.version,
        asset=version.asset,
        components=rules.parse_components(version.components),
        terms=None if version.terms is None else plan_terms.parse(version.terms),
        content_hash=version.content_hash,
        provider_id=version.provider_id,
        rating_rule=version.rating_rule,
        source=version.source,
        clause=version.clause,
    )


def plan_for_provider(*, plan_id: UUID, provider_id: UUID) -> RatePlan:
    """
    Return the provider's plan.

    :raises NotFound: if it does not exist or is someone else's
    """
    plan = RatePlan.objects.filter(pk=plan_id, provider_id=provider_id).first()
    if plan is None:
        raise NotFound(field="plan_id")
    return plan


def plans() -> QuerySet[RatePlan]:
    """Return every plan with its provider, newest first. Prices are public."""
    return RatePlan.objects.select_related("provider").order_by("-id")


def plan(plan_id: UUID) -> RatePlan:
    """
    Return a plan with its provider and, as `history`, its newest versions first.

    :raises NotFound: if there is none
    """
    newest = RatePlanVersion.objects.order_by("-version")
    found = (
        plans()
        .prefetch_related(Prefetch("versions", queryset=newest, to_attr="history"))
        .filter(pk=plan_id)
        .first()
    )
    if found is None:
        raise NotFound(field="plan_id")
    return found


def plans_of(provider_id: UUID) -> QuerySet[RatePlan]:
    """Return a provider's plans, newest first."""
    return RatePlan.objects.filter(provider_id=provider_id).order_by("-id")


def plans_matching(rows: QuerySet[RatePlan], text: str) -> QuerySet[RatePlan]:
    """Keep the plans whose name or code holds a text."""
    return rows.filter(
        Q(name__icontains=text) | Q(name_en__icontains=text) | Q(code__icontains=text)
    )


def versions(*, provider_id: UUID | None = None) -> QuerySet[RatePlanVersion]:
    """Return published versions, newest first; of one provider or of all."""
    found = RatePlanVersion.objects.select_related("plan", "provider").order_by("-id")
    return found if provider_id is None else found.filter(provider_id=provider_id)


def announced_versions(*, plan_id: UUID, after: datetime) -> list[RatePlanVersion]:
    """Return what a plan is announced to say later, in time's order; none that never holds."""
    lasting = Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at"))
    found = RatePlanVersion.objects.filter(lasting, plan_id=plan_id, starts_at__gt=after)
    return list(found.order_by("starts_at"))


def version_in_effect(*, plan_id: UUID, at: datetime) -> RatePlanVersion | None:
    """Return the version of a plan that is in force at a moment."""
    return (
        RatePlanVersion.objects.select_related("plan")
        .filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at), plan_id=plan_id, starts_at__lte=at)
        .first()
    )


def cards_in_effect(*, plan_ids: Collection[UUID], at: datetime) -> dict[UUID, RateCard]:
    """Return the card of each plan that has a version in force at a moment, in one query."""
    found = RatePlanVersion.objects.select_related("plan").filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=at), plan_id__in=plan_ids, starts_at__lte=at
    )
    return {version.plan_id: card_of(version) for version in found}


def beginnings_of(version_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """Return from when on versions hold."""
    found = RatePlanVersion.objects.filter(pk__in=list(version_ids))
    return dict(found.values_list("pk", "starts_at"))


def plan_of_version(version_id: UUID) -> UUID:
    """Return the plan of a version."""
    return RatePlanVersion.objects.values_list("plan_id", flat=True).get(pk=version_id)


def no_quotes() -> QuerySet[Quote]:
    """Return no quotes: what a list of them is made of, for the API's schema."""
    return Quote.objects.none()


def quotes_of(buyer_id: UUID) -> QuerySet[Quote]:
    """Return a buyer's quotes, newest first."""
    return Quote.objects.filter(buyer_id=buyer_id).order_by("-id")


def without_basis(version_ids: Collection[UUID]) -> set[UUID]:
    """
    Return the versions from which on their plan names a document or a clause in not every version.

    Listings go from a version to the next by themselves.
    """
    later = RatePlanVersion.objects.filter(
        plan_id=OuterRef("plan_id"), version__gte=OuterRef("version")
    )
    bare = RatePlanVersion.objects.filter(
        Exists(later.filter(Q(source="") | Q(clause=""))), pk__in=version_ids
    )
    return set(bare.values_list("pk", flat=True))


def live_quotes_of_plan(plan_id: UUID, *, at: datetime) -> list[tuple[UUID, UUID]]:
    """
    Return for the market itself of what listing who has a quote that holds, by a plan.

    None holds for longer than a week, and their keys rise with time: older ones are not read.
    """
    since = first_uuid7_of(at - timedelta(days=QUOTE_DAYS_MAX + 1))
    live = Quote.objects.filter(pk__gte=since, plan_version__plan_id=plan_id, valid_until__gt=at)
    rows = live.values_list("subject__listing_id", "buyer_id").distinct()
    return [(UUID(listing_id), buyer_id) for listing_id, buyer_id in rows if listing_id]


def quote_for_buyer(*, quote_id: UUID, buyer_id: UUID) -> Quote:
    """
    Return the buyer's quote.

    :raises NotFound: if it does not exist or is someone else's
    """
    quote = Quote.objects.filter(pk=quote_id, buyer_id=buyer_id).first()
    if quote is None:
        raise NotFound(field="quote_id")
    return quote


def evaluation(quote: QuoteRow) -> dict[str, Any]:
    """
    Return everything that answers "why this price?", and whether it still recomputes.

    The lines are computed anew from the version and the measure that the quote froze;
    `recomputes` says that they, their sum and the hash of the inputs equal what was stored.
    """
    card = rate_card(quote.plan_version_id)
    measure = rules.parse_measure(quote.measure)
    lines = rules.rate(card, measure)
    inputs_hash = rules.quote_inputs_hash(card, measure, quote.subject)
    rated = [rules.line_json(line) for line in lines]
    return {
        "quote_id": str(quote.pk),
        "plan_code": card.plan_code,
        "plan_version": card.version,
        "plan_version_id": str(card.version_id),
        "plan_content_hash": card.content_hash,
        "plan_source": card.source,
        "plan_clause": card.clause,
        "rule_version_id": None if not quote.rule_version_id else str(quote.rule_version_id),
        "components": rules.components_json(card.components),
        "terms": None if card.terms is None else plan_terms.terms_json(card.terms),
        "rating_rule": card.rating_rule,
        "measure": quote.measure,
        "subject": quote.subject,
        "lines": rated,
        "raw_total": decimal_text(rules.raw_total(lines)),
        "gross_minor": rules.total_minor(lines),
        "inputs_hash": inputs_hash,
        "recomputes": (
            rated == quote.lines
            and rules.total_minor(lines) == quote.gross_minor
            and inputs_hash == quote.inputs_hash
        ),
    }


def paths(*, at: datetime) -> list[PathFacts]:
    """Return the paths between hubs that are in force at a moment, by their hubs."""
    found = (
        Path.objects.filter(starts_at__lte=at)
        .order_by("hub_a", "hub_b", "-starts_at")
        .distinct("hub_a", "hub_b")
    )
    return [
        PathFacts(
            hub_a=each.hub_a,
            hub_b=each.hub_b,
            latency_ms=each.latency_ms,
            bandwidth_gbps=each.bandwidth_gbps,
            price_per_gb=each.price_per_gb,
            basis=each.basis,
            source=each.source,
        )
        for each in found
    ]


def next_paths(*, after: datetime) -> datetime | None:
    """Return when paths that are announced begin, the first of them, if there are any."""
    found = Path.objects.filter(starts_at__gt=after).order_by("starts_at")
    return found.values_list("starts_at", flat=True).first()


def listed_quotes_of(buyer_id: UUID, *, at: datetime) -> QuerySet[Quote]:
    """
    Return a buyer's quotes that are worth a list, newest first, each with its project.

    What an order form showed is among them while it holds, and for good once a link was made to it.
    """
    linked = Exists(QuoteLink.objects.filter(quote_id=OuterRef("pk")))
    return (
        quotes_of(buyer_id).select_related("project").filter(KEPT | Q(valid_until__gt=at) | linked)
    )


def links_of_quote(*, quote_id: UUID, buyer_id: UUID) -> QuerySet[QuoteLink]:
    """Return the links to a buyer's quote, newest first."""
    return QuoteLink.objects.filter(quote_id=quote_id, buyer_id=buyer_id).order_by("-id")


def live_links_of_quote(quote: Quote, *, at: datetime) -> QuerySet[QuoteLink]:
    """Return the links that show a quote at a moment, newest first; no more than may be live."""
    links = links_of_quote(quote_id=quote.pk, buyer_id=quote.buyer_id)
    return links.filter(revoked_at=None, expires_at__gt=at)


def shared_quote(token: str) -> dict[str, Any] | None:
    """Return what a quote says to whoever has the token of a live link; else nothing."""
    hashed = hashlib.sha256(token.encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pricing_shared_quote(%s)::text", [hashed])
        (found,) = cursor.fetchone()
    if found is None:
        return None
    said: dict[str, Any] = json.loads(found)
    return said | {
        name: parse_moment(said[name]) for name in ("quoted_at", "valid_until", "link_expires_at")
    }


def quote_proof(*, quote_id: UUID, inputs_hash: str) -> tuple[bool, datetime, datetime] | None:
    """
    Tell anybody whether a hash is that of a quote's inputs, when it was made and until when it is.

    Nothing where there is no such quote; no price, and nobody's name.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM pricing_quote_proof(%s, %s)", [quote_id, inputs_hash])
        found: tuple[bool, datetime, datetime] | None = cursor.fetchone()
    return found
