"""Quotes for listings: what an order would be measured as, priced and frozen."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from common.period import Period
from identity.projects import selectors as projects_selectors
from marketplace.catalog import rules, selectors
from marketplace.catalog.models import Listing
from pricing import group_selectors, token_kinds
from pricing import selectors as pricing_selectors
from pricing import services as pricing_services
from pricing.rows import PlanVersionRow, QuoteRow

NO_MIX: Final[token_kinds.TokenMix] = {}


@transaction.atomic
def quote_listing(
    *,
    buyer_id: UUID,
    listing_id: UUID,
    milli: int,
    period: Period,
    now: datetime,
    valid_for: timedelta = pricing_services.QUOTE_VALID_FOR,
    project_id: UUID | None = None,
    person_id: int | None = None,
    mix: token_kinds.TokenMix = NO_MIX,
) -> QuoteRow:
    """
    Freeze the price of using capacity of a listing for a whole period.

    A quote sets no capacity aside; clearing does. One that is kept for longer than a form shows it
    holds no longer than what the plan says now does, where its end is announced. One for a project
    stays with it: an order at it is for that project. A mix says how many tokens of each kind are
    wanted, where the plan has prices by kind.

    :raises ProjectNotFound, ProjectClosed, NotInProject: if the person may not order for it
    :raises ListingNotFound: if there is no such listing
    :raises OwnListing: if the buyer offers it itself
    :raises ListingClosed, OutsideAvailability: if it is not offered then
    :raises CapacityRefused: if it never offers that much
    :raises TooLittle: if it offers no order that small
    :raises NotSoldByTokens: if a kind of tokens is wanted that the listing does not count
    """
    if project_id is not None:
        projects_selectors.require_open_to(
            project_id, organization_id=buyer_id, person_id=person_id
        )
    listing = selectors.quotable(listing_id)
    terms, least = listing.terms(), listing.least
    rules.require_offered(terms, least, buyer_id=buyer_id, milli=milli, period=period)
    version = _version_in_force(listing, now)
    measure, shares = selectors.committed_measure(
        pricing_selectors.kept_cards([version.pk])[version.pk],
        terms,
        milli=milli,
        period=period,
        mix=mix,
    )
    quote = pricing_services.make_quote(
        buyer_id=buyer_id,
        plan_version_id=version.pk,
        measure=measure,
        subject={
            "listing": listing.number,
            "listing_id": listing.pk,
            "units_milli": milli,
            "starts_at": period.starts_at,
            "ends_at": period.ends_at,
            "standard_factor": terms.standard_factor,
            **_of_tokens(shares, terms.rule_version_id),
        },
        now=now,
        valid_for=_as_member(
            _promised(valid_for, version, now=now),
            buyer_id,
            version,
            project_id=project_id,
            now=now,
        ),
        project_id=project_id,
    )
    if too_little := least.refusal_of_price(quote.gross_minor, is_free=rules.is_free(quote.lines)):
        raise too_little
    return quote


def _of_tokens(shares: token_kinds.TokenMix, rule_version_id: UUID) -> dict[str, Any]:
    """Return what a quote of tokens by kind is for beside throughput: in what shares of them."""
    if not shares:
        return {}
    weights = selectors.weights_of(rule_version_id)
    return {
        "token_mix": token_kinds.mix_json(shares),
        "token_weights": {kind: f"{weights[kind]:f}" for kind in weights},
    }


def _promised(asked: timedelta, version: PlanVersionRow, *, now: datetime) -> timedelta:
    """Return for how long a price is promised: not beyond an announced end, but for a while."""
    if version.ends_at is None or now + asked <= version.ends_at:
        return asked
    return max(min(asked, pricing_services.QUOTE_VALID_FOR), version.ends_at - now)


def _as_member(
    valid_for: timedelta,
    buyer_id: UUID,
    version: PlanVersionRow,
    *,
    project_id: UUID | None,
    now: datetime,
) -> timedelta:
    """Return for how long a price is promised: not beyond the time that a buyer is in a group."""
    terms = pricing_selectors.kept_cards({version.pk})[version.pk].terms
    if terms is None or not any(each.kind == "group" for each in terms.factors):
        return valid_for
    own = group_selectors.group_of_buyer(
        buyer_id, version.provider_id, project_id=project_id, at=now
    )
    return valid_for if own is None or own.until is None else min(valid_for, own.until - now)


def _version_in_force(listing: Listing, now: datetime) -> PlanVersionRow:
    """Return the version that the plan says now, also before the sweep has moved the listing."""
    version = listing.plan_version
    if version.ends_at is None or now < version.ends_at:
        return version
    successor = pricing_selectors.version_in_effect(plan_id=version.plan_id, at=now)
    return version if successor is None else successor
