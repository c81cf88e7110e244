"""What the bank says of payouts: paid, or returned and booked back; each line once."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import tenancy
from marketplace.payments import services as payments_services
from marketplace.payments.contracts import MovementState
from marketplace.payouts.contracts import (
    Answer,
    Answered,
    BadAnswer,
    BankAnswer,
    PayoutChannel,
    RunNotSendable,
    RunState,
)
from marketplace.payouts.models import PayoutLine
from marketplace.payouts.services.running import end_run, locked_run

STATES = {Answer.PAID: MovementState.DONE, Answer.RETURNED: MovementState.RETURNED}
# A payout that was paid may still come back; one that came back stays.
FROM = {
    Answer.PAID: (MovementState.SENT,),
    Answer.RETURNED: (MovementState.SENT, MovementState.DONE),
}


@transaction.atomic
def take_answers(*, run_id: UUID, answers: Sequence[BankAnswer], now: datetime) -> Answered:
    """
    Book what the bank says of a run's payouts; what was taken before is known, not taken again.

    A line that names no payout of the run, another amount, or a step that cannot be, is not taken
    and says why; it spoils no other.

    :raises RunNotSendable: if the run is not with the bank
    """
    with tenancy.acting_as_platform():
        run = locked_run(run_id)
        # What goes by the gateway is answered by the gateway.
        is_bank = run.channel == PayoutChannel.BANK
        if not is_bank or run.state not in (RunState.SENT, RunState.DONE):
            raise RunNotSendable(state=RunState(run.state).label)
        lines = {
            each.movement.number: each
            for each in run.lines.filter(movement__isnull=False).select_related("movement")
            if each.movement is not None
        }
        taken: dict[str, BankAnswer] = {}
        known, bad = 0, []
        for answer in answers:
            code = _refused(answer, lines.get(answer.reference), taken)
            if code == "known":
                known += 1
            elif code:
                bad.append(BadAnswer(answer.line, answer.reference, code, ""))
            else:
                taken[answer.reference] = answer
        counts = {each: _book(each, taken, lines, now=now) for each in Answer}
        left = run.lines.filter(movement__state=MovementState.SENT).exists()
        if not left and run.state == RunState.SENT:
            end_run(run, now=now)
    return Answered(counts[Answer.PAID], counts[Answer.RETURNED], known, tuple(bad))


def _refused(answer: BankAnswer, line: PayoutLine | None, taken: dict[str, BankAnswer]) -> str:
    """Return why an answer is not taken, or nothing."""
    if line is None or line.movement is None:
        return "unknown_payout"
    if answer.amount_minor != line.amount_minor:
        return "other_amount"
    if answer.reference in taken:
        return "known" if taken[answer.reference].answer == answer.answer else "twice"
    if line.movement.state == STATES[answer.answer]:
        return "known"
    return "" if line.movement.state in FROM[answer.answer] else "answered_before"


def _book(
    answer: Answer,
    taken: dict[str, BankAnswer],
    lines: dict[str, PayoutLine],
    *,
    now: datetime,
) -> int:
    chosen = {
        lines[name].movement_id: {"failure": each.reason[:60]}
        for name, each in taken.items()
        if each.answer == answer
    }
    facts = {pk: values for pk, values in chosen.items() if pk is not None}
    payments_services.move_money(list(facts), STATES[answer], now=now, facts=facts)
    return len(facts)
