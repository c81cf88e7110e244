"""Money that arrives for buyers: booked by one person, or by two where it is much."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from common import tenancy
from common.ids import uuid7
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.contracts import Role
from ledger import services as ledger_services
from ledger.contracts import Transfer
from marketplace import accounts, limits, proposals
from marketplace.orders import telling
from marketplace.orders.event_names import DepositEvent
from marketplace.orders.models import Deposit, DepositProposal
from marketplace.vouchers.contracts import ReferenceReused


@transaction.atomic
def record_deposit(
    *,
    organization_id: UUID,
    amount_minor: int,
    reference: str,
    recorded_by_id: int,
    now: datetime,
) -> Deposit | DepositProposal:
    """
    Credit a buyer with money that reached the bank, once for each bank reference.

    From ORDERS_DEPOSIT_SECOND_PERSON_MINOR on, with what the buyer got unconfirmed that day,
    nothing is credited yet: a proposal waits until another person confirms it.

    :raises NotFound: if there is no such organisation
    :raises ReferenceReused: if the reference stands for another amount or organisation
    :raises AmountTooLarge, DayLimitReached: beyond the limits of one deposit or of the day
    """
    with tenancy.acting_as_platform():
        organization = identity_selectors.organization(organization_id)
        limits.take_turns("deposits")
        known = _known(reference)
        if known is None:
            _require_limits(amount_minor, by=recorded_by_id, at=now)
            known = _record(
                organization_id=organization.pk,
                amount_minor=amount_minor,
                reference=reference,
                by=recorded_by_id,
                at=now,
            )
        if (known.organization_id, known.amount_minor) != (organization.pk, amount_minor):
            raise ReferenceReused(field="reference")
    return known


@transaction.atomic
def confirm_deposit(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime
) -> Deposit:
    """
    Book a deposit that somebody else proposed, in the transaction of the ledger's posting.

    :raises ProposalNotFound, ProposalDecided: if there is nothing to confirm
    :raises SecondPersonRequired: if the person proposed it or belongs to the buyer
    :raises Forbidden: if the person has lost the role meanwhile
    """
    with tenancy.acting_as_platform():
        proposal = proposals.locked(DepositProposal.objects.all(), proposal_id)
        _require_desk(person_id, organization_id)
        identity_services.require_outsider(
            person_id=person_id, organization_id=proposal.organization_id
        )
        proposals.require_another(proposal, person_id)
        proposal.deposit = _book(
            organization_id=proposal.organization_id,
            amount_minor=proposal.amount_minor,
            reference=proposal.reference,
            recorded_by_id=proposal.proposed_by_id,
            confirmed_by_id=person_id,
            at=now,
        )
        proposals.confirm(proposal, by=person_id, at=now)
    return proposal.deposit


@transaction.atomic
def refuse_deposit(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, reason: str, now: datetime
) -> DepositProposal:
    """
    Refuse a deposit that somebody else proposed; its reference may be recorded anew.

    :raises ProposalNotFound, ProposalDecided: if there is nothing to refuse
    :raises SecondPersonRequired, ReasonMissing: if it is one's own, or no reason is given
    :raises Forbidden: if the person has lost the role meanwhile
    """
    with tenancy.acting_as_platform():
        proposal = proposals.locked(DepositProposal.objects.all(), proposal_id)
        _require_desk(person_id, organization_id)
        proposals.refuse(proposal, by=person_id, at=now, reason=reason)
        telling.of_deposit(DepositEvent.REFUSED, proposal)
    return proposal


@transaction.atomic
def withdraw_deposit(
    *, proposal_id: UUID, person_id: int, reason: str, now: datetime
) -> DepositProposal:
    """
    Take back a deposit that one proposed oneself.

    :raises ProposalNotFound, ProposalDecided: if there is nothing to withdraw
    :raises OthersProposal, ReasonMissing: if somebody else proposed it, or no reason is given
    """
    with tenancy.acting_as_platform():
        proposal = proposals.locked(DepositProposal.objects.all(), proposal_id)
        proposals.withdraw(proposal, by=person_id, at=now, reason=reason)
        telling.of_deposit(DepositEvent.WITHDRAWN, proposal)
    return proposal


def _known(reference: str) -> Deposit | DepositProposal | None:
    """Return what a bank reference stands for already."""
    waiting = DepositProposal.objects.filter(
        reference=reference, state=proposals.ProposalState.PROPOSED
    )
    # In this order: one that is confirmed in between has become a deposit.
    return waiting.first() or Deposit.objects.filter(reference=reference).first()


def _require_limits(amount_minor: int, *, by: int, at: datetime) -> None:
    limits.require_act(amount_minor, at_most=settings.ORDERS_DEPOSIT_MINOR_MAX)
    waiting = DepositProposal.objects.filter(state=proposals.ProposalState.PROPOSED)
    of_person = limits.sum_of_day(
        [
            (Deposit.objects.filter(recorded_by=by), "recorded_at"),
            (waiting.filter(proposed_by=by), "proposed_at"),
        ],
        at=at,
    )
    limits.require_day(
        amount_minor,
        spent_minor=of_person,
        at_most=settings.ORDERS_DEPOSIT_PERSON_DAY_MINOR_MAX,
    )
    of_market = limits.sum_of_day(
        [(Deposit.objects.all(), "recorded_at"), (waiting, "proposed_at")], at=at
    )
    limits.require_day(
        amount_minor, spent_minor=of_market, at_most=settings.ORDERS_DEPOSIT_DAY_MINOR_MAX
    )


def _record(
    *, organization_id: UUID, amount_minor: int, reference: str, by: int, at: datetime
) -> Deposit | DepositProposal:
    if not limits.needs_second_person(
        amount_minor,
        alone=Deposit.objects.filter(organization_id=organization_id, confirmed_by=None),
        moment="recorded_at",
        from_minor=settings.ORDERS_DEPOSIT_SECOND_PERSON_MINOR,
        at=at,
    ):
        return _book(
            organization_id=organization_id,
            amount_minor=amount_minor,
            reference=reference,
            recorded_by_id=by,
            confirmed_by_id=None,
            at=at,
        )
    proposal = DepositProposal.objects.create(
        organization_id=organization_id,
        amount_minor=amount_minor,
        reference=reference,
        proposed_by_id=by,
        proposed_at=at,
    )
    telling.of_deposit(DepositEvent.PROPOSED, proposal)
    return proposal


def _book(
    *,
    organization_id: UUID,
    amount_minor: int,
    reference: str,
    recorded_by_id: int,
    confirmed_by_id: int | None,
    at: datetime,
) -> Deposit:
    deposit = Deposit.objects.create(
        organization_id=organization_id,
        amount_minor=amount_minor,
        reference=reference,
        transfer_id=uuid7(),
        recorded_by_id=recorded_by_id,
        confirmed_by_id=confirmed_by_id,
        recorded_at=at,
    )
    accounts.open_buyers([organization_id])
    ledger_services.post(transfers=[_transfer(deposit)])
    telling.of_deposit(DepositEvent.RECORDED, deposit)
    return deposit


def _require_desk(person_id: int, organization_id: UUID) -> None:
    identity_services.hold_role(
        person_id=person_id, organization_id=organization_id, role=Role.FINANCE
    )


def _transfer(deposit: Deposit) -> Transfer:
    return Transfer(
        id=deposit.transfer_id,
        debit=accounts.bank(),
        credit=accounts.buyer_cash(deposit.organization_id),
        asset=accounts.CNY,
        amount=deposit.amount_minor,
        reason=accounts.Reason.DEPOSIT,
        reference=deposit.reference,
        effective_at=deposit.recorded_at,
    )
