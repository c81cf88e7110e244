"""A programme's money: put into its pool by one person, or by two where it is much."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from common.ids import uuid7
from identity import services as identity_services
from identity.contracts import Role
from ledger import services as ledger_services
from ledger.contracts import Transfer
from marketplace import accounts, limits, proposals
from marketplace.vouchers import locks, telling
from marketplace.vouchers.contracts import ReferenceReused
from marketplace.vouchers.event_names import VoucherEvent
from marketplace.vouchers.models import FundingProposal, Programme, ProgrammeFunding


@transaction.atomic
def fund_programme(
    *,
    programme_id: UUID,
    issuer_id: UUID,
    amount_minor: int,
    reference: str,
    funded_by_id: int,
    now: datetime,
) -> ProgrammeFunding | FundingProposal:
    """
    Add to a programme's pool, once for each reference.

    From VOUCHERS_BUDGET_SECOND_PERSON_MINOR on, with what was added unconfirmed that day, nothing
    is added yet: a proposal waits until another person of the issuer confirms it.

    :raises ProgrammeNotFound: if the programme is another issuer's
    :raises ReferenceReused: if the reference stands for another amount
    :raises AmountTooLarge, DayLimitReached: beyond the limits of one funding or of the day
    """
    programme = locks.programme(programme_id=programme_id, issuer_id=issuer_id)
    known = _known(programme, reference)
    if known is None:
        _require_limits(amount_minor, by=funded_by_id, at=now)
        known = _record(programme, amount_minor, reference, by=funded_by_id, at=now)
    if known.amount_minor != amount_minor:
        raise ReferenceReused(field="reference")
    return known


@transaction.atomic
def confirm_funding(
    *, proposal_id: UUID, issuer_id: UUID, person_id: int, now: datetime
) -> ProgrammeFunding:
    """
    Fund a programme as somebody else proposed, in the transaction of the ledger's posting.

    :raises ProposalNotFound, ProposalDecided: if there is nothing to confirm
    :raises SecondPersonRequired: if the person proposed it
    :raises Forbidden: if the person has lost the role meanwhile
    """
    proposal = _locked(proposal_id, issuer_id)
    _require_office(person_id, issuer_id)
    proposals.require_another(proposal, person_id)
    proposal.funding = _fund(
        proposal.programme,
        proposal.amount_minor,
        proposal.reference,
        funded_by_id=proposal.proposed_by_id,
        confirmed_by_id=person_id,
        at=now,
    )
    proposals.confirm(proposal, by=person_id, at=now)
    return proposal.funding


@transaction.atomic
def refuse_funding(
    *, proposal_id: UUID, issuer_id: UUID, person_id: int, reason: str, now: datetime
) -> FundingProposal:
    """
    Refuse a funding that somebody else proposed; its reference may be used anew.

    :raises ProposalNotFound, ProposalDecided: if there is nothing to refuse
    :raises SecondPersonRequired, ReasonMissing: if it is one's own, or no reason is given
    :raises Forbidden: if the person has lost the role meanwhile
    """
    proposal = _locked(proposal_id, issuer_id)
    _require_office(person_id, issuer_id)
    proposals.refuse(proposal, by=person_id, at=now, reason=reason)
    telling.of_funding(VoucherEvent.FUNDING_REFUSED, proposal, proposal.programme)
    return proposal


@transaction.atomic
def withdraw_funding(
    *, proposal_id: UUID, issuer_id: UUID, person_id: int, reason: str, now: datetime
) -> FundingProposal:
    """
    Take back a funding that one proposed oneself.

    :raises ProposalNotFound, ProposalDecided: if there is nothing to withdraw
    :raises OthersProposal, ReasonMissing: if somebody else proposed it, or no reason is given
    """
    proposal = _locked(proposal_id, issuer_id)
    proposals.withdraw(proposal, by=person_id, at=now, reason=reason)
    telling.of_funding(VoucherEvent.FUNDING_WITHDRAWN, proposal, proposal.programme)
    return proposal


def _locked(proposal_id: UUID, issuer_id: UUID) -> FundingProposal:
    mine = FundingProposal.objects.filter(programme__issuer_id=issuer_id)
    proposal = proposals.locked(mine, proposal_id)
    proposal.programme = locks.programme(programme_id=proposal.programme_id, issuer_id=issuer_id)
    return proposal


def _known(programme: Programme, reference: str) -> ProgrammeFunding | FundingProposal | None:
    """Return what a reference stands for already; the programme's lock keeps it true."""
    waiting = FundingProposal.objects.filter(
        programme=programme, reference=reference, state=proposals.ProposalState.PROPOSED
    )
    return waiting.first() or programme.fundings.filter(reference=reference).first()


def _require_limits(amount_minor: int, *, by: int, at: datetime) -> None:
    limits.require_act(amount_minor, at_most=settings.VOUCHERS_BUDGET_MINOR_MAX)
    limits.take_turns("budgets")
    waiting = FundingProposal.objects.filter(state=proposals.ProposalState.PROPOSED)
    of_person = limits.sum_of_day(
        [
            (ProgrammeFunding.objects.filter(funded_by=by), "funded_at"),
            (waiting.filter(proposed_by=by), "proposed_at"),
        ],
        at=at,
    )
    limits.require_day(
        amount_minor,
        spent_minor=of_person,
        at_most=settings.VOUCHERS_BUDGET_PERSON_DAY_MINOR_MAX,
    )
    of_market = limits.sum_of_day(
        [(ProgrammeFunding.objects.all(), "funded_at"), (waiting, "proposed_at")], at=at
    )
    limits.require_day(
        amount_minor, spent_minor=of_market, at_most=settings.VOUCHERS_BUDGET_DAY_MINOR_MAX
    )


def _record(
    programme: Programme, amount_minor: int, reference: str, *, by: int, at: datetime
) -> ProgrammeFunding | FundingProposal:
    if not limits.needs_second_person(
        amount_minor,
        alone=ProgrammeFunding.objects.filter(programme=programme, confirmed_by=None),
        moment="funded_at",
        from_minor=settings.VOUCHERS_BUDGET_SECOND_PERSON_MINOR,
        at=at,
    ):
        return _fund(
            programme, amount_minor, reference, funded_by_id=by, confirmed_by_id=None, at=at
        )
    proposal = FundingProposal.objects.create(
        programme=programme,
        amount_minor=amount_minor,
        reference=reference,
        proposed_by_id=by,
        proposed_at=at,
    )
    telling.of_funding(VoucherEvent.FUNDING_PROPOSED, proposal, programme)
    return proposal


def _fund(
    programme: Programme,
    amount_minor: int,
    reference: str,
    *,
    funded_by_id: int,
    confirmed_by_id: int | None,
    at: datetime,
) -> ProgrammeFunding:
    funding = ProgrammeFunding.objects.create(
        programme=programme,
        reference=reference,
        amount_minor=amount_minor,
        transfer_id=uuid7(),
        funded_by_id=funded_by_id,
        confirmed_by_id=confirmed_by_id,
        funded_at=at,
    )
    ledger_services.post(transfers=[_transfer(funding, programme)])
    telling.of_funding(VoucherEvent.FUNDING_RECORDED, funding, programme)
    return funding


def _require_office(person_id: int, issuer_id: UUID) -> None:
    identity_services.hold_role(person_id=person_id, organization_id=issuer_id, role=Role.ISSUER)


def _transfer(funding: ProgrammeFunding, programme: Programme) -> Transfer:
    return Transfer(
        id=funding.transfer_id,
        debit=accounts.voucher_budget(programme.code),
        credit=accounts.voucher_pool(programme.code),
        asset=programme.asset,
        amount=funding.amount_minor,
        reason=accounts.Reason.BUDGET,
        reference=funding.reference,
        effective_at=funding.funded_at,
    )
