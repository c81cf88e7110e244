"""How the first rows of an export are shown to people: its columns in words, its times as ours."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common import moments
from common.errors import Refusal
from identity.contracts import ResourceClass
from marketplace.portal import figures
from marketplace.settlement.contracts import TradeKind

# Files keep the codes, alike in every language; on the page the code stands below its word.
COLUMNS: Final[dict[str, Promise]] = {
    "beyond_quantity": _("Beyond the order"),
    "corrects": _("Corrects"),
    "fee_rule": _("Fee rule"),
    "sequence": _("Number in sequence"),
    "number": _("Number"),
    "kind": _("Kind"),
    "traded_at": _("Traded"),
    "charged_at": _("Charged"),
    "contract": _("Contract"),
    "order": _("Order number"),
    "identifier": _("Compute identifier"),
    "resource_class": _("Class"),
    "region": _("Place"),
    "provider": _("Provider"),
    "provider_uscc": _("Provider's credit code"),
    "provider_name": _("Provider"),
    "buyer_uscc": _("Buyer's credit code"),
    "buyer_name": _("Buyer"),
    "relation": _("Related parties"),
    "starts_at": _("From"),
    "ends_at": _("To"),
    "unit": _("Unit"),
    "quantity": _("Quantity"),
    "standard_hours": _("Standard hours"),
    "gross": _("Amount"),
    "voucher": _("In vouchers"),
    "cash": _("In cash"),
    "fee": _("Fee"),
    "plan": _("Rate plan"),
    "rule": _("Rule"),
    "amount": _("Amount"),
    "reason": _("Reason"),
    "debit": _("Debit"),
    "credit": _("Credit"),
    "effective_at": _("In effect"),
    "recorded_at": _("Recorded"),
    "happened_at": _("Happened"),
    "published_at": _("Published"),
    "started_at": _("Started"),
    "finished_at": _("Finished"),
    "day": _("Day"),
    "price": _("Price"),
    "trades": _("Trades"),
    "providers": _("Providers"),
    "content_hash": _("Hash"),
}
# Columns whose codes have a word.
CODES: Final[dict[str, Any]] = {"kind": TradeKind, "resource_class": ResourceClass}
MONEY: Final = frozenset({"gross", "voucher", "cash", "fee", "rated", "uncollected"})


def heads(columns: Sequence[str]) -> list[tuple[str | Promise, str]]:
    """Return each column's word with its code."""
    return [(COLUMNS.get(name, name.replace("_", " ")), name) for name in columns]


def cells(columns: Sequence[str], row: Sequence[str]) -> list[str]:
    """Return a row of a file as people read it."""
    return [_cell(name, text) for name, text in zip(columns, row, strict=True)]


def _cell(name: str, text: str) -> str:
    if name.endswith("_at") and text:
        try:
            return figures.moment(moments.parse_moment(text))
        except Refusal:
            return text
    if name in MONEY and text:
        try:
            return f"¥{figures.grouped(Decimal(text), 2)}"
        except InvalidOperation:
            return text
    if name in CODES and text in CODES[name].values:
        return str(CODES[name](text).label)
    return text
