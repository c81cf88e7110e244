"""What a provider promises of a listing: published by itself, worse terms with notice."""

from datetime import datetime
from itertools import pairwise
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import notice, tenancy
from common.canonical import content_hash
from marketplace.assurance import level_documents, level_rules, telling
from marketplace.assurance.level_contracts import (
    READY_SECONDS_MAX,
    READY_SECONDS_MIN,
    RESPONSE_BOUNDS_MS,
    TIERS_MAX,
    WHOLE_BP,
    WHOLE_PPM,
    LevelPromise,
    LevelTermsInvalid,
    LevelUnchanged,
    LevelWish,
    promise_of,
)
from marketplace.assurance.models import ListingLevel
from marketplace.catalog import selectors as catalog_selectors
from marketplace.limits import take_turns


@transaction.atomic
def publish_level(
    *, provider_id: UUID, wish: LevelWish, now: datetime, by_id: int | None = None
) -> ListingLevel:
    """
    Publish what is promised of a provider's listing, to whoever orders from a moment on.

    Contracts keep the version in force when they were ordered.

    :raises ListingNotFound: if the listing does not exist or is someone else's
    :raises LevelTermsInvalid: if a target or a credit is out of its bounds
    :raises LevelUnchanged: if it says what the version before says
    :raises BackDated, OutOfTurn, NoticeTooShort: as `notice.effective_at`
    """
    promise = wish.promise
    _require_valid(promise)
    with tenancy.acting_as_platform():
        take_turns(f"assurance.level:{wish.listing_id}")
        listing = catalog_selectors.listing_of_provider(
            listing_id=wish.listing_id, provider_id=provider_id
        )
        latest = ListingLevel.objects.filter(listing_id=listing.pk).order_by("-version").first()
        if latest is not None and promise_of(latest) == promise:
            raise LevelUnchanged(field="availability_ppm")
        if latest is None and promise.is_empty:
            raise LevelTermsInvalid(field="availability_ppm", why=_("it promises nothing."))
        is_worse = latest is not None and level_rules.is_worse_level(promise_of(latest), promise)
        before = latest.starts_at if latest else None
        starts_at = notice.effective_at(wish.starts_at, now=now, before=before, is_worse=is_worse)
        if starts_at < now:
            raise notice.BackDated(field="starts_at")
        version = latest.version + 1 if latest else 1
        rule = level_rules.LEVELS.newest
        said = level_documents.promise_facts(promise)
        made = ListingLevel.objects.create(
            listing_id=listing.pk,
            provider_id=provider_id,
            version=version,
            rule=rule,
            starts_at=starts_at,
            published_at=now,
            published_by_id=by_id,
            content_hash=content_hash(
                {"listing": listing.pk, "version": version, "rule": rule, "starts_at": starts_at}
                | said
            ),
            **said,
        )
        telling.of_level(made, listing.number, is_worse=is_worse)
    return made


def _require_valid(promise: LevelPromise) -> None:
    for name, most in (
        ("availability_ppm", WHOLE_PPM),
        ("network_ppm", WHOLE_PPM),
        ("ready_seconds", READY_SECONDS_MAX),
        ("ready_credit_bp", WHOLE_BP),
        ("response_credit_bp", WHOLE_BP),
        ("network_credit_bp", WHOLE_BP),
    ):
        value = getattr(promise, name)
        if value is not None and not 0 <= value <= most:
            raise LevelTermsInvalid(field=name, why=_("a number is out of its bounds."))
    if promise.ready_seconds is not None and promise.ready_seconds < READY_SECONDS_MIN:
        raise LevelTermsInvalid(field="ready_seconds", why=_("ready takes a minute at least."))
    if promise.response_ms is not None and promise.response_ms not in RESPONSE_BOUNDS_MS:
        raise LevelTermsInvalid(
            field="response_ms", why=_("choose one of the bounds that are measured.")
        )
    if not _descend(promise):
        raise LevelTermsInvalid(
            field="tiers",
            why=_("tiers begin at the target, go down from one to the next, and give more each."),
        )


def _descend(promise: LevelPromise) -> bool:
    """Return whether the tiers begin at the target, fall, and give more each."""
    tiers = promise.tiers
    if not tiers:
        return True
    falls = all(a[0] > b[0] and a[1] < b[1] for a, b in pairwise(tiers))
    in_bounds = all(below > 0 and 0 < credit <= WHOLE_BP for below, credit in tiers)
    return (
        len(tiers) <= TIERS_MAX and tiers[0][0] == promise.availability_ppm and falls and in_bounds
    )
