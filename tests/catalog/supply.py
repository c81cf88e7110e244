"""Listings for tests: a provider with a plan, and resources on the market under it."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from common import tenancy
from common.period import Period
from identity.models import Organization
from marketplace.catalog import services
from marketplace.catalog.contracts import Allocated, AllocationRequest, NewListing
from marketplace.catalog.models import CapacitySlot, Listing
from metering import selectors as metering
from pricing import services as pricing
from pricing.models import Quote, RatePlan
from tests import factories
from tests.cast import NOW

HOUR = timedelta(hours=1)


def plan(
    provider: Organization, price: str = "3.18", *, unit: str = "standard_hour", code: str = "plan"
) -> UUID:
    """Publish a flat price, of a plan that is there or a new one; return its version."""
    with tenancy.acting_as_platform():
        known = RatePlan.objects.filter(provider=provider, code=code).first()
    made = known or factories.RatePlanFactory(provider=provider, code=code)
    return factories.RatePlanVersionFactory(plan=made, price=price, unit=unit, component="usage").id


def offer(resource_id: UUID, plan_version_id: UUID, **facts: object) -> NewListing:
    rule = metering.rule_version(code=str(facts.pop("rule", "accelerator-hours")))
    values: dict[str, object] = {
        "resource_id": resource_id,
        "plan_version_id": plan_version_id,
        "rule_version_id": rule.id,
        "title": "训练节点",
        "available_from": NOW - HOUR,
    }
    return NewListing(**(values | facts))


def listed(
    provider: Organization | None = None,
    *,
    cards: int = 8,
    chip: str = "H100",
    price: str = "3.18",
    code: str = "",
    region: str = "640500",
    facts: dict[str, object] | None = None,
    unit: str = "standard_hour",
    basis: dict[str, str] | None = None,
    **offered: object,
) -> Listing:
    """Put a pool of cards on the market."""
    provider = provider or factories.OrganizationFactory(stem="Provider")
    pool = factories.ResourceFactory(
        provider=provider, chip=chip, cards=cards, region=region, **(facts or {})
    )
    version = factories.RatePlanVersionFactory(
        provider=provider,
        price=price,
        unit=unit,
        component="usage",
        **({"plan__code": code} if code else {}),
        **({"basis": basis} if basis else {}),
    )
    return factories.ListingFactory(provider=provider, resource=pool, version=version, **offered)


def listed_under_terms(components: list[dict], *, cards: int = 1, **more: object) -> Listing:
    """Put cards on the market under a plan that says terms."""
    provider = factories.OrganizationFactory(stem="Provider")
    made = pricing.create_plan(provider_id=provider.pk, code="terms", name="Terms", now=NOW)
    terms = {"zone": "Asia/Shanghai", "components": components, **more}
    version = pricing.publish_version(
        provider_id=provider.pk, plan_id=made.pk, terms=terms, now=NOW
    )
    pool = factories.ResourceFactory(provider=provider, chip="A100", cards=cards)
    return services.open_listing(provider_id=provider.pk, offer=offer(pool.pk, version.id), now=NOW)


def listed_vcpu(provider: Organization | None = None, *, vcpu: int = 64) -> Listing:
    """Put virtual CPUs on the market, priced by their own hour."""
    return factories.VcpuListingFactory(
        resource__cards=vcpu,
        version__component="usage",
        **({"provider": provider} if provider else {}),
    )


def quote(buyer: Organization, listing: Listing | None = None, *, cards: int = 1) -> Quote:
    """Freeze the price of an hour of some cards."""
    with tenancy.acting_as_platform():
        return services.quote_listing(
            buyer_id=buyer.pk,
            listing_id=(listing or listed()).pk,
            milli=cards * 1000,
            period=hours(0, 1),
            now=NOW,
        )


def hours(start: float, end: float) -> Period:
    """Return the period between two hours after NOW."""
    return Period(NOW + start * HOUR, NOW + end * HOUR)


def wants(listing: Listing, cards: float, period: Period | None = None) -> AllocationRequest:
    return AllocationRequest(uuid4(), listing.pk, period or hours(0, 1), int(cards * 1000))


def allocate(*requests: AllocationRequest, at: datetime = NOW) -> Allocated:
    return services.allocate(requests=requests, at=at)


def slots(listing: Listing) -> list[tuple[Decimal, Decimal, int]]:
    """Return the stored slots as (first hour, end hour, free cards)."""
    rows = CapacitySlot.objects.filter(listing=listing).order_by("starts_at")
    return [
        (
            (row.starts_at - NOW) / HOUR,
            (row.ends_at - NOW) / HOUR,
            row.free_milli // 1000,
        )
        for row in rows
    ]
