"""Legal holds: two people place one and two people lift it; what it is on does not go meanwhile."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from common import tenancy
from common.ids import uuid7
from identity import services as identity_services
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from identity.events import services as events
from identity.privacy import selectors
from identity.privacy.contracts import (
    HOLD_KIND,
    LIFT_KIND,
    REASON_MAX,
    AlreadyHeld,
    HeldKind,
    HoldLifted,
    HoldNotFound,
    HoldReasonMissing,
)
from identity.privacy.event_names import PrivacyEvent
from identity.privacy.models import LegalHold


@transaction.atomic
def propose_hold(
    *, kind: HeldKind, object_id: str, reason: str, by: Person, now: datetime
) -> Proposed:
    """
    Propose to put an organisation, a person, a file or a meter under a legal hold.

    :raises HeldObjectNotFound: if there is no such object
    :raises HoldReasonMissing: if it isn't said why
    :raises AlreadyHeld: if it is under one
    :raises SecondPersonRequired: if whoever proposes belongs to what is to be held
    :raises ProposalWaits: if that was proposed already
    """
    said = _reason(reason)
    with tenancy.acting_as_platform():
        about = selectors.held_object(kind, object_id)
        if selectors.holds_in_force(kind=kind, object_id=about.id).exists():
            raise AlreadyHeld
    if about.organization_id is not None:
        identity_services.require_outsider(person_id=by.id, organization_id=about.organization_id)
    content = {
        "kind": str(kind),
        "object_id": about.id,
        "object_label": about.label,
        "reason": said,
    }
    draft = _draft(HOLD_KIND, f"{kind}:{about.id}", content, about=about, by=by)
    return approvals.propose(draft, now=now)


@transaction.atomic
def confirm_hold(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> LegalHold:
    """
    Place a legal hold, as another operator proposed.

    :raises AlreadyHeld: if that happened meanwhile
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=HOLD_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    said = agreed.content
    with tenancy.acting_as_platform():
        if selectors.holds_in_force(kind=said["kind"], object_id=said["object_id"]).exists():
            raise AlreadyHeld
        hold = LegalHold.objects.create(
            id=made,
            kind=said["kind"],
            object_id=said["object_id"],
            object_label=said["object_label"],
            reason=said["reason"],
            placed_at=now,
            placed_by_id=agreed.proposed_by_id,
            agreed_by_id=agreed.decided_by_id,
            proposal_id=agreed.id,
        )
        _record(PrivacyEvent.HOLD_PLACED, hold)
    return hold


@transaction.atomic
def propose_lift(*, hold_id: UUID, reason: str, by: Person, now: datetime) -> Proposed:
    """
    Propose to lift a legal hold.

    :raises HoldNotFound, HoldLifted: if there is none that lasts
    :raises HoldReasonMissing: if it isn't said why
    :raises ProposalWaits: if that was proposed already
    """
    said = _reason(reason)
    with tenancy.acting_as_platform():
        hold = _lasting(hold_id)
        about = selectors.held_object(HeldKind(hold.kind), hold.object_id)
    content = {"hold_id": str(hold.pk), "object_label": hold.object_label, "reason": said}
    return approvals.propose(_draft(LIFT_KIND, str(hold.pk), content, about=about, by=by), now=now)


@transaction.atomic
def confirm_lift(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> LegalHold:
    """
    Lift a legal hold, as another operator proposed: terms count again.

    :raises HoldNotFound, HoldLifted: if that happened meanwhile
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=LIFT_KIND,
        by=Person(person_id, organization_id),
        now=now,
        note=note,
    )
    with tenancy.acting_as_platform():
        hold = _lasting(UUID(agreed.content["hold_id"]))
        hold.lifted_at, hold.lift_reason = now, agreed.content["reason"]
        hold.lifted_by_id, hold.lift_agreed_by_id = agreed.proposed_by_id, agreed.decided_by_id
        hold.lift_proposal_id = agreed.id
        hold.save()
        _record(PrivacyEvent.HOLD_LIFTED, hold)
    return hold


def _lasting(hold_id: UUID) -> LegalHold:
    hold = LegalHold.objects.filter(pk=hold_id).select_for_update(no_key=True).first()
    if hold is None:
        raise HoldNotFound
    if hold.lifted_at is not None:
        raise HoldLifted
    return hold


def _reason(text: str) -> str:
    reason = text.strip()
    if not 1 <= len(reason) <= REASON_MAX:
        raise HoldReasonMissing(field="reason", most=REASON_MAX)
    return reason


def _draft(
    kind: str,
    reference: str,
    content: Mapping[str, Any],
    *,
    about: selectors.HeldObject,
    by: Person,
) -> Draft:
    return Draft(
        kind=kind,
        reference=reference,
        label=about.label,
        content=content,
        reason=content["reason"],
        role=Role.OPERATOR,
        barred_organization_id=about.organization_id,
        barred_person_id=about.person_id,
        by=by,
    )


def _record(name: PrivacyEvent, hold: LegalHold) -> None:
    """Record it of the market alone: whom a hold is on is not told of it."""
    event = events.Event(
        name=name,
        object_kind="legal_hold",
        object_id=hold.pk,
        object_label="",
        facts={"kind": hold.kind},
    )
    events.record([event])
