"""Open listings of one kind by what a unit of them can cost at the least: what to look at first."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import (
    Case,
    DecimalField,
    F,
    FilteredRelation,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Least

from identity.contracts import CapacityUnit
from identity.identifiers import profiles
from marketplace.catalog.contracts import ListingState
from marketplace.catalog.models import Listing
from marketplace.catalog.price_facts import SOLD
from pricing import rate_4
from pricing.contracts import TOKEN_KINDS, RateUnit

EXACT: Final = DecimalField(max_digits=40, decimal_places=20)
TOKEN_RULES_MAX: Final = 1_000
OF_TOKENS: Final = (RateUnit.KTOKEN, *TOKEN_KINDS)
HOURS_A_MONTH: Final = Decimal(720)


@dataclass(frozen=True, slots=True)
class BoundedListing:
    """
    A listing, and what a unit of it costs at the least in yuan: no order of it is cheaper.

    The unit is an hour of its capacity; where it was asked so, a thousand tokens. With certified
    throughputs the bound is divided by them: it is of an hour and a token a second.
    """

    listing_id: UUID
    least: Decimal
    certified: Decimal | None = None


def listings_by_bound(
    *,
    at: datetime,
    starts_at: datetime,
    limit: int,
    capacity_unit: str = "",
    chips: Collection[str] = (),
    of_tokens: bool = False,
    certificates: QuerySet[Any] | None = None,
) -> list[BoundedListing]:
    """
    Return open listings of a kind, first those whose plan in force at `starts_at` may cost least.

    Chips are found under every name that they go by. `certificates` are those that count: of a
    resource the lowest, and resources without one are left out.
    """
    found = _on_offer(at, starts_at).alias(
        held=FilteredRelation(
            "plan_version__plan__versions",
            condition=Q(plan_version__plan__versions__starts_at__lte=starts_at)
            & (
                Q(plan_version__plan__versions__ends_at__isnull=True)
                | Q(plan_version__plan__versions__ends_at__gt=starts_at)
            ),
        )
    )
    if capacity_unit:
        found = found.filter(capacity_unit=capacity_unit)
    if chips:
        found = found.filter(chip__in=profiles.every_name(chips))
    bound = _least(RateUnit.KTOKEN) if of_tokens else _least_hour()
    if of_tokens:
        found = found.filter(headline_unit__in=OF_TOKENS)
    if certificates is None:
        rows = found.annotate(bound=bound).order_by("bound", "id").values_list("pk", "bound")
        return [BoundedListing(pk, least) for pk, least in rows[:limit]]
    of_each = certificates.filter(resource_id=OuterRef("resource_id")).order_by()
    lowest = of_each.values("resource_id").annotate(lowest=Min("value")).values("lowest")
    served = found.filter(resource_id__in=certificates.order_by().values("resource_id"))
    by_token = served.annotate(certified=Subquery(lowest), bound=bound / F("certified"))
    told = by_token.order_by("bound", "id").values_list("pk", "bound", "certified")
    return [BoundedListing(pk, least, certified) for pk, least, certified in told[:limit]]


def listings_whole(ids: Collection[UUID]) -> dict[UUID, Listing]:
    """Return listings as a calculation reads them, by id."""
    whole = Listing.objects.filter(pk__in=ids).select_related(
        "resource", "provider", "book", "plan_version", "rule_version"
    )
    return {each.pk: each for each in whole.defer("search_text", "search_grams")}


def token_rules(*, at: datetime, starts_at: datetime) -> list[Mapping[str, Any]]:
    """Return what the measurement rules say by which open listings of APIs count tokens."""
    listed = _on_offer(at, starts_at).filter(headline_unit__in=OF_TOKENS)
    each = listed.order_by("rule_version_id").distinct("rule_version_id")
    return list(each.values_list("rule_version__definition", flat=True)[:TOKEN_RULES_MAX])


def _least_hour() -> Any:
    """
    Return the bound of an hour of capacity: by hours, by standard hours, by months of a GB.

    Where a plan has prices of several things, its hours are of compute alone.
    """
    is_of_several = Q(held__rating_rule=rate_4.NAME) | Q(plan_version__rating_rule=rate_4.NAME)
    hours = _least("unit_hour") + Coalesce(
        _least("standard_hour") * F("standard_factor"), Decimal(0), output_field=EXACT
    )
    nothing = Value(Decimal(0), output_field=EXACT)
    return Case(
        When(is_of_several & Q(capacity_unit__in=SOLD), then=nothing), default=hours
    ) + Case(
        When(capacity_unit=CapacityUnit.GB, then=_least("gb_month") / HOURS_A_MONTH),
        default=nothing,
    )


def _least(unit: RateUnit | str) -> Any:
    """
    Return the least of a unit by the version in force then, or by the one that the listing bears.

    A listing may bear a version that begins later, by which it is ordered already.
    """
    said = (F(f"{version}__least_{unit}") for version in ("held", "plan_version"))
    return Coalesce(Least(*said), Decimal(0), output_field=EXACT)


def _on_offer(at: datetime, starts_at: datetime) -> QuerySet[Listing]:
    """Return the open listings that are offered when an order would begin."""
    return Listing.objects.filter(
        Q(available_until__isnull=True) | Q(available_until__gt=at),
        state=ListingState.OPEN,
        community_rule=None,
        preemption_rule="",
        available_from__lte=starts_at,
    )
