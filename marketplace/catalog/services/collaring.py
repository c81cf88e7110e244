"""Price collars: two operators agree on a band, the index moves its reference."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import tenancy
from common.ids import uuid7
from identity.approvals import services as approvals_services
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from marketplace.catalog import collar as rules
from marketplace.catalog import selectors
from marketplace.catalog.contracts import (
    ABOVE_MAX,
    BAND_MIN,
    BELOW_MAX,
    COLLAR_KIND,
    COLLAR_NOTICE,
    COLLAR_REASON_MAX,
    Band,
    BookNotFound,
    CollarBase,
    CollarRefused,
)
from marketplace.catalog.event_names import CatalogEvent
from marketplace.catalog.models import Book, Listing, PriceCollar
from marketplace.catalog.telling import record_collars

REFERENCE_MAX = Decimal(10_000_000)
STEP = Decimal("0.000001")


def propose_collar(
    *,
    resource_class: str,
    hub: str,
    band: Band,
    reason: str,
    by: Person,
    now: datetime,
    base: CollarBase = CollarBase.INDEX,
) -> Proposed:
    """
    Propose what a standard hour may cost in a book; another operator's approval announces it.

    It holds `COLLAR_NOTICE` after it was approved, and the index moves its reference from then on,
    unless it is based on the reference price of the class. A band without a reference ends the
    collar.

    :raises BookNotFound: if nothing of the class was ever listed in the place
    :raises CollarRefused: if it is no band, or it isn't said why
    :raises ProposalWaits: if another collar of the book waits
    """
    book = _book(resource_class, hub)
    reason = reason.strip()
    _check(band, reason)
    reference = None if band.reference is None else str(band.reference.quantize(STEP))
    content = {
        "book_id": book.pk,
        "resource_class": book.resource_class,
        "hub": book.hub,
        "reference": reference,
        "below_bp": band.below_bp,
        "above_bp": band.above_bp,
        "reason": reason,
    }
    if base == CollarBase.REFERENCE and reference is not None:
        content["base"] = str(base)
    draft = Draft(
        kind=COLLAR_KIND,
        reference=str(book),
        label=str(book),
        content=content,
        reason=reason,
        role=Role.OPERATOR,
        by=by,
    )
    return approvals_services.propose(draft, now=now)


@transaction.atomic
def confirm_collar(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> PriceCollar:
    """
    Announce the collar that another operator proposed.

    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals_services.settle(
        proposal_id=proposal_id,
        kind=COLLAR_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    content = agreed.content
    with tenancy.acting_as_platform():
        collar = PriceCollar.objects.create(
            id=made,
            book=_book(content["resource_class"], content["hub"]),
            reference=None if content["reference"] is None else Decimal(content["reference"]),
            below_bp=content["below_bp"],
            above_bp=content["above_bp"],
            reason=content["reason"],
            base=content.get("base", CollarBase.INDEX),
            announced_at=now,
            valid_from=now + COLLAR_NOTICE,
            proposed_by_id=agreed.proposed_by_id,
            agreed_by_id=agreed.decided_by_id,
            proposal_id=agreed.id,
        )
        record_collars(CatalogEvent.COLLAR_ANNOUNCED, [collar])
    return collar


@transaction.atomic
def follow_index(*, day: date, prices: Mapping[str, Decimal], now: datetime) -> int:
    """
    Move the references of books that have a collar to a day's index; return how many moved.

    A reference goes no further in a day than to the edge of the band before: whoever moves the
    index for a day moves no market.
    """
    with tenancy.acting_as_platform():
        before = selectors.announced(resource_classes=set(prices))
        moved = [
            PriceCollar(
                book=each.book,
                reference=min(max(prices[each.book.resource_class], each.low), each.high),
                below_bp=each.below_bp,
                above_bp=each.above_bp,
                index_day=day,
                announced_at=now,
                valid_from=now + COLLAR_NOTICE,
            )
            for each in before.values()
            if each.base == CollarBase.INDEX and (each.index_day is None or each.index_day < day)
        ]
        PriceCollar.objects.bulk_create(moved)
        record_collars(CatalogEvent.COLLAR_FOLLOWED, moved)
    return len(moved)


def require_list_prices(listings: Iterable[Listing], *, at: datetime) -> None:
    """
    Check that listings ask what their books allow; what has no price by the hour is not compared.

    :raises PriceOutsideCollar: for the first that asks less or more
    """
    asking = list(listings)
    found = selectors.collars_in_force(book_ids={each.book_id for each in asking}, at=at)
    for listing in asking:
        limits, price = found.get(listing.book_id), listing.price_per_standard_hour
        if limits is None or price is None:
            continue
        if not limits.low <= price <= limits.high:
            refusal = rules.refusal_of(price, limits)
            refusal.field = "plan_version_id"
            raise refusal


def _book(resource_class: str, hub: str) -> Book:
    book = selectors.book(resource_class=resource_class, hub=hub)
    if book is None:
        raise BookNotFound
    return book


def _check(band: Band, reason: str) -> None:
    tests: list[tuple[str, bool, Any]] = [
        (
            "reason",
            not 1 <= len(reason) <= COLLAR_REASON_MAX,
            _("say why, in 1 to %(most)s characters") % {"most": COLLAR_REASON_MAX},
        )
    ]
    if band.reference is not None:
        tests += [
            (
                "reference",
                not STEP <= band.reference <= REFERENCE_MAX,
                _("the reference is a price above 0 and up to %(most)s")
                % {"most": f"{REFERENCE_MAX:,}"},
            ),
            ("below", not BAND_MIN <= band.below_bp <= BELOW_MAX, _between(BELOW_MAX)),
            ("above", not BAND_MIN <= band.above_bp <= ABOVE_MAX, _between(ABOVE_MAX)),
        ]
    for field, is_wrong, problem in tests:
        if is_wrong:
            raise CollarRefused(field=field, problem=problem)


def _between(most_bp: int) -> str:
    told = _("1 to %(most)s per cent of the reference are allowed")
    return told % {"most": f"{most_bp // 100:,}"}
