"""The end of vouchers: what is left on them goes back to the pool."""

from collections.abc import Collection, Mapping, Sequence
from copy import copy
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction

from common import isolation, reviews, tenancy
from common.ids import uuid7
from ledger import selectors as ledger_selectors
from ledger import services as ledger_services
from ledger.contracts import Transfer
from marketplace import accounts
from marketplace.vouchers import locks, telling
from marketplace.vouchers.contracts import (
    AlreadyClawedBack,
    VoucherHoldsMoney,
    VoucherNotFound,
    VoucherState,
)
from marketplace.vouchers.event_names import VoucherEvent
from marketplace.vouchers.models import Voucher

SWEEP_MAX: Final = 500
RETURN_TURNS: Final = 5  # An order may be quicker so often.
NOT_RETURNED: Final = "not_returned"
logger = structlog.get_logger(__name__)
# A voucher with open holds is looked at again after this time: a released hold becomes spare.
SWEEP_AGAIN_AFTER: Final = timedelta(minutes=10)


@transaction.atomic
def claw_back(
    *, voucher_id: UUID, issuer_id: UUID, clawed_back_by_id: int, reason: str, now: datetime
) -> Voucher:
    """
    Take back what is left on a voucher; what orders hold comes with a sweep once they let it go.

    What was captured is claimed from who was paid: the room above decides, by two persons.

    :raises VoucherNotFound: if it is of another issuer's programme
    :raises AlreadyClawedBack: if it was taken back before
    """
    voucher = locks.voucher(voucher_id=voucher_id, issuer_id=issuer_id)
    if voucher.state == VoucherState.CLAWED_BACK:
        raise AlreadyClawedBack
    voucher.state = VoucherState.CLAWED_BACK
    voucher.clawed_back_by_id = clawed_back_by_id
    _return_spare([voucher], reason=accounts.TransferReason.CLAW_BACK, reference=reason, now=now)
    telling.of_vouchers(VoucherEvent.VOUCHER_CLAWED_BACK, [voucher])
    return voucher


@transaction.atomic
def expire_vouchers(*, now: datetime, limit: int = SWEEP_MAX) -> int:
    """
    Return to their pools what is left on vouchers whose time is over; tell how many were swept.

    Amounts on hold stay with their orders; what those release is returned by a later sweep. A
    voucher whose rest cannot be returned is set aside, and the others are swept.
    """
    with tenancy.acting_as_platform():
        due = locks.due_vouchers(now=now, limit=limit)
        isolation.divide(due, partial(_expire, now=now), set_aside=partial(_set_aside, now))
    return len(due)


def _expire(due: Sequence[Voucher], *, now: datetime) -> None:
    # Changed in copies: a try that fails leaves the rows as they were read.
    over = [copy(voucher) for voucher in due]
    newly = [voucher for voucher in over if voucher.state == VoucherState.ACTIVE]
    for voucher in newly:
        voucher.state = VoucherState.EXPIRED
    _return_spare(over, reason=accounts.TransferReason.EXPIRE, reference="", now=now)
    telling.of_vouchers(VoucherEvent.VOUCHER_EXPIRED, newly)


def _set_aside(now: datetime, voucher: Voucher, error: Exception) -> None:
    """Let a voucher wait for a check. An expired one pays for nothing meanwhile."""
    why = isolation.detail(error)
    Voucher.objects.filter(pk=voucher.pk).update(**reviews.set_aside(NOT_RETURNED, why, at=now))
    telling.of_vouchers(VoucherEvent.VOUCHER_SET_ASIDE, [voucher], code=NOT_RETURNED)
    logger.error("vouchers.voucher.set_aside", voucher=voucher.number, detail=why)


@transaction.atomic
def retry_voucher(*, voucher_id: UUID) -> Voucher:
    """
    Let a voucher that was set aside be swept again.

    :raises VoucherNotFound: if there is none that waits for a check
    """
    with tenancy.acting_as_platform():
        voucher = _waiting(voucher_id)
        Voucher.objects.filter(pk=voucher_id).update(**reviews.returned())
        voucher.refresh_from_db()
        telling.of_vouchers(VoucherEvent.VOUCHER_RETRIED, [voucher])
    return voucher


@transaction.atomic
def close_voucher(*, voucher_id: UUID, closing: reviews.Closing) -> Voucher:
    """
    Let a voucher that was set aside rest, once nothing is left on it.

    :raises VoucherNotFound: if there is none that waits for a check
    :raises VoucherHoldsMoney: if the pool is still to be given something back
    """
    with tenancy.acting_as_platform():
        voucher = _waiting(voucher_id)
        account = accounts.voucher(voucher_id)
        if ledger_selectors.balances([account])[account].posted:
            raise VoucherHoldsMoney
        is_over = voucher.state == VoucherState.ACTIVE
        Voucher.objects.filter(pk=voucher_id).update(
            state=VoucherState.EXPIRED if is_over else voucher.state,
            sweep_at=None,
            **reviews.returned(),
        )
        voucher.refresh_from_db()
        telling.of_vouchers(VoucherEvent.VOUCHER_CLOSED, [voucher], **closing.facts)
    return voucher


def _waiting(voucher_id: UUID) -> Voucher:
    """Lock a voucher that waits for a check."""
    waiting = Voucher.objects.filter(pk=voucher_id).exclude(review_code="")
    voucher = waiting.select_for_update(no_key=True).first()
    if voucher is None:
        raise VoucherNotFound
    return voucher


@transaction.atomic
def sweep_again(*, voucher_ids: Collection[UUID], now: datetime) -> None:
    """
    Look once more at vouchers that are about to be given something back.

    One that is over was swept before, and nothing else would ever move it to its pool. Call it
    before the ledger in a transaction that does both: sweeping locks vouchers first, too.
    """
    if not voucher_ids:
        return
    with tenancy.acting_as_platform():
        # The rows are waited for, and judged as they then are: one may expire at this moment.
        held = (
            Voucher.objects.filter(pk__in=voucher_ids).order_by("pk").select_for_update(no_key=True)
        )
        over = [voucher.pk for voucher in held if voucher.state != VoucherState.ACTIVE]
        Voucher.objects.filter(pk__in=over).update(sweep_at=now)


def _return_spare(found: list[Voucher], *, reason: str, reference: str, now: datetime) -> None:
    """Move what vouchers have left to their pools in one batch, and plan the next look."""
    transfer = partial(_transfer, reason=reason, reference=reference, now=now)
    waiting = found
    for turn in range(RETURN_TURNS, -1, -1):
        left = ledger_selectors.balances([accounts.voucher(voucher.id) for voucher in waiting])
        spare = {each.id: left[accounts.voucher(each.id)].available for each in waiting}
        moves = {transfer(each, spare[each.id]): each for each in waiting if spare[each.id] > 0}
        # An order may hold some of it between the look and the transfer: then it is looked again.
        refused = _move_all(moves, is_partial=turn > 0)
        for voucher in (each for each in waiting if each not in refused):
            balance = left[accounts.voucher(voucher.id)]
            voucher.returned_minor += balance.available
            is_on_hold = balance.posted > balance.available
            voucher.sweep_at = now + SWEEP_AGAIN_AFTER if is_on_hold else None
        waiting = refused
        if not waiting:
            break
    Voucher.objects.bulk_update(found, ["state", "clawed_back_by", "returned_minor", "sweep_at"])


def _move_all(moves: Mapping[Transfer, Voucher], *, is_partial: bool) -> list[Voucher]:
    """Post transfers in one batch; return the vouchers whose accounts turned out short."""
    if not moves:
        return []
    outcome = ledger_services.post(transfers=list(moves), partial=is_partial)
    short = {each.transfer_id for each in outcome.refused}
    return [voucher for moved, voucher in moves.items() if moved.id in short]


def _transfer(
    voucher: Voucher, amount_minor: int, *, reason: str, reference: str, now: datetime
) -> Transfer:
    programme = voucher.programme_version.programme
    return Transfer(
        id=uuid7(),
        debit=accounts.voucher(voucher.id),
        credit=accounts.voucher_pool(programme.code),
        asset=programme.asset,
        amount=amount_minor,
        reason=reason,
        reference=reference or voucher.number,
        effective_at=now,
    )
