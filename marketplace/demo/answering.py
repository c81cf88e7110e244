"""
What the sample says so that prices have answers: storage, a certified model, a reference price.

Figures are made up for the sample, and say so where they are shown.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from common.period import Period
from identity import services as identity_services
from identity.approvals.contracts import Person
from identity.contracts import CapacityUnit, ResourceClass, ResourceForm
from identity.rows import OrganizationRow, PersonRow
from marketplace.baselines import selectors as baselines_selectors
from marketplace.baselines import services as baselines_services
from marketplace.baselines.contracts import REFERENCE_NOTICE, ReferencePriceTerms
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog import services as catalog_services
from marketplace.catalog.contracts import NewListing
from marketplace.demo import files
from marketplace.demo.supply import OFFERED_FOR, Supplied
from metering import selectors as metering_selectors
from metering import services as metering_services
from metering.contracts import Assessment, CapacityLine, ComputePath, Density, Precision
from metering.table_contracts import HourClass
from pricing import services as pricing_services

STORAGE: Final = "90100001"
STORAGE_PROVIDER: Final = "zhongwei"
STORED_GB: Final = 2_000_000
PRICE_A_GB_MONTH: Final = "0.12"
MODEL: Final = "Qwen2.5-72B"
THROUGHPUT: Final = CapacityLine(
    Precision.FP16, Density.DENSE, ComputePath.TENSOR, Decimal(260), "tokens/s"
)
CERTIFIED_FOR: Final = timedelta(days=700)
SERVED_BY: Final = "H20 model API"
# Beside costs of ¥2.94 by the inputs that come with the market, and samples at ¥3.18 to 4.72.
REFERENCE: Final = ReferencePriceTerms(
    reference=Decimal("3.40"),
    below_bp=1_000,
    above_bp=4_000,
    floor=Decimal("2.90"),
    off_peak_from=23,
    off_peak_until=7,
    off_peak_bp=3_000,
)
WHY: Final = "Sample: near what card-hours are listed at, not below what they cost"


def open_storage(*, known: Mapping[str, OrganizationRow], since: datetime) -> None:
    """List storage of one provider, by the month of a gigabyte, unless it is listed."""
    provider = known[STORAGE_PROVIDER]
    if catalog_selectors.listings_of(provider.pk).filter(resource__serial=STORAGE).exists():
        return
    places = {each["key"]: each for each in files.entries("organizations")}
    place = places[STORAGE_PROVIDER]
    rules = {rule.code: rule.id for rule in metering_selectors.rule_versions(at=since)}
    resource = identity_services.register_resource(
        provider_id=provider.pk,
        facts=identity_services.ResourceFacts(
            name="对象存储",
            name_en="Object storage",
            region=place["region"],
            resource_class=ResourceClass.GENERAL,
            form=ResourceForm.BARE_METAL,
            specification={"nodes": 1, "gb": STORED_GB},
            capacity_unit=CapacityUnit.GB,
            total_milli=STORED_GB * 1000,
            serial=STORAGE,
        ),
        registered_at=since,
    )
    metering_services.register_meter(
        provider_id=provider.pk,
        resource_id=resource.pk,
        name="main",
        rule_version_id=rules["storage-hours"],
        now=since,
    )
    plan = pricing_services.create_plan(
        provider_id=provider.pk,
        code="sample-storage",
        name="对象存储",
        name_en="Object storage",
        now=since,
    )
    tier = {"from": "0", "unit_price": PRICE_A_GB_MONTH}
    version = pricing_services.publish_version(
        provider_id=provider.pk,
        plan_id=plan.pk,
        components=[{"code": "kept", "unit": "gb_month", "tiers": [tier]}],
        source="样例价目表 2026 年第 1 号",
        clause="第五条",
        now=since,
    )
    catalog_services.open_listing(
        provider_id=provider.pk,
        offer=NewListing(
            resource_id=resource.pk,
            plan_version_id=version.id,
            rule_version_id=rules["storage-hours"],
            title="对象存储",
            title_en="Object storage",
            available_from=since,
            available_until=since + OFFERED_FOR,
        ),
        now=since,
    )


def certify_model(
    supplied: Sequence[Supplied],
    *,
    known: Mapping[str, OrganizationRow],
    members: Mapping[str, Sequence[PersonRow]],
    now: datetime,
) -> None:
    """Let the sample's auditor attest what one model answers on an API, unless it has."""
    if MODEL in metering_selectors.certified_models(at=now, limit=1000):
        return
    listings = catalog_selectors.listings({each.listing_id for each in supplied})
    served = next(each for each in listings.values() if each.title_en == SERVED_BY)
    metering_services.certify_capacity(
        resource_id=served.resource_id,
        verifier_id=known["audit"].pk,
        verifier_person_id=members["AUDITOR"][0].pk,
        line=THROUGHPUT,
        assessment=Assessment.MEASURED,
        source="Sample: batch 16, 512 tokens in, 256 out",
        period=Period(now, now + CERTIFIED_FOR),
        now=now,
        model=MODEL,
        aliases=["qwen-72b"],
    )


def say_reference(
    *,
    members: Mapping[str, Sequence[PersonRow]],
    known: Mapping[str, OrganizationRow],
    now: datetime,
) -> None:
    """Let two operators agree on what a standard hour of training should cost, unless they have."""
    if baselines_selectors.reference_prices().exists():
        return
    announced = now - REFERENCE_NOTICE - timedelta(minutes=1)  # So that it holds when one looks.
    one, other = (Person(each.pk, known["operator"].pk) for each in members["OPERATOR"][:2])
    proposed = baselines_services.propose_reference(
        hour_class=HourClass.TRAINING, terms=REFERENCE, reason=WHY, by=one, now=announced
    )
    baselines_services.confirm_reference(
        proposal_id=proposed.id,
        person_id=other.id,
        organization_id=other.organization_id,
        now=announced,
    )
