"""One provider of the sample sells cards, storage and a network under one plan, side by side."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from identity import services as identity_services
from identity.contracts import CapacityUnit, ResourceClass, ResourceForm
from identity.rows import OrganizationRow
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog import services as catalog_services
from marketplace.catalog.contracts import NewListing
from marketplace.demo import files
from marketplace.demo.supply import OFFERED_FOR
from metering import selectors as metering_selectors
from metering import services as metering_services
from pricing import services as pricing_services

PROVIDER: Final = "zhongwei"
# By what it is sold as: serial, names, specification, unit, how much, and how it is measured.
SOLD: Final[Mapping[str, Any]] = {
    "compute": {
        "serial": "90100011",
        "title": ("A100 训练算力（可加存储与网络）", "A100 with storage and network"),
        "specification": {"chip": "NVIDIA A100 80GB SXM", "cards": 16},
        "capacity_unit": CapacityUnit.CARD,
        "units": 16,
        "rule": "accelerator-hours",
    },
    "storage": {
        "serial": "90100012",
        "title": ("并行文件存储", "Parallel file storage"),
        "specification": {"nodes": 4, "gb": 500_000},
        "capacity_unit": CapacityUnit.GB,
        "units": 500_000,
        "rule": "storage-hours",
    },
    "network": {
        "serial": "90100013",
        "title": ("数据专线", "Data line"),
        "specification": {"nodes": 1, "gbps": 100},
        "capacity_unit": CapacityUnit.GBPS,
        "units": 100,
        "rule": "bytes-moved",
    },
}
TERMS: Final[Mapping[str, Any]] = {
    "zone": "Asia/Shanghai",
    "components": [
        {"code": "cards", "model": "unit", "unit": "standard_hour", "unit_price": "3.60",
         "sold_as": "compute"},
        {"code": "kept", "model": "unit", "unit": "gb_month", "unit_price": "0.30",
         "sold_as": "storage"},
        {"code": "moved", "model": "graduated", "unit": "gb_moved", "sold_as": "network",
         "tiers": [{"from": "0", "unit_price": "0.08"}, {"from": "10000", "unit_price": "0.05"}]},
    ],
}  # fmt: skip


def stand_side_by_side(*, known: Mapping[str, OrganizationRow], since: datetime) -> None:
    """List cards with storage and a network beside them under one plan, unless they are."""
    provider = known[PROVIDER]
    listed = catalog_selectors.listings_of(provider.pk)
    if listed.filter(resource__serial=SOLD["compute"]["serial"]).exists():
        return
    plan = pricing_services.create_plan(
        provider_id=provider.pk,
        code="sample-together",
        name="算力、存储与网络",
        name_en="Compute, storage and network",
        now=since,
    )
    version = pricing_services.publish_version(
        provider_id=provider.pk,
        plan_id=plan.pk,
        terms=TERMS,
        source="样例价目表 2026 年第 1 号",
        clause="第六条",
        now=since,
    )
    opened = {
        kind: _opened(provider.pk, entry, version.id, since=since) for kind, entry in SOLD.items()
    }
    catalog_services.set_beside(
        listing_id=opened["compute"],
        provider_id=provider.pk,
        storage_id=opened["storage"],
        network_id=opened["network"],
        now=since,
    )


def _opened(
    provider_id: UUID, entry: Mapping[str, Any], version_id: UUID, *, since: datetime
) -> UUID:
    places = {each["key"]: each for each in files.entries("organizations")}
    rules = {rule.code: rule.id for rule in metering_selectors.rule_versions(at=since)}
    name, name_en = entry["title"]
    is_compute = entry["capacity_unit"] == CapacityUnit.CARD
    resource = identity_services.register_resource(
        provider_id=provider_id,
        facts=identity_services.ResourceFacts(
            name=name,
            name_en=name_en,
            region=places[PROVIDER]["region"],
            resource_class=ResourceClass.AI if is_compute else ResourceClass.GENERAL,
            form=ResourceForm.BARE_METAL,
            specification=entry["specification"],
            capacity_unit=entry["capacity_unit"],
            total_milli=entry["units"] * 1000,
            serial=entry["serial"],
        ),
        registered_at=since,
    )
    metering_services.register_meter(
        provider_id=provider_id,
        resource_id=resource.pk,
        name="main",
        rule_version_id=rules[entry["rule"]],
        now=since,
    )
    listing = catalog_services.open_listing(
        provider_id=provider_id,
        offer=NewListing(
            resource_id=resource.pk,
            plan_version_id=version_id,
            rule_version_id=rules[entry["rule"]],
            title=name,
            title_en=name_en,
            available_from=since,
            available_until=since + OFFERED_FOR,
        ),
        now=since,
    )
    return listing.pk
