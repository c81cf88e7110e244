"""Putting a resource on the market in one go: a price list, its first version, the listing."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from marketplace.catalog import services as catalog_services
from marketplace.catalog.contracts import NewListing
from marketplace.catalog.least import ANY, Least
from pricing import services as pricing_services
from pricing.contracts import RateUnit


@dataclass(frozen=True, slots=True)
class NewOffer:
    """What a provider types to put a resource on the market at one price."""

    resource_id: UUID
    title: str
    title_en: str
    rule_version_id: UUID
    rate_unit: RateUnit
    unit_price: Decimal
    accepts_vouchers: bool
    available_until: datetime | None
    least: Least = ANY
    is_community: bool = False
    is_donor_named: bool = False
    preemption_minutes: int | None = None
    source: str = ""  # the document that the price of its own rests on, and the clause
    clause: str = ""
    plan_version_id: UUID | None = None  # of a plan that there is; no price is typed then


@transaction.atomic
def put_on_market(*, provider_id: UUID, offer: NewOffer, now: datetime) -> UUID:
    """
    Open a listing under a plan that there is, or under a price list of its own.

    :raises Refusal: whatever pricing or the catalog refuse; then nothing is left behind
    """
    opened = catalog_services.open_listing(
        provider_id=provider_id,
        offer=NewListing(
            resource_id=offer.resource_id,
            plan_version_id=offer.plan_version_id or _own_version(provider_id, offer, now),
            rule_version_id=offer.rule_version_id,
            title=offer.title,
            title_en=offer.title_en,
            available_from=now,
            available_until=offer.available_until,
            accepts_vouchers=offer.accepts_vouchers,
            least=offer.least,
            is_community=offer.is_community,
            is_donor_named=offer.is_donor_named,
            preemption_minutes=offer.preemption_minutes,
        ),
        now=now,
    )
    return opened.pk


def _own_version(provider_id: UUID, offer: NewOffer, now: datetime) -> UUID:
    """Return the first version of a price list that is the listing's own."""
    plan = pricing_services.create_plan(
        provider_id=provider_id,
        code=f"listing-{offer.resource_id.hex[-12:]}-{int(now.timestamp())}",
        name=offer.title,
        name_en=offer.title_en,
        now=now,
    )
    return pricing_services.publish_version(
        provider_id=provider_id,
        plan_id=plan.pk,
        components=[
            {
                "code": "usage",
                "unit": str(offer.rate_unit),
                "tiers": [{"from": "0", "unit_price": f"{offer.unit_price:f}"}],
            }
        ],
        source=offer.source,
        clause=offer.clause,
        now=now,
    ).id
