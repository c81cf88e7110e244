"""Writes of assurance: watching, cases, rules."""

from marketplace.assurance.services.cases import add_note, close_case, take_case
from marketplace.assurance.services.confirming import confirm_closing, propose_closing
from marketplace.assurance.services.ruling import propose_rule, publish_rule
from marketplace.assurance.services.watching import watch

__all__ = [
    "add_note",
    "close_case",
    "confirm_closing",
    "propose_closing",
    "propose_rule",
    "publish_rule",
    "take_case",
    "watch",
]
