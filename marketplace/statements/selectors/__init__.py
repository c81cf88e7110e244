"""Reads of statements and fapiao: of whose they are, and of those whose duty they are."""

from marketplace.statements.selectors.fapiao import fapiao_of, fapiao_request, fapiao_to_export
from marketplace.statements.selectors.months import open_month
from marketplace.statements.selectors.statements import (
    READERS_OF_ALL,
    latest,
    lines,
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
    "latest",
    "lines",
    "open_month",
    "proof",
    "statement",
    "statements_of",
    "subjects_of",
    "summed",
    "tax_rates",
]
