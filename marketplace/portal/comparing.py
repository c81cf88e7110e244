"""Listings side by side: one row a fact, the best of each marked, and rows that do not differ."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from identity.contracts import CapacityUnit, ResourceClass, ResourceForm
from marketplace.baselines import rules as baselines_rules
from marketplace.baselines.rows import ReferenceRow
from marketplace.catalog.contracts import AllIn, ListingState
from marketplace.portal import figures, names, reference_words
from marketplace.portal.member_prices import OwnGroup
from marketplace.portal.state_sheet import ToldState

LOW: Final = -1  # less is better
HIGH: Final = 1


@dataclass(frozen=True, slots=True)
class Fact:
    """One row: how a listing's value is written, and by what it is better than another's."""

    label: str | Promise
    write: Callable[[Any, int], str]
    measure: Callable[[Any, int], Decimal | int | None] | None = None
    better: int = HIGH


@dataclass(frozen=True, slots=True)
class ComparedCell:
    """What one listing has."""

    text: str
    is_best: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A fact of every listing."""

    label: str | Promise
    cells: tuple[ComparedCell, ...]
    is_number: bool

    @property
    def differs(self) -> bool:
        """Return whether the listings are not all alike in it."""
        return len({cell.text for cell in self.cells}) > 1


@dataclass(frozen=True, slots=True)
class ComparedTable:
    """The whole table; a listing that is not open takes no orders."""

    listings: tuple[tuple[Any, bool], ...]
    rows: tuple[Row, ...]
    alike: int  # rows in which nothing differs


def _price(value: Decimal | None) -> str:
    return "—" if value is None else f"¥{figures.grouped(value, 2)}"


def _free(listing: Any, free: int) -> str:
    unit = names.unit(CapacityUnit(listing.capacity_unit), is_one=listing.total_milli == 1000)
    shown = figures.grouped(Decimal(free).scaleb(-3))
    return f"{shown} / {figures.grouped(Decimal(listing.total_milli).scaleb(-3))} {unit}"


def _notice(minutes: int | None) -> str:
    return _("no") if minutes is None else _("%(minutes)s min notice") % {"minutes": minutes}


def _number(value: Any, unit: str = "") -> str:
    return "—" if value is None else f"{figures.grouped(value)}{unit}"


FACTS: Final = (
    Fact(gettext_lazy("State"), lambda it, _f: str(ListingState(it.state).label)),
    Fact(
        gettext_lazy("¥ / standard hour"),
        lambda it, _f: _price(it.price_per_standard_hour),
        lambda it, _f: it.price_per_standard_hour,
        LOW,
    ),
    Fact(gettext_lazy("¥ / unit-hour"), lambda it, _f: _price(it.price_per_unit_hour)),
    Fact(gettext_lazy("Provider"), lambda it, _f: names.named(it.provider)),
    Fact(gettext_lazy("Place"), lambda it, _f: names.place(it.region)),
    Fact(gettext_lazy("Class"), lambda it, _f: str(ResourceClass(it.resource_class).label)),
    Fact(gettext_lazy("Delivered as"), lambda it, _f: str(ResourceForm(it.form).label)),
    Fact(gettext_lazy("Chip"), lambda it, _f: it.chip or "—"),
    Fact(
        gettext_lazy("Memory of a card"),
        lambda it, _f: _number(it.card_memory_gb, " GB"),
        lambda it, _f: it.card_memory_gb,
    ),
    Fact(
        gettext_lazy("Processors"),
        lambda it, _f: _number(it.vcpu, " vCPU"),
        lambda it, _f: it.vcpu,
    ),
    Fact(
        gettext_lazy("Memory"),
        lambda it, _f: _number(it.memory_gb, " GB"),
        lambda it, _f: it.memory_gb,
    ),
    Fact(
        gettext_lazy("Network"),
        lambda it, _f: str(it.resource.specification.get("network") or "—"),
        lambda it, _f: it.network_gbps,
    ),
    Fact(
        gettext_lazy("Preemptible"),
        lambda it, _f: _notice(it.preemption_minutes),
        lambda it, _f: it.preemption_minutes,
    ),
    Fact(gettext_lazy("Free now"), _free, lambda _it, free: free),
    Fact(
        gettext_lazy("Standard hours of one unit-hour"),
        lambda it, _f: _number(it.standard_factor),
    ),
    Fact("PUE", lambda it, _f: "—" if it.pue is None else figures.grouped(it.pue, 2),
         lambda it, _f: it.pue, LOW),
    Fact(
        gettext_lazy("Verified level"),
        lambda it, _f: str(it.verification_level),
        lambda it, _f: it.verification_level,
    ),
    Fact(
        gettext_lazy("Takes vouchers"),
        lambda it, _f: _("yes") if it.accepts_vouchers else _("no"),
    ),
)  # fmt: skip


def table(
    listings: Sequence[Any],
    free: Mapping[UUID, int],
    told: Mapping[UUID, ToldState],
    *,
    all_in: Mapping[UUID, AllIn],
    groups: Mapping[UUID, OwnGroup],
    reference: ReferenceRow | None = None,
    only_differences: bool = False,
) -> ComparedTable:
    """
    Return listings side by side; `told` is what is known of their resources now.

    `all_in` is what the reader pays for the reference order, `groups` why, by provider. With a
    reference price each says how its price lies to it.
    """
    beside = _reference_facts(reference) if reference is not None else ()
    asked = (*_all_in_facts(all_in, groups), *FACTS, *beside, *_told_facts(told))
    rows = list(_rows(listings, free, asked))
    differing = [row for row in rows if row.differs]
    is_single = len(listings) < 2
    return ComparedTable(
        listings=tuple((each, each.state == ListingState.OPEN) for each in listings),
        rows=tuple(differing if only_differences and not is_single else rows),
        alike=0 if is_single else len(rows) - len(differing),
    )


def _all_in_facts(all_in: Mapping[UUID, AllIn], groups: Mapping[UUID, OwnGroup]) -> Iterator[Fact]:
    """Yield what the reader pays, all in; with a group, which, and what others pay."""

    def mine(it: Any, _f: int) -> Decimal | None:
        found = all_in.get(it.pk)
        return None if found is None else found.per_standard_hour

    def others(it: Any, _f: int) -> str:
        found = all_in.get(it.pk)
        return _price(found.list_per_standard_hour if found else None)

    def group(it: Any, _f: int) -> str:
        found, own = all_in.get(it.pk), groups.get(it.provider_id)
        if own is None or found is None or not found.price_group:
            return "—"
        return _("%(group)s, since %(day)s") % {
            "group": own.name,
            "day": figures.moment(own.since),
        }

    yield Fact(_("All-in price"), lambda it, f: _price(mine(it, f)), mine, LOW)
    if any(found.price_group for found in all_in.values()):
        yield Fact(_("Your price group"), group)
        yield Fact(_("What others pay, all in"), others)


def _reference_facts(of: ReferenceRow) -> Iterator[Fact]:
    """Yield how prices lie to the reference price, and when less is advised."""

    def write(it: Any, _f: int) -> str:
        said = reference_words.told(baselines_rules.beside(it.price_per_standard_hour, of))
        return "—" if said is None else f"{said['share']} · {said['standing']}"

    yield Fact(_("To the reference price"), write)
    if guidance := reference_words.off_peak(of):
        yield Fact(
            _("Off-peak guidance"),
            lambda it, _f: guidance if it.price_per_standard_hour is not None else "—",
        )


def _told_facts(told: Mapping[UUID, ToldState]) -> Iterator[Fact]:
    """Yield what sources tell of the resources now: how each is, what is free, who says so."""
    for label, part in ((_("Health"), "health"), (_("Available"), "free"), (_("Told by"), "seen")):
        read = attrgetter(part)

        def write(it: Any, _f: int, read: Callable[[Any], str] = read) -> str:
            state = told.get(it.resource_id)
            return "—" if state is None else read(state)

        yield Fact(label, write)


def _rows(
    listings: Sequence[Any], free: Mapping[UUID, int], facts: Sequence[Fact]
) -> Iterator[Row]:
    for fact in facts:
        pairs = [(each, free.get(each.pk, 0)) for each in listings]
        best = _best(fact, pairs)
        yield Row(
            fact.label,
            tuple(
                ComparedCell(fact.write(*pair), is_best=number in best)
                for number, pair in enumerate(pairs)
            ),
            is_number=fact.measure is not None,
        )


def _best(fact: Fact, pairs: Sequence[tuple[Any, int]]) -> set[int]:
    """Return which listings are best in a fact; none where all are alike or unlike in unit."""
    measure = fact.measure
    if measure is None:
        return set()
    open_ = [number for number, (each, _f) in enumerate(pairs) if each.state == ListingState.OPEN]
    values = {number: value for number in open_ if (value := measure(*pairs[number])) is not None}
    is_one_unit = len({each.capacity_unit for each, _f in pairs}) == 1
    if len(set(values.values())) < 2 or (fact.write is _free and not is_one_unit):
        return set()
    best = max(value * fact.better for value in values.values())
    return {number for number, value in values.items() if value * fact.better == best}
