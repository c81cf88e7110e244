"""Capacity from a file: resources under their identifiers, each listed under a plan."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from common import tenancy
from common.moments import market_date
from identity import services as identity_services
from marketplace.catalog import locks
from marketplace.catalog.contracts import SOURCE_LENGTH_MAX, NewListing
from marketplace.catalog.services import change_plans, open_listings, remember_entries
from marketplace.importing.capacity import sorting
from marketplace.importing.capacity.files import CapacityRow
from marketplace.importing.capacity.price_lists import ListPrice
from marketplace.importing.contracts import ImportedCapacity, SourceRefused
from metering import selectors as metering_selectors
from pricing import rules as pricing_rules
from pricing import selectors as pricing_selectors
from pricing import services as pricing_services

CHUNK: Final = 500


@transaction.atomic
def import_capacity(  # noqa: PLR0913 - how a file is taken is said in words
    *,
    provider_id: UUID,
    rows: Sequence[CapacityRow],
    prices: Mapping[str, ListPrice] | None,
    available_from: datetime,
    now: datetime,
    source: str = "",
    updates_prices: bool = False,
    is_strict: bool = False,
    unreadable: int = 0,
    pool: str = "",
    on_progress: Callable[[int], None] = lambda _done: None,
) -> ImportedCapacity:
    """
    Register and list what a file offers; good rows stay, bad ones are named.

    A row is known by its source and its own identity, whatever the file is called: one that was
    entered before and says the same is left alone, one that says something else is named. With
    `updates_prices` listings take the new price where nothing else differs. With `is_strict`
    nothing stays if any row is bad, or if the file had unreadable ones; all the bad rows are named
    even so. Where there is no price list, a row without a price is registered and not listed. New
    ones get codes of the pool, if its prefix is named.

    :raises SourceRefused: if the source is no name
    :raises PoolUnknown, GrantHalted: if the provider has no such pool, or it does not hold
    """
    with tenancy.acting_as_platform():
        locks.capacity_of(provider_id)
        found = look_at(
            provider_id=provider_id,
            rows=rows,
            prices=prices,
            now=now,
            source=source,
            updates_prices=updates_prices,
            pool=pool,
        )
        if is_strict and (found.bad or unreadable):
            found.new, found.repriced = [], {}
        pairs = [*found.new, *found.repriced.values()]
        plans = _plans(provider_id, {price for _row, price in pairs if price}, now=now)
        listed = 0
        for start in range(0, len(found.new), CHUNK):
            chunk = found.new[start : start + CHUNK]
            listed += _list(provider_id, chunk, plans, source, available_from, now=now, pool=pool)
            on_progress(start + len(chunk))
        if found.repriced:
            change_plans(
                provider_id=provider_id,
                plans={key: plans[price] for key, (_row, price) in found.repriced.items() if price},
                now=now,
            )
    return _summary(found, listings=listed, plans=len(plans))


def look_at(
    *,
    provider_id: UUID,
    rows: Sequence[CapacityRow],
    prices: Mapping[str, ListPrice] | None,
    now: datetime,
    source: str = "",
    updates_prices: bool = False,
    pool: str = "",
) -> sorting.SortedRows:
    """
    Tell what would become of each row of a file, and do nothing.

    :raises SourceRefused: if the source is no name
    :raises PoolUnknown, GrantHalted: if the provider has no such pool, or it does not hold
    """
    if len(source) > SOURCE_LENGTH_MAX or not source.isprintable():
        raise SourceRefused(field="source", length_max=SOURCE_LENGTH_MAX)
    with tenancy.acting_as_platform():
        known = sorting.read_register(
            provider_id, rows, source=source, on=market_date(now), pool=pool
        )
        return sorting.sort_rows(
            rows,
            prices or {},
            known,
            updates_prices=updates_prices,
            needs_price=prices is not None,
        )


def _summary(found: sorting.SortedRows, *, listings: int, plans: int) -> ImportedCapacity:
    pairs = [*found.new, *found.repriced.values()]
    lines_in = frozenset(row.line for row, _price in pairs)
    return ImportedCapacity(
        resources=len(found.new),
        listings=listings,
        plans=plans,
        repriced=len(found.repriced),
        known=len(found.known),
        lines_in=lines_in,
        lines_known=frozenset(row.line for row in found.known) - lines_in,
        refused=tuple(found.bad),
    )


def _plans(provider_id: UUID, prices: set[ListPrice], *, now: datetime) -> dict[ListPrice, UUID]:
    """Return the plan version that says each price, publishing those that are new."""
    by_code = {plan.code: plan.pk for plan in pricing_selectors.plans_of(provider_id)}
    in_effect = pricing_selectors.cards_in_effect(plan_ids=by_code.values(), at=now)
    versions: dict[ListPrice, UUID] = {}
    for price in sorted(prices, key=ListPrice.plan_code):
        components = pricing_rules.parse_components(price.components())
        # A plan may say something else by now: then another takes its place.
        for code in price.plan_codes():
            card = in_effect.get(by_code[code]) if code in by_code else None
            if card is not None and card.components == components:
                versions[price] = card.version_id
                break
            if code not in by_code:
                versions[price] = _publish(provider_id, code, price, now=now)
                break
    return versions


def _publish(provider_id: UUID, code: str, price: ListPrice, *, now: datetime) -> UUID:
    plan = pricing_services.create_plan(
        provider_id=provider_id, code=code, name=price.plan_name(), now=now
    )
    return pricing_services.publish_version(
        provider_id=provider_id, plan_id=plan.pk, components=price.components(), now=now
    ).id


def _list(
    provider_id: UUID,
    chunk: Sequence[sorting.PricedRow],
    plans: Mapping[ListPrice, UUID],
    source: str,
    available_from: datetime,
    *,
    now: datetime,
    pool: str,
) -> int:
    resources = identity_services.register_resources(
        provider_id=provider_id,
        facts=[row.facts for row, _price in chunk],
        registered_at=now,
        allotted=identity_services.allotted_to(prefix=pool, provider_id=provider_id)
        if pool
        else None,
    )
    remember_entries(
        provider_id=provider_id,
        source=source,
        resources={
            row.identity: resource.pk
            for resource, (row, _price) in zip(resources, chunk, strict=True)
        },
    )
    priced = [
        (resource, row, price)
        for resource, (row, price) in zip(resources, chunk, strict=True)
        if price is not None
    ]
    rules = {
        code: metering_selectors.rule_version(code=code).id
        for code in {price.rule_code(row.facts.capacity_unit) for _each, row, price in priced}
    }
    offers = [
        NewListing(
            resource_id=resource.pk,
            plan_version_id=plans[price],
            rule_version_id=rules[price.rule_code(row.facts.capacity_unit)],
            title=row.facts.name,
            title_en=row.facts.name_en,
            available_from=available_from,
            accepts_vouchers=row.accepts_vouchers,
            least=row.least,
        )
        for resource, row, price in priced
    ]
    return len(open_listings(provider_id=provider_id, offers=offers, now=now))
