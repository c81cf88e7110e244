"""Our books against the gateway's and the bank's: each night, and whenever somebody asks."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from common import tenancy
from common.moments import market_date, start_of_day
from marketplace import accounts
from marketplace.payments import channels, telling
from marketplace.payments.channels import (
    ChannelRefused,
    ChannelUnavailable,
    News,
)
from marketplace.payments.contracts import (
    DifferenceKind,
    EventOutcome,
    LineState,
    MovementKind,
    MovementState,
    PayChannel,
)
from marketplace.payments.event_names import DeskEvent
from marketplace.payments.models import BankLine, MoneyDifference, Movement, Reconciliation
from marketplace.payments.selectors.clearing import HeldInClearing, clearing
from marketplace.payments.services.applying import apply_news
from marketplace.payments.services.noting import note_difference
from marketplace.payments.services.sending import untold

NIGHTLY_AT: Final = timedelta(hours=2)
DAYS_BACK: Final = timedelta(days=3)
DAYS_BACK_MAX: Final = timedelta(days=90)
LEASE: Final = timedelta(minutes=10)
LINE_IS_OLD_AFTER: Final = timedelta(days=1)
LINES_NOTED_MAX: Final = 500
UNDER_WAY_MAX: Final = timedelta(days=1)  # until it is confirmed, or somebody looks why not


@transaction.atomic
def ask_reconciliation(
    *, since: datetime | None, person_id: int | None, now: datetime
) -> Reconciliation:
    """Let our books be compared with the gateway's from a moment on; one waits at a time."""
    with tenancy.acting_as_platform():
        waiting = Reconciliation.objects.filter(ended_at=None).order_by("id").first()
        if waiting is not None:
            return waiting
        begins = max(since or now - DAYS_BACK, now - DAYS_BACK_MAX)
        made = Reconciliation.objects.create(
            asked_at=now, asked_by_id=person_id, since=begins, due_at=now
        )
        telling.of_reconciliation(DeskEvent.RECONCILING, made)
        return made


def reconcile_due(*, now: datetime) -> bool:
    """Run the reconciliation that is due, the night's among them; return whether there was one."""
    _ask_nightly(now)
    run = _claim(now)
    if run is None:
        return False
    looked, failure, known = 0, "", set()
    channel = channels.channel(PayChannel.STRIPE)
    try:
        for news in channel.since(run.since) if channel else ():
            looked += 1
            known.add(news.payment or news.reference)
            _compare(news, now=now)
        if channel is not None:
            _look_for(known, run, now=now)
    except (ChannelUnavailable, ChannelRefused) as error:
        failure = str(error)[:60] or "unavailable"
    compare_clearing(now=now)
    note_old_lines(now=now)
    _end(run, looked, failure, now=now)
    return True


def _ask_nightly(now: datetime) -> None:
    night = start_of_day(market_date(now)) + NIGHTLY_AT
    with tenancy.acting_as_platform():
        if now >= night and not Reconciliation.objects.filter(asked_at__gte=night).exists():
            ask_reconciliation(since=None, person_id=None, now=now)


@transaction.atomic
def _claim(now: datetime) -> Reconciliation | None:
    with tenancy.acting_as_platform():
        rows = Reconciliation.objects.filter(due_at__lte=now).order_by("due_at")
        run = rows.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
        if run is not None:
            run.due_at = now + LEASE
            run.save(update_fields=["due_at"])
        return run


def _compare(news: News, *, now: datetime) -> None:
    applied = apply_news(news, now=now)
    if applied.outcome == EventOutcome.APPLIED and applied.movement is not None:
        untold(applied.movement, now=now)


def _look_for(known: set[str], run: Reconciliation, *, now: datetime) -> None:
    """Find what we hold for paid by card and the gateway does not know of."""
    with tenancy.acting_as_platform():
        ours = Movement.objects.filter(
            channel=PayChannel.STRIPE,
            kind=MovementKind.TOP_UP,
            state=MovementState.DONE,
            requested_at__gte=run.since + LEASE,
        ).select_related("source")
        for movement in ours.exclude(source__reference__in=known):
            note_difference(
                DifferenceKind.UNKNOWN_THERE,
                movement.number,
                now=now,
                channel=PayChannel.STRIPE,
                reference=movement.source.reference if movement.source else "",
                movement=movement,
                ours_minor=movement.amount_minor,
            )


def compare_clearing(*, now: datetime) -> None:
    """Find clearing accounts that hold another sum than what is under way, or hold it too long."""
    for found in clearing():
        key = f"{found.account} {market_date(now)}"
        if found.is_wrong:
            _note_clearing(DifferenceKind.CLEARING, key, found, now=now)
        is_out = found.account != accounts.clearing_in()  # What came in is told line by line.
        if is_out and found.since is not None and now - found.since > UNDER_WAY_MAX:
            _note_clearing(DifferenceKind.STALE, key, found, now=now)


def _note_clearing(kind: DifferenceKind, key: str, found: HeldInClearing, *, now: datetime) -> None:
    channel = found.account.partition(":")[2]
    note_difference(
        kind,
        key,
        now=now,
        channel=channel if channel in accounts.CHANNELS else PayChannel.BANK,
        reference=found.account,
        ours_minor=found.held_minor,
        theirs_minor=found.under_way_minor,
    )


def note_old_lines(*, now: datetime) -> None:
    """Let lines that nobody matched for a day be differences with an age and an owner."""
    with tenancy.acting_as_platform():
        noted = MoneyDifference.objects.filter(kind=DifferenceKind.LINE).values("reference")
        old = BankLine.objects.filter(
            state=LineState.UNMATCHED, found_at__lte=now - LINE_IS_OLD_AFTER
        ).exclude(identity__in=noted)
        for line in old.order_by("booked_on", "id")[:LINES_NOTED_MAX]:
            note_difference(
                DifferenceKind.LINE,
                line.identity,
                now=now,
                channel=PayChannel.BANK,
                reference=line.identity,
                theirs_minor=line.amount_minor,
            )


@transaction.atomic
def _end(run: Reconciliation, looked: int, failure: str, *, now: datetime) -> None:
    with tenancy.acting_as_platform():
        run.looked, run.failure = looked, failure
        run.found = MoneyDifference.objects.filter(settled_at=None).count()
        run.ended_at, run.due_at = now, None
        run.save(update_fields=["looked", "failure", "found", "ended_at", "due_at"])
        telling.of_reconciliation(DeskEvent.RECONCILED, run)
