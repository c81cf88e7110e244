"""Money goes back to what it came by: asked for by the buyer, approved by finance."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import tenancy
from common.money import Money
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, ProposalState
from identity.contracts import Role
from marketplace.payments.contracts import (
    REFUND_KIND,
    MovementDraft,
    MovementKind,
    MovementMoved,
    MovementNotFound,
    MovementState,
    NothingToReturn,
    PayChannel,
    SourceCooling,
    SourceExhausted,
    SourceNotFound,
)
from marketplace.payments.models import Movement, PaymentSource
from marketplace.payments.services.moving import ask_money, lock_movements, move_money

SWEEP_MAX = 200
SAID_NO = (ProposalState.REFUSED, ProposalState.WITHDRAWN, ProposalState.EXPIRED)


@transaction.atomic
def ask_refund(
    *, source_id: UUID, amount_minor: int, key: str, by: Person, now: datetime
) -> Movement:
    """
    Ask for money to go back to its source; it is held at once, and waits for finance.

    :raises SourceNotFound: if it is no source of the asking organisation
    :raises SourceExhausted, NothingToReturn: if more would go back than came by it
    :raises SourceCooling: if it is a bank account that is new
    :raises TransferRefused: if the buyer's cash does not cover it
    """
    with tenancy.acting_as_platform():
        source = _locked(source_id, organization_id=by.organization_id)
        kind = (
            MovementKind.REFUND if source.channel == PayChannel.STRIPE else MovementKind.WITHDRAWAL
        )
        known = Movement.objects.filter(
            organization=source.organization_id, kind=kind, key=key
        ).first()
        if known is None:
            _require_room(source, amount_minor, now=now)
        draft = MovementDraft(
            kind=kind,
            channel=PayChannel(source.channel),
            organization_id=source.organization_id,
            amount_minor=amount_minor,
            key=key,
            source_id=source.pk,
            requested_by_id=by.id,
        )
        [movement] = ask_money([draft], now=now)
        if known is None:
            _propose(movement, source, by=by, now=now)
        return movement


def _locked(source_id: UUID, *, organization_id: UUID) -> PaymentSource:
    rows = PaymentSource.objects.filter(pk=source_id, organization_id=organization_id)
    found = rows.select_for_update(no_key=True, of=("self",)).first()
    if found is None:
        raise SourceNotFound
    return found


def _require_room(source: PaymentSource, amount_minor: int, *, now: datetime) -> None:
    left = source.paid_in_minor - source.taken_minor
    if left == 0 or not source.reference:
        raise NothingToReturn(field="amount_minor")
    if amount_minor > left:
        raise SourceExhausted(field="amount_minor", left=str(Money(left)), left_minor=left)
    if source.channel == PayChannel.BANK and now < source.usable_from:
        when = source.usable_from.isoformat(timespec="minutes")
        raise SourceCooling(field="source_id", when=when)


def _propose(movement: Movement, source: PaymentSource, *, by: Person, now: datetime) -> None:
    content = {
        "movement_id": str(movement.pk),
        "number": movement.number,
        "organization_id": str(movement.organization_id),
        "amount_minor": movement.amount_minor,
        "channel": source.channel,
        "source": source.reference,
    }
    draft = Draft(
        kind=REFUND_KIND,
        reference=movement.number,
        label=movement.number,
        content=content,
        amount_minor=movement.amount_minor,
        role=Role.FINANCE,
        barred_organization_id=movement.organization_id,
        by=by,
    )
    proposed = approvals.propose(draft, now=now)
    # Looked at when the proposal is decided: `follow_refunds`.
    Movement.objects.filter(pk=movement.pk).update(proposal_id=proposed.id)


@transaction.atomic
def confirm_refund(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> Movement:
    """
    Send back what a buyer asked for: at once where it came by card, else by a bank transfer.

    :raises MovementMoved: if it was given up meanwhile
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=REFUND_KIND,
        by=Person(person_id, organization_id),
        result_id=None,
        now=now,
        note=note,
    )
    with tenancy.acting_as_platform():
        movement = _of(agreed.content["movement_id"])
        if movement.state != MovementState.REQUESTED:
            raise MovementMoved(state=MovementState(movement.state).label)
        due_at = now if movement.channel == PayChannel.STRIPE else None
        facts = {movement.pk: {"approved_by_id": agreed.decided_by_id}}
        [movement] = move_money(
            [movement.pk], MovementState.APPROVED, now=now, due_at=due_at, facts=facts
        )
        return movement


def _of(movement_id: str) -> Movement:
    found = lock_movements([UUID(movement_id)])
    if not found:
        raise MovementNotFound
    return found[0]


def follow_refunds(*, now: datetime) -> int:
    """Let go what was held for refunds that nobody approved; return how many there were."""
    with tenancy.acting_as_platform():
        ids = list(
            Movement.objects.filter(
                kind__in=(MovementKind.REFUND, MovementKind.WITHDRAWAL),
                state=MovementState.REQUESTED,
                proposal__state__in=SAID_NO,
            )
            .order_by("id")
            .values_list("pk", flat=True)[:SWEEP_MAX]
        )
    if not ids:
        return 0
    return len(move_money(ids, MovementState.CANCELLED, now=now, is_lenient=True))
