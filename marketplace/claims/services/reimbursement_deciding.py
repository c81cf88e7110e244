"""Two persons of the programme decide a request; what they grant is claimed and paid as claims."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from common import tenancy
from common.errors import Refusal
from identity import services as identity_services
from identity.approvals.contracts import Person
from identity.contracts import Role, SecondPersonRequired
from ledger import services as ledger_services
from ledger.contracts import Transfer, TransferRefused, derived_id
from marketplace import accounts, limits
from marketplace.accounts import TransferReason
from marketplace.claims.contracts import ClaimKind, ClaimState, ClaimUnderCase, ReasonNeeded
from marketplace.claims.controls import blocked
from marketplace.claims.event_names import ClaimEvent
from marketplace.claims.models import (
    ClaimLine,
    Reimbursement,
    ReimbursementObjection,
    VoucherClaim,
)
from marketplace.claims.reimbursement_contracts import (
    NothingToReimburse,
    ReimbursementMoved,
    ReimbursementNotFound,
    ReimbursementObjected,
    ReimbursementState,
    ReimbursementStep,
)
from marketplace.claims.selectors.reimbursements import reimbursement_lines
from marketplace.claims.services.claiming import TURN, next_claim_number, tell_claim
from marketplace.claims.services.reimbursing import (
    ReimbursementDecision,
    decision_of,
    locked_reimbursement,
    move_reimbursement,
    note_objection,
    why_nothing,
    write_lines,
)
from marketplace.claims.services.sharing import share_out
from marketplace.orders import services as orders_services
from marketplace.vouchers import life, programme_rules
from marketplace.vouchers import services as vouchers_services
from marketplace.vouchers.contracts import Decision, ProgrammeExhausted

SWEEP_MAX: Final = 200
S = ReimbursementState


def decide_reimbursement(
    *, reimbursement_id: UUID, decision: Decision, note: str, by: Person, now: datetime
) -> Reimbursement:
    """
    Decide what is to be decided about a request now: its review, or its check by another person.

    :raises ReimbursementNotFound: if it is for another issuer's programme
    :raises ReimbursementMoved, SecondPersonRequired, NothingToReimburse, ReasonNeeded: as each
    """
    given: dict[str, Any] = {"reimbursement_id": reimbursement_id, "by": by, "now": now}
    if decision is Decision.REJECT:
        return reject_reimbursement(note=note, **given)
    if decision is Decision.SEND_BACK:
        return send_back_reimbursement(note=note, **given)
    state = Reimbursement.objects.filter(pk=reimbursement_id).values_list("state", flat=True)
    is_second = state.first() == S.REVIEWED
    return (check_reimbursement if is_second else review_reimbursement)(note=note, **given)


@transaction.atomic
def review_reimbursement(
    *, reimbursement_id: UUID, by: Person, now: datetime, note: str = ""
) -> Reimbursement:
    """
    Be for a request as the first person: it is decided again as things stand.

    :raises ReimbursementNotFound: if it is for another issuer's programme
    :raises ReimbursementMoved: if it was reviewed before, or is over
    :raises SecondPersonRequired: if the person asked, or belongs to who asks
    :raises Forbidden: if the person has lost the role meanwhile
    :raises NothingToReimburse: if nothing is granted any more
    """
    with tenancy.acting_as_platform():
        row = _for_officer(reimbursement_id, by)
        _require_at(row, S.SUBMITTED)
        found = _decided_anew(row, now=now)
        move_reimbursement(
            row,
            ReimbursementStep.REVIEW,
            person_id=by.id,
            now=now,
            note=note.strip(),
            reviewed_by_id=by.id,
            **_written(found),
        )
    return row


@transaction.atomic
def check_reimbursement(
    *, reimbursement_id: UUID, by: Person, now: datetime, note: str = ""
) -> Reimbursement:
    """
    Be for a request as the second person: it is open to objections where the rules ask, or granted.

    :raises SecondPersonRequired: if the person reviewed it, asked, or belongs to who asks
    :raises ProgrammeExhausted: if the pool holds less meanwhile
    Otherwise as `review_reimbursement`.
    """
    with tenancy.acting_as_platform():
        row = _for_officer(reimbursement_id, by)
        _require_at(row, S.REVIEWED)
        if by.id == row.reviewed_by_id:
            raise SecondPersonRequired
        decided = {"decided_by_id": by.id, "decided_at": now}
        days = life.publicity(row.programme_version.rules)
        if not days:
            _grant(row, person_id=by.id, note=note.strip(), now=now, **decided)
            return row
        found = _decided_anew(row, now=now)
        move_reimbursement(
            row,
            ReimbursementStep.PUBLISH,
            person_id=by.id,
            now=now,
            note=note.strip(),
            publicity_until=now + days,
            **_written(found),
            **decided,
        )
    return row


@transaction.atomic
def send_back_reimbursement(
    *, reimbursement_id: UUID, by: Person, now: datetime, note: str
) -> Reimbursement:
    """
    Send a review back to the first person, for a reason.

    :raises ReasonNeeded: without a reason
    Otherwise as `review_reimbursement`.
    """
    said = _said(note)
    with tenancy.acting_as_platform():
        row = _for_officer(reimbursement_id, by)
        move_reimbursement(
            row,
            ReimbursementStep.SEND_BACK,
            person_id=by.id,
            now=now,
            note=said,
            reviewed_by_id=None,
        )
    return row


@transaction.atomic
def reject_reimbursement(
    *, reimbursement_id: UUID, by: Person, now: datetime, note: str
) -> Reimbursement:
    """
    Reject a request, for a reason; its trades can be asked for anew.

    :raises ReasonNeeded: without a reason
    Otherwise as `review_reimbursement`.
    """
    said = _said(note)
    with tenancy.acting_as_platform():
        row = _for_officer(reimbursement_id, by)
        step = ReimbursementStep.REJECT
        move_reimbursement(row, step, person_id=by.id, now=now, note=said)
    return row


@transaction.atomic
def object_to_reimbursement(
    *, reimbursement_id: UUID, by: Person, reason: str, now: datetime
) -> ReimbursementObjection:
    """
    Object to a request while it is public, once an organisation; it is not granted meanwhile.

    :raises ReasonNeeded: without a reason
    :raises ReimbursementMoved: if it is not open to objections
    :raises ReimbursementObjected: if the organisation did so before
    """
    said = _said(reason, field="reason")
    with tenancy.acting_as_platform():
        row = locked_reimbursement(reimbursement_id)
        until = row.publicity_until
        if row.applicant_id == by.organization_id:
            raise ReimbursementNotFound
        if row.state != S.PUBLISHED or until is None or until <= now:
            raise ReimbursementMoved(state=S(row.state).label)
        if row.objections.filter(organization_id=by.organization_id).exists():
            raise ReimbursementObjected
        made = ReimbursementObjection.objects.create(
            reimbursement=row,
            issuer_id=row.issuer_id,
            organization_id=by.organization_id,
            made_by_id=by.id,
            made_at=now,
            reason=said,
        )
        note_objection(ClaimEvent.REIMBURSEMENT_OBJECTED, row, made, at=now)
    return made


@transaction.atomic
def answer_reimbursement_objection(
    *, reimbursement_id: UUID, organization_id: UUID, by: Person, answer: str, now: datetime
) -> ReimbursementObjection:
    """
    Dismiss an objection with an answer; who agrees with it rejects the request.

    :raises ReasonNeeded: without an answer
    :raises ReimbursementNotFound: if nobody of the organisation objected, or it is answered
    """
    said = _said(answer, field="answer")
    with tenancy.acting_as_platform():
        row = _for_officer(reimbursement_id, by)
        found = row.objections.filter(organization_id=organization_id, answered_at=None).first()
        if found is None:
            raise ReimbursementNotFound
        found.answered_by_id, found.answered_at, found.answer = by.id, now, said
        found.save(update_fields=["answered_by", "answered_at", "answer"])
        note_objection(ClaimEvent.REIMBURSEMENT_ANSWERED, row, found, at=now)
    return found


def grant_published(*, now: datetime, limit: int = SWEEP_MAX) -> int:
    """
    Grant what was public for its days and nobody objects to any more; return how many.

    Each stands for itself: one that the pool does not cover waits, and keeps no other back.
    """
    with tenancy.acting_as_platform():
        due = Reimbursement.objects.filter(state=S.PUBLISHED, publicity_until__lte=now).exclude(
            objections__answered_at=None, objections__isnull=False
        )
        ids = list(due.order_by("publicity_until", "id").values_list("pk", flat=True)[:limit])
    return sum(_granted_alone(each, now=now) for each in ids)


def _granted_alone(reimbursement_id: UUID, *, now: datetime) -> bool:
    try:
        with transaction.atomic(), tenancy.acting_as_platform():
            row = locked_reimbursement(reimbursement_id)
            if row.state != S.PUBLISHED or row.objections.filter(answered_at=None).exists():
                return False
            _grant(row, person_id=None, note="", now=now)
    except Refusal:
        return False
    return True


def _grant(
    row: Reimbursement, *, person_id: int | None, note: str, now: datetime, **changes: Any
) -> None:
    """Grant what caps and pool leave now: it moves from the pool to what is claimed."""
    programme = row.programme
    # As clearing does: what the buyer and what all together may still get is held, then granted.
    orders_services.hold_caps(buyer_ids=[row.applicant_id], codes=[programme.code])
    identity_services.require_standing(row.applicant_id)
    vouchers_services.hold_programme(programme_id=programme.pk, issuer_id=row.issuer_id)
    found = _decided_anew(row, now=now)
    limits.take_turns(TURN)
    second_id = changes.get("decided_by_id") or row.decided_by_id
    assert second_id is not None
    claim = _claim(row, found, decided_by_id=second_id, now=now)
    vouchers_services.count_reimbursed(
        request_id=row.pk,
        programme=programme,
        holder_id=row.applicant_id,
        asked_at=row.asked_at,
        amount_minor=found.amount_minor,
        now=now,
    )
    _post_grant(claim, programme.code, now=now)
    share_out(claim, programme_rules.parse(row.programme_version.rules))
    move_reimbursement(
        row,
        ReimbursementStep.APPROVE,
        person_id=person_id,
        now=now,
        note=note,
        claim=claim,
        **_written(found),
        **changes,
    )
    tell_claim(ClaimEvent.CHECKED, claim, now=now)


def _claim(
    row: Reimbursement, found: ReimbursementDecision, *, decided_by_id: int, now: datetime
) -> VoucherClaim:
    sequence, number = next_claim_number()
    claim = VoucherClaim.objects.create(
        kind=ClaimKind.REIMBURSEMENT,
        state=ClaimState.CHECKED,
        sequence=sequence,
        number=number,
        programme_id=row.programme_id,
        issuer_id=row.issuer_id,
        provider_id=row.applicant_id,
        claimed_minor=found.amount_minor,
        accepted_minor=found.amount_minor,
        submitted_at=row.asked_at,
        submitted_by_id=row.asked_by_id,
        decided_at=now,
        decided_by_id=decided_by_id,
    )
    ClaimLine.objects.bulk_create(
        ClaimLine(
            claim=claim,
            programme_id=row.programme_id,
            issuer_id=row.issuer_id,
            provider_id=row.applicant_id,
            trade_record_id=each.trade_record_id,
            contract_id=each.contract_id,
            amount_minor=each.amount_minor,
        )
        for each in found.lines
        if each.amount_minor
    )
    return claim


def _post_grant(claim: VoucherClaim, code: str, *, now: datetime) -> None:
    accounts.open_claimed([(code, claim.provider_id)])
    transfer = Transfer(
        id=derived_id(now, claim.pk, TransferReason.REIMBURSE),
        debit=accounts.voucher_pool(code),
        credit=accounts.voucher_claimed(code, claim.provider_id),
        asset=accounts.programme_asset(code),
        amount=claim.accepted_minor,
        reason=TransferReason.REIMBURSE,
        reference=claim.number,
        effective_at=now,
    )
    try:
        ledger_services.post(transfers=[transfer])
    except TransferRefused as refusal:
        raise ProgrammeExhausted from refusal


def _decided_anew(row: Reimbursement, *, now: datetime) -> ReimbursementDecision:
    found = decision_of(row, at=now)
    if found.amount_minor <= 0:
        raise NothingToReimburse(why=why_nothing(found.lines))
    write_lines(row, found.lines)
    lines = list(reimbursement_lines(row.pk).filter(is_live=True))
    held = blocked(lines, at=now)
    if held:
        raise ClaimUnderCase(trades=", ".join(held[:5]))
    return found


def _written(found: ReimbursementDecision) -> dict[str, Any]:
    return {
        "amount_minor": found.amount_minor,
        "beneficiary": found.beneficiary,
        "facts": found.facts,
    }


def _for_officer(reimbursement_id: UUID, by: Person) -> Reimbursement:
    """Lock a request for a person of its issuer who has nothing to do with who asks."""
    row = locked_reimbursement(reimbursement_id)
    if row.issuer_id != by.organization_id:
        raise ReimbursementNotFound
    if by.id == row.asked_by_id:
        raise SecondPersonRequired
    identity_services.require_outsider(person_id=by.id, organization_id=row.applicant_id)
    identity_services.hold_role(
        person_id=by.id, organization_id=by.organization_id, role=Role.ISSUER
    )
    return row


def _require_at(row: Reimbursement, state: ReimbursementState) -> None:
    if row.state != state:
        raise ReimbursementMoved(state=S(row.state).label)


def _said(note: str, *, field: str = "note") -> str:
    said = note.strip()
    if not said:
        raise ReasonNeeded(field=field)
    return said
