"""Reads of service levels. What is promised is public; what was measured, its parties' alone."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import django_filters
from django.db import connection
from django.db.models import F, Prefetch, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from common.filters import UUIDFilter
from identity.contracts import Actor
from marketplace import accounts
from marketplace.assurance.level_contracts import LevelEvaluationNotFound
from marketplace.assurance.models import LevelCredit, LevelEvaluation, LevelMonth, ListingLevel


def levels() -> QuerySet[ListingLevel]:
    """Return every version of what is promised of every listing, the latest first."""
    return ListingLevel.objects.select_related("listing").order_by("-id")


def levels_of(listing_id: UUID) -> QuerySet[ListingLevel]:
    """Return every version of what is promised of a listing, the latest first."""
    return ListingLevel.objects.filter(listing_id=listing_id).order_by("-version")


def level_at(listing_id: UUID, at: datetime) -> ListingLevel | None:
    """Return what an order of a listing at a moment is promised; none where nothing is."""
    return levels_of(listing_id).filter(starts_at__lte=at).first()


def levels_at(listing_ids: Collection[UUID], at: datetime) -> dict[UUID, ListingLevel]:
    """Return what orders of listings at a moment are promised, by listing."""
    found = ListingLevel.objects.filter(listing_id__in=listing_ids, starts_at__lte=at)
    return {each.listing_id: each for each in found.order_by("version")}


def level_of_order(order_id: UUID) -> ListingLevel | None:
    """Return what the contract of an order was made under; none where nothing was promised."""
    found = LevelMonth.objects.filter(contract__order_id=order_id).select_related("level")
    month = found.order_by("month").first()
    return month.level if month else None


def evaluations(actor: Actor) -> QuerySet[LevelEvaluation]:
    """Return the latest evaluation of each month that an actor may see, the latest first."""
    newest = LevelEvaluation.objects.filter(revision=F("month__revision"))
    found = newest.select_related("buyer", "provider", "listing", "month__level")
    found = found.prefetch_related(Prefetch("given_back", LevelCredit.objects.order_by("id")))
    if not actor.spans_tenants:
        own = actor.organization_id
        found = found.filter(buyer=own) | found.filter(provider=own)
    return found.order_by("-id")


def evaluation(evaluation_id: UUID, *, actor: Actor) -> LevelEvaluation:
    """
    Return an evaluation, also one that was counted again since.

    :raises LevelEvaluationNotFound: if it does not exist or is someone else's
    """
    found = LevelEvaluation.objects.select_related("buyer", "provider", "listing", "month__level")
    if not actor.spans_tenants:
        own = actor.organization_id
        found = found.filter(buyer=own) | found.filter(provider=own)
    one = found.filter(pk=evaluation_id).first()
    if one is None:
        raise LevelEvaluationNotFound
    return one


def revisions_of(row: LevelEvaluation) -> list[LevelEvaluation]:
    """Return every evaluation of the same month, the first first, with what each moved."""
    found = LevelEvaluation.objects.filter(month_id=row.month_id).order_by("revision")
    return list(found.prefetch_related("given_back"))


def evaluations_of_order(order_id: UUID) -> list[LevelEvaluation]:
    """Return the latest evaluations of the months of an order, the latest first."""
    found = LevelEvaluation.objects.filter(
        month__contract__order_id=order_id, revision=F("month__revision")
    )
    return list(found.order_by("-starts_at"))


def credited_minor(contract_id: UUID, *, asset: str = accounts.CNY) -> int:
    """Return what service levels gave back of a contract in an asset, less what was taken back."""
    found = LevelCredit.objects.filter(evaluation__month__contract_id=contract_id, asset=asset)
    return int(found.aggregate(total=Sum("signed_minor", default=0))["total"])


def left_of(paid: Collection[tuple[UUID, str]]) -> dict[tuple[UUID, str], int]:
    """
    Return what is left of what was paid for contracts, by contract and asset, in minor units.

    Only contracts of which disputes or people gave something back are looked at.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.contract_id, p.asset, assurance_dispute_standing(p.contract_id, p.asset)"
            " FROM unnest(%s::uuid[], %s::text[]) p (contract_id, asset)"
            " WHERE assurance_gave_otherwise(p.contract_id)",
            [[contract_id for contract_id, _asset in paid], [asset for _contract, asset in paid]],
        )
        return {(contract_id, asset): minor for contract_id, asset, minor in cursor.fetchall()}


def level_months_due(now: datetime) -> QuerySet[LevelMonth]:
    """Return the months of contracts that are due, the longest due first."""
    return LevelMonth.objects.filter(due_at__lte=now).order_by("due_at", "id")


class LevelEvaluationFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How evaluations can be searched."""

    is_missed = django_filters.BooleanFilter(label=_("Missed"))
    listing = UUIDFilter(field_name="listing_id", label=_("Listing"))
    contract = django_filters.CharFilter(field_name="contract_number", label=_("Contract"))

    class Meta:
        model = LevelEvaluation
        fields: tuple[str, ...] = ()


class ListingLevelFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How service levels can be searched."""

    listing = UUIDFilter(field_name="listing_id", label=_("Listing"))

    class Meta:
        model = ListingLevel
        fields: tuple[str, ...] = ()
