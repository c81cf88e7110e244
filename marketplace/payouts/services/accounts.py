"""Where a provider is paid, and what it is not paid for now."""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from common import tenancy
from common.money import InvalidAmount
from identity import selectors as identity_selectors
from identity.approvals.contracts import Person
from identity.contracts import SecondPersonRequired
from identity.events import services as events
from marketplace import limits
from marketplace.payouts.contracts import (
    ACCOUNT_LENGTH_MAX,
    BANK_CODE_LENGTH,
    GATEWAY_ACCOUNT,
    InvalidBankAccount,
    InvalidGatewayAccount,
    NewAccount,
    PayoutChannel,
)
from marketplace.payouts.event_names import PayoutEvent
from marketplace.payouts.models import BankAccount, Freeze

ACCOUNT_LENGTH_MIN = 8


@transaction.atomic
def set_bank_account(
    *, provider_id: UUID, account: NewAccount, person_id: int, now: datetime
) -> BankAccount:
    """
    Let a provider be paid to a bank account; the same again changes nothing.

    It is usable once its cooling time is over, so that whoever took a session over is not paid;
    what runs that were approved pay goes where it was to go.

    :raises InvalidBankAccount: if a number is not digits of its length
    :raises InvalidGatewayAccount: if it is no connected account
    """
    _require_form(account)
    with tenancy.acting_as_platform():
        limits.take_turns(f"bank account {provider_id}")
        known = BankAccount.objects.filter(
            provider_id=provider_id, channel=account.channel, replaced_at=None
        )
        facts = {
            "holder": account.holder,
            "bank_name": account.bank_name,
            "bank_code": account.bank_code,
            "account_number": account.account_number,
            "channel": account.channel,
        }
        same = known.filter(**facts).first()
        if same is not None:
            return same
        known.update(replaced_at=now)
        made = BankAccount.objects.create(
            provider_id=provider_id,
            added_at=now,
            added_by_id=person_id,
            usable_from=now + timedelta(hours=settings.PAYOUTS_COOLING_HOURS),
            **facts,
        )
        _tell(
            PayoutEvent.ACCOUNT_CHANGED,
            provider_id,
            now,
            usable_from=made.usable_from,
            ends_with=made.account_number[-4:],
        )
    return made


@transaction.atomic
def freeze(
    *, provider_id: UUID, amount_minor: int | None, reason: str, person_id: int, now: datetime
) -> Freeze:
    """
    Keep an amount, or all, of what a provider is owed until another person lets it go.

    :raises NotFound: if there is no such organisation
    :raises InvalidAmount: if it is no amount
    """
    if amount_minor is not None and amount_minor <= 0:
        raise InvalidAmount(field="amount_minor")
    with tenancy.acting_as_platform():
        provider = identity_selectors.organization(provider_id)
        made = Freeze.objects.create(
            provider_id=provider.pk,
            amount_minor=amount_minor,
            reason=reason,
            frozen_at=now,
            frozen_by_id=person_id,
        )
        _tell(PayoutEvent.FROZEN, provider.pk, now, amount_minor=amount_minor, reason=reason)
    return made


@transaction.atomic
def unfreeze(*, freeze_id: UUID, by: Person, now: datetime) -> None:
    """
    Let go what another person froze; again is no matter.

    :raises SecondPersonRequired: if the same person froze it
    """
    with tenancy.acting_as_platform():
        found = Freeze.objects.select_for_update(no_key=True).filter(pk=freeze_id).first()
        if found is None or found.lifted_at is not None:
            return
        if found.frozen_by_id == by.id:
            raise SecondPersonRequired
        found.lifted_at, found.lifted_by_id = now, by.id
        found.save(update_fields=["lifted_at", "lifted_by"])
        _tell(PayoutEvent.UNFROZEN, found.provider_id, now, amount_minor=found.amount_minor)


def _require_form(account: NewAccount) -> None:
    if account.channel == PayoutChannel.BANK:
        _require_digits(account)
    elif not re.fullmatch(GATEWAY_ACCOUNT, account.account_number):
        raise InvalidGatewayAccount(field="account_number")
    elif account.bank_code:
        raise InvalidGatewayAccount(field="bank_code")


def _require_digits(account: NewAccount) -> None:
    number = account.account_number
    if not (number.isascii() and number.isdigit()) or not (
        ACCOUNT_LENGTH_MIN <= len(number) <= ACCOUNT_LENGTH_MAX
    ):
        raise InvalidBankAccount(field="account_number")
    code = account.bank_code
    if not (code.isascii() and code.isdigit()) or len(code) != BANK_CODE_LENGTH:
        raise InvalidBankAccount(field="bank_code")


def _tell(name: PayoutEvent, provider_id: UUID, now: datetime, **facts: Any) -> None:
    event = events.Event(
        name=name,
        object_kind="payable",
        object_id=provider_id,
        object_label="",
        concerns=[provider_id],
        facts=facts,
        at=now,
    )
    events.record([event])
