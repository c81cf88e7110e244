"""The capacity of the sample market: resources, price lists, meters and listings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from identity import services as identity_services
from identity.contracts import CapacityUnit, ResourceClass, ResourceForm
from identity.rows import OrganizationRow, PersonRow
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog import services as catalog_services
from marketplace.catalog.contracts import NewListing
from marketplace.demo import files
from marketplace.demo.proving import SampleProver
from metering import selectors as metering_selectors
from metering import services as metering_services
from pricing import services as pricing_services

# What a listing of the sample says of its machines, as it is.
MACHINE: Final = ("vcpu", "memory_gb", "network", "card_memory_gb", "threads_per_core")
MILLI: Final = 1000
OFFERED_FOR: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Supplied:
    """One resource of the sample, on the market."""

    provider_id: UUID
    listing_id: UUID
    meter_id: UUID
    units: int
    unit: str


def supply_market(
    *,
    known: Mapping[str, OrganizationRow],
    members: Mapping[str, Sequence[PersonRow]] | None = None,
    since: datetime,
    now: datetime,
) -> list[Supplied]:
    """
    Return the sample's supply; what is not listed yet is registered, metered and listed.

    With its members what is registered is proved, too.
    """
    rules = {rule.code: rule.id for rule in metering_selectors.rule_versions(at=now)}
    prover = SampleProver(known, members) if members else None
    if prover is not None:
        prover.accredit(since=since)
    places = {entry["key"]: entry for entry in files.entries("organizations")}
    return [
        _supply(
            entry,
            serial=f"{number:08d}",
            place=places[entry["provider"]],
            provider=known[entry["provider"]],
            rules=rules,
            prover=prover,
            since=since,
        )
        for number, entry in enumerate(files.entries("listings"), start=90_000_001)
    ]


# The documents that the sample's prices rest on are made up, as the sample is.
PRICES: Final = {"source": "样例价目表 2026 年第 1 号", "clause": "第三条"}
GIFTS: Final = {"source": "样例捐赠协议 2026 年第 2 号", "clause": "第一条"}


def give_to_community(
    *,
    known: Mapping[str, OrganizationRow],
    members: Mapping[str, Sequence[PersonRow]],
    since: datetime,
    now: datetime,
) -> int:
    """Give away what the sample gives, by the market's rule; return how many listings it is."""
    rules = {rule.code: rule.id for rule in metering_selectors.rule_versions(at=now)}
    places = {entry["key"]: entry for entry in files.entries("organizations")}
    prover = SampleProver(known, members)
    gifts = files.entries("gifts")
    for number, entry in enumerate(gifts, start=90_000_101):
        _supply(
            entry,
            serial=f"{number:08d}",
            place=places[entry["provider"]],
            provider=known[entry["provider"]],
            rules=rules,
            prover=prover,
            since=since,
            is_given=True,
        )
    return len(gifts)


def _supply(
    entry: Mapping[str, Any],
    *,
    serial: str,
    place: Mapping[str, Any],
    provider: OrganizationRow,
    rules: Mapping[str, UUID],
    prover: SampleProver | None,
    since: datetime,
    is_given: bool = False,
) -> Supplied:
    """Register, meter, price and list one entry; a second run finds the listing by its serial."""
    rule_id = rules[_rule_code(entry)]
    units, unit = entry["capacity_units"], entry["capacity_unit"]
    known = catalog_selectors.listings_of(provider.pk).filter(resource__serial=serial).first()
    if known is not None:
        meter = metering_selectors.meters_of_resource(resource_id=known.resource_id)[0]
        return Supplied(provider.pk, known.pk, meter.pk, units, unit)
    resource = identity_services.register_resource(
        provider_id=provider.pk,
        facts=_facts(entry, place=place, serial=serial),
        registered_at=since,
    )
    if prover is not None:
        level = place["verification_level"]
        prover.prove(resource.pk, provider.pk, resource.specification, level=level, at=since)
    meter = metering_services.register_meter(
        provider_id=provider.pk,
        resource_id=resource.pk,
        name="main",
        rule_version_id=rule_id,
        now=since,
    )
    plan = pricing_services.create_plan(
        provider_id=provider.pk,
        code=f"sample-{serial[-3:]}",
        name=entry["title"],
        name_en=entry["title_en"],
        now=since,
    )
    version = pricing_services.publish_version(
        provider_id=provider.pk,
        plan_id=plan.pk,
        components=[_component(entry)],
        now=since,
        source=(GIFTS if is_given else PRICES)["source"],
        clause=(GIFTS if is_given else PRICES)["clause"],
    )
    listing = catalog_services.open_listing(
        provider_id=provider.pk,
        offer=NewListing(
            resource_id=resource.pk,
            plan_version_id=version.id,
            rule_version_id=rule_id,
            title=entry["title"],
            title_en=entry["title_en"],
            available_from=since,
            available_until=since + OFFERED_FOR,
            is_community=is_given,
            is_donor_named=is_given,
            preemption_minutes=entry.get("preemption_minutes"),
        ),
        now=since,
    )
    return Supplied(provider.pk, listing.pk, meter.pk, units, unit)


def _facts(
    entry: Mapping[str, Any], *, place: Mapping[str, Any], serial: str
) -> identity_services.ResourceFacts:
    """Return what the provider tells the register about an entry."""
    specification: dict[str, Any] = {name: entry[name] for name in MACHINE if entry.get(name)}
    units = entry["capacity_units"]
    match CapacityUnit(entry["capacity_unit"]):
        case CapacityUnit.CARD:
            specification |= {"chip": entry["chip"], "cards": units}
        case CapacityUnit.VCPU:
            specification |= {"vcpu": units}
        case CapacityUnit.NODE:
            specification |= {"nodes": units}
            # The identifier counts nodes; what one node holds is told beside it.
            specification["vcpu_per_node"] = specification.pop("vcpu")
    return identity_services.ResourceFacts(
        name=entry["title"],
        name_en=entry["title_en"],
        region=place["region"],
        resource_class=ResourceClass(entry["resource_class"]),
        form=ResourceForm(entry["form"]),
        specification=specification,
        capacity_unit=CapacityUnit(entry["capacity_unit"]),
        total_milli=units * MILLI,
        serial=serial,
        pue=Decimal(place["pue"]),
        grid_region=place["region"][:2] + "0000",
    )


def _rule_code(entry: Mapping[str, Any]) -> str:
    """Return the measurement rule that an entry is sold under."""
    if entry["price_per"] == "standard_hour":
        return "accelerator-hours"
    return {"card": "card-hours", "vcpu": "vcpu-hours", "node": "node-hours"}[
        entry["capacity_unit"]
    ]


def _component(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the one rate of an entry's price list."""
    tier = {"from": "0", "unit_price": entry["price"]}
    return {"code": "usage", "unit": entry["price_per"], "tiers": [tier]}
