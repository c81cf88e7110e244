"""The market's address: what is chosen lives in the query, and every chip is a link without it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from identity.contracts import ResourceClass, ResourceForm
from identity.identifiers import profiles, regions
from marketplace.catalog.contracts import Facets, MarketFilter, MarketSort
from marketplace.portal import charts, figures, names
from marketplace.portal.forms import ExactField
from marketplace.portal.pager import CURSOR

PAGE_SIZE: Final = 10
TABLE_SIZE: Final = 25
VALUES_SHOWN: Final = 6
VALUES_MAX: Final = 20
SORTS: Final = (
    (MarketSort.ALL_IN.value, gettext_lazy("All-in price of a standard hour, lowest first")),
    (MarketSort.PRICE.value, gettext_lazy("Price of a standard hour, lowest first")),
    (MarketSort.PRICE_DOWN.value, gettext_lazy("Price of a standard hour, highest first")),
    (MarketSort.CARD_PRICE.value, gettext_lazy("Price of a card-hour, lowest first")),
    (MarketSort.FREE.value, gettext_lazy("Free now, most first")),
    (MarketSort.STABILITY.value, gettext_lazy("Most stable first")),
    (MarketSort.NEWEST.value, gettext_lazy("Newest first")),
)
WITH_VOUCHER: Final = (
    MarketSort.VOUCHER.value,
    gettext_lazy("Price with my voucher, lowest first"),
)
# What a machine has at least; the steps that the market sells.
MEMORY: Final = tuple((each, f"{each} GB") for each in (24, 40, 64, 80, 96, 141))
PROCESSORS: Final = tuple((each, f"{each} vCPU") for each in (8, 16, 24, 32, 48, 96))
NETWORK: Final = (
    *((each, f"{each} Gb/s") for each in (100, 200, 400, 800)),
    (1600, "1.6 Tb/s"),
    (3200, "3.2 Tb/s"),
)
MACHINE: Final = (
    ("memory", gettext_lazy("Memory of a card"), MEMORY),
    ("vcpu", gettext_lazy("Processors"), PROCESSORS),
    ("network", gettext_lazy("Network"), NETWORK),
)
VIEWS: Final = (("list", gettext_lazy("List")), ("table", gettext_lazy("Table")))
PRICES: Final = frozenset({"price_min", "price_max", "card_price_max", "all_in_max"})
STABLE: Final = 900  # of 1,000
PUE_GOOD: Final = Decimal("1.20")


def _least(choices: tuple[tuple[int, str], ...]) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(choices=choices, coerce=int, empty_value=None, required=False)


class SearchForm(forms.Form):
    """What a searcher may choose. Choices that make no sense are left out, and the page says so."""

    q = forms.CharField(max_length=96, required=False)
    resource_class = forms.MultipleChoiceField(choices=ResourceClass.choices, required=False)
    form = forms.MultipleChoiceField(choices=ResourceForm.choices, required=False)
    price_min = ExactField(min_value=Decimal(0), max_digits=12, required=False)
    price_max = ExactField(min_value=Decimal(0), max_digits=12, required=False)
    card_price_max = ExactField(min_value=Decimal(0), max_digits=12, required=False)
    all_in_max = ExactField(min_value=Decimal(0), max_digits=12, required=False)
    delivered_to = forms.ChoiceField(
        choices=[(hub.code, hub.code) for hub in regions.hubs()], required=False
    )
    memory = _least(MEMORY)
    vcpu = _least(PROCESSORS)
    network = _least(NETWORK)
    pue = forms.BooleanField(required=False)
    level = forms.TypedChoiceField(
        choices=((2, "2"), (3, "3")), coerce=int, empty_value=None, required=False
    )
    stable = forms.BooleanField(required=False)
    vouchers = forms.BooleanField(required=False)
    community = forms.BooleanField(required=False)
    project = forms.CharField(max_length=40, required=False)  # whose price group counts
    kept = forms.BooleanField(required=False)  # without what may be taken back
    sort = forms.ChoiceField(choices=(*SORTS, WITH_VOUCHER), required=False)
    view = forms.ChoiceField(choices=VIEWS, required=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a filter."""

    name: str
    value: str
    label: str
    count: int | None
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A chosen filter, and the address without it."""

    label: str
    address: str


@dataclass(slots=True)
class Search:
    """What was chosen, read from the query."""

    query: QueryDict
    chosen: dict[str, Any]
    hubs: tuple[str, ...] = field(default=())
    chips: tuple[str, ...] = field(default=())
    malformed: frozenset[str] = field(default=frozenset())

    @property
    def filter(self) -> MarketFilter:
        """Return the choice as the catalog takes it."""
        return MarketFilter(
            resource_classes=tuple(self.chosen.get("resource_class", ())),
            forms=tuple(self.chosen.get("form", ())),
            hubs=self.hubs,
            chips=self.chips,
            price_min=self.chosen.get("price_min"),
            price_max=self.chosen.get("price_max"),
            pue_max=PUE_GOOD if self.chosen.get("pue") else None,
            verification_min=self.chosen.get("level"),
            stability_min=STABLE if self.chosen.get("stable") else None,
            card_memory_min=self.chosen.get("memory"),
            vcpu_min=self.chosen.get("vcpu"),
            network_min=self.chosen.get("network"),
            card_price_max=self.chosen.get("card_price_max"),
            all_in_max=self.chosen.get("all_in_max"),
            delivered_to=self.chosen.get("delivered_to", ""),
            accepts_vouchers=True if self.chosen.get("vouchers") else None,
            is_community=True if self.chosen.get("community") else None,
            is_preemptible=False if self.chosen.get("kept") else None,
            text=self.chosen.get("q", ""),
        )

    @property
    def is_price_malformed(self) -> bool:
        """Return whether a price was typed that is none."""
        return bool(self.malformed & PRICES)

    @property
    def has_unknown_filters(self) -> bool:
        """Return whether the address names a choice that there is not."""
        return bool(self.malformed - PRICES)

    @property
    def sort(self) -> MarketSort:
        """Return the order of the listings."""
        return MarketSort(self.chosen.get("sort") or MarketSort.ALL_IN.value)

    @property
    def is_table(self) -> bool:
        """Return whether the listings are shown as a table."""
        return self.chosen.get("view") == "table"

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Return the members of the query that another form must carry along."""
        return [
            (name, value)
            for name, values in self.query.lists()
            if name not in ("sort", CURSOR)
            for value in values
        ]

    def address(self, **changes: str | None) -> str:
        """Return the query with some members set, or taken out."""
        query = self.query.copy()
        query.pop(CURSOR, None)
        for name, value in changes.items():
            if value is None:
                query.pop(name, None)
            else:
                query[name] = value
        return f"?{query.urlencode()}"

    def without(self, name: str, value: str) -> str:
        """Return the query without one of the values of a filter."""
        query = self.query.copy()
        query.pop(CURSOR, None)
        query.setlist(name, [kept for kept in query.getlist(name) if kept != value])
        return f"?{query.urlencode()}"


def read(query: QueryDict) -> Search:
    """Read the query; whatever is malformed in it counts as not chosen."""
    form = SearchForm(query)
    form.is_valid()
    return Search(
        query=query,
        chosen=form.cleaned_data,
        hubs=_words(query, "hub", length=8),
        chips=_chip_names(query),
        malformed=frozenset(form.errors),
    )


def _words(query: QueryDict, name: str, *, length: int) -> tuple[str, ...]:
    """Return the values of a filter that could be any text; control characters are none."""
    values = query.getlist(name)[:VALUES_MAX]
    return tuple(value[:length] for value in values if value and value.isprintable())


def _chip_names(query: QueryDict) -> tuple[str, ...]:
    """Return chips by the names that listings bear, whichever names the address has."""
    asked = _words(query, "chip", length=60)
    return tuple(dict.fromkeys(profiles.component_names(each)[0] for each in asked))


def chips(search: Search) -> list[Chip]:
    """Return what was chosen, each with the address that drops it."""
    return list(_chips(search))


def _chips(search: Search) -> Iterator[Chip]:
    if search.filter.text:
        yield Chip(f"“{search.filter.text}”", search.address(q=None))
    yield from _ticked(search)
    yield from _compared(search)
    yield from _limits(search)


def _ticked(search: Search) -> Iterator[Chip]:
    """Return one chip for each value that was ticked."""
    chosen = search.filter
    for value in chosen.resource_classes:
        yield Chip(str(ResourceClass(value).label), search.without("resource_class", value))
    for value in chosen.forms:
        yield Chip(str(ResourceForm(value).label), search.without("form", value))
    for value in chosen.hubs:
        yield Chip(names.hub(value), search.without("hub", value))
    for value in chosen.chips:
        yield Chip(value, search.without("chip", value))


def _compared(search: Search) -> Iterator[Chip]:
    """Return the chips of all-in prices."""
    chosen = search.filter
    if chosen.all_in_max is not None:
        limit = _("all in ≤ %(price)s / standard hour")
        price = f"¥{figures.grouped(chosen.all_in_max, 2)}"
        yield Chip(limit % {"price": price}, search.address(all_in_max=None))
    if chosen.delivered_to:
        to = _("brought from %(place)s") % {"place": names.hub(chosen.delivered_to)}
        yield Chip(to, search.address(delivered_to=None))
    if search.chosen.get("project"):
        told = _("prices for project %(code)s") % {"code": search.chosen["project"]}
        yield Chip(told, search.address(project=None))


def _limits(search: Search) -> Iterator[Chip]:
    """Return the chips of what must not be above or below something."""
    chosen = search.filter
    if chosen.price_min is not None or chosen.price_max is not None:
        low, high = (
            "…" if price is None else f"¥{figures.grouped(price, 2)}"
            for price in (chosen.price_min, chosen.price_max)
        )
        yield Chip(f"{low} – {high}", search.address(price_min=None, price_max=None))
    if chosen.card_price_max is not None:
        limit = _("≤ %(price)s / card-hour")
        price = f"¥{figures.grouped(chosen.card_price_max, 2)}"
        yield Chip(limit % {"price": price}, search.address(card_price_max=None))
    for name, _label, steps in MACHINE:
        if least := search.chosen.get(name):
            yield Chip(f"≥ {dict(steps)[least]}", search.address(**{name: None}))
    if chosen.pue_max is not None:
        yield Chip(f"PUE ≤ {PUE_GOOD}", search.address(pue=None))
    if chosen.verification_min is not None:
        level = _("Verified level %(level)s and up") % {"level": chosen.verification_min}
        yield Chip(level, search.address(level=None))
    yield from _so_or_not(search)


def _so_or_not(search: Search) -> Iterator[Chip]:
    """Return the chips of what is so or not."""
    if search.filter.stability_min is not None:
        yield Chip(_("Stability ≥ 90"), search.address(stable=None))
    if search.filter.accepts_vouchers:
        yield Chip(_("Takes vouchers"), search.address(vouchers=None))
    if search.filter.is_community:
        yield Chip(_("Community"), search.address(community=None))
    if search.filter.is_preemptible is False:
        yield Chip(_("Without preemptible"), search.address(kept=None))


def choices(search: Search, facets: Facets) -> list[tuple[str | Promise, list[Choice]]]:
    """Return the filters with counts, under their headings."""
    counts = {
        name: {value.value: value.count for value in values}
        for name, values in facets.by_filter.items()
    }
    hubs = [hub.code for hub in regions.hubs()]
    classes = ((value, str(ResourceClass(value).label)) for value in ("AI", "GENERAL", "HPC"))
    forms_ = ((value, str(ResourceForm(value).label)) for value in ResourceForm.values)
    others = _by_count(counts.get("hub", {}), search.hubs, first=hubs)
    chips_ = _by_count(counts.get("chip", {}), search.chips)
    chosen = search.filter
    return [
        (_("Class"), _lines("resource_class", classes, counts, chosen.resource_classes)),
        (_("Delivered as"), _lines("form", forms_, counts, chosen.forms)),
        (_("Place"), _lines("hub", ((v, names.hub(v)) for v in others), counts, search.hubs)),
        (_("Chip"), _lines("chip", ((v, v) for v in chips_), counts, search.chips)),
    ]


def _lines(
    name: str,
    values: Iterable[tuple[str, str]],
    counts: dict[str, dict[str, int]],
    chosen: Iterable[str],
) -> list[Choice]:
    ticked = set(chosen)
    return [
        Choice(name, value, label, counts.get(name, {}).get(value, 0), value in ticked)
        for value, label in values
    ]


def _by_count(
    counts: dict[str, int], chosen: Iterable[str], first: Iterable[str] = ()
) -> list[str]:
    """Return the values with most listings, whatever is chosen among them."""
    known = [value for value in first if counts.get(value)]
    ranked = known + sorted((v for v in counts if v not in known), key=lambda v: (-counts[v], v))
    shown = ranked[: max(VALUES_SHOWN, len(known))]
    return shown + [value for value in chosen if value not in shown]


@dataclass(frozen=True, slots=True)
class SoldMachine:
    """A choice of how much a machine has at least."""

    name: str
    label: str | Promise
    steps: list[tuple[int, str, bool]]


def machine(search: Search) -> list[SoldMachine]:
    """Return what a machine may be asked to have, each step with whether it is chosen."""
    return [
        SoldMachine(
            name,
            label,
            [(value, text, search.chosen.get(name) == value) for value, text in steps],
        )
        for name, label, steps in MACHINE
    ]


def places_of_buyers(search: Search) -> list[tuple[str, str, bool]]:
    """Return the hubs whose paths may count, each with whether it is chosen."""
    chosen = search.filter.delivered_to
    return [(hub.code, names.hub(hub.code), hub.code == chosen) for hub in regions.hubs()]


def sorts(*, has_vouchers: bool) -> list[tuple[str, str | Promise]]:
    """Return the orders that a reader may choose."""
    return [*SORTS[:2], *([WITH_VOUCHER] if has_vouchers else []), *SORTS[2:]]


def histogram(search: Search, facets: Facets) -> list[charts.Bar]:
    """Return the prices of the market as bars, those outside the chosen range pale."""
    low, high = search.filter.price_min, search.filter.price_max
    return charts.histogram(
        [
            (
                f"¥{figures.grouped(bucket.low, 2)} – ¥{figures.grouped(bucket.high, 2)}",
                bucket.count,
                (low is None or bucket.high > low) and (high is None or bucket.low <= high),
            )
            for bucket in facets.prices
        ]
    )
