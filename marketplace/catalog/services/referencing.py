"""Reference orders: one operator proposes, another approves; they begin a week later or more."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from common import tenancy
from common.canonical import canonical_json, content_hash
from common.ids import uuid7
from common.moments import parse_moment
from identity.approvals import services as approvals_services
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from identity.events import services as events
from identity.identifiers import regions
from marketplace.catalog import all_in, selectors
from marketplace.catalog.contracts import (
    REFERENCE_ORDER_KIND,
    REFERENCE_ORDER_REASON_MAX,
    ReferenceOrderRefused,
)
from marketplace.catalog.event_names import CatalogEvent
from marketplace.catalog.models import ReferenceOrder

LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('reference orders', 17))"
DUE_ALL: Final = """
    INSERT INTO catalog_allindue AS had (listing_id, due_at)
    SELECT id, %(at)s FROM catalog_listing WHERE state <> 'CLOSED'
    ON CONFLICT (listing_id) DO UPDATE SET due_at = least(had.due_at, excluded.due_at)
"""


def propose_reference_order(
    *,
    content: Mapping[str, Any],
    reason: str,
    starts_at: datetime | None,
    by: Person,
    now: datetime,
) -> Proposed:
    """
    Propose another order by which prices are compared; another operator's approval announces it.

    Without a moment it begins seven days after that.

    :raises ReferenceOrderRefused: naming what breaks its form, or that it begins too soon
    :raises ProposalTooLate: if nobody could approve it in time
    :raises ProposalWaits: if another reference order waits
    """
    _require_sound(content)
    reason = reason.strip()
    if not 1 <= len(reason) <= REFERENCE_ORDER_REASON_MAX:
        told = _("say why, in 1 to %(most)s characters") % {"most": REFERENCE_ORDER_REASON_MAX}
        raise ReferenceOrderRefused(field="reason", problem=told)
    _require_in_time(starts_at, now=now)
    draft = Draft(
        kind=REFERENCE_ORDER_KIND,
        reference="reference-order",
        label="reference-order",
        content={
            "order": dict(content),
            "starts_at": starts_at,
            "reason": reason,
        },
        reason=reason,
        role=Role.OPERATOR,
        by=by,
        lapses_at=None if starts_at is None else starts_at - all_in.REFERENCE_NOTICE,
        lapses_field="starts_at",
    )
    return approvals_services.propose(draft, now=now)


@transaction.atomic
def confirm_reference_order(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> ReferenceOrder:
    """
    Announce the reference order that another operator proposed.

    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    :raises ReferenceOrderRefused: if it would begin too soon, or before one that was announced
    """
    made = uuid7()
    agreed = approvals_services.settle(
        proposal_id=proposal_id,
        kind=REFERENCE_ORDER_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    said = agreed.content
    with tenancy.acting_as_platform():
        with connection.cursor() as cursor:
            cursor.execute(LOCK)  # Numbers and beginnings follow each other.
        asked = None if said["starts_at"] is None else parse_moment(said["starts_at"])
        _require_in_time(asked, now=now)
        latest = selectors.reference_orders().first()
        row = ReferenceOrder.objects.create(
            number=1 if latest is None else latest.number + 1,
            content=said["order"],
            content_hash=content_hash(said["order"]),
            reason=said["reason"],
            starts_at=asked or now + all_in.REFERENCE_NOTICE,
            published_at=now,
            published_by_id=agreed.proposed_by_id,
            agreed_by_id=agreed.decided_by_id,
            proposal_id=agreed.id,
            agreement=made,
        )
        with connection.cursor() as cursor:
            cursor.execute(DUE_ALL, {"at": row.starts_at})
        event = events.Event(
            name=CatalogEvent.REFERENCE_PUBLISHED,
            object_kind="reference_order",
            object_id=str(row.number),
            object_label=str(row.number),
            facts={"starts_at": row.starts_at, "content_hash": row.content_hash},
        )
        events.record([event])
    return row


def _require_in_time(starts_at: datetime | None, *, now: datetime) -> None:
    begins = starts_at or now + all_in.REFERENCE_NOTICE
    if begins < now + all_in.REFERENCE_NOTICE:
        told = _("it begins seven days after it is announced at the earliest")
        raise ReferenceOrderRefused(field="starts_at", problem=told)
    latest = selectors.reference_orders().first()
    if latest is not None and begins <= latest.starts_at:
        told = _("number %(number)s begins later, and is announced already")
        raise ReferenceOrderRefused(field="starts_at", problem=told % {"number": latest.number})


def _require_sound(content: Mapping[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT catalog_reference_is_sound(%s::jsonb)", [canonical_json(content).decode()]
        )
        (is_sound,) = cursor.fetchone()
    if not is_sound:
        raise ReferenceOrderRefused(field="content", problem=_("its members or their figures"))
    known = {hub.code for hub in regions.hubs()}
    if unknown := set(content["places"]) - known:
        told = _("there is no hub %(named)s") % {"named": ", ".join(sorted(unknown))}
        raise ReferenceOrderRefused(field="places", problem=told)
    if not all_in.is_zone(content["zone"]):
        told = _("there is no time zone of that name")
        raise ReferenceOrderRefused(field="zone", problem=told)
