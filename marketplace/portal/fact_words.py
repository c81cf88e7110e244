"""The facts of an event as people read them: words for names, amounts in yuan, times as ours."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from identity.contracts import ResourceClass, Role
from marketplace.fulfilment.contracts import DeliveryReason
from marketplace.fulfilment.maintenance_contracts import MaintenanceImpact
from marketplace.orders.contracts import REFUSAL_SENTENCES
from marketplace.portal import figures

NAMES: Final[dict[str, Promise]] = {
    "accepted_minor": _("accepted"),
    "amount_minor": _("amount"),
    "cancelled_per_minute": _("cancelled a minute"),
    "charges": _("charges"),
    "claimed_minor": _("claimed"),
    "cleared": _("cleared"),
    "code": _("Reason"),
    "expires_at": _("expires"),
    "from_minor": _("from"),
    "gross_minor": _("amount"),
    "impact": _("Impact"),
    "listings": _("Listings"),
    "matched_at": _("matched"),
    "month": _("month"),
    "notice_minutes": _("minutes of notice"),
    "most_hours": _("of hours"),
    "orders": _("Orders"),
    "orders_count": _("orders concerned"),
    "overrun_seconds": _("seconds longer than announced"),
    "placed_per_minute": _("placed a minute"),
    "rate": _("rate"),
    "reason": _("Reason"),
    "receipt": _("receipt"),
    "reference": _("reference"),
    "rejected": _("rejected"),
    "role": _("role"),
    "round": _("round"),
    "sessions": _("sessions"),
    "standard_hours": _("standard hours"),
    "starts_at": _("from"),
    "takes_back_at": _("taken back at"),
    "until": _("until"),
    "used_hours": _("used hours"),
    "valid_from": _("from"),
    "valid_to": _("to"),
    "vouchers": _("vouchers"),
}
# What programs need and people do not; it stands in the feed of the API and in its files.
UNSAID: Final = ("_id", "_by", "hash", "sha256")
CHOICES: Final[dict[str, Any]] = {
    "role": Role,
    "class": ResourceClass,
    "impact": MaintenanceImpact,
}


def facts_shown(facts: Mapping[str, Any]) -> str:
    """Return the facts that say something to a reader, as one short text."""
    return " · ".join(_said(facts))


def _said(facts: Mapping[str, Any]) -> Iterator[str]:
    for name, value in sorted(facts.items()):
        if value in (None, "", []) or name.endswith(UNSAID) or name in ("desk", "proposal"):
            continue
        yield f"{NAMES.get(name, name.replace('_', ' '))} {_value(name, value)}"


def _value(name: str, value: Any) -> str:
    if name == "code" and value in REFUSAL_SENTENCES:
        return str(REFUSAL_SENTENCES[value])
    if name == "reason" and value in DeliveryReason.values:
        return str(DeliveryReason(value).label)
    if name in CHOICES and value in CHOICES[name].values:
        return str(CHOICES[name](value).label)
    if name.endswith("_minor") and isinstance(value, int):
        return figures.money(value)
    if isinstance(value, str):
        return _moment(value) or value
    return str(value) if isinstance(value, int) else json.dumps(value)


def _moment(text: str) -> str:
    """Return a moment that is written as programs do; nothing for what is none."""
    try:
        found = datetime.fromisoformat(text) if len(text) > len("2026-11-20") else None
    except ValueError:
        return ""
    return figures.moment(found) if found and found.tzinfo else ""
