"""What a dispute comes to: two people decide, the clocks run out, and the money moves."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from common import isolation, tenancy
from common.ids import uuid7
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed, Settled
from identity.contracts import Role
from marketplace.assurance import dispute_selectors, locks, telling
from marketplace.assurance.dispute_contracts import (
    DISPUTE_KIND,
    DISPUTE_RULES,
    DISPUTE_STEPS,
    DisputeMoved,
    DisputeState,
    DisputeStep,
    DisputeSubject,
    InvalidDispute,
)
from marketplace.assurance.dispute_subjects import beyond_charged, claimable_minor, in_yuan
from marketplace.assurance.event_names import AssuranceEvent
from marketplace.assurance.models import TradeDispute
from marketplace.assurance.services import dispute_money
from marketplace.assurance.services.disputing import dispute_text, move_dispute, set_reminder
from marketplace.settlement import services as settlement_services
from marketplace.settlement.contracts import Adjusting, AdjustmentReason, Party

logger = structlog.get_logger(__name__)
SWEPT_MAX: Final = 100


@transaction.atomic
def propose_decision(
    *, dispute_id: UUID, awarded_minor: int, decision: str, by: Person, now: datetime
) -> Proposed:
    """
    Propose what the buyer gets back, from nothing to all that is claimed; another operator decides.

    A dispute that was lost for want of an answer gets all of it that is there still. Others get no
    more than was paid and not given back meanwhile.

    :raises DisputeNotFound, DisputeMoved: if there is none, or nothing is to be decided now
    :raises DisputeBeyondCharged: if more of it was given back since it was claimed
    :raises InvalidDispute: if it isn't said why, or the amount is none of these
    :raises ProposalWaits: if a decision waits already
    """
    decision = dispute_text(decision, "decision")
    with tenancy.acting_as_platform():
        row = locks.dispute(dispute_id)
        if row.state not in DISPUTE_STEPS[DisputeStep.DECIDE][0]:
            raise DisputeMoved(state=row.get_state_display())
        standing = _standing_minor(row)
        is_lapsed = row.state == DisputeState.LAPSED
        least, most = (standing, standing) if is_lapsed else (0, row.claimed_minor)
        if not least <= awarded_minor <= most:
            told = _("from %(least)s to %(most)s") % {
                "least": in_yuan(least),
                "most": in_yuan(most),
            }
            raise InvalidDispute(field="awarded_minor", problem=told)
        if awarded_minor > standing:
            raise beyond_charged(standing, field="awarded_minor")
        draft = Draft(
            kind=DISPUTE_KIND,
            reference=row.number,
            label=row.number,
            content={
                "dispute_id": str(row.pk),
                "buyer_id": str(row.buyer_id),
                "provider_id": str(row.provider_id),
                "claimed_minor": row.claimed_minor,
                "awarded_minor": awarded_minor,
                "decision": decision,
            },
            reason=decision[:500],
            amount_minor=awarded_minor or None,
            role=Role.OPERATOR,
            barred_organization_id=row.buyer_id,
            by=by,
        )
        return approvals.propose(draft, now=now)


@transaction.atomic
def decide_dispute(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> TradeDispute:
    """
    Decide a dispute as another person proposed; money moves once nobody appeals any more.

    :raises DisputeMoved: if it was decided or withdrawn meanwhile
    :raises DisputeBeyondCharged: if more was given back since it was proposed
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    decider = Person(person_id, organization_id)
    agreed = approvals.settle(
        proposal_id=proposal_id, kind=DISPUTE_KIND, by=decider, now=now, note=note
    )
    content = agreed.content
    with tenancy.acting_as_platform():
        row = locks.dispute(UUID(content["dispute_id"]))
        _require_standing(row, content["awarded_minor"])
        move_dispute(row, DisputeStep.DECIDE)
        set_reminder(row, now=now)
        row.awarded_minor, row.decision = content["awarded_minor"], content["decision"]
        row.decided_at, row.proposal_id = now, agreed.id
        row.decided_by_id, row.agreed_by_id = agreed.proposed_by_id, agreed.decided_by_id
        is_final = bool(row.buyer_appealed_at and row.provider_appealed_at)
        within = DISPUTE_RULES[row.rule].appeal_within
        row.appeal_until = now if is_final else now + within
        row.agreed_adjustment_id = _agreed(row, agreed, decider, now=now)
        row.save()
        telling.of_dispute(AssuranceEvent.DISPUTE_DECIDED, row, awarded_minor=row.awarded_minor)
    return row


def _standing_minor(row: TradeDispute) -> int:
    """Return what of the claim was not given back in another way meanwhile."""
    return min(row.claimed_minor, max(0, claimable_minor(row.contract, row.asset)))


def _require_standing(row: TradeDispute, awarded_minor: int) -> None:
    """Refuse to give back twice; what nobody answered is won whole: all that is there still."""
    standing = _standing_minor(row)
    is_lapsed = row.state == DisputeState.LAPSED
    if awarded_minor > standing or (is_lapsed and awarded_minor != standing):
        raise beyond_charged(standing, field="awarded_minor")


def sweep_disputes(*, now: datetime) -> int:
    """Let disputes that nobody answered be lost, carry out what is final; return how many moved."""
    return _lapse(now=now) + _carry_out(now=now)


@transaction.atomic
def _lapse(*, now: datetime) -> int:
    with tenancy.acting_as_platform():
        found = locks.disputes_due(dispute_selectors.unanswered(now), limit=SWEPT_MAX)
        for row in found:
            move_dispute(row, DisputeStep.LAPSE)
            set_reminder(row, now=now)
            row.save(update_fields=["state", "remind_at"])
            telling.of_dispute(AssuranceEvent.DISPUTE_LAPSED, row)
    return len(found)


@transaction.atomic
def _carry_out(*, now: datetime) -> int:
    with tenancy.acting_as_platform():
        found = locks.disputes_due(dispute_selectors.to_carry_out(now), limit=SWEPT_MAX)
        if found:
            settlement_services.wait_to_adjust()  # Before an account is locked, as others do.
        # One that cannot be booked keeps its freeze and stays due; the others go on.
        done = isolation.divide(found, partial(_close, now=now), set_aside=_log_left)
    return sum(done.results)


def _log_left(row: TradeDispute, error: Exception) -> None:
    logger.error("assurance.dispute.left", number=row.number, error=isolation.detail(error))


def _close(locked: Sequence[TradeDispute], *, now: datetime) -> int:
    # Read anew: a try that failed left its marks on the rows that were locked.
    rows = TradeDispute.objects.filter(pk__in=[each.pk for each in locked])
    for row in rows.order_by("appeal_until"):
        dispute_money.unfreeze_claim(row, now=now)
        if row.agreed_adjustment_id is not None:
            row.adjustment = settlement_services.book_agreed(
                adjustment_id=row.agreed_adjustment_id,
                now=now,
                voucher_id=row.subject_id if row.subject == DisputeSubject.COVER else None,
            )
        move_dispute(row, DisputeStep.CARRY_OUT)
        set_reminder(row, now=now)
        row.closed_at = now
        row.save()
        telling.of_dispute(AssuranceEvent.DISPUTE_CLOSED, row, awarded_minor=row.awarded_minor)
    return len(locked)


def _agreed(row: TradeDispute, agreed: Settled, decider: Person, *, now: datetime) -> UUID | None:
    """Keep the adjustment that both agreed on; a decision after an appeal has one of its own."""
    if not row.awarded_minor:
        return None
    turn = 1 + bool(row.buyer_appealed_at) + bool(row.provider_appealed_at)
    return settlement_services.agree_on_adjustment(
        Adjusting(
            reason=AdjustmentReason.DISPUTE,
            payer=Party.PROVIDER,
            payee=Party.BUYER,
            amount_minor=row.awarded_minor,
            reference=f"{row.number}/{turn}-{uuid7().hex[-6:]}",
            evidence=row.decision[:1000],
            contract_id=row.contract_id,
            asset=row.asset,
        ),
        proposed_by=Person(agreed.proposed_by_id, decider.organization_id),
        decided_by=decider,
        role=Role.OPERATOR,
        now=now,
    )
