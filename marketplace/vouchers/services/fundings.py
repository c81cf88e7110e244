"""A programme's money: put into its pool by one person, or by two where it is much."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from common.ids import uuid7
from identity.approvals import selectors as proposals
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from ledger import services as ledger_services
from ledger.contracts import Transfer
from marketplace import accounts, limits
from marketplace.vouchers import locks, telling
from marketplace.vouchers.contracts import FUNDING_KIND, ReferenceReused
from marketplace.vouchers.event_names import VoucherEvent
from marketplace.vouchers.models import Programme, ProgrammeFunding


@transaction.atomic
def fund_programme(
    *, programme_id: UUID, amount_minor: int, reference: str, by: Person, now: datetime
) -> ProgrammeFunding | Proposed:
    """
    Add to the pool of a programme of one's organisation, once for each reference.

    From the limit of fundings on, with what was added unconfirmed that day, nothing is added yet: a
    proposal waits until another person of the issuer approves it.

    :raises ProgrammeNotFound: if the programme is another issuer's
    :raises ReferenceReused: if the reference stands for another amount
    :raises AmountTooLarge, DayLimitReached: beyond the limits of one funding or of the day
    """
    programme = locks.programme(programme_id=programme_id, issuer_id=by.organization_id)
    known = _known(programme, reference, at=now)
    if known is not None:
        if _amount(known) != amount_minor:
            raise ReferenceReused(field="reference")
        return known
    _require_limits(amount_minor, by=by.id, at=now)
    content = {
        "programme_id": str(programme.pk),
        "amount_minor": amount_minor,
        "reference": reference,
    }
    if _takes_two(programme, amount_minor, at=now):
        return approvals.propose(_draft(programme, content, by=by), now=now)
    return _fund(programme, content, funded_by_id=by.id, at=now)


@transaction.atomic
def confirm_funding(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> ProgrammeFunding:
    """
    Fund a programme as somebody else proposed, in the transaction of the ledger's posting.

    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=FUNDING_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    programme = locks.programme(
        programme_id=UUID(agreed.content["programme_id"]), issuer_id=organization_id
    )
    return _fund(
        programme,
        agreed.content,
        funded_by_id=agreed.proposed_by_id,
        at=now,
        id=made,
        confirmed_by_id=agreed.decided_by_id,
        proposal_id=agreed.id,
    )


def _known(
    programme: Programme, reference: str, *, at: datetime
) -> ProgrammeFunding | Proposed | None:
    """Return what a reference stands for already; the programme's lock keeps it true."""
    named = _named(programme, reference)
    waiting = proposals.waiting_for(kind=FUNDING_KIND, reference=named, at=at)
    return waiting or programme.fundings.filter(reference=reference).first()


def _amount(known: ProgrammeFunding | Proposed) -> int:
    if isinstance(known, Proposed):
        return int(known.content["amount_minor"])
    return known.amount_minor


def _named(programme: Programme, reference: str) -> str:
    """Return the name of a funding among all programmes' ones."""
    return f"{programme.code} {reference}"


def _draft(programme: Programme, content: Mapping[str, Any], *, by: Person) -> Draft:
    named = _named(programme, content["reference"])
    return Draft(
        kind=FUNDING_KIND,
        reference=named,
        label=named,
        content=content,
        amount_minor=content["amount_minor"],
        role=Role.ISSUER,
        desk_id=programme.issuer_id,
        by=by,
    )


def _require_limits(amount_minor: int, *, by: int, at: datetime) -> None:
    limits.require_act(amount_minor, at_most=settings.VOUCHERS_BUDGET_MINOR_MAX)
    limits.take_turns("budgets")
    waiting = proposals.waiting(kind=FUNDING_KIND)
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


def _takes_two(programme: Programme, amount_minor: int, *, at: datetime) -> bool:
    return limits.needs_second_person(
        amount_minor,
        alone=ProgrammeFunding.objects.filter(programme=programme, confirmed_by=None),
        moment="funded_at",
        from_minor=proposals.from_minor(FUNDING_KIND),
        at=at,
    )


def _fund(
    programme: Programme,
    content: Mapping[str, Any],
    *,
    funded_by_id: int,
    at: datetime,
    **confirmed: Any,
) -> ProgrammeFunding:
    funding = ProgrammeFunding.objects.create(
        programme=programme,
        reference=content["reference"],
        amount_minor=content["amount_minor"],
        transfer_id=uuid7(),
        funded_by_id=funded_by_id,
        funded_at=at,
        **confirmed,
    )
    ledger_services.post(transfers=[_transfer(funding, programme)])
    telling.of_funding(VoucherEvent.FUNDING_RECORDED, funding, programme)
    return funding


def _transfer(funding: ProgrammeFunding, programme: Programme) -> Transfer:
    return Transfer(
        id=funding.transfer_id,
        debit=accounts.voucher_budget(programme.code),
        credit=accounts.voucher_pool(programme.code),
        asset=programme.asset,
        amount=funding.amount_minor,
        reason=accounts.TransferReason.BUDGET,
        reference=funding.reference,
        effective_at=funding.funded_at,
    )
