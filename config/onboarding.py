"""What rooms above the register know of organisations that are being onboarded."""

from datetime import datetime
from typing import Final
from uuid import UUID

from identity.onboarding import facts
from marketplace.payouts import selectors as payouts_selectors


def _has_bank_account(organization_id: UUID, _now: datetime) -> bool:
    return payouts_selectors.bank_account(provider_id=organization_id) is not None


FACTS: Final = {"bank_account": _has_bank_account}


def install() -> None:
    """Make the facts known to the checklist."""
    facts.install(FACTS)
