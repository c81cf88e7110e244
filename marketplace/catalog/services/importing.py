"""Capacity from a file: resources under their identifiers, each listed under a plan."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from common import tenancy
from common.errors import Refusal
from identity import selectors as identity
from identity import services as identity_services
from identity.identifiers import codec, profiles
from identity.models import ComputeResource, IdentifierProfile
from identity.services.resources import (
    SERIAL_LENGTH,
    canonical_specification,
    identifier_of,
)
from marketplace.catalog.contracts import BadRow, ImportedCapacity, NoFactor, Offer, PriceMissing
from marketplace.catalog.formats import CapacityRow
from marketplace.catalog.price_lists import STANDARD_RULE, ListPrice, list_price
from marketplace.catalog.services.listings import open_listings
from metering import selectors as metering
from metering.selectors import factors as factor_books
from pricing import selectors as pricing
from pricing import services as pricing_services
from pricing.contracts import RateUnit

CHUNK: Final = 500
PricedRow = tuple[CapacityRow, ListPrice]


def import_capacity(
    *,
    provider_id: UUID,
    rows: Sequence[CapacityRow],
    prices: Mapping[str, ListPrice],
    available_from: datetime,
    now: datetime,
    is_strict: bool = False,
    unreadable: int = 0,
    on_progress: Callable[[int], None] = lambda _done: None,
) -> ImportedCapacity:
    """
    Register and list what a file offers; good rows stay, bad ones are named.

    A row whose serial is registered with the same capacity is known and left alone, so the same
    file can be imported again. With `is_strict` nothing stays if any row is bad, or if the
    file had unreadable ones; all the bad rows are named even so.
    """
    with tenancy.acting_as_platform():
        good, bad, known = _sift(provider_id, rows, prices, now=now)
        if is_strict and (bad or unreadable):
            return ImportedCapacity(0, 0, 0, known, tuple(bad))
        plans = _plans(provider_id, {price for _row, price in good}, now=now)
        listed = 0
        for start in range(0, len(good), CHUNK):
            chunk = good[start : start + CHUNK]
            listed += _list(provider_id, chunk, plans, available_from=available_from, now=now)
            on_progress(start + len(chunk))
        return ImportedCapacity(
            resources=len(good),
            listings=listed,
            plans=len(plans),
            known=known,
            refused=tuple(bad),
        )


def _sift(
    provider_id: UUID,
    rows: Sequence[CapacityRow],
    prices: Mapping[str, ListPrice],
    *,
    now: datetime,
) -> tuple[list[PricedRow], list[BadRow], int]:
    """Tell rows to enter, rows that cannot be entered, and the number known already."""
    owner = identity.organization(provider_id).uscc
    row = IdentifierProfile.objects.get(version=profiles.CURRENT_VERSION)
    profile = codec.Profile.from_definition(row.definition)
    registered = _registered(provider_id, rows)
    convertible = factor_books.convertible_chips(metering.rule_version(code=STANDARD_RULE).id)
    seen: set[str] = set()
    good: list[PricedRow] = []
    bad: list[BadRow] = []
    known = 0
    for candidate in rows:
        serial = candidate.facts.serial.rjust(SERIAL_LENGTH, "0") if candidate.facts.serial else ""
        try:
            identifier_of(
                candidate.facts,
                owner=owner,
                serial=serial or "0" * SERIAL_LENGTH,
                profile=profile,
                on=now.date(),
            )
            price = _price(candidate, prices, convertible)
        except Refusal as refusal:
            bad.append(BadRow(candidate.line, refusal.code, str(refusal)))
            continue
        if serial in seen or (
            serial in registered and not _is_same(registered[serial], candidate, profile)
        ):
            taken = identity_services.SerialTaken(serial=serial)
            bad.append(BadRow(candidate.line, taken.code, str(taken)))
        elif serial in registered:
            known += 1
        else:
            good.append((candidate, price))
        seen |= {serial} if serial else set()
    return good, bad, known


def _registered(provider_id: UUID, rows: Sequence[CapacityRow]) -> dict[str, ComputeResource]:
    serials = {row.facts.serial.rjust(SERIAL_LENGTH, "0") for row in rows if row.facts.serial}
    found = ComputeResource.objects.filter(provider_id=provider_id, serial__in=serials)
    return {resource.serial: resource for resource in found}


def _is_same(resource: ComputeResource, row: CapacityRow, profile: codec.Profile) -> bool:
    return (
        resource.total_milli == row.facts.total_milli
        and canonical_specification(resource.specification, profile=profile)
        == canonical_specification(row.facts.specification, profile=profile)
        and resource.region == row.facts.region
    )


def _price(
    row: CapacityRow, prices: Mapping[str, ListPrice], convertible: frozenset[str]
) -> ListPrice:
    """
    Return the price of a row: its own, or that of the price list.

    :raises PriceListRefused: if its own is none
    :raises PriceMissing: if nobody says a price
    :raises NoFactor: if it is by the standard hour, in which this chip cannot be counted
    """
    if row.unit_price:
        price = list_price(row.priced_as, row.price_unit, row.unit_price)
    elif row.priced_as in prices:
        price = prices[row.priced_as]
    else:
        raise PriceMissing(name=row.priced_as)
    if price.unit == RateUnit.STANDARD_HOUR and row.priced_as not in convertible:
        raise NoFactor(name=row.priced_as)
    return price


def _plans(provider_id: UUID, prices: set[ListPrice], *, now: datetime) -> dict[ListPrice, UUID]:
    """Return the plan version that says each price, publishing those that are new."""
    by_code = {plan.code: plan.pk for plan in pricing.plans_of(provider_id)}
    in_effect = pricing.cards_in_effect(plan_ids=by_code.values(), at=now)
    versions: dict[ListPrice, UUID] = {}
    for price in sorted(prices, key=ListPrice.plan_code):
        plan_id = by_code.get(price.plan_code())
        if plan_id in in_effect:
            versions[price] = in_effect[plan_id].version_id
            continue
        if plan_id is None:
            plan_id = pricing_services.create_plan(
                provider_id=provider_id, code=price.plan_code(), name=price.plan_name(), now=now
            ).pk
        versions[price] = pricing_services.publish_version(
            provider_id=provider_id, plan_id=plan_id, components=price.components(), now=now
        ).id
    return versions


def _list(
    provider_id: UUID,
    chunk: Sequence[PricedRow],
    plans: Mapping[ListPrice, UUID],
    *,
    available_from: datetime,
    now: datetime,
) -> int:
    resources = identity_services.register_resources(
        provider_id=provider_id, facts=[row.facts for row, _price in chunk], registered_at=now
    )
    rules = {
        code: metering.rule_version(code=code).id
        for code in {price.rule_code(row.facts.capacity_unit) for row, price in chunk}
    }
    offers = [
        Offer(
            resource_id=resource.pk,
            plan_version_id=plans[price],
            rule_version_id=rules[price.rule_code(row.facts.capacity_unit)],
            title=row.facts.name,
            title_en=row.facts.name_en,
            available_from=available_from,
            accepts_vouchers=row.accepts_vouchers,
        )
        for resource, (row, price) in zip(resources, chunk, strict=True)
    ]
    return len(open_listings(provider_id=provider_id, offers=offers, now=now))
