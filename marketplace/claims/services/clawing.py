"""A voucher is taken back by two people: what is left of it, and what it paid."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import F, Sum

from common import tenancy
from common.ids import uuid7
from common.numbers import take_numbers
from common.recorded import NIL
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from identity.events import services as events
from ledger import selectors as ledger_selectors
from ledger import services as ledger_services
from ledger.contracts import Transfer, derived_id
from marketplace import accounts
from marketplace.claims.contracts import (
    CLAW_BACK_KIND,
    ReasonNeeded,
    RecoveryNotFound,
    RecoveryRepaid,
    RecoveryState,
)
from marketplace.claims.event_names import ClaimEvent
from marketplace.claims.models import ClawBack, Recovery
from marketplace.claims.services import reimbursement_clawing
from marketplace.settlement import selectors as settlement_selectors
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers import services as vouchers_services
from marketplace.vouchers.contracts import AlreadyClawedBack, VoucherState
from marketplace.vouchers.terms import ClawBackGround

SWEEP_MAX: Final = 200  # in one transaction
DUE: Final = Sum(F("amount_minor") - F("lowered_minor"))


@transaction.atomic
def propose_claw_back(
    *,
    voucher_id: UUID,
    ground: ClawBackGround,
    reason: str,
    evidence: str,
    by: Person,
    now: datetime,
) -> Proposed:
    """
    Propose that a voucher is taken back, and what it paid; another person of the issuer decides.

    :raises VoucherNotFound: if it is of another issuer's programme
    :raises AlreadyClawedBack: if it was taken back before
    :raises GroundNotNamed, ClawBackTooLate: if its programme's rules do not let it be
    :raises ReasonNeeded: without a reason or evidence
    :raises ProposalWaits: if somebody proposed it already
    """
    voucher = vouchers_selectors.voucher(voucher_id=voucher_id, issuer_id=by.organization_id)
    if voucher.state == VoucherState.CLAWED_BACK:
        raise AlreadyClawedBack
    for field, said in (("reason", reason), ("evidence", evidence)):
        if not said.strip():
            raise ReasonNeeded(field=field)
    _require_allowed(voucher, ground, at=now)
    with tenancy.acting_as_platform():
        return approvals.propose(
            Draft(
                kind=CLAW_BACK_KIND,
                reference=voucher.number,
                label=voucher.number,
                content={
                    "voucher_id": str(voucher.pk),
                    "ground": str(ground),
                    "reason": reason.strip(),
                    "evidence": evidence.strip(),
                },
                role=Role.ISSUER,
                desk_id=by.organization_id,
                barred_organization_id=voucher.holder_id,
                by=by,
            ),
            now=now,
        )


def _require_allowed(voucher: Any, ground: ClawBackGround, *, at: datetime) -> None:
    data = voucher.programme_version.rules
    reimbursement_clawing.require_allowed(data, voucher.issued_at, ground, at=at)


@transaction.atomic
def confirm_claw_back(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> ClawBack:
    """
    Take a voucher back as somebody else proposed: its rest at once, and a claim on who was paid.

    :raises AlreadyClawedBack: if it was taken back meanwhile
    :raises GroundNotNamed, ClawBackTooLate: if its time is over meanwhile
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=CLAW_BACK_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    with tenancy.acting_as_platform():
        if "reimbursement_id" in agreed.content:
            row, back = reimbursement_clawing.claw_back(
                made, agreed.content, agreed, issuer_id=organization_id, now=now
            )
            if back is not None:
                _tell_recovery(ClaimEvent.RECOVERY_DEMANDED, back, at=now)
            return row
        return _claw_back(made, agreed.content, agreed, issuer_id=organization_id, now=now)


def _claw_back(
    made: UUID, content: Mapping[str, Any], agreed: Any, *, issuer_id: UUID, now: datetime
) -> ClawBack:
    voucher_id, ground = UUID(content["voucher_id"]), ClawBackGround(content["ground"])
    before = vouchers_selectors.voucher(voucher_id=voucher_id, issuer_id=issuer_id)
    _require_allowed(before, ground, at=now)
    voucher = vouchers_services.claw_back(
        voucher_id=voucher_id,
        issuer_id=issuer_id,
        clawed_back_by_id=agreed.decided_by_id,
        reason=before.number,
        now=now,
    )
    row = ClawBack.objects.create(
        id=made,
        voucher_id=voucher_id,
        voucher_number=voucher.number,
        programme_id=voucher.programme_version.programme_id,
        issuer_id=issuer_id,
        holder_id=voucher.holder_id,
        ground=ground,
        reason=content["reason"],
        evidence=content["evidence"],
        returned_minor=voucher.returned_minor - before.returned_minor,
        decided_at=now,
        proposed_by_id=agreed.proposed_by_id,
        decided_by_id=agreed.decided_by_id,
        proposal_id=agreed.id,
    )
    _tell(ClaimEvent.CLAWED_BACK, voucher, [issuer_id, voucher.holder_id], at=now, ground=ground)
    _demand(row, now=now)
    return row


def complete_claw_backs(*, now: datetime, limit: int = SWEEP_MAX) -> int:
    """
    Claim what orders that went on have captured of vouchers since these were taken back.

    Return how many claims were made. All that wait are looked at, so many in one transaction: an
    order may hold a voucher for a year, and keeps no other claw-back waiting meanwhile. One of
    which no order holds anything is looked at no more.
    """
    made, last = 0, NIL
    while rows := _complete_from(last, now=now, limit=limit):
        made += sum(rows.values())
        last = max(rows)
    return made


@transaction.atomic
def _complete_from(last: UUID, *, now: datetime, limit: int) -> dict[UUID, int]:
    """Return how many claims were made of each of the next claw-backs."""
    with tenancy.acting_as_platform():
        waiting = ClawBack.objects.filter(is_over=False, pk__gt=last).order_by("id")
        found = list(waiting.select_for_update(skip_locked=True, no_key=True)[:limit])
        return {row.pk: _demand(row, now=now) for row in found}


def _demand(row: ClawBack, *, now: datetime) -> int:
    """Claim from each payee what the voucher paid beyond what was claimed; tell how many."""
    assert row.voucher_id is not None
    account = accounts.voucher(row.voucher_id)
    # Read before what was captured: nothing is captured of a voucher that nobody holds.
    is_over = not ledger_selectors.balances([account])[account].posted
    claimed = dict(row.recoveries.values_list("payee_id").annotate(total=DUE).order_by())
    captured = settlement_selectors.captured_of_vouchers([row.voucher_id])
    wanted = {
        payee_id: amount - claimed.get(payee_id, 0)
        for (_voucher_id, payee_id), amount in sorted(captured.items())
        if amount > claimed.get(payee_id, 0)
    }
    numbers = take_numbers("claims_recovery_number", prefix="R", at=now, count=len(wanted))
    made = Recovery.objects.bulk_create(
        Recovery(
            number=number,
            claw_back=row,
            programme_id=row.programme_id,
            issuer_id=row.issuer_id,
            payee_id=payee_id,
            voucher_number=row.voucher_number,
            ground=row.ground,
            reason=row.reason,
            amount_minor=amount,
            demanded_at=now,
        )
        for number, (payee_id, amount) in zip(numbers, wanted.items(), strict=True)
    )
    for recovery in made:
        _tell_recovery(ClaimEvent.RECOVERY_DEMANDED, recovery, at=now)
    if is_over:
        ClawBack.objects.filter(pk=row.pk).update(is_over=True)
    return len(made)


def lower_recoveries(*, now: datetime) -> int:
    """
    Want no more back than vouchers paid in the end: corrections lower what was wanted before.

    Return how many were lowered.
    """
    lowered, last = 0, NIL
    while True:
        step, last = _lower_from(last, now=now)
        lowered += step
        if last == NIL:
            return lowered


@transaction.atomic
def _lower_from(last: UUID, *, now: datetime) -> tuple[int, UUID]:
    """Lower what is wanted for the next claw-backs; return how many, and the last, if any."""
    with tenancy.acting_as_platform():
        found = ClawBack.objects.filter(voucher__isnull=False, pk__gt=last).order_by("id")
        rows = {each.pk: each.voucher_id for each in found[:SWEEP_MAX]}
        vouchers = [each for each in rows.values() if each is not None]
        captured = settlement_selectors.captured_of_vouchers(vouchers)
        wanted = (
            Recovery.objects.filter(claw_back__in=rows)
            .values_list("claw_back_id", "claw_back__voucher_id", "payee_id")
            .annotate(total=DUE)
            .order_by()
        )
        beyond = [
            (pk, payee, total - captured.get((voucher, payee), 0))
            for pk, voucher, payee, total in wanted
            if total > captured.get((voucher, payee), 0)
        ]
        lowered = sum(_lower(pk, payee, int(minor), now=now) for pk, payee, minor in beyond)
    return lowered, max(rows, default=NIL)


def _lower(claw_back_id: UUID, payee_id: UUID, beyond: int, *, now: datetime) -> int:
    """Take an amount off what is wanted of a payee, the last first; what was paid is owed back."""
    held = Recovery.objects.filter(claw_back=claw_back_id, payee=payee_id).order_by("-id")
    lowered = 0
    for row in held.select_related("programme").select_for_update(no_key=True, of=("self",)):
        part = min(beyond, row.due_minor)
        if part <= 0:
            continue
        row.lowered_minor += part
        beyond -= part
        if row.state == RecoveryState.REPAID:
            _post_adjustment(row, -part, now=now)
        elif not row.due_minor:
            row.state = RecoveryState.VOID
        row.save(update_fields=["lowered_minor", "state"])
        _tell_recovery(ClaimEvent.RECOVERY_LOWERED, row, at=now)
        lowered += 1
    return lowered


@transaction.atomic
def record_repayment(
    *, recovery_id: UUID, payment_reference: str, by: Person, now: datetime
) -> Recovery:
    """
    Note that a payee paid back: the money is in the programme's pool again.

    The same reference again changes nothing.

    :raises RecoveryNotFound: if it is another issuer's
    :raises RecoveryRepaid: if it was paid back under another reference
    """
    with tenancy.acting_as_platform():
        mine = Recovery.objects.filter(pk=recovery_id, issuer_id=by.organization_id)
        held = mine.select_for_update(no_key=True, of=("self",))
        recovery = held.select_related("programme").first()
        if recovery is None:
            raise RecoveryNotFound
        if recovery.state != RecoveryState.OPEN:
            if recovery.payment_reference != payment_reference:
                raise RecoveryRepaid
            return recovery
        recovery.state, recovery.repaid_at = RecoveryState.REPAID, now
        recovery.repaid_by_id, recovery.payment_reference = by.id, payment_reference
        recovery.save(update_fields=["state", "repaid_at", "repaid_by", "payment_reference"])
        _post_adjustment(recovery, recovery.due_minor, now=now)
        _tell_recovery(ClaimEvent.RECOVERY_REPAID, recovery, at=now)
    return recovery


def _post_adjustment(recovery: Recovery, amount: int, *, now: datetime) -> None:
    """Put what was paid back into the pool again, or take what was paid too much out of it."""
    code = recovery.programme.code
    budget, pool = accounts.voucher_budget(code), accounts.voucher_pool(code)
    moved = Transfer(
        id=derived_id(now, recovery.pk, amount, recovery.lowered_minor),
        debit=budget if amount > 0 else pool,
        credit=pool if amount > 0 else budget,
        asset=accounts.programme_asset(code),
        amount=abs(amount),
        reason=accounts.TransferReason.ADJUSTMENT,
        reference=recovery.number,
        effective_at=now,
    )
    ledger_services.post(transfers=[moved])


def _tell(
    name: ClaimEvent, voucher: Any, concerns: list[UUID], *, at: datetime, **facts: object
) -> None:
    event = events.Event(
        name=name,
        object_kind="voucher",
        object_id=voucher.pk,
        object_label=voucher.number,
        concerns=concerns,
        facts=facts,
        at=at,
    )
    events.record([event])


def _tell_recovery(name: ClaimEvent, recovery: Recovery, *, at: datetime) -> None:
    event = events.Event(
        name=name,
        object_kind="recovery",
        object_id=recovery.pk,
        object_label=recovery.number,
        concerns=[recovery.issuer_id, recovery.payee_id],
        facts={
            "amount_minor": recovery.amount_minor,
            "lowered_minor": recovery.lowered_minor,
        },
        at=at,
    )
    events.record([event])
