"""The programme's people check a claim, reduce or return it, and have it paid."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import tenancy
from identity.approvals.contracts import Person
from identity.contracts import SecondPersonRequired
from marketplace import limits
from marketplace.accounts import TransferReason
from marketplace.claims import selectors
from marketplace.claims.contracts import (
    AllStruck,
    BatchTaken,
    ClaimMoved,
    ClaimNotFound,
    ClaimState,
    ClaimUnderCase,
    ReasonNeeded,
)
from marketplace.claims.controls import blocked
from marketplace.claims.event_names import ClaimEvent
from marketplace.claims.models import VoucherClaim
from marketplace.claims.reimbursement_contracts import ReimbursementStep, SharePaidBefore
from marketplace.claims.services.claiming import (
    TURN,
    free_lines,
    locked_claim,
    post_claim,
    require,
    tell_claim,
    tell_claims,
)
from marketplace.claims.services.reimbursing import close_reimbursement
from marketplace.claims.services.sharing import pay_shares, share_out


@transaction.atomic
def check_claim(
    *, claim_id: UUID, struck: Collection[UUID], reason: str, by: Person, now: datetime
) -> VoucherClaim:
    """
    Accept a claim, but for lines that are struck out: those can be claimed anew.

    :raises ClaimNotFound: if it is not on the person's organisation
    :raises ClaimMoved: if it was decided before
    :raises SecondPersonRequired: if the person submitted it
    :raises ReasonNeeded: if lines are struck out without a reason
    :raises AllStruck: if nothing would be left
    :raises ClaimUnderCase: if a case of surveillance rests on what would be accepted
    """
    with tenancy.acting_as_platform():
        claim = _of_issuer(claim_id, by)
        require(claim, ClaimState.SUBMITTED)
        lines = list(selectors.lines(claim.pk).filter(is_live=True))
        out = [each for each in lines if each.pk in set(struck)]
        if out and not reason.strip():
            raise ReasonNeeded(field="reason")
        claim.accepted_minor = claim.claimed_minor - sum(each.amount_minor for each in out)
        if claim.accepted_minor <= 0 or claim.accepted_minor > claim.claimed_minor:
            raise AllStruck(field="struck")
        held = blocked([each for each in lines if each not in out], at=now)
        if held:
            raise ClaimUnderCase(field="struck", trades=", ".join(held[:5]))
        free_lines(claim, out, now=now, reason=reason)
        share_out(claim)
        _decide(claim, ClaimState.CHECKED, reason, by, now=now)
        tell_claim(ClaimEvent.CHECKED, claim, now=now)
    return claim


@transaction.atomic
def return_claim(*, claim_id: UUID, reason: str, by: Person, now: datetime) -> VoucherClaim:
    """
    Return a claim that is not accepted, or that the payer's bank did not pay.

    :raises ReasonNeeded: without a reason
    Otherwise as `check_claim`.
    """
    if not reason.strip():
        raise ReasonNeeded(field="reason")
    with tenancy.acting_as_platform():
        claim = _of_issuer(claim_id, by)
        require(claim, ClaimState.SUBMITTED, ClaimState.INSTRUCTED)
        if claim.shares.filter(paid_at__isnull=False).exists():
            raise SharePaidBefore
        free_lines(claim, list(claim.lines.filter(is_live=True)), now=now, reason=reason)
        _decide(claim, ClaimState.RETURNED, reason, by, now=now)
        step = ReimbursementStep.GIVE_BACK
        close_reimbursement(claim, step, person_id=by.id, now=now, note=reason)
        tell_claim(ClaimEvent.RETURNED, claim, now=now)
    return claim


@transaction.atomic
def instruct_claims(*, issuer_id: UUID, batch: str, now: datetime) -> list[VoucherClaim]:
    """
    Put every accepted claim on an issuer into a batch for its payer; again adds no claim.

    :raises BatchTaken: if the payer has a batch of this name, which must not grow
    """
    with tenancy.acting_as_platform():
        limits.take_turns(TURN)
        found = VoucherClaim.objects.filter(issuer_id=issuer_id, state=ClaimState.CHECKED)
        claims = list(found.order_by("pk").select_for_update(no_key=True, of=("self",)))
        if claims and selectors.of_batch(issuer_id=issuer_id, batch=batch):
            raise BatchTaken(field="batch")
        step = {"state": ClaimState.INSTRUCTED, "batch": batch, "instructed_at": now}
        VoucherClaim.objects.filter(pk__in=[claim.pk for claim in claims]).update(**step)
        for claim in claims:
            claim.state, claim.batch, claim.instructed_at = ClaimState.INSTRUCTED, batch, now
        tell_claims(ClaimEvent.INSTRUCTED, claims, now=now)
    return claims


@transaction.atomic
def confirm_claim(
    *, claim_id: UUID, payment_reference: str, by: Person, now: datetime
) -> VoucherClaim:
    """
    Note that a payer paid its part of a claim; once all have, it is settled.

    Its value goes back to where the budget came from. The same reference again changes nothing.

    :raises SecondPersonRequired: if the person checked it
    :raises ClaimMoved: if it is not with the payer, or was paid under another reference
    :raises PaymentNotArrived: if a reimbursement has not reached the buyer's account
    """
    with tenancy.acting_as_platform():
        claim = _of_payer(claim_id, by)
        told = {each.payment_reference for each in claim.shares.filter(payer=by.organization_id)}
        if told == {payment_reference}:
            return claim
        require(claim, ClaimState.INSTRUCTED)
        if by.id in (claim.decided_by_id, claim.submitted_by_id):
            raise SecondPersonRequired
        if told and "" not in told:
            raise ClaimMoved(state=ClaimState.PAID.label)
        if pay_shares(claim, payment_reference=payment_reference, by=by, now=now):
            return claim
        code = claim.programme.code
        post_claim(claim, code, claim.accepted_minor, TransferReason.CLAIM_PAID, now=now)
        claim.state, claim.paid_at, claim.paid_by_id = ClaimState.PAID, now, by.id
        claim.payment_reference = payment_reference
        claim.save(update_fields=["state", "paid_at", "paid_by", "payment_reference"])
        tell_claim(ClaimEvent.PAID, claim, now=now)
        close_reimbursement(claim, ReimbursementStep.PAY, person_id=by.id, now=now)
    return claim


def _of_payer(claim_id: UUID, by: Person) -> VoucherClaim:
    claim = locked_claim(claim_id)
    if not claim.shares.filter(payer_id=by.organization_id).exists():
        raise ClaimNotFound
    return claim


def _of_issuer(claim_id: UUID, by: Person) -> VoucherClaim:
    claim = locked_claim(claim_id)
    if claim.issuer_id != by.organization_id:
        raise ClaimNotFound
    if claim.submitted_by_id == by.id:
        raise SecondPersonRequired
    return claim


def _decide(
    claim: VoucherClaim, state: ClaimState, reason: str, by: Person, *, now: datetime
) -> None:
    claim.state, claim.reason, claim.decided_at = state, reason, now
    claim.decided_by_id = by.id
    claim.save(update_fields=["state", "accepted_minor", "reason", "decided_at", "decided_by"])
