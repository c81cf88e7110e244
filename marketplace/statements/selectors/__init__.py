"""Reads of statements and fapiao: of whose they are, and of those whose duty they are."""

from marketplace.statements.selectors.fapiao import fapiao_of, fapiao_request, fapiao_to_export
from marketplace.statements.selectors.monitors import monitor, monitors_of
from marketplace.statements.selectors.months import last_due_month, open_month
from marketplace.statements.selectors.statements import (
    READERS_OF_ALL,
    latest,
    lines,
    orders_of_project,
    proof,
    statement,
    statements_of,
    subjects_of,
    summed,
    tax_rates,
)

__all__ = [
    "READERS_OF_ALL",
    "fapiao_of",
    "fapiao_request",
    "fapiao_to_export",
    "last_due_month",
    "latest",
    "lines",
    "monitor",
    "monitors_of",
    "open_month",
    "orders_of_project",
    "proof",
    "statement",
    "statements_of",
    "subjects_of",
    "summed",
    "tax_rates",
]
