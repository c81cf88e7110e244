"""Money that arrives for buyers: booked by one person, or by two where it is much."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from common import tenancy
from common.ids import uuid7
from identity import selectors as identity_selectors
from identity.approvals import selectors as approvals_selectors
from identity.approvals import services as approvals_services
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from ledger import services as ledger_services
from ledger.contracts import Transfer
from marketplace import accounts, limits
from marketplace.orders.event_names import DepositEvent
from marketplace.payments import telling
from marketplace.payments.contracts import DEPOSIT_KIND
from marketplace.payments.models import Deposit
from marketplace.vouchers.contracts import ReferenceReused


@transaction.atomic
def record_deposit(
    *, organization_id: UUID, amount_minor: int, reference: str, by: Person, now: datetime
) -> Deposit | Proposed:
    """
    Credit a buyer with money that reached the bank, once for each bank reference.

    From the limit of deposits on, with what the buyer got unconfirmed that day, nothing is credited
    yet: a proposal waits until another person of finance approves it.

    :raises NotFound: if there is no such organisation
    :raises ReferenceReused: if the reference stands for another amount or organisation
    :raises AmountTooLarge, DayLimitReached: beyond the limits of one deposit or of the day
    """
    with tenancy.acting_as_platform():
        organization = identity_selectors.organization(organization_id)
        limits.take_turns("deposits")
        content = {
            "organization_id": str(organization.pk),
            "amount_minor": amount_minor,
            "reference": reference,
        }
        known = _known(reference, at=now)
        if known is not None:
            if _content(known) != content:
                raise ReferenceReused(field="reference")
            return known
        _require_limits(amount_minor, by=by.id, at=now)
        if _takes_two(organization.pk, amount_minor, at=now):
            return approvals_services.propose(_draft(content, by=by), now=now)
        return _book(content, recorded_by_id=by.id, at=now)


@transaction.atomic
def confirm_deposit(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> Deposit:
    """
    Book a deposit that somebody else proposed, in the transaction of the ledger's posting.

    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals_services.settle(
        proposal_id=proposal_id,
        kind=DEPOSIT_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    with tenancy.acting_as_platform():
        return _book(
            agreed.content,
            recorded_by_id=agreed.proposed_by_id,
            at=now,
            id=made,
            confirmed_by_id=agreed.decided_by_id,
            proposal_id=agreed.id,
        )


def _known(reference: str, *, at: datetime) -> Deposit | Proposed | None:
    """Return what a bank reference stands for already."""
    waiting = approvals_selectors.waiting_for(kind=DEPOSIT_KIND, reference=reference, at=at)
    # In this order: one that is confirmed in between has become a deposit.
    return waiting or Deposit.objects.filter(reference=reference).first()


def _content(known: Deposit | Proposed) -> Mapping[str, Any]:
    if isinstance(known, Proposed):
        return known.content
    return {
        "organization_id": str(known.organization_id),
        "amount_minor": known.amount_minor,
        "reference": known.reference,
    }


def _draft(content: Mapping[str, Any], *, by: Person) -> Draft:
    """Return the proposal of a deposit; nobody of the buyer's decides about it."""
    return Draft(
        kind=DEPOSIT_KIND,
        reference=content["reference"],
        label=content["reference"],
        content=content,
        amount_minor=content["amount_minor"],
        role=Role.FINANCE,
        barred_organization_id=UUID(content["organization_id"]),
        by=by,
    )


def _require_limits(amount_minor: int, *, by: int, at: datetime) -> None:
    limits.require_act(amount_minor, at_most=settings.ORDERS_DEPOSIT_MINOR_MAX)
    waiting = approvals_selectors.waiting(kind=DEPOSIT_KIND)
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


def _takes_two(organization_id: UUID, amount_minor: int, *, at: datetime) -> bool:
    return limits.needs_second_person(
        amount_minor,
        alone=Deposit.objects.filter(organization_id=organization_id, confirmed_by=None),
        moment="recorded_at",
        from_minor=approvals_selectors.from_minor(DEPOSIT_KIND),
        at=at,
    )


def _book(
    content: Mapping[str, Any], *, recorded_by_id: int, at: datetime, **confirmed: Any
) -> Deposit:
    deposit = Deposit.objects.create(
        **content, transfer_id=uuid7(), recorded_by_id=recorded_by_id, recorded_at=at, **confirmed
    )
    deposit.organization_id = UUID(content["organization_id"])
    accounts.open_buyers([deposit.organization_id])
    ledger_services.post(transfers=[_transfer(deposit)])
    telling.of_deposit(DepositEvent.RECORDED, deposit)
    return deposit


def _transfer(deposit: Deposit) -> Transfer:
    return Transfer(
        id=deposit.transfer_id,
        debit=accounts.bank(),
        credit=accounts.buyer_cash(deposit.organization_id),
        asset=accounts.CNY,
        amount=deposit.amount_minor,
        reason=accounts.TransferReason.DEPOSIT,
        reference=deposit.reference,
        effective_at=deposit.recorded_at,
    )
