"""Publishing prices and freezing quotes. Pricing computes; it never charges."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext

from common import notice
from common.errors import NotFound
from identity.events import services as events
from pricing import basis as basis_rules
from pricing import (
    changes,
    draft_selectors,
    drafting,
    followers,
    plan_terms,
    rules,
    selectors,
    shared_calendars,
    worsening,
)
from pricing.contracts import (
    FIRST_RATING_RULE,
    LINK_LASTS_MAX,
    LINKS_OF_QUOTE_MAX,
    QUOTE_PREVIEW_FOR,
    TOKEN_KINDS,
    InvalidPath,
    InvalidQuoteLink,
    InvalidRates,
    IssuedQuoteLink,
    Measure,
    PlanCodeTaken,
    PublishedAlready,
    PublishedVersion,
    QuoteLinkNotFound,
    QuoteRequest,
    RateUnit,
    TakesEffectInPast,
    TooManyQuoteLinks,
    VersionOverlaps,
)
from pricing.drafting import drop_draft, keep_plan_draft
from pricing.event_names import PricingEvent
from pricing.followers import AnnouncedPrice
from pricing.grouping import enter_price_group, leave_price_group
from pricing.models import Path, Quote, QuoteLink, RatePlan, RatePlanVersion
from pricing.paths import PATHS_MAX, PathFacts
from pricing.worsening import PlanTerms

__all__ = [
    "create_plan",
    "drop_draft",
    "enter_price_group",
    "keep_plan_draft",
    "leave_price_group",
    "make_quote",
    "make_quotes",
    "publish_draft",
    "publish_paths",
    "publish_version",
    "revoke_quote_link",
    "share_quote",
]

QUOTE_VALID_FOR: Final = QUOTE_PREVIEW_FOR
QUOTES_MAX: Final = 10_000
ASSET: Final = "CNY"
LATE_FACTS: Final = ("group", "path", "green")  # known of a contract, and not of a listing


@transaction.atomic
def create_plan(
    *, provider_id: UUID, code: str, name: str, now: datetime, name_en: str = ""
) -> RatePlan:
    """
    Open a price list under a code of the provider's own.

    :raises PlanCodeTaken: if the provider has one of that code
    """
    if not rules.is_code(code):
        raise InvalidRates(field="code", problem="a code is lower-case letters, digits, -")
    try:
        with transaction.atomic():
            plan = RatePlan.objects.create(
                provider_id=provider_id, code=code, name=name, name_en=name_en, created_at=now
            )
    except IntegrityError as error:
        if "rate_plan_code_is_unique" not in str(error):
            raise
        raise PlanCodeTaken(field="code") from error
    event = events.Event(
        name=PricingEvent.PLAN_CREATED,
        object_kind="rate_plan",
        object_id=plan.pk,
        object_label=plan.code,
        concerns=[provider_id],
    )
    events.record([event])
    return plan


@transaction.atomic
def publish_version(
    *,
    provider_id: UUID,
    plan_id: UUID,
    components: Sequence[Mapping[str, Any]] | None = None,
    terms: Mapping[str, Any] | None = None,
    now: datetime,
    starts_at: datetime | None = None,
    must_differ: bool = False,
    source: str = "",
    clause: str = "",
    calendars: Sequence[str] = (),
) -> PublishedVersion:
    """
    Publish what a plan says from a moment on; the version before ends there.

    It says components, which `rate-1` rates, or terms, which `rate-2` does, or `rate-3` where
    tokens have a price by kind.

    Without a moment it takes effect as early as it may: now, or after the notice if it is worse.
    It may name the document and the clause that it rests on; readers see them beside the price.
    `calendars` are the shared ones whose days its terms took, by code, or by code and version.

    :raises InvalidRates: if the components or terms are not rates, or both or neither are said, or
        a clause is of no source, or the terms lack days of a calendar
    :raises TakesEffectInPast: if it would change prices that were in force
    :raises VersionOverlaps: if another version already takes effect then or later
    :raises NoticeTooShort: if it may cost somebody more and would take effect too soon
    :raises PublishedAlready: if it must differ, and the plan's last version says the same
    :raises BasisDemanded: if a rule demands the document and its clause, and one is missing
    """
    if starts_at is not None and starts_at < now:
        raise TakesEffectInPast(field="starts_at")
    said = _said(components, terms)
    drafting.require_basis(source, clause)
    written = None if said.terms is None else plan_terms.terms_json(said.terms)
    taken = shared_calendars.taken(calendars, written)
    plan = (
        RatePlan.objects.select_for_update(no_key=True)
        .filter(pk=plan_id, provider_id=provider_id)
        .first()
    )
    if plan is None:
        raise NotFound(field="plan_id")
    basis_rules.require_named(plan_id, source=source, clause=clause, at=now)
    latest = plan.versions.order_by("-version").first()
    basis = {"source": source.strip(), "clause": clause.strip()}
    if must_differ and latest is not None and _says_the_same(latest, said, basis):
        raise PublishedAlready(version=latest.version)
    is_worse = latest is not None and worsening.is_worse(changes.terms_of(latest), said)
    starts_at = _starting(latest, starts_at, is_worse=is_worse, now=now)
    if latest is not None:
        _end_before(latest, starts_at)
    number = latest.version + 1 if latest else 1
    version = RatePlanVersion.objects.create(
        plan=plan,
        plan_seq=plan.seq,
        provider_id=provider_id,
        version=number,
        components=rules.components_json(said.components),
        terms=written,
        calendars=taken,
        rating_rule=said.rating_rule,
        content_hash=rules.version_hash(
            plan_code=plan.code,
            version=number,
            asset=said.asset,
            components=said.components,
            terms=said.terms,
            **basis,
        ),
        **basis,
        starts_at=starts_at,
        published_at=now,
    )
    event = events.Event(
        name=PricingEvent.VERSION_PUBLISHED,
        object_kind="rate_plan",
        object_id=plan.pk,
        object_label=plan.code,
        concerns=[provider_id],
        facts={"version": number, "starts_at": starts_at, "content_hash": version.content_hash},
    )
    events.record([event])
    if latest is not None:
        followers.announced(
            AnnouncedPrice(plan.pk, plan.code, number, starts_at, now, is_worse=is_worse)
        )
    return PublishedVersion(version.pk, plan.pk, number, starts_at, version.content_hash)


def publish_draft(
    *, provider_id: UUID, draft_id: UUID, now: datetime, starts_at: datetime | None = None
) -> PublishedVersion:
    """
    Publish what a draft says as its plan's next version; the draft stays, and is published once.

    Without a moment it takes effect as early as it may, after whatever is announced.

    :raises DraftNotFound: if there is none, or it is someone else's
    :raises PublishedAlready: if the plan's last version, in force or announced, says the same
    :raises NoticeTooShort, TakesEffectInPast, VersionOverlaps: as publishing does
    """
    found = draft_selectors.draft(draft_id, provider_id=provider_id)
    return publish_version(
        provider_id=provider_id,
        plan_id=found.plan_id,
        now=now,
        starts_at=starts_at or draft_selectors.earliest(found, now=now)[0],
        must_differ=True,
        source=found.source,
        clause=found.clause,
        **draft_selectors.publishable(found),
    )


def _said(
    components: Sequence[Mapping[str, Any]] | None, terms: Mapping[str, Any] | None
) -> PlanTerms:
    """Return what a version is to say, by the rule that rates it."""
    if (components is None) == (terms is None):
        raise InvalidRates(field="components", problem=gettext("It says components, or terms."))
    if terms is None:
        shown = rules.parse_components(components)
        if any(part.unit in TOKEN_KINDS for part in shown):
            told = gettext("Tokens by their kind are said in terms, not in components.")
            raise InvalidRates(field="components", problem=told)
        return PlanTerms(shown, ASSET, FIRST_RATING_RULE)
    parsed = plan_terms.parse(terms)
    plan_terms.require_plain_times(parsed)
    for table in parsed.factors:
        # Orders clear and are held without these facts, at what the plan says otherwise.
        if table.kind in LATE_FACTS and any(by > table.otherwise for _value, by in table.values):
            told = gettext("Factors by %(kind)s are no greater than what others pay.")
            raise InvalidRates(field="terms", problem=told % {"kind": table.kind})
    return PlanTerms(plan_terms.projected(parsed), ASSET, rules.timed_rule(parsed), parsed)


def _says_the_same(latest: RatePlanVersion, said: PlanTerms, basis: Mapping[str, str]) -> bool:
    if (latest.source, latest.clause) != (basis["source"], basis["clause"]):
        return False
    terms = None if said.terms is None else plan_terms.terms_json(said.terms)
    shown = rules.components_json(said.components)
    return (latest.rating_rule, latest.components, latest.terms) == (said.rating_rule, shown, terms)


def _starting(
    latest: RatePlanVersion | None, asked: datetime | None, *, is_worse: bool, now: datetime
) -> datetime:
    """Return when the next version of a plan begins."""
    if latest is None:
        return notice.effective_at(asked, now=now, before=None, is_worse=False)
    if (asked or now) <= latest.starts_at:
        raise VersionOverlaps(field="starts_at")
    return notice.effective_at(asked, now=now, before=latest.starts_at, is_worse=is_worse)


def _end_before(latest: RatePlanVersion, starts_at: datetime) -> None:
    if latest.starts_at >= starts_at:
        raise VersionOverlaps(field="starts_at")
    RatePlanVersion.objects.filter(pk=latest.pk, ends_at__isnull=True).update(ends_at=starts_at)


def make_quote(
    *,
    buyer_id: UUID,
    plan_version_id: UUID,
    measure: Measure,
    subject: Mapping[str, Any],
    now: datetime,
    valid_for: timedelta = QUOTE_VALID_FOR,
    project_id: UUID | None = None,
) -> Quote:
    """
    Freeze the price of a measure for a while, for a project of the buyer's or for none.

    `subject` is what the quote is for, as plain values; it is hashed with the other inputs.

    :raises NotMeasured: if the plan charges by a unit that the measure lacks
    """
    request = QuoteRequest(plan_version_id, measure, dict(subject), project_id)
    return make_quotes(buyer_id=buyer_id, requests=[request], now=now, valid_for=valid_for)[0]


def make_quotes(
    *,
    buyer_id: UUID,
    requests: Sequence[QuoteRequest],
    now: datetime,
    valid_for: timedelta = QUOTE_VALID_FOR,
) -> list[Quote]:
    """
    Freeze the prices of many measures: one statement for all quotes, whole or not at all.

    Plans are read once a process, for a version never changes.

    :raises NotMeasured: if a plan charges by a unit that its measure lacks
    """
    if len(requests) > QUOTES_MAX:
        raise InvalidRates(field="requests", problem=f"at most {QUOTES_MAX} at once")
    cards = selectors.kept_cards({request.plan_version_id for request in requests})
    quotes = []
    for request in requests:
        card = cards[request.plan_version_id]
        measure = rules.as_asked(card, request.measure)
        lines = rules.rate(card, measure)
        quotes.append(
            Quote(
                buyer_id=buyer_id,
                plan_version_id=card.version_id,
                rule_version_id=measure.rule_version_id,
                project_id=request.project_id,
                measure=rules.measure_json(measure),
                subject=rules.subject_json(request.subject),
                lines=[rules.line_json(line) for line in lines],
                asset=card.asset,
                gross_minor=rules.total_minor(lines),
                standard_hours=measure.quantities.get(RateUnit.STANDARD_HOUR),
                inputs_hash=rules.quote_inputs_hash(card, measure, request.subject),
                quoted_at=now,
                valid_until=now + valid_for,
            )
        )
    return Quote.objects.bulk_create(quotes)


@transaction.atomic
def publish_paths(*, paths: Sequence[PathFacts], starts_at: datetime, now: datetime) -> int:
    """
    Say anew what the network between some hubs is from a moment on; return how many paths changed.

    What is in force already is left as it is, so the same table may be loaded again.

    :raises InvalidPath: if a figure is none, the moment is past, there are too many, or one says
        something else from that very moment on
    """
    if len(paths) > PATHS_MAX or starts_at < now:
        raise InvalidPath(field="starts_at", problem=f"at most {PATHS_MAX}, from now on")
    for path in paths:
        if path.hub_a >= path.hub_b or path.latency_ms <= 0 or path.price_per_gb < 0:
            raise InvalidPath(field="paths", problem=f"{path.hub_a} {path.hub_b}")
    if len({(each.hub_a, each.hub_b) for each in paths}) < len(paths):
        raise InvalidPath(field="paths", problem="one path a pair of hubs")
    with connection.cursor() as cursor:
        # One table at a time: of two at once the second reads what the first said.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('paths', 17))")
    known = {(each.hub_a, each.hub_b): each for each in selectors.paths(at=starts_at)}
    fresh = [each for each in paths if known.get((each.hub_a, each.hub_b)) != each]
    told = Path.objects.filter(starts_at=starts_at).values_list("hub_a", "hub_b")
    if taken := sorted({(each.hub_a, each.hub_b) for each in fresh} & set(told)):
        problem = gettext("%(path)s says something else from that moment on already")
        raise InvalidPath(field="paths", problem=problem % {"path": " ".join(taken[0])})
    Path.objects.bulk_create(
        Path(**asdict(each), starts_at=starts_at, recorded_at=now) for each in fresh
    )
    if fresh:
        event = events.Event(
            name=PricingEvent.PATHS_PUBLISHED,
            object_kind="paths",
            object_id="paths",
            facts={"paths": len(fresh), "starts_at": starts_at},
        )
        events.record([event])
    return len(fresh)


@transaction.atomic
def share_quote(*, quote_id: UUID, buyer_id: UUID, days: int, now: datetime) -> IssuedQuoteLink:
    """
    Make a link that shows a quote to whoever has it; its token is returned this once.

    :raises NotFound: if the quote does not exist or is someone else's
    :raises InvalidQuoteLink: if it would last for no time, or for more than a month
    :raises TooManyQuoteLinks: if enough links to the quote are live
    """
    if not timedelta() < timedelta(days=days) <= LINK_LASTS_MAX:
        raise InvalidQuoteLink(field="days", days=LINK_LASTS_MAX.days)
    quote = selectors.quote_for_buyer(quote_id=quote_id, buyer_id=buyer_id)
    token = secrets.token_urlsafe(32)
    try:
        with transaction.atomic():
            link = QuoteLink.objects.create(
                quote=quote,
                buyer_id=buyer_id,
                link_hash=hashlib.sha256(token.encode()).hexdigest(),
                issued_at=now,
                expires_at=now + timedelta(days=days),
            )
    except IntegrityError as error:
        if "links to a quote are live" not in str(error):
            raise
        raise TooManyQuoteLinks(links=LINKS_OF_QUOTE_MAX) from error
    _record_link(PricingEvent.QUOTE_SHARED, link)
    return IssuedQuoteLink(link.pk, token, link.expires_at)


@transaction.atomic
def revoke_quote_link(*, link_id: UUID, buyer_id: UUID, now: datetime) -> QuoteLink:
    """
    Let a link lead nowhere from now on; one that is revoked stays as it is.

    :raises QuoteLinkNotFound: if there is none, or it leads to someone else's quote
    """
    rows = QuoteLink.objects.select_for_update(no_key=True)
    link = rows.filter(pk=link_id, buyer_id=buyer_id).first()
    if link is None:
        raise QuoteLinkNotFound
    if link.revoked_at is None:
        link.revoked_at = now
        link.save(update_fields=["revoked_at"])
        _record_link(PricingEvent.QUOTE_LINK_REVOKED, link)
    return link


def _record_link(name: PricingEvent, link: QuoteLink) -> None:
    event = events.Event(
        name=name,
        object_kind="quote",
        object_id=link.quote_id,
        object_label=f"Q-{link.quote_id.hex[-10:].upper()}",
        concerns=[link.buyer_id],
        facts={"expires_at": link.expires_at},
    )
    events.record([event])
