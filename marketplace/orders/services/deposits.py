"""Money that arrives for buyers."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import tenancy
from common.ids import uuid7
from identity import selectors as identity
from ledger import services as ledger
from ledger.contracts import Transfer
from marketplace import accounts
from marketplace.orders.models import Deposit
from marketplace.vouchers.contracts import ReferenceReused


@transaction.atomic
def record_deposit(
    *,
    organization_id: UUID,
    amount_minor: int,
    reference: str,
    recorded_by_id: int,
    now: datetime,
) -> Deposit:
    """
    Credit a buyer with money that reached the bank, once for each bank reference.

    :raises NotFound: if there is no such organisation
    :raises ReferenceReused: if the reference stands for another amount or organisation
    """
    with tenancy.acting_as_platform():
        organization = identity.organization(organization_id)
        deposit, is_new = Deposit.objects.get_or_create(
            reference=reference,
            defaults={
                "organization": organization,
                "amount_minor": amount_minor,
                "transfer_id": uuid7(),
                "recorded_by_id": recorded_by_id,
                "recorded_at": now,
            },
        )
        if (deposit.organization_id, deposit.amount_minor) != (organization.pk, amount_minor):
            raise ReferenceReused(field="reference")
        if is_new:
            accounts.open_buyers([organization.pk])
            ledger.post(transfers=[_transfer(deposit)])
    return deposit


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
