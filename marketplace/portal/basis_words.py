"""The document and clause that prices rest on, with where the directory has it."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from gateway.standards import selectors as standards_selectors
from gateway.standards.contracts import DirectoryKind
from marketplace.portal import desk, names
from pricing.basis import BasisGround


def of_prices(source: str, clause: str) -> list[tuple[Any, desk.Cell]]:
    """Return the document and its clause, where prices name them."""
    pairs = []
    if source:
        shown = desk.Cell(names.spoken(source), address=in_directory(source))
        pairs.append((_("Document"), shown))
    if clause:
        pairs.append((_("Its clause"), desk.Cell(clause)))
    return pairs


def in_directory(source: str) -> str:
    """Return where the directory of rules and standards has a document; empty: it has none."""
    if not standards_selectors.directory(text=source):
        return ""
    return f"{reverse('portal:directory')}?{urlencode({'text': source})}"


def of_plan(newest: Any, ground: BasisGround | None) -> list[desk.Facts]:
    """Return what a plan's prices rest on, and why they must say so, if they must."""
    pairs = of_prices(newest.source, newest.clause)
    if ground is not None:
        pairs.append((_("Demanded for"), desk.Cell(ground.label, address=rule_address())))
    return [desk.Facts(_("What the plan rests on"), pairs)] if pairs else []


def rule_address() -> str:
    """Return where the rule that demands documents stands in the directory."""
    told = {"kind": DirectoryKind.RULE.value, "text": "price_basis"}
    return f"{reverse('portal:directory')}?{urlencode(told)}"
