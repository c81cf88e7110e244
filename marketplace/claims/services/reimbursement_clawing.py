"""A reimbursement is taken back by two people: unpaid, it is back at once; paid, it is wanted."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from common import tenancy
from common.numbers import take_numbers
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from identity.events import services as events
from marketplace.claims.contracts import (
    CLAW_BACK_KIND,
    ClaimState,
    ClawBackTooLate,
    GroundNotNamed,
    ReasonNeeded,
)
from marketplace.claims.event_names import ClaimEvent
from marketplace.claims.models import ClawBack, Recovery, Reimbursement, VoucherClaim
from marketplace.claims.reimbursement_contracts import (
    ReimbursementMoved,
    ReimbursementNotFound,
    ReimbursementState,
    ReimbursementStep,
    SharePaidBefore,
)
from marketplace.claims.services.claiming import free_lines, locked_claim, tell_claim
from marketplace.claims.services.reimbursing import close_reimbursement
from marketplace.vouchers import life, programme_rules
from marketplace.vouchers.contracts import AlreadyClawedBack
from marketplace.vouchers.terms import ClawBackGround

GRANTED = (ReimbursementState.APPROVED, ReimbursementState.PAID)


@transaction.atomic
def propose_reimbursement_claw_back(
    *,
    reimbursement_id: UUID,
    ground: ClawBackGround,
    reason: str,
    evidence: str,
    by: Person,
    now: datetime,
) -> Proposed:
    """
    Propose that a reimbursement is taken back; another person of the issuer decides.

    :raises ReimbursementNotFound: if it is of another issuer's programme
    :raises ReimbursementMoved: if nothing of it was granted
    :raises AlreadyClawedBack: if it was taken back before
    :raises GroundNotNamed, ClawBackTooLate: if its programme's rules do not let it be
    :raises ReasonNeeded: without a reason or evidence
    """
    for field, said in (("reason", reason), ("evidence", evidence)):
        if not said.strip():
            raise ReasonNeeded(field=field)
    with tenancy.acting_as_platform():
        row = _granted(reimbursement_id, by.organization_id)
        _require_time(row, ground, at=now)
        return approvals.propose(
            Draft(
                kind=CLAW_BACK_KIND,
                reference=row.number,
                label=row.number,
                content={
                    "reimbursement_id": str(row.pk),
                    "ground": str(ground),
                    "reason": reason.strip(),
                    "evidence": evidence.strip(),
                },
                role=Role.ISSUER,
                desk_id=by.organization_id,
                barred_organization_id=row.applicant_id,
                by=by,
            ),
            now=now,
        )


def claw_back(
    made: UUID, content: Mapping[str, Any], agreed: Any, *, issuer_id: UUID, now: datetime
) -> tuple[ClawBack, Recovery | None]:
    """
    Take a reimbursement back as two people agreed; return what is wanted back, if it was paid.

    :raises SharePaidBefore: if a payer paid its part and another has still to
    """
    before = _granted(UUID(content["reimbursement_id"]), issuer_id)
    assert before.claim_id is not None
    claim = locked_claim(before.claim_id)  # A claim first, then its request: as when it is paid.
    row = _granted(before.pk, issuer_id)
    ground = ClawBackGround(content["ground"])
    _require_time(row, ground, at=now)
    is_paid = claim.state == ClaimState.PAID
    back = ClawBack.objects.create(
        id=made,
        reimbursement=row,
        voucher_number=row.number,
        programme_id=row.programme_id,
        issuer_id=issuer_id,
        holder_id=row.applicant_id,
        ground=ground,
        reason=content["reason"],
        evidence=content["evidence"],
        returned_minor=0 if is_paid else claim.accepted_minor,
        decided_at=now,
        proposed_by_id=agreed.proposed_by_id,
        decided_by_id=agreed.decided_by_id,
        proposal_id=agreed.id,
        is_over=True,
    )
    if not is_paid:
        _give_back(claim, content["reason"], person_id=agreed.decided_by_id, now=now)
    _tell_decided(row, ground, at=now)
    return back, _recovery(back, row, now=now) if is_paid else None


def require_allowed(
    data: dict[str, Any], granted_at: datetime, ground: ClawBackGround, *, at: datetime
) -> None:
    """
    Keep to what the rules of a grant say of taking back; version 1 says nothing of it.

    :raises GroundNotNamed, ClawBackTooLate: with the clause
    """
    terms = programme_rules.parse(data).terms
    if terms is None:
        return
    clause, allowed = life.clause(data, "claw_back"), terms.claw_back
    if ground not in allowed.grounds:
        raise GroundNotNamed(clause=clause, field="ground")
    days = allowed.within_days
    if days is not None and at > granted_at + timedelta(days=days):
        raise ClawBackTooLate(days=days, clause=clause)


def _granted(reimbursement_id: UUID, issuer_id: UUID) -> Reimbursement:
    row = (
        Reimbursement.objects.select_related("programme", "programme_version", "claim")
        .filter(pk=reimbursement_id, issuer_id=issuer_id)
        .first()
    )
    if row is None:
        raise ReimbursementNotFound
    if ClawBack.objects.filter(reimbursement=row).exists():
        raise AlreadyClawedBack
    if row.state not in GRANTED:
        raise ReimbursementMoved(state=ReimbursementState(row.state).label)
    return row


def _require_time(row: Reimbursement, ground: ClawBackGround, *, at: datetime) -> None:
    assert row.claim is not None
    assert row.claim.decided_at is not None
    require_allowed(row.programme_version.rules, row.claim.decided_at, ground, at=at)


def _give_back(claim: VoucherClaim, reason: str, *, person_id: int, now: datetime) -> None:
    """Return what was granted and not paid: to the pool, and to the caps."""
    if claim.shares.filter(paid_at__isnull=False).exists():
        raise SharePaidBefore
    free_lines(claim, list(claim.lines.filter(is_live=True)), now=now, reason=reason)
    is_sent = claim.state == ClaimState.INSTRUCTED
    claim.state = ClaimState.RETURNED if is_sent else ClaimState.WITHDRAWN
    claim.reason = reason
    claim.save(update_fields=["state", "reason"])
    tell_claim(ClaimEvent.RETURNED if is_sent else ClaimEvent.WITHDRAWN, claim, now=now)
    step = ReimbursementStep.GIVE_BACK
    close_reimbursement(claim, step, person_id=person_id, now=now, note=reason)


def _recovery(back: ClawBack, row: Reimbursement, *, now: datetime) -> Recovery:
    (number,) = take_numbers("claims_recovery_number", prefix="R", at=now)
    return Recovery.objects.create(
        number=number,
        claw_back=back,
        programme_id=row.programme_id,
        issuer_id=row.issuer_id,
        payee_id=row.applicant_id,
        voucher_number=row.number,
        ground=back.ground,
        reason=back.reason,
        amount_minor=row.amount_minor,
        demanded_at=now,
    )


def _tell_decided(row: Reimbursement, ground: ClawBackGround, *, at: datetime) -> None:
    event = events.Event(
        name=ClaimEvent.CLAWED_BACK,
        object_kind="reimbursement",
        object_id=row.pk,
        object_label=row.number,
        concerns=[row.issuer_id, row.applicant_id],
        facts={"ground": ground},
        at=at,
    )
    events.record([event])
