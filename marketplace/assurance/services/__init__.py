"""Writes of assurance: watching, cases, rules, audits of capacity, service levels."""

from marketplace.assurance.services.audit_draws import commit_audits, draw_audits
from marketplace.assurance.services.audit_reminders import remind_of_audits
from marketplace.assurance.services.auditing import (
    answer_audit,
    ask_supplier,
    cancel_audit,
    judge_line,
    open_audit,
    take_audit,
    write_finding,
)
from marketplace.assurance.services.cases import add_note, close_case, take_case
from marketplace.assurance.services.concluding import (
    conclude_audit,
    confirm_capacity,
    propose_conclusion,
)
from marketplace.assurance.services.confirming import confirm_closing, propose_closing
from marketplace.assurance.services.dispute_deciding import (
    decide_dispute,
    propose_decision,
    sweep_disputes,
)
from marketplace.assurance.services.dispute_reminders import remind_of_disputes
from marketplace.assurance.services.disputing import (
    answer_dispute,
    appeal,
    open_dispute,
    withdraw_dispute,
)
from marketplace.assurance.services.level_terms import publish_level
from marketplace.assurance.services.levelling import evaluate_levels
from marketplace.assurance.services.ruling import propose_rule, publish_rule
from marketplace.assurance.services.scoring import score_resources, stop_listings
from marketplace.assurance.services.watching import watch

__all__ = [
    "add_note",
    "answer_audit",
    "answer_dispute",
    "appeal",
    "ask_supplier",
    "cancel_audit",
    "close_case",
    "commit_audits",
    "conclude_audit",
    "confirm_capacity",
    "confirm_closing",
    "decide_dispute",
    "draw_audits",
    "evaluate_levels",
    "judge_line",
    "open_audit",
    "open_dispute",
    "propose_closing",
    "propose_conclusion",
    "propose_decision",
    "propose_rule",
    "publish_level",
    "publish_rule",
    "remind_of_audits",
    "remind_of_disputes",
    "score_resources",
    "stop_listings",
    "sweep_disputes",
    "take_audit",
    "take_case",
    "watch",
    "withdraw_dispute",
    "write_finding",
]
