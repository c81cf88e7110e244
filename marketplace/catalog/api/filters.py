"""The market's filters as query parameters; the selectors know what they mean."""

from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

import django_filters
from django.db.models import QuerySet

from common import clock
from common.filters import NumberFilter, UUIDFilter
from identity.contracts import ResourceClass, ResourceForm
from identity.identifiers import regions
from marketplace.catalog import selectors
from marketplace.catalog.api.members import member_prices
from marketplace.catalog.contracts import MarketFilter, MarketSort
from marketplace.catalog.models import Listing
from pricing.group_contracts import PROJECT_CODE_MAX

# What the reader's vouchers pay is known to rooms above: only the page sorts by it.
SORTS = [(str(sort), str(sort)) for sort in MarketSort if sort != MarketSort.VOUCHER]
FIGURE = {"min_value": 0, "max_value": 10**9, "decimal_places": 0}
CHIPS_MAX = 20
PRICE = {"min_value": 0, "max_digits": 16, "decimal_places": 6}


def places() -> Iterable[tuple[str, str]]:
    """Return the codes that a book's place may have."""
    yield from ((hub.code, hub.cluster_en) for hub in regions.hubs())
    for region in regions.regions().values():
        if region.code.endswith("0000"):
            yield region.code, region.name_en


class ChipFilter(django_filters.BaseInFilter, django_filters.CharFilter):  # type: ignore[misc]
    """Names of chips, separated by commas."""


class ListingFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How the market can be searched."""

    resource_class = django_filters.MultipleChoiceFilter(choices=ResourceClass.choices)
    form = django_filters.MultipleChoiceFilter(choices=ResourceForm.choices)
    hub = django_filters.MultipleChoiceFilter(choices=list(places()))
    chip = ChipFilter(max_length=400)
    price_min = NumberFilter(**PRICE)
    price_max = NumberFilter(**PRICE)
    pue_max = NumberFilter(min_value=1, max_digits=4, decimal_places=3)
    verification_min = NumberFilter(min_value=0, max_value=3, decimal_places=0)
    stability_min = NumberFilter(min_value=0, max_value=1000, decimal_places=0)
    credibility_min = NumberFilter(min_value=0, max_value=1000, decimal_places=0)
    free_milli_min = NumberFilter(min_value=0, max_value=10**12, decimal_places=0)
    card_memory_gb_min = NumberFilter(**FIGURE)
    vcpu_min = NumberFilter(**FIGURE)
    network_gbps_min = NumberFilter(**FIGURE)
    card_price_max = NumberFilter(**PRICE)
    all_in_max = NumberFilter(**PRICE)
    delivered_to = django_filters.ChoiceFilter(
        choices=[(hub.code, hub.cluster_en) for hub in regions.hubs()],
        label="the buyer's hub, whose path counts for all-in prices",
    )
    accepts_vouchers = django_filters.BooleanFilter()
    is_community = django_filters.BooleanFilter(label="given away by the rule of the community")
    is_preemptible = django_filters.BooleanFilter(
        label="may be taken back with notice; false leaves such listings out"
    )
    project = django_filters.CharFilter(
        max_length=PROJECT_CODE_MAX,
        label="code of the caller's project, whose price group counts for its prices",
    )
    provider = UUIDFilter()
    q = django_filters.CharFilter(
        max_length=60, label="words: title, provider, chip, form, class, place, memory, identifier"
    )
    sort = django_filters.ChoiceFilter(choices=SORTS, empty_label=None)

    class Meta:
        model = Listing
        fields: ClassVar[list[str]] = []

    def filter_queryset(self, _queryset: QuerySet[Listing]) -> QuerySet[Listing]:
        """Return the open listings that pass every filter, sorted."""
        sort = MarketSort(self.form.cleaned_data["sort"] or MarketSort.PRICE)
        now = clock.now()
        wanted = self.wanted()
        found = selectors.sortable(
            selectors.market(wanted, at=now),
            sort,
            at=now,
            place=wanted.delivered_to,
            groups=wanted.groups,
        )
        found = selectors.with_all_in(found, place=wanted.delivered_to, groups=wanted.groups)
        return found.select_related("resource", "provider", "book").order_by(
            *selectors.ORDERS[sort]
        )

    def wanted(self) -> MarketFilter:
        """Return what was asked for, in the catalog's words."""
        chosen: dict[str, Any] = self.form.cleaned_data
        return MarketFilter(
            resource_classes=tuple(chosen["resource_class"]),
            forms=tuple(chosen["form"]),
            hubs=tuple(chosen["hub"]),
            chips=tuple((chosen["chip"] or [])[:CHIPS_MAX]),
            price_min=chosen["price_min"],
            price_max=chosen["price_max"],
            pue_max=chosen["pue_max"],
            verification_min=_whole(chosen["verification_min"]),
            stability_min=_whole(chosen["stability_min"]),
            credibility_min=_whole(chosen["credibility_min"]),
            free_milli_min=_whole(chosen["free_milli_min"]),
            card_memory_min=_whole(chosen["card_memory_gb_min"]),
            vcpu_min=_whole(chosen["vcpu_min"]),
            network_min=_whole(chosen["network_gbps_min"]),
            card_price_max=chosen["card_price_max"],
            all_in_max=chosen["all_in_max"],
            delivered_to=chosen["delivered_to"],
            accepts_vouchers=chosen["accepts_vouchers"],
            is_community=chosen["is_community"],
            is_preemptible=chosen["is_preemptible"],
            provider_id=chosen["provider"],
            text=chosen["q"],
            groups=self._groups(),
        )

    def _groups(self) -> tuple[tuple[UUID, str], ...]:
        """Return whose prices the caller pays, by provider."""
        if self.request is None:
            return ()
        return member_prices(self.request).groups


def _whole(number: Any) -> int | None:
    return None if number is None else int(number)
