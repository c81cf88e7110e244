"""How this room tells the record of events."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from identity.events import services as events
from marketplace.orders.event_names import DepositEvent
from marketplace.payments.contracts import MovementState
from marketplace.payments.event_names import MOVEMENT, DeskEvent, MovementEvent
from marketplace.payments.models import (
    BankLine,
    BankStatement,
    Deposit,
    MoneyDifference,
    Movement,
    Reconciliation,
)

REACHED: Final = {
    MovementState.REQUESTED: MovementEvent.REQUESTED,
    MovementState.APPROVED: MovementEvent.APPROVED,
    MovementState.SENT: MovementEvent.SENT,
    MovementState.DONE: MovementEvent.DONE,
    MovementState.CANCELLED: MovementEvent.CANCELLED,
    MovementState.RETURNED: MovementEvent.RETURNED,
}


def of_movements(movements: Iterable[Movement]) -> None:
    """Record that movements reached the state that they are in, for whose money they are."""
    events.record(
        events.Event(
            name=REACHED[MovementState(movement.state)],
            object_kind=MOVEMENT,
            object_id=movement.pk,
            object_label=movement.number,
            concerns=[movement.organization_id],
            facts={
                "kind": movement.kind,
                "channel": movement.channel,
                "amount_minor": movement.amount_minor,
                **({"failure": movement.failure} if movement.failure else {}),
            },
            at=movement.moved_at,
        )
        for movement in movements
    )


def of_difference(name: DeskEvent, difference: MoneyDifference) -> None:
    """Record something of a difference, for the market alone."""
    facts = {
        "kind": difference.kind,
        "channel": difference.channel,
        "ours_minor": difference.ours_minor,
        "theirs_minor": difference.theirs_minor,
        **({"note": difference.note} if difference.note else {}),
        "resolution": difference.resolution,
    }
    _of_desk(name, "difference", difference.pk, difference.reference, facts)


def of_statement(name: DeskEvent, statement: BankStatement) -> None:
    """Record that a statement was taken; its lines are records of their own."""
    facts = {
        "form": statement.form,
        "lines": statement.lines_count,
        "new": statement.new_count,
        "matched": statement.matched_count,
    }
    _of_desk(name, "bank_statement", statement.pk, statement.file_name, facts)


def of_line(name: DeskEvent, line: BankLine) -> None:
    """Record that a line was matched; the movement tells whose money it is."""
    facts = {"rule": line.rule, "amount_minor": line.amount_minor}
    _of_desk(name, "bank_line", line.pk, line.reference, facts)


def of_reconciliation(name: DeskEvent, run: Reconciliation) -> None:
    """Record that our books are compared with the gateway's."""
    facts = {"looked": run.looked, "open": run.found, "failure": run.failure}
    _of_desk(name, "reconciliation", run.pk, "", facts)


def _of_desk(name: DeskEvent, kind: str, about: UUID, label: str, facts: Mapping[str, Any]) -> None:
    event = events.Event(
        name=name, object_kind=kind, object_id=about, object_label=label, facts=facts
    )
    events.record([event])


def of_deposit(name: DepositEvent, deposit: Deposit) -> None:
    """Record something of a deposit, for who gets the money."""
    event = events.Event(
        name=name,
        object_kind="deposit",
        object_id=deposit.pk,
        concerns=[deposit.organization_id],
        facts={"amount_minor": deposit.amount_minor},
    )
    events.record([event])
