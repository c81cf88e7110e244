"""Disputes: opened by the buyer, answered by the provider, withdrawn, appealed against."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from common import tenancy
from common.ids import uuid7
from common.numbers import take_numbers
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.files import services as files_services
from identity.files.contracts import Grant
from marketplace.assurance import dispute_rules, dispute_selectors, locks, telling
from marketplace.assurance.dispute_contracts import (
    CLAIM_MAX,
    CLAIMING_TURN,
    DISPUTE_FILES_MAX,
    DISPUTE_RULES,
    DISPUTE_STEPS,
    ENDED,
    NEWEST_RULE,
    RELIED_ON_BY,
    AppealedAlready,
    DisputeClockRuns,
    DisputeMoved,
    DisputeNotFound,
    DisputeState,
    DisputeStep,
    DisputeSubject,
    DisputeTooLate,
    DisputeUnderWay,
    InvalidDispute,
)
from marketplace.assurance.dispute_subjects import (
    beyond_charged,
    disputed_thing,
    unclaimed_minor,
)
from marketplace.assurance.event_names import AssuranceEvent
from marketplace.assurance.models import TradeDispute
from marketplace.assurance.services import dispute_money
from marketplace.limits import take_turns
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement.contracts import Party

_UNDER_WAY: Final = "dispute_under_way_once"
_BEYOND: Final = "no more is claimed of a contract than was paid"
REFERENCE_MAX: Final = 120


@transaction.atomic
def open_dispute(
    *,
    contract_id: UUID,
    subject: str,
    claim: str,
    claimed_minor: int,
    by: Person,
    now: datetime,
    subject_reference: str = "",
    subject_id: UUID | None = None,
    file_ids: Sequence[UUID] = (),
) -> TradeDispute:
    """
    Open a dispute about a contract of one's own; what is claimed is frozen at once.

    `subject_id` names the charge, delivery, certificate or voucher, and the market writes the
    reference; without it the reference says which. What a voucher covered is claimed in its asset.
    Frozen is what of it the provider still has: what was paid out is not there any more. The
    files are the buyer's, kept before; from now on they stay, and the other side sees them.

    :raises ContractNotFound: if there is no such contract, or it is someone else's
    :raises DisputeTooLate: if what it is about lies too long ago
    :raises DisputeBeyondCharged: if more is claimed than was collected, and is neither given back
        nor claimed by another dispute that goes on
    :raises DisputeUnderWay: if another one about the same thing is under way
    :raises InvalidDispute: if a text or the amount breaks its limits, or the contract has no such
        subject
    :raises FileNotFound: if a file is not one of the buyer's
    """
    rule = DISPUTE_RULES[NEWEST_RULE]
    claim = dispute_text(claim, "claim")
    if subject not in DisputeSubject.values:
        raise InvalidDispute(field="subject", problem=subject)
    if subject_id is None and subject != DisputeSubject.COVER:
        subject_reference = dispute_text(subject_reference, "subject_reference", most=REFERENCE_MAX)
    if claimed_minor <= 0:
        raise InvalidDispute(field="claimed_minor", problem=_("an amount above nothing"))
    with tenancy.acting_as(by.organization_id):
        contract = settlement_selectors.contract(contract_id)
    with tenancy.acting_as_platform():
        _require_own(contract.buyer_id, by)
        if subject == DisputeSubject.COVER:  # Of a claim at this instant, one sees the other.
            take_turns(CLAIMING_TURN)
        about = disputed_thing(contract, DisputeSubject(subject), subject_id, subject_reference)
        if now > about.counts_from + rule.opens_for(subject):
            raise DisputeTooLate(days=rule.opens_for(subject).days)
        if claimed_minor > about.most_minor:
            _require_no_other(contract.pk, subject, about.id)  # It says more than the amount.
            raise beyond_charged(about.most_minor, field="claimed_minor")
        _require_no_other(contract.pk, subject, about.id)
        (number,) = take_numbers("assurance_dispute_number", prefix="DP", at=now)
        row = TradeDispute(
            id=uuid7(),
            number=number,
            rule=rule.name,
            contract_id=contract.pk,
            buyer_id=contract.buyer_id,
            provider_id=contract.provider_id,
            subject=subject,
            subject_reference=about.reference[:REFERENCE_MAX],
            subject_id=about.id,
            asset=about.asset,
            claim=claim,
            claimed_minor=claimed_minor,
            opened_at=now,
            opened_by_id=by.id,
            answer_due_at=now + rule.answer_within,
        )
        set_reminder(row, now=now)
        row.files = _attached(file_ids, by=by, other=row.provider_id, now=now)
        _kept(row, now=now)
        telling.of_dispute(AssuranceEvent.DISPUTE_OPENED, row, answer_due_at=row.answer_due_at)
    return row


@transaction.atomic
def answer_dispute(
    *,
    dispute_id: UUID,
    text: str,
    by: Person,
    now: datetime,
    file_ids: Sequence[UUID] = (),
) -> TradeDispute:
    """
    Answer a dispute as its provider, once and in time.

    :raises DisputeNotFound: if there is none, or it is someone else's
    :raises DisputeMoved: if it was answered, or lost, already
    :raises DisputeClockRuns: if the time is over
    :raises InvalidDispute: if it says nothing, or too much
    """
    text = dispute_text(text, "text")
    with tenancy.acting_as_platform():
        row = _of_party(dispute_id, by, provider=True)
        if now > row.answer_due_at:
            raise DisputeClockRuns
        move_dispute(row, DisputeStep.ANSWER)
        set_reminder(row, now=now)
        row.answer, row.answered_at, row.answered_by_id = text, now, by.id
        row.answer_files = _attached(file_ids, by=by, other=row.buyer_id, now=now)
        row.save()
        telling.of_dispute(AssuranceEvent.DISPUTE_ANSWERED, row)
    return row


@transaction.atomic
def withdraw_dispute(*, dispute_id: UUID, by: Person, now: datetime) -> TradeDispute:
    """
    Withdraw a dispute as its buyer, before it is decided; what was frozen is free at once.

    :raises DisputeNotFound: if there is none, or it is someone else's
    :raises DisputeMoved: if it was decided
    """
    with tenancy.acting_as_platform():
        row = _of_party(dispute_id, by, provider=False)
        move_dispute(row, DisputeStep.WITHDRAW)
        dispute_money.unfreeze_claim(row, now=now)
        row.closed_at = now
        set_reminder(row, now=now)
        row.save()
        telling.of_dispute(AssuranceEvent.DISPUTE_WITHDRAWN, row)
    return row


@transaction.atomic
def appeal(*, dispute_id: UUID, text: str, by: Person, now: datetime) -> TradeDispute:
    """
    Appeal against a decision, as either side, each once; it is decided anew.

    :raises DisputeNotFound: if there is none, or it is someone else's
    :raises AppealedAlready: if this side appealed before
    :raises DisputeMoved, DisputeClockRuns: if nothing was decided, or the time is over
    :raises InvalidDispute: if it says nothing, or too much
    """
    text = dispute_text(text, "text")
    with tenancy.acting_as_platform():
        row = _of_party(dispute_id, by)
        is_buyer = row.buyer_id == by.organization_id
        if row.buyer_appealed_at if is_buyer else row.provider_appealed_at:
            raise AppealedAlready
        if row.appeal_until is not None and now > row.appeal_until:
            raise DisputeClockRuns
        move_dispute(row, DisputeStep.APPEAL)
        set_reminder(row, now=now)
        if is_buyer:
            row.buyer_appeal, row.buyer_appealed_at = text, now
        else:
            row.provider_appeal, row.provider_appealed_at = text, now
        row.save()
        side = Party.BUYER if is_buyer else Party.PROVIDER
        telling.of_dispute(AssuranceEvent.DISPUTE_APPEALED, row, side=side.value)
    return row


def move_dispute(row: TradeDispute, step: DisputeStep) -> None:
    """
    Move a dispute on; the caller saves it.

    :raises DisputeMoved: if it is not where the step begins
    """
    begins, ends = DISPUTE_STEPS[step]
    if row.state not in begins:
        raise DisputeMoved(state=row.get_state_display())
    row.state = ends


def set_reminder(row: TradeDispute, *, now: datetime) -> None:
    """Note when whose turn it is is reminded next, by the rule of the dispute; the caller saves."""
    rule = DISPUTE_RULES[row.rule]
    row.remind_at = dispute_rules.next_reminder(
        rule, DisputeState(row.state), row.answer_due_at, now
    )


def dispute_text(text: str, field: str, *, most: int = CLAIM_MAX) -> str:
    """
    Return a text of a dispute.

    :raises InvalidDispute: if it is empty or too long
    """
    text = text.strip()
    if not 0 < len(text) <= most:
        told = _("1 to %(most)s characters") % {"most": most}
        raise InvalidDispute(field=field, problem=told)
    return text


def _require_own(buyer_id: UUID, by: Person) -> None:
    if buyer_id != by.organization_id:
        raise DisputeNotFound


def _kept(row: TradeDispute, *, now: datetime) -> None:
    """Freeze and write it; of two at once the second is refused, and freezes nothing."""
    try:
        with transaction.atomic():
            dispute_money.freeze_claim(row, now=now)
            row.save(force_insert=True)
    except IntegrityError as error:
        if _UNDER_WAY in str(error):
            raise DisputeUnderWay(field="contract_id") from None
        if _BEYOND in str(error):  # Another one of this instant claims what is left.
            left = unclaimed_minor(row.contract, row.asset)
            raise beyond_charged(left, field="claimed_minor") from None
        raise


def _require_no_other(contract_id: UUID, subject: str, subject_id: UUID | None) -> None:
    found = dispute_selectors.disputes_of_contract(contract_id).exclude(state__in=ENDED)
    if found.filter(subject=subject, subject_id=subject_id).exists():
        raise DisputeUnderWay(field="contract_id")


def _of_party(dispute_id: UUID, by: Person, *, provider: bool | None = None) -> TradeDispute:
    row = locks.dispute(dispute_id)
    sides = {True: (row.provider_id,), False: (row.buyer_id,)}
    both = (row.buyer_id, row.provider_id)
    if by.organization_id not in (both if provider is None else sides[provider]):
        raise DisputeNotFound
    return row


def _attached(
    file_ids: Sequence[UUID], *, by: Person, other: UUID, now: datetime
) -> list[dict[str, str | int]]:
    """Let the dispute rely on files, and the other side and operators see them."""
    chosen = list(dict.fromkeys(file_ids))
    if len(chosen) > DISPUTE_FILES_MAX:
        told = _("at most %(most)s files") % {"most": DISPUTE_FILES_MAX}
        raise InvalidDispute(field="file_ids", problem=told)
    found: list[dict[str, str | int]] = []
    for each in chosen:
        file = files_services.rely_on(
            organization_id=by.organization_id, file_id=each, by=RELIED_ON_BY, now=now
        )
        grants = [Grant(other), Grant(role=Role.OPERATOR)]
        files_services.share(file=file, grants=grants, person_id=by.id, now=now)
        found.append({"file_id": str(file.pk), "name": file.name, "bytes": file.bytes})
    return found
