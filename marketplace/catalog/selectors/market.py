"""The market as people search it, a page at a time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from django.db.models import (
    Case,
    DecimalField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from common import paging
from identity.contracts import CapacityUnit
from identity.identifiers import profiles, regions
from marketplace.catalog import rules, words
from marketplace.catalog.contracts import (
    PAGE_SIZE_MAX,
    AllIn,
    ListingState,
    MarketFilter,
    MarketPage,
    MarketRow,
    MarketSort,
)
from marketplace.catalog.models import UNPRICED, AllInPrice, CapacitySlot, Listing
from marketplace.catalog.selectors.all_in_prices import Groups, all_in_of, of_groups
from marketplace.catalog.selectors.capacity import sold_now

ORDERS: Final[dict[MarketSort, tuple[str, str]]] = {
    MarketSort.PRICE: ("sort_price", "id"),
    MarketSort.PRICE_DOWN: ("-sort_price", "-id"),
    MarketSort.NEWEST: ("-opened_at", "-id"),
    MarketSort.CARD_PRICE: ("card_price", "id"),
    MarketSort.FREE: ("-free_standard", "-id"),
    MarketSort.VOUCHER: ("net_price", "id"),
    MarketSort.STABILITY: ("-known_stability", "-id"),
    MarketSort.ALL_IN: ("all_in", "id"),
    MarketSort.ALL_IN_DOWN: ("-all_in", "-id"),
}
PRICE: Final["DecimalField[Any, Any]"] = DecimalField(max_digits=38, decimal_places=12)
STORED: Final = frozenset({"id", "sort_price", "opened_at"})
BY_PRICE: Final = (MarketSort.PRICE, MarketSort.PRICE_DOWN)
# Filters that have counts beside them; each is a column of Listing.
FACETS: Final = ("resource_class", "form", "hub", "chip", "accepts_vouchers", "bucket")


def market(wanted: MarketFilter, *, at: datetime) -> QuerySet[Listing]:
    """Return the open listings that pass every filter."""
    found = _open(wanted, at=at)
    for condition in _facet_conditions(wanted).values():
        found = found.filter(condition)
    return found


def sortable(
    found: QuerySet[Listing],
    sort: MarketSort,
    *,
    at: datetime,
    voucher_shares: Mapping[str, Decimal] = MappingProxyType({}),
    place: str = "",
    groups: Groups = (),
) -> QuerySet[Any]:
    """
    Return listings with the column that a sort needs, where the table has none for it.

    All-in prices are those for a buyer in `place` and in `groups` of providers.
    """
    match sort:
        case MarketSort.CARD_PRICE:
            by_card = When(
                capacity_unit=CapacityUnit.CARD,
                price_per_unit_hour__isnull=False,
                then="price_per_unit_hour",
            )
            return found.annotate(
                card_price=Case(by_card, default=Value(UNPRICED), output_field=PRICE)
            )
        case MarketSort.FREE:
            now = CapacitySlot.objects.filter(
                listing=OuterRef("pk"), starts_at__lte=at, ends_at__gt=at
            )
            free = Coalesce(Subquery(now.values("free_milli")[:1]), F("total_milli"))
            standard = Coalesce(F("standard_factor"), Value(Decimal(0)), output_field=PRICE)
            return found.annotate(
                free_standard=ExpressionWrapper(free * standard, output_field=PRICE)
            )
        case MarketSort.STABILITY:
            known = Coalesce(F("quality__stability"), Value(-1), output_field=IntegerField())
            return found.annotate(known_stability=known)
        case MarketSort.VOUCHER:
            return found.annotate(net_price=_net_price(voucher_shares))
        case MarketSort.ALL_IN | MarketSort.ALL_IN_DOWN:
            at_place = found.filter(all_in_prices__place=place).annotate(
                all_in=F("all_in_prices__sort_price"),
                row_price_group=F("all_in_prices__price_group"),
                row_other_groups=F("all_in_prices__other_groups"),
            )
            return at_place.filter(of_groups(groups, row="row_", provider="provider_id"))
    return found


def _net_price(shares: Mapping[str, Decimal]) -> Case:
    """Return the price of a standard hour after a share of it; what has none sorts last."""
    whens = [
        When(
            resource_class=kind,
            accepts_vouchers=True,
            price_per_standard_hour__isnull=False,
            then=ExpressionWrapper(
                F("price_per_standard_hour") * Value(1 - share, output_field=PRICE),
                output_field=PRICE,
            ),
        )
        for kind, share in shares.items()
    ]
    return Case(*whens, default=F("sort_price"), output_field=PRICE)


def market_page(
    wanted: MarketFilter,
    *,
    at: datetime,
    sort: MarketSort = MarketSort.PRICE,
    voucher_shares: Mapping[str, Decimal] = MappingProxyType({}),
    cursor: str = "",
    scope: paging.Scope = (),
    size: int = 20,
) -> MarketPage:
    """
    Return one page of the market, by a cursor of the page beside it.

    :raises InvalidCursor: if the cursor was not made here for this scope
    """
    columns = [name for each in ORDERS[sort] if (name := each.lstrip("-")) in STORED]
    page = paging.page_of(
        sortable(
            market(wanted, at=at),
            sort,
            at=at,
            voucher_shares=voucher_shares,
            place=wanted.delivered_to,
            groups=wanted.groups,
        ).only(*columns),
        size=min(max(size, 1), PAGE_SIZE_MAX),
        cursor=cursor,
        scope=scope,
        order=ORDERS[sort],
    )
    ids = [row.pk for row in page.rows]
    # Joined before the sort, the walls of the other tables would have all of the market sorted.
    whole = (
        Listing.objects.filter(pk__in=ids)
        .select_related("resource", "provider", "quality")
        .defer("search_text", "search_grams")
    )
    found = {row.pk: row for row in whole}
    if sort in BY_PRICE:
        ids = _steadier_first(ids, found)
    sold = sold_now(ids, at=at)
    compared = all_in_of(ids, place=wanted.delivered_to, groups=wanted.groups)
    return MarketPage(
        rows=tuple(
            _row(found[key], found[key].total_milli - sold.get(key, 0), compared.get(key))
            for key in ids
        ),
        next_cursor=page.next,
        previous_cursor=page.previous,
    )


def _steadier_first(ids: Sequence[UUID], found: Mapping[UUID, Listing]) -> list[UUID]:
    """
    Return the listings of a page that is sorted by price; of one price the steadier are in front.

    What has no record yet comes after what has one, in its own order. Pages hold what they held:
    only the places of one page change, so that a cursor leads on as before.
    """

    def stability(key: UUID) -> int:
        quality = getattr(found[key], "quality", None)
        known = quality.stability if quality else None
        return -1 if known is None else known

    ordered: list[UUID] = []
    for _price, alike in groupby(ids, key=lambda key: found[key].sort_price):
        ordered += sorted(alike, key=stability, reverse=True)
    return ordered


def _row(listing: Listing, free_milli: int, all_in: AllIn | None) -> MarketRow:
    resource, provider = listing.resource, listing.provider
    quality = getattr(listing, "quality", None)
    return MarketRow(
        id=listing.pk,
        number=listing.number,
        title=listing.title,
        title_en=listing.title_en,
        provider_id=listing.provider_id,
        provider_name=provider.name,
        provider_name_en=provider.name_en,
        resource_id=listing.resource_id,
        identifier=resource.identifier,
        resource_class=listing.resource_class,
        form=listing.form,
        region=listing.region,
        hub=listing.hub,
        chip=listing.chip,
        specification=dict(resource.specification),
        pue=listing.pue,
        verification_level=listing.verification_level,
        accepts_vouchers=listing.accepts_vouchers,
        capacity_unit=listing.capacity_unit,
        total_milli=listing.total_milli,
        free_milli=free_milli,
        headline_unit=listing.headline_unit,
        headline_price=listing.headline_price,
        price_per_standard_hour=listing.price_per_standard_hour,
        price_per_unit_hour=listing.price_per_unit_hour,
        all_in=all_in,
        stability=quality.stability if quality else None,
        availability_ppm=quality.availability_ppm if quality else None,
        is_community=listing.community_rule_id is not None,
        preemption_minutes=listing.preemption_minutes,
    )


# --- Conditions --------------------------------------------------------------------------------
def _open(wanted: MarketFilter, *, at: datetime) -> QuerySet[Listing]:
    """Return the open listings under the filters that have no counts."""
    found = Listing.objects.filter(state=ListingState.OPEN, available_from__lte=at).filter(
        Q(available_until__isnull=True) | Q(available_until__gt=at)
    )
    for condition, limit in (
        ("pue__lte", wanted.pue_max),
        ("verification_level__gte", wanted.verification_min),
        ("quality__stability__gte", wanted.stability_min),
        ("quality__credibility__gte", wanted.credibility_min),
        ("card_memory_gb__gte", wanted.card_memory_min),
        ("vcpu__gte", wanted.vcpu_min),
        ("network_gbps__gte", wanted.network_min),
        ("provider_id", wanted.provider_id),
    ):
        if limit is not None:
            found = found.filter(Q((condition, limit)))
    found = found.filter(_kind_condition(wanted))
    if wanted.free_milli_min is not None:
        fuller = CapacitySlot.objects.filter(
            listing=OuterRef("pk"),
            starts_at__lte=at,
            ends_at__gt=at,
            free_milli__lt=wanted.free_milli_min,
        )
        found = found.filter(~Exists(fuller), total_milli__gte=wanted.free_milli_min)
    if wanted.card_price_max is not None:
        found = found.filter(
            capacity_unit=CapacityUnit.CARD, price_per_unit_hour__lte=wanted.card_price_max
        )
    if wanted.all_in_max is not None:
        within = AllInPrice.objects.filter(
            of_groups(wanted.groups),
            listing=OuterRef("pk"),
            place=wanted.delivered_to,
            sort_price__lte=wanted.all_in_max,
        )
        found = found.filter(Exists(within))
    if wanted.text.strip():
        found = _with_text(found, wanted.text)
    return found


def _kind_condition(wanted: MarketFilter) -> Q:
    """Return what is asked of whether it is given away, and whether it may be taken back."""
    asked = Q()
    if wanted.is_community is not None:
        asked &= Q(community_rule__isnull=not wanted.is_community)
    if wanted.is_preemptible is not None:
        never = Q(preemption_rule="")
        asked &= ~never if wanted.is_preemptible else never
    return asked


def _with_text(found: QuerySet[Listing], text: str) -> QuerySet[Listing]:
    """
    Keep the listings that every term finds: in their words, by a fact, a place, or as their number.

    Pairs of characters, which an index answers, narrow the words before each is looked for itself.
    """
    for term in words.terms(text):
        found = found.filter(_term(term))
    return found


def _term(term: words.Term) -> Q:
    wanted, word = Q(), term.word
    for column, value in (
        ("form", term.form),
        ("resource_class", term.resource_class),
        ("card_memory_gb", term.memory_gb),
        ("memory_gb", term.memory_gb),
        ("vcpu", term.vcpu),
        ("network_gbps", term.network_gbps),
    ):
        if value:
            wanted |= Q((column, value))
    if word:
        wanted |= Q(search_grams__contains=rules.search_grams(word), search_text__contains=word)
        if places := regions.codes_named(word):
            wanted |= Q(region__in=places)
        if (seq := rules.seq_of(word)) is not None:
            wanted |= Q(seq=seq)
    return wanted


def _facet_conditions(wanted: MarketFilter) -> dict[str, Q]:
    conditions: dict[str, Q] = {}
    for name, values in (
        ("resource_class", wanted.resource_classes),
        ("form", wanted.forms),
        ("hub", wanted.hubs),
        ("chip", profiles.every_name(wanted.chips)),
    ):
        if values:
            conditions[name] = Q(**{f"{name}__in": values})
    if wanted.accepts_vouchers is not None:
        conditions["accepts_vouchers"] = Q(accepts_vouchers=wanted.accepts_vouchers)
    price = Q()
    if wanted.price_min is not None:
        price &= Q(sort_price__gte=wanted.price_min, price_per_standard_hour__isnull=False)
    if wanted.price_max is not None:
        price &= Q(sort_price__lte=wanted.price_max, price_per_standard_hour__isnull=False)
    if price:
        conditions["bucket"] = price
    return conditions
