"""A provider claims what vouchers paid it, once a trade; it may take the claim back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from common import tenancy
from identity.events import services as events
from ledger import services as ledger_services
from ledger.contracts import Transfer, derived_id
from marketplace import accounts, limits
from marketplace.accounts import TransferReason
from marketplace.assurance.dispute_contracts import CLAIMING_TURN
from marketplace.claims import selectors
from marketplace.claims.contracts import (
    LINES_MAX,
    ClaimKind,
    ClaimMoved,
    ClaimNotFound,
    ClaimState,
    NothingToClaim,
)
from marketplace.claims.event_names import ClaimEvent
from marketplace.claims.models import ClaimLine, VoucherClaim
from marketplace.claims.reimbursement_contracts import PayeeRefused, ReimbursementStep
from marketplace.claims.services.reimbursing import close_reimbursement
from marketplace.claims.services.sharing import versions_of
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers.terms import Payee

TURN = CLAIMING_TURN


@transaction.atomic
def submit_claim(
    *, programme_id: UUID, provider_id: UUID, person_id: int, now: datetime
) -> VoucherClaim:
    """
    Claim all that a programme's vouchers paid a provider and was not claimed before.

    The value leaves the provider's captured vouchers for what is claimed, so it is claimed once.

    :raises ProgrammeNotFound: if there is no such programme
    :raises NothingToClaim: if nothing is left to claim, or a claim is being checked
    :raises PayeeRefused: if the rules of the vouchers pay the buyer
    """
    programme = vouchers_selectors.programme(programme_id=programme_id)
    with tenancy.acting_as_platform():
        limits.take_turns(TURN)
        trades = selectors.unclaimed(
            provider_id=provider_id, programme_id=programme.pk, programme_code=programme.code
        )[:LINES_MAX]
        amount = sum(each.amount_minor for each in trades)
        is_checked = VoucherClaim.objects.filter(
            programme=programme_id, provider=provider_id, state=ClaimState.SUBMITTED
        ).exists()
        _require_payee(programme, [each.contract_id for each in trades])
        if amount <= 0 or is_checked:
            raise NothingToClaim(field="programme_id")
        sequence, number = next_claim_number()
        claim = VoucherClaim.objects.create(
            sequence=sequence,
            number=number,
            programme_id=programme.pk,
            issuer_id=programme.issuer_id,
            provider_id=provider_id,
            claimed_minor=amount,
            submitted_at=now,
            submitted_by_id=person_id,
        )
        ClaimLine.objects.bulk_create(
            ClaimLine(
                claim=claim,
                programme_id=programme.pk,
                issuer_id=programme.issuer_id,
                provider_id=provider_id,
                trade_record_id=each.trade_record_id,
                contract_id=each.contract_id,
                amount_minor=each.amount_minor,
            )
            for each in trades
        )
        accounts.open_claims([(programme.code, provider_id)])
        accounts.open_claimed([(programme.code, provider_id)])
        post_claim(claim, programme.code, amount, TransferReason.CLAIM, now=now)
        tell_claim(ClaimEvent.SUBMITTED, claim, now=now)
    return claim


def _require_payee(programme: Any, contract_ids: Sequence[UUID]) -> None:
    """
    Let nobody be paid but whom the rules of the vouchers name.

    :raises PayeeRefused: naming the clause
    """
    found = versions_of(contract_ids, asset=accounts.programme_asset(programme.code))
    for versions in found.values():
        for _minor, rules in versions:
            terms = rules.terms
            if terms is not None and terms.payee == Payee.BUYER:
                clause = terms.clauses["payee"]
                raise PayeeRefused(
                    payee=str(Payee.BUYER.label),
                    clause=f"{clause.number} {clause.source}",
                    field="programme_id",
                )


@transaction.atomic
def withdraw_claim(*, claim_id: UUID, provider_id: UUID, person_id: int, now: datetime) -> None:
    """
    Take a claim back before the payer has it; what it claimed can be claimed anew.

    :raises ClaimNotFound: if it is not the provider's
    :raises ClaimMoved: if the payer has it, or it is over
    """
    with tenancy.acting_as_platform():
        claim = locked_claim(claim_id)
        if claim.provider_id != provider_id:
            raise ClaimNotFound
        require(claim, ClaimState.SUBMITTED, ClaimState.CHECKED)
        free_lines(claim, list(claim.lines.filter(is_live=True)), now=now)
        claim.state, claim.decided_at, claim.decided_by_id = ClaimState.WITHDRAWN, now, person_id
        claim.save(update_fields=["state", "decided_at", "decided_by"])
        close_reimbursement(claim, ReimbursementStep.GIVE_BACK, person_id=person_id, now=now)
        tell_claim(ClaimEvent.WITHDRAWN, claim, now=now)


def next_claim_number() -> tuple[int, str]:
    """Return the next number of a claim; whoever writes claims takes turns."""
    last = VoucherClaim.objects.order_by("-sequence").values_list("sequence", flat=True)
    sequence = (last.first() or 0) + 1
    return sequence, f"K-{sequence:06d}"


def locked_claim(claim_id: UUID) -> VoucherClaim:
    """
    Lock a claim, so that what is done with it takes turns.

    :raises ClaimNotFound: if there is none
    """
    found = VoucherClaim.objects.select_for_update(no_key=True, of=("self",))
    claim = found.select_related("programme").filter(pk=claim_id).first()
    if claim is None:
        raise ClaimNotFound
    return claim


def require(claim: VoucherClaim, *states: ClaimState) -> None:
    """
    Let a step begin only where it may.

    :raises ClaimMoved: if the claim is elsewhere
    """
    if claim.state not in states:
        raise ClaimMoved(state=ClaimState(claim.state).label)


def free_lines(
    claim: VoucherClaim, struck: Sequence[ClaimLine], *, now: datetime, reason: str = ""
) -> None:
    """Let lines be claimed anew, and their value be the provider's captured vouchers again."""
    amount = sum(each.amount_minor for each in struck)
    ClaimLine.objects.filter(pk__in=[each.pk for each in struck]).update(
        is_live=False, reason=reason
    )
    if amount:
        code = claim.programme.code
        post_claim(claim, code, amount, TransferReason.CLAIM_BACK, now=now)


def post_claim(
    claim: VoucherClaim, code: str, amount: int, reason: TransferReason, *, now: datetime
) -> None:
    """Move the value of a claim in its programme's asset."""
    # What was granted afterwards goes back to the pool that it came from.
    captured = (
        accounts.voucher_pool(code)
        if claim.kind == ClaimKind.REIMBURSEMENT
        else accounts.voucher_claim(code, claim.provider_id)
    )
    claimed = accounts.voucher_claimed(code, claim.provider_id)
    debit, credit = {
        TransferReason.CLAIM: (captured, claimed),
        TransferReason.CLAIM_BACK: (claimed, captured),
        TransferReason.CLAIM_PAID: (claimed, accounts.voucher_budget(code)),
    }[reason]
    if amount < 0:  # Corrections alone were struck out.
        debit, credit, reason = captured, claimed, TransferReason.CLAIM
    transfer = Transfer(
        id=derived_id(now, claim.pk, reason),
        debit=debit,
        credit=credit,
        asset=accounts.programme_asset(code),
        amount=abs(amount),
        reason=reason,
        reference=claim.number,
        effective_at=now,
    )
    ledger_services.post(transfers=[transfer])


def tell_claim(name: ClaimEvent, claim: VoucherClaim, *, now: datetime) -> None:
    """Record a step of a claim, for both sides."""
    tell_claims(name, [claim], now=now)


def tell_claims(name: ClaimEvent, claims: Sequence[VoucherClaim], *, now: datetime) -> None:
    """Record the same step of many claims."""
    events.record([_event(name, claim, now=now) for claim in claims])


def _event(name: ClaimEvent, claim: VoucherClaim, *, now: datetime) -> events.Event:
    return events.Event(
        name=name,
        object_kind="claim",
        object_id=claim.pk,
        object_label=claim.number,
        concerns=[claim.provider_id, claim.issuer_id],
        facts={
            "claimed_minor": claim.claimed_minor,
            "accepted_minor": claim.accepted_minor,
            "reason": claim.reason,
        },
        at=now,
    )
