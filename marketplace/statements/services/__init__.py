"""Writes of statements: issued, cancelled, and their fapiao."""

from marketplace.statements.services.cancelling import cancel_statement
from marketplace.statements.services.closing import close_month, propose_closing
from marketplace.statements.services.fapiao import (
    export_fapiao,
    request_fapiao,
    take_tax_answers,
    withdraw_fapiao,
)
from marketplace.statements.services.issuing import issue_statement
from marketplace.statements.services.monitors import (
    add_monitor,
    end_monitor,
    look_at_monitors,
)
from marketplace.statements.services.rounds import begin_rounds, issue_due

__all__ = [
    "add_monitor",
    "begin_rounds",
    "cancel_statement",
    "close_month",
    "end_monitor",
    "export_fapiao",
    "issue_due",
    "issue_statement",
    "look_at_monitors",
    "propose_closing",
    "request_fapiao",
    "take_tax_answers",
    "withdraw_fapiao",
]
