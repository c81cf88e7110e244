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
from marketplace.statements.services.rounds import begin_rounds, issue_due

__all__ = [
    "begin_rounds",
    "cancel_statement",
    "close_month",
    "export_fapiao",
    "issue_due",
    "issue_statement",
    "propose_closing",
    "request_fapiao",
    "take_tax_answers",
    "withdraw_fapiao",
]
