"""Rows of a capacity file: to enter, to reprice, known already, or not to be had."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from common.errors import Refusal
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.identifiers import chain, codec, profiles
from identity.rows import ResourceRow
from identity.services import Allotted, LimitsExceeded
from identity.services.resources import (
    SERIAL_LENGTH,
    InvalidSpecification,
    canonical_specification,
    identifier_of,
)
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.contracts import NoFactor
from marketplace.catalog.rows import ListingRow
from marketplace.importing.capacity.files import CapacityRow
from marketplace.importing.capacity.price_lists import STANDARD_RULE, ListPrice, list_price
from marketplace.importing.contracts import (
    BadRow,
    DearerPrice,
    PriceListRefused,
    PriceMissing,
    RepeatedRow,
    SerialTwice,
)
from metering import selectors as metering_selectors
from metering.selectors import factors as factor_books
from pricing.contracts import RateUnit

PricedRow = tuple[CapacityRow, ListPrice | None]  # Without a price it is not listed.
COUNTS: Final = frozenset({"cards", "vcpu", "nodes"})  # members that say the quantity again


@dataclass(slots=True)
class SortedRows:
    """What becomes of the rows of a file."""

    new: list[PricedRow] = field(default_factory=list)
    repriced: dict[UUID, PricedRow] = field(default_factory=dict)  # by listing
    known: list[CapacityRow] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)

    def drop_halves(self) -> None:
        """Take a line out as a whole where a part of it is refused."""
        lines = {row.line for row in self.bad}
        self.new = [pair for pair in self.new if pair[0].line not in lines]
        self.repriced = {
            key: pair for key, pair in self.repriced.items() if pair[0].line not in lines
        }
        self.known = [row for row in self.known if row.line not in lines]


@dataclass(frozen=True, slots=True)
class Register:
    """What a provider has, and what its rows are checked against."""

    allotted: Mapping[str, str]
    pool: Allotted | None
    profile: codec.Profile
    on: date
    entered: Mapping[str, ResourceRow]  # by what a row of this source is known by
    by_serial: Mapping[str, ResourceRow]
    listings: Mapping[UUID, ListingRow]  # on the market, by resource
    convertible: frozenset[str]
    hardware: Mapping[str, str]  # serials that resources name, and which resource it is

    def resource_of(self, row: CapacityRow) -> ResourceRow | None:
        """Return the resource that a row is about, if it was entered before."""
        if row.identity in self.entered or row.is_derived:
            return self.entered.get(row.identity)
        return self.by_serial.get(_serial(row))


def read_register(
    provider_id: UUID, rows: Sequence[CapacityRow], *, source: str, on: date, pool: str = ""
) -> Register:
    """
    Read what is known of the rows' resources; new ones get codes of the pool, if one is named.

    :raises PoolUnknown, GrantHalted: if the provider has no such pool, or it does not hold
    """
    within = identity_services.allotted_to(prefix=pool, provider_id=provider_id) if pool else None
    entered = catalog_selectors.entered_resources(
        provider_id=provider_id, source=source, rows={row.identity for row in rows}
    )
    version = within.profile if within else profiles.CURRENT_VERSION
    profile = identity_selectors.identifier_profile(version)
    allotted = (
        within.parts if within else {"owner": identity_selectors.organization(provider_id).uscc}
    )
    by_serial = identity_selectors.resources_by_serial(
        provider_id=provider_id,
        serials={_serial(row) for row in rows if row.facts.serial},
        prefix=profile.prefix_of_serials(allotted),
    )
    ids = {resource.pk for resource in (*entered.values(), *by_serial.values())}
    return Register(
        allotted=allotted,
        pool=within,
        profile=profile,
        on=on,
        entered=entered,
        by_serial=by_serial,
        listings=catalog_selectors.on_market(ids),
        convertible=factor_books.convertible_chips(
            metering_selectors.rule_version(code=STANDARD_RULE).id
        ),
        hardware=identity_services.hardware_named(
            {each.upper() for row in rows for each in row.facts.hardware_serials},
            provider_id=provider_id,
        ),
    )


def sort_rows(
    rows: Sequence[CapacityRow],
    prices: Mapping[str, ListPrice],
    known: Register,
    *,
    updates_prices: bool,
    needs_price: bool = True,
) -> SortedRows:
    """Tell what becomes of each row; a line of which a part is refused is out as a whole."""
    found = SortedRows()
    seen: dict[str, int] = {}
    hardware: dict[str, str] = {}
    for row in rows:
        try:
            price = _checked(row, prices, known, needs_price=needs_price)
            if earlier := _earlier(row, seen):
                said = SerialTwice(row=earlier)
                found.bad.append(RepeatedRow(row.line, said.code, str(said), earlier=earlier))
                continue
            if known.resource_of(row) is None:
                _require_own_hardware(row, known.hardware, hardware)
        except Refusal as refusal:
            found.bad.append(_bad(row, refusal))
        else:
            _place(row, price, known, found, updates_prices=updates_prices)
    found.drop_halves()
    return found


def _checked(
    row: CapacityRow, prices: Mapping[str, ListPrice], known: Register, *, needs_price: bool
) -> ListPrice | None:
    identifier_of(
        row.facts,
        allotted=known.allotted,
        serial=_serial(row) or "0" * SERIAL_LENGTH,
        profile=known.profile,
        on=known.on,
    )
    place = {"region": row.facts.region, "resource_class": str(row.facts.resource_class)}
    if known.pool and not all(chain.allows(limits, **place) for limits in known.pool.limits):
        raise LimitsExceeded(field="pool")
    is_unpriced = not row.unit_price and row.priced_as not in prices
    if is_unpriced and not needs_price:
        return None
    return _price(row, prices, known.convertible)


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


def _earlier(row: CapacityRow, seen: dict[str, int]) -> int:
    """Return the line of the file that has the row's serial or name already; else none: 0."""
    names = {row.identity}
    if row.facts.serial and not row.is_derived:
        names.add(_serial(row))
    earlier = min((seen[name] for name in names if name in seen), default=0)
    if not earlier:
        seen |= dict.fromkeys(names, row.line)
    return earlier


def _require_own_hardware(row: CapacityRow, named: Mapping[str, str], here: dict[str, str]) -> None:
    """Refuse hardware that a resource of anybody names, or another line of the file."""
    for serial in identity_services.cleaned_serials(row.facts.hardware_serials):
        other = named.get(serial) or here.get(serial)
        if other is not None:
            raise identity_services.HardwareTaken(serial=serial, resource=other)
        here[serial] = row.facts.name


def _bad(row: CapacityRow, refusal: Refusal) -> BadRow:
    """Name the column and the value that a refusal is about, where it is about one."""
    facts, column, value = row.facts, "", ""
    if refusal.code == "identifier_unknown_region":
        column, value = "region", facts.region
    elif refusal.code == "identifier_unknown_industry":
        column, value = "industry", facts.industry
    elif refusal.code == "identifier_unknown_code":
        column = "model" if row.is_derived else "chip"
        value = str(facts.specification.get("chip", ""))
    elif isinstance(refusal, InvalidSpecification):
        column, value = "quantity", str(facts.total_milli // 1000)
    elif refusal.code in ("hardware_taken", "invalid_hardware_serial"):
        return BadRow(row.line, refusal.code, str(refusal), "hardware_serials")
    elif isinstance(refusal, PriceListRefused):
        return BadRow(row.line, refusal.code, str(refusal), "unit_price")
    detail = f"{column} {value!r}: {refusal}" if column else str(refusal)
    return BadRow(row.line, refusal.code, detail, column)


def _place(
    row: CapacityRow,
    price: ListPrice | None,
    known: Register,
    found: SortedRows,
    *,
    updates_prices: bool,
) -> None:
    resource = known.resource_of(row)
    if resource is None:
        # Another source has the number that this row would like to have.
        is_free = not row.is_derived or _serial(row) not in known.by_serial
        facts = row.facts if is_free else replace(row.facts, serial="")
        found.new.append((replace(row, facts=facts), price))
        return
    listing = known.listings.get(resource.pk)
    differing = dict(_differences(row, price, resource, listing, known.profile))
    if not differing:
        found.known.append(row)
    elif listing and price and updates_prices and set(differing) == {"unit_price"}:
        _reprice(row, price, listing, found)
    else:
        found.bad.append(_differs(row, differing))


def _reprice(row: CapacityRow, price: ListPrice, listing: ListingRow, found: SortedRows) -> None:
    """Let a listing take a lower price; a higher one has notice, which no file gives."""
    listed = listing.headline_price
    if listed is not None and Decimal(price.unit_price) > listed:
        refusal = DearerPrice()
        found.bad.append(BadRow(row.line, refusal.code, str(refusal), "unit_price"))
    else:
        found.repriced[listing.pk] = row, price


def _differs(row: CapacityRow, differing: Mapping[str, tuple[str, str]]) -> BadRow:
    told = [
        _("%(name)s %(here)s here, %(there)s known") % {"name": name, "here": here, "there": there}
        for name, (here, there) in differing.items()
    ]
    if set(differing) == {"unit_price"}:
        told.append(_("--update-prices takes the new price"))
    return BadRow(row.line, "known_differs", "; ".join(told), next(iter(differing)))


def _differences(
    row: CapacityRow,
    price: ListPrice | None,
    resource: ResourceRow,
    listing: ListingRow | None,
    profile: codec.Profile,
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the columns in which a row is not what is known, with both values."""
    facts = row.facts
    pairs: list[tuple[str, object, object]] = [
        ("quantity", facts.total_milli // 1000, Decimal(resource.total_milli).scaleb(-3)),
        ("unit", facts.capacity_unit, resource.capacity_unit),
        ("region", facts.region, resource.region),
        ("class", facts.resource_class, resource.resource_class),
        ("form", facts.form, resource.form),
        ("industry", facts.industry, resource.industry),
        ("name", facts.name, resource.name),
        ("name_en", facts.name_en or resource.name_en, resource.name_en),
        ("pue", facts.pue or resource.pue, resource.pue),
    ]
    registered = canonical_specification(resource.specification, profile=profile)
    for name, value in canonical_specification(facts.specification, profile=profile).items():
        if name not in COUNTS:
            pairs.append((name, value, registered.get(name, "–")))
    if listing is not None:
        pairs.append(("vouchers", row.accepts_vouchers, listing.accepts_vouchers))
    if listing is not None and price is not None:
        pairs += [
            ("price_unit", str(price.unit), str(listing.headline_unit)),
            ("unit_price", Decimal(price.unit_price), listing.headline_price),
        ]
    for name, here, there in pairs:
        if here != there:
            yield name, (_plain(here), _plain(there))


def _plain(value: object) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def _serial(row: CapacityRow) -> str:
    return row.facts.serial.rjust(SERIAL_LENGTH, "0") if row.facts.serial else ""
