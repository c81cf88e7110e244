"""What a run is asked with, where nobody says: rules in force, and the money that there is."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Sum

from marketplace.vouchers import programme_rules
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers.contracts import ProgrammeNotFound


def rules_in_force(code: str, *, at: datetime) -> dict[str, Any] | None:
    """Return the rules of the programme with a code that hold at a moment, if there are any."""
    try:
        found = vouchers_selectors.version_of_code(code=code, at=at)
    except ProgrammeNotFound:
        return None
    rules: dict[str, Any] = found.rules
    return rules


def money_of(rules: Mapping[str, Any], *, code: str, issuer_id: UUID) -> int:
    """Return the budget that rules state; where they state none, what was funded."""
    parsed = programme_rules.parse(rules)
    if parsed.terms is not None:
        return sum(each.amount_minor for each in parsed.terms.budget)
    mine = vouchers_selectors.programmes().filter(code=code, issuer_id=issuer_id)
    funded = mine.order_by().aggregate(total=Sum("fundings__amount_minor"))["total"]
    return int(funded or 0)
