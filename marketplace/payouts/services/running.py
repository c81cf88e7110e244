"""A run of payouts: proposed by one person, approved by another, handed to the bank."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from common import moments, tenancy
from common.canonical import content_hash
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from identity.events import services as events
from ledger import services as ledger_services
from ledger.contracts import Transfer, derived_id
from marketplace import accounts, limits
from marketplace.payments import channels
from marketplace.payments import services as payments_services
from marketplace.payments.contracts import MovementDraft, MovementKind, MovementState, PayChannel
from marketplace.payouts import selectors
from marketplace.payouts.contracts import (
    RUN_KIND,
    RUN_LINES_MAX,
    NothingToPay,
    PayoutChannel,
    PayoutChannelMissing,
    Plan,
    Planned,
    RunNotFound,
    RunNotSendable,
    RunStale,
    RunState,
    TooManyPayouts,
    UntilRefused,
)
from marketplace.payouts.event_names import PayoutEvent
from marketplace.payouts.models import PayoutLine, PayoutRun
from marketplace.payouts.services.taxing import return_taxes, withhold

REFERENCE: Final = "run"  # One proposal waits at a time.
TURN: Final = "payout runs"
FINISHED_MAX: Final = 100  # runs that one ring closes


@transaction.atomic
def propose_run(
    *,
    until: date,
    threshold_minor: int,
    by: Person,
    now: datetime,
    channel: PayoutChannel = PayoutChannel.BANK,
) -> tuple[PayoutRun, Proposed]:
    """
    Propose to pay what providers earned before a day; nothing moves until another person approves.

    :raises UntilRefused: if that day is to come
    :raises PayoutChannelMissing: if the market is not connected to the channel
    :raises NothingToPay: if nobody is owed as much as the threshold
    :raises TooManyPayouts: if more providers are owed something than a run has lines
    :raises ProposalWaits: if another run waits
    """
    if until > moments.market_date(now):
        raise UntilRefused(field="until")
    if channel != PayoutChannel.BANK and channels.channel(channel) is None:
        raise PayoutChannelMissing(field="channel")
    with tenancy.acting_as_platform():
        limits.take_turns(TURN)
        found = selectors.plan(
            until=until, threshold_minor=threshold_minor, now=now, channel=channel
        )
        if not found.paid:
            raise NothingToPay(field="threshold_minor")
        if len(found.lines) > RUN_LINES_MAX:
            raise TooManyPayouts(field="threshold_minor", most=RUN_LINES_MAX)
        run = _write(found, channel, by=by, now=now)
        proposed = approvals.propose(_draft(run, by=by), now=now)
        run.proposal_id = proposed.id
        run.save(update_fields=["proposal"])
        _tell(PayoutEvent.PROPOSED, run, now)
    return run, proposed


@transaction.atomic
def approve_run(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> PayoutRun:
    """
    Take what a run pays from payables, once, as another person agrees to it.

    :raises RunStale: if a balance or a bank account is not what it was any more
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    with tenancy.acting_as_platform():
        limits.take_turns(TURN)
        run = _run_of(proposal_id)
        agreed = approvals.settle(
            proposal_id=proposal_id,
            kind=RUN_KIND,
            by=Person(person_id, organization_id),
            result_id=run.pk,
            now=now,
            note=note,
        )
        lines = list(run.lines.select_related("account").order_by("provider_id"))
        _require_current(run, lines, now=now)
        run.state = RunState.APPROVED
        run.approved_at, run.approved_by_id = now, agreed.decided_by_id
        run.save(update_fields=["state", "approved_at", "approved_by"])
        _net(run, lines, now=now)
        withhold(run, lines, now=now)
        _pay(run, [each for each in lines if each.amount_minor], agreed.decided_by_id, now=now)
        _tell(PayoutEvent.APPROVED, run, now)
        if run.channel != PayoutChannel.BANK:
            _note_sent(run, now=now)
    return run


@transaction.atomic
def send_run(*, run_id: UUID, now: datetime) -> PayoutRun:
    """
    Note that the file of an approved run was handed to the bank; again is no matter.

    :raises RunNotSendable: if nobody approved it
    """
    with tenancy.acting_as_platform():
        run = locked_run(run_id)
        if run.state in (RunState.SENT, RunState.DONE):
            return run
        if run.state != RunState.APPROVED:
            raise RunNotSendable(state=RunState(run.state).label)
        ids = list(run.lines.filter(movement__isnull=False).values_list("movement_id", flat=True))
        # A statement may have told of some before anybody noted that the file was handed over.
        payments_services.move_money(ids, MovementState.SENT, now=now, is_lenient=True)
        _note_sent(run, now=now)
    return run


def _note_sent(run: PayoutRun, *, now: datetime) -> None:
    run.state, run.sent_at = RunState.SENT, now
    run.save(update_fields=["state", "sent_at"])
    _tell(PayoutEvent.SENT, run, now)


def locked_run(run_id: UUID) -> PayoutRun:
    """
    Lock a run, so that what is done with it takes turns.

    :raises RunNotFound: if there is none
    """
    run = PayoutRun.objects.select_for_update(no_key=True).filter(pk=run_id).first()
    if run is None:
        raise RunNotFound
    return run


def end_run(run: PayoutRun, *, now: datetime) -> None:
    """Close a run whose payouts are all answered."""
    run.state, run.done_at = RunState.DONE, now
    run.save(update_fields=["state", "done_at"])
    _tell(PayoutEvent.DONE, run, now)


def finish_runs(*, now: datetime) -> int:
    """Close the runs that the bank's statements answered; return how many there were."""
    return_taxes(now=now)
    with tenancy.acting_as_platform():
        ids = list(selectors.answered_runs().values_list("pk", flat=True)[:FINISHED_MAX])
    return sum(_finish(run_id, now=now) for run_id in ids)


@transaction.atomic
def _finish(run_id: UUID, *, now: datetime) -> bool:
    with tenancy.acting_as_platform():
        run = locked_run(run_id)
        if run.state != RunState.SENT or not selectors.answered_runs().filter(pk=run_id).exists():
            return False
        end_run(run, now=now)
        return True


def lines_hash(lines: Sequence[Mapping[str, Any]]) -> str:
    """Return the hash of what a run pays to whom; what is agreed on is these lines."""
    return content_hash({"lines": list(lines)})


def _plain(line: Planned | PayoutLine) -> dict[str, Any]:
    return {
        "provider": line.provider_id,
        "account": line.account_id,
        "amount_minor": line.amount_minor,
        "netted_minor": line.netted_minor,
        "tax_minor": line.tax_minor,
    }


def _write(found: Plan, channel: PayoutChannel, *, by: Person, now: datetime) -> PayoutRun:
    last = PayoutRun.objects.order_by("-sequence").values_list("sequence", flat=True).first()
    sequence = (last or 0) + 1
    run = PayoutRun.objects.create(
        sequence=sequence,
        number=f"R-{sequence:06d}",
        channel=channel,
        until=found.until,
        threshold_minor=found.threshold_minor,
        payouts=len(found.paid),
        amount_minor=found.amount_minor,
        netted_minor=found.netted_minor,
        tax_minor=found.tax_minor,
        lines_hash=lines_hash([_plain(each) for each in found.lines]),
        proposed_at=now,
        proposed_by_id=by.id,
    )
    PayoutLine.objects.bulk_create(
        [
            PayoutLine(
                run=run,
                provider_id=each.provider_id,
                account_id=each.account_id,
                payable_minor=each.payable_minor,
                owed_minor=each.owed_minor,
                frozen_minor=each.frozen_minor,
                netted_minor=each.netted_minor,
                amount_minor=each.amount_minor,
                tax_minor=each.tax_minor,
                tax_rule_id=each.tax_rule_id,
                skipped=each.skipped,
            )
            for each in found.lines
        ],
        batch_size=1_000,
    )
    return run


def _draft(run: PayoutRun, *, by: Person) -> Draft:
    return Draft(
        kind=RUN_KIND,
        reference=REFERENCE,
        label=run.number,
        content={
            "run_id": run.pk,
            "payouts": run.payouts,
            "amount_minor": run.amount_minor,
            "netted_minor": run.netted_minor,
            "tax_minor": run.tax_minor,
            "lines_hash": run.lines_hash,
            "until": run.until.isoformat(),
            "channel": run.channel,
        },
        amount_minor=run.amount_minor,
        role=Role.FINANCE,
        by=by,
    )


def _run_of(proposal_id: UUID) -> PayoutRun:
    run = PayoutRun.objects.filter(proposal_id=proposal_id).first()
    if run is None:
        raise RunNotFound
    return locked_run(run.pk)


def _require_current(run: PayoutRun, lines: Sequence[PayoutLine], *, now: datetime) -> None:
    """Compare a run with what there is now: what it takes is there, and accounts are the same."""
    if lines_hash([_plain(each) for each in lines]) != run.lines_hash:
        raise RunStale
    fresh = selectors.plan(
        until=run.until,
        threshold_minor=run.threshold_minor,
        now=now,
        channel=PayoutChannel(run.channel),
    )
    known = {each.provider_id: each for each in fresh.lines}
    for line in lines:
        new = known.get(line.provider_id)
        is_paid_elsewhere = new is not None and new.account_id != line.account_id
        if (line.amount_minor or line.netted_minor) and (
            new is None
            or new.amount_minor < line.amount_minor
            or new.netted_minor < line.netted_minor
            or new.tax_minor < line.tax_minor
            or (line.amount_minor and is_paid_elsewhere)
        ):
            raise RunStale


def _net(run: PayoutRun, lines: Sequence[PayoutLine], *, now: datetime) -> None:
    """Take what providers owe from what they are owed."""
    netted = [each for each in lines if each.netted_minor]
    if not netted:
        return
    ledger_services.post(
        transfers=[
            Transfer(
                id=derived_id(now, each.pk, "netting"),
                debit=accounts.provider_payable(each.provider_id),
                credit=accounts.provider_receivable(each.provider_id),
                asset=accounts.CNY,
                amount=each.netted_minor,
                reason=accounts.TransferReason.NETTING,
                reference=run.number,
                effective_at=now,
            )
            for each in netted
        ]
    )


def _pay(
    run: PayoutRun, lines: Sequence[PayoutLine], approved_by_id: int, *, now: datetime
) -> None:
    """Ask for a movement of money a line; a key of the run's lets each be there once."""
    drafts = [
        MovementDraft(
            kind=MovementKind.PAYOUT,
            channel=PayChannel(run.channel),
            organization_id=each.provider_id,
            payee_reference=_payee(run, each),
            amount_minor=each.amount_minor,
            key=run.number,
            requested_by_id=run.proposed_by_id,
        )
        for each in lines
    ]
    made = payments_services.ask_money(drafts, now=now)
    facts = {
        each.pk: {"approved_by_id": approved_by_id, "proposal_id": run.proposal_id} for each in made
    }
    # The worker sends what goes by the gateway, one by one; the bank takes a file.
    due_at = None if run.channel == PayoutChannel.BANK else now
    payments_services.move_money(
        list(facts), MovementState.APPROVED, now=now, due_at=due_at, facts=facts
    )
    for line, movement in zip(lines, made, strict=True):
        line.movement_id = movement.pk
    PayoutLine.objects.bulk_update(lines, ["movement"], batch_size=1_000)


def _payee(run: PayoutRun, line: PayoutLine) -> str:
    """Return to whom the gateway sends a payout; the bank reads it in its file."""
    if run.channel == PayoutChannel.BANK or line.account is None:
        return ""
    return line.account.account_number


def _tell(name: PayoutEvent, run: PayoutRun, now: datetime) -> None:
    event = events.Event(
        name=name,
        object_kind="payout_run",
        object_id=run.pk,
        object_label=run.number,
        facts={"payouts": run.payouts, "amount_minor": run.amount_minor},
        at=now,
    )
    events.record([event])
