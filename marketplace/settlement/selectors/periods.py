"""Records of a stretch of time, of one organisation, of dealings with one party."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from marketplace import accounts
from marketplace.settlement.models import Charge, TradeRecord
from marketplace.settlement.selectors.reading import charges, trade_records


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records are asked for; what is empty bounds nothing."""

    starts_at: datetime
    ends_at: datetime
    organization_id: UUID | None = None
    party: str = ""  # a unified social credit code
    programme: str = ""


def trades_in(wanted: Wanted) -> QuerySet[TradeRecord]:
    """Return the trade records of a stretch of time, in the order of their numbers."""
    found = trade_records().filter(traded_at__gte=wanted.starts_at, traded_at__lt=wanted.ends_at)
    if wanted.organization_id is not None:
        found = found.filter(_is_party_to(wanted.organization_id))
    if wanted.party:
        found = found.filter(Q(buyer_uscc=wanted.party) | Q(provider_uscc=wanted.party))
    if wanted.programme:
        found = found.filter(assets__contains=f"{accounts.programme_asset(wanted.programme)}:")
    return found.order_by("sequence")


def charges_in(wanted: Wanted) -> QuerySet[Charge]:
    """Return the charges of a stretch of time, in the order in which they were made."""
    found = charges().filter(charged_at__gte=wanted.starts_at, charged_at__lt=wanted.ends_at)
    if wanted.organization_id is not None:
        found = found.filter(_is_party_to(wanted.organization_id))
    if wanted.party:
        found = found.filter(Q(buyer__uscc=wanted.party) | Q(provider__uscc=wanted.party))
    if wanted.programme:
        found = found.filter(parts__has_key=accounts.programme_asset(wanted.programme))
    return found.order_by("charged_at", "id")


def _is_party_to(organization_id: UUID) -> Q:
    return Q(buyer_id=organization_id) | Q(provider_id=organization_id)
