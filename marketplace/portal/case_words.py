"""How the numbers of surveillance rules read."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy

LABELS: Final = {
    "days": gettext_lazy("Days looked back"),
    "minutes": gettext_lazy("Minutes"),
    "trades": gettext_lazy("Trades to and fro, from"),
    "related_trades": gettext_lazy("Trades of relatives, from"),
    "orders": gettext_lazy("Orders given back, from"),
    "cancels": gettext_lazy("Cancellations, from"),
    "share_percent": gettext_lazy("Share of what was placed, from per cent"),
    "findings": gettext_lazy("Findings, from"),
    "within_percent": gettext_lazy("Amounts apart by at most per cent"),
}


def numbers(parameters: Mapping[str, int]) -> str:
    """Return the numbers of a rule with what they mean."""
    return " · ".join(f"{LABELS[name]} {value}" for name, value in parameters.items())
