"""Demands one by one, in lists, and their place in the queue."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import F, Q, QuerySet

from common import tenancy
from marketplace.demands import rules, terms
from marketplace.demands.contracts import DemandNotFound, DemandState, DemandTerms, MatchSnapshot
from marketplace.demands.models import (
    WAITING,
    DemandDecision,
    DemandLot,
    DemandReopening,
    PostedDemand,
    SavedSearch,
)
from marketplace.orders.whys import NotDecided

SHARE_OF: Final = timedelta(days=7)
SHARE_LEAST: Final = 10  # of fewer nothing is said


def demands_of(*, buyer_id: UUID | None = None) -> QuerySet[PostedDemand]:
    """Return the demands of a buyer, or all, newest first."""
    found = PostedDemand.objects.select_related("buyer").order_by("-id")
    return found if buyer_id is None else found.filter(buyer_id=buyer_id)


def demand(*, demand_id: UUID, buyer_id: UUID | None = None) -> PostedDemand:
    """
    Return a demand.

    :raises DemandNotFound: if it does not exist or is someone else's (the two look alike)
    """
    found = demands_of(buyer_id=buyer_id).filter(pk=demand_id).first()
    if found is None:
        raise DemandNotFound
    return found


def terms_of(row: PostedDemand) -> DemandTerms:
    """Return what a demand asks for."""
    read: DemandTerms = terms.thawed(row.terms)
    return read


def lots_of(demand_ids: Collection[UUID]) -> list[DemandLot]:
    """Return the lots that filled demands, with their orders and listings."""
    return list(
        DemandLot.objects.select_related("order", "listing__provider")
        .defer("listing__search_grams", "order__lines")
        .filter(demand_id__in=demand_ids)
        .order_by("demand_id", "id")
    )


def demand_of_order(order_id: UUID) -> PostedDemand | None:
    """Return the demand that an order serves, if it serves one."""
    found = DemandLot.objects.select_related("demand").filter(order_id=order_id).first()
    return None if found is None else found.demand


def left_out(row: PostedDemand) -> list[UUID]:
    """Return the listings that a waiting demand leaves out: they filled it and did not deliver."""
    if not row.reopened_count:
        return []
    found = DemandLot.objects.filter(demand_id=row.pk).order_by("id")
    return list(found.values_list("listing_id", flat=True))


def reopenings_of(row: PostedDemand) -> list[DemandReopening]:
    """Return how often what filled a demand was not delivered, the earliest first."""
    if not row.reopened_count:
        return []
    found = DemandReopening.objects.select_related("order", "listing__provider")
    found = found.defer("listing__search_grams", "order__lines")
    return list(found.filter(demand_id=row.pk).order_by("sequence"))


def serving_lots(
    lots: Sequence[DemandLot], reopenings: Sequence[DemandReopening]
) -> list[DemandLot]:
    """Return those of a demand's lots that serve it; those before a reopening came to nothing."""
    since = reopenings[-1].reopened_at if reopenings else None
    return [lot for lot in lots if since is None or lot.order.placed_at >= since]


def reopened_by(order_id: UUID) -> DemandReopening | None:
    """Return how a demand was reopened since an order was not delivered, if it was."""
    found = DemandReopening.objects.select_related("demand")
    return found.filter(order_id=order_id).first()


def replaced_by(order_id: UUID) -> DemandReopening | None:
    """Return the order that was not delivered before this one served its demand, if any."""
    lot = DemandLot.objects.filter(order_id=order_id).select_related("order").first()
    if lot is None:
        return None
    found = DemandReopening.objects.select_related("order").defer("order__lines")
    earlier = found.filter(demand_id=lot.demand_id).exclude(order_id=order_id)
    return earlier.filter(reopened_at__lte=lot.order.placed_at).order_by("-sequence").first()


def place_in_queue(row: PostedDemand) -> tuple[int, int]:
    """Return a waiting demand's place among those of its class, from 1, and how many wait."""
    queue = PostedDemand.objects.filter(WAITING, resource_class=row.resource_class)
    before = Q(queued_at__lt=row.queued_at) | Q(queued_at=row.queued_at, pk__lt=row.pk)
    return queue.filter(before).count() + 1, queue.count()


def waiting_count(*, buyer_id: UUID) -> int:
    """Return how many demands of a buyer wait."""
    return PostedDemand.objects.filter(WAITING, buyer_id=buyer_id).count()


def to_be_looked_at(*, looked_before: datetime, limit: int) -> list[UUID]:
    """Return the waiting demands not looked at since a moment, in the order of the queue."""
    due = PostedDemand.objects.filter(WAITING).filter(
        Q(looked_at__isnull=True) | Q(looked_at__lt=looked_before)
    )
    return list(
        due.order_by("resource_class", "queued_at", "id").values_list("pk", flat=True)[:limit]
    )


def decision(demand_id: UUID) -> DemandDecision | None:
    """Return how a demand was decided; nothing while it waits."""
    return DemandDecision.objects.filter(demand_id=demand_id).order_by("-id").first()


def decision_file(row: PostedDemand) -> dict[str, Any]:
    """
    Return how a demand was decided, as the script reads it that decides it again.

    Whether the reader may see it is for the caller to ask.

    :raises NotDecided: while it waits, and where it was cancelled
    """
    with tenancy.acting_as_platform():
        found = decision(row.pk)
    if found is None:
        raise NotDecided
    names = ("revision", "rule_version", "seed", "input_hash", "output_hash", "snapshot", "result")
    told = {name: getattr(found, name) for name in names}
    return {"number": row.number, **told, "late_code": found.late_code}


def decision_of_number(number: str) -> DemandDecision:
    """
    Return how the demand of a number was decided.

    :raises DemandNotFound: if there is none, or it waits
    """
    found = DemandDecision.objects.filter(demand__number=number).order_by("-id").first()
    if found is None:
        raise DemandNotFound
    return found


def replays(found: DemandDecision) -> bool:
    """Tell whether a stored decision computes again to what was stored, both hashes too."""
    snapshot: MatchSnapshot = terms.thawed(found.snapshot, MatchSnapshot)
    result = terms.document_of(rules.clear(snapshot))
    return (
        terms.hash_of(found.snapshot) == found.input_hash
        and result == found.result
        and terms.hash_of(result) == found.output_hash
    )


def searches_of(organization_id: UUID) -> QuerySet[SavedSearch]:
    """Return what an organisation looks for, by name."""
    return SavedSearch.objects.filter(organization_id=organization_id).order_by("name")


def searches_behind(*, seq: int, limit: int) -> list[Any]:
    """Return the searches that alert and have not looked at the newest listing."""
    behind = SavedSearch.objects.filter(is_alerting=True, seen_seq__lt=seq)
    return list(behind.order_by(F("seen_at")).values_list("pk", flat=True)[:limit])


@dataclass(frozen=True, slots=True)
class FilledShare:
    """How many of some demands were filled."""

    demands: int
    filled: int

    @property
    def percent(self) -> int:
        """Return the share in whole percent, rounded down."""
        return self.filled * 100 // self.demands


def filled_share(*, resource_class: str, at: datetime) -> FilledShare | None:
    """Return how many demands of a class were filled in 7 days; nothing of too few to say."""
    with tenancy.acting_as_platform():
        ended = PostedDemand.objects.filter(
            resource_class=resource_class, closed_at__gte=at - SHARE_OF
        )
        ended = ended.exclude(state=DemandState.CANCELLED)
        demands, filled = ended.count(), ended.filter(state=DemandState.FILLED).count()
    return FilledShare(demands, filled) if demands >= SHARE_LEAST else None


def is_over(row: PostedDemand) -> bool:
    """Return whether nothing happens to a demand any more."""
    return row.state != DemandState.WAITING
