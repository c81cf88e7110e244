"""Monitors of accounts: made, ended, and looked at; whoever watches is told once each time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from common import tenancy
from identity.contracts import Actor, Role
from identity.events import services as events
from ledger import ageing
from ledger import selectors as ledger_selectors
from marketplace import accounts
from marketplace.accounts import AccountClass, AccountKind
from marketplace.statements.contracts import (
    MONITOR_MINOR_MAX,
    MONITORS_MAX,
    UNCLEARED_DAYS_MAX,
    MonitoredAccountUnknown,
    MonitorExists,
    MonitorKind,
    MonitorNotFound,
    MonitorRefused,
    MonitorWish,
)
from marketplace.statements.event_names import MonitorEvent
from marketplace.statements.models import AccountMonitor

LOOKED_AT_ONCE: Final = 200
EVERY: Final = {
    MonitorKind.BELOW: timedelta(minutes=1),
    MonitorKind.UNCLEARED: timedelta(minutes=10),
}


@transaction.atomic
def add_monitor(*, wish: MonitorWish, by: Actor, now: datetime) -> AccountMonitor:
    """
    Watch an account: one's own, or any for finance.

    :raises MonitorRefused: if it does not say what to look for
    :raises MonitoredAccountUnknown: if there is no such account that one may see
    :raises MonitorExists: if it is watched so, or there are as many as there may be
    """
    _require_sense(wish)
    is_desk = by.has_role(Role.FINANCE)
    with tenancy.acting_as_platform():
        found = ledger_selectors.account(wish.account)
        if found is None or not (is_desk or found.owner_id == by.organization_id):
            raise MonitoredAccountUnknown(field="account")
        own = AccountMonitor.objects.filter(organization_id=by.organization_id, ended_at=None)
        if own.count() >= MONITORS_MAX:
            raise MonitorExists(most=MONITORS_MAX)
        try:
            with transaction.atomic():
                return AccountMonitor.objects.create(
                    organization_id=by.organization_id,
                    is_desk=is_desk,
                    account=wish.account,
                    kind=wish.kind,
                    below_minor=wish.below_minor,
                    days=wish.days,
                    made_at=now,
                    made_by_id=by.person_id,
                    due_at=now,
                )
        except IntegrityError as error:
            raise MonitorExists(most=MONITORS_MAX) from error


def _require_sense(wish: MonitorWish) -> None:
    if wish.kind == MonitorKind.BELOW:
        amount = wish.below_minor
        is_said = amount is not None and abs(amount) <= MONITOR_MINOR_MAX and wish.days is None
        field = "below_minor"
    else:
        days = wish.days
        is_said = days is not None and 1 <= days <= UNCLEARED_DAYS_MAX
        is_said, field = is_said and wish.below_minor is None, "days"
    if not is_said:
        raise MonitorRefused(field=field, most=UNCLEARED_DAYS_MAX)


@transaction.atomic
def end_monitor(*, monitor_id: UUID, organization_id: UUID, now: datetime) -> AccountMonitor:
    """
    Watch an account no more; again is no matter.

    :raises MonitorNotFound: if it does not exist or is somebody else's
    """
    with tenancy.acting_as_platform():
        found = AccountMonitor.objects.select_for_update(no_key=True)
        one = found.filter(pk=monitor_id, organization_id=organization_id).first()
        if one is None:
            raise MonitorNotFound
        if one.ended_at is None:
            one.ended_at = now
            one.save(update_fields=["ended_at"])
    return one


@transaction.atomic
def look_at_monitors(*, now: datetime, limit: int = LOOKED_AT_ONCE) -> bool:
    """Look at the monitors that are due and tell of what changed; return if there is more."""
    with tenancy.acting_as_platform():
        due = AccountMonitor.objects.filter(ended_at=None, due_at__lte=now).order_by("due_at", "id")
        rows = list(due.select_for_update(no_key=True, skip_locked=True)[:limit])
        balances = _balances({row.account for row in rows})
        changed = [row for row in rows if _looked_at(row, balances[row.account], now)]
        AccountMonitor.objects.bulk_update(rows, ["due_at", "balance_minor", "raised_at"])
        _tell(changed, now)
    return len(rows) == limit


def _balances(codes: set[str]) -> dict[str, int]:
    """Return what may be used of accounts, positive as accountants write it."""
    found = ledger_selectors.balances(codes)
    kinds = {code: AccountKind(code.split(":")[0]) for code in codes}
    return {code: _sign(kinds[code]) * found[code].available for code in codes}


def _sign(kind: AccountKind) -> int:
    # The ledger turns those round itself that are only owed.
    is_turned = accounts.KINDS[kind].rule == "C"
    return -1 if accounts.CLASSES[kind] is AccountClass.ASSETS and not is_turned else 1


def _looked_at(row: AccountMonitor, balance: int, now: datetime) -> bool:
    """Note what is so; return whether it was not so, or is so no more."""
    row.due_at, row.balance_minor = now + EVERY[MonitorKind(row.kind)], balance
    before, row.raised_at = row.raised_at, _so_since(row, balance, now)
    if before and row.raised_at:
        row.raised_at = before
    return (before is None) != (row.raised_at is None)


def _so_since(row: AccountMonitor, balance: int, now: datetime) -> datetime | None:
    if row.kind == MonitorKind.BELOW:
        return now if balance < (row.below_minor or 0) else None
    asked = now - timedelta(days=row.days or 0)
    since = ageing.uncleared_since(account=row.account, since=asked)
    return now if since is not None and since <= asked else None


def _tell(changed: Sequence[AccountMonitor], now: datetime) -> None:
    names = {
        (True, True): MonitorEvent.DESK_RAISED,
        (True, False): MonitorEvent.DESK_CLEARED,
        (False, True): MonitorEvent.RAISED,
        (False, False): MonitorEvent.CLEARED,
    }
    events.record(
        events.Event(
            name=names[row.is_desk, row.raised_at is not None],
            object_kind="account_monitor",
            object_id=row.pk,
            object_label=row.account,
            concerns=[row.organization_id],
            facts={
                "kind": row.kind,
                "balance_minor": row.balance_minor,
                "below_minor": row.below_minor,
                "days": row.days,
            },
            at=now,
        )
        for row in changed
    )
