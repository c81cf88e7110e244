"""Rounds and their orders, one by one and in lists. Row-level security decides whose orders."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import BigIntegerField, DecimalField, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast

from marketplace.rounds import sealing, terms
from marketplace.rounds.contracts import (
    CallRoundNotFound,
    OrderTerms,
    PriceKind,
    RoundNotDecided,
    RoundOrderNotFound,
    RoundOrderState,
    RoundState,
    RoundTerms,
    Schedule,
)
from marketplace.rounds.models import (
    LIVE,
    CallRound,
    RoundLot,
    RoundOrder,
    RoundPrice,
    RoundResult,
)

YUAN: Final["DecimalField[Any, Any]"] = DecimalField(max_digits=20, decimal_places=6)


def rounds() -> QuerySet[CallRound]:
    """Return every round, the latest first."""
    return CallRound.objects.order_by("-id")


def call_round(round_id: UUID) -> CallRound:
    """
    Return a round.

    :raises CallRoundNotFound: if there is none
    """
    found = CallRound.objects.filter(pk=round_id).first()
    if found is None:
        raise CallRoundNotFound
    return found


def schedule_of(row: CallRound) -> Schedule:
    """Return the moments of a round."""
    return Schedule(row.opens_at, row.first_at, row.no_cancel_at, row.second_at, row.ends_at)


def terms_of_round(row: CallRound) -> RoundTerms:
    """Return what a round sells, and when."""
    return RoundTerms(
        resource_class=row.resource_class,
        hubs=tuple(row.hubs),
        schedule=schedule_of(row),
        delivers_from=row.delivers_from,
        delivers_until=row.delivers_until,
        chips=tuple(row.chips),
        solve_seconds=row.solve_seconds,
    )


def orders_of(round_id: UUID, *, buyer_id: UUID | None = None) -> QuerySet[RoundOrder]:
    """Return the orders of a round, of one buyer or all, by the numbers that everybody knows."""
    found = RoundOrder.objects.filter(round_id=round_id).order_by("tag")
    return found if buyer_id is None else found.filter(buyer_id=buyer_id)


def buyers_orders(*, buyer_id: UUID | None = None) -> QuerySet[RoundOrder]:
    """Return a buyer's orders of all rounds, or everybody's, the latest first."""
    found = RoundOrder.objects.select_related("round", "buyer").order_by("-id")
    return found if buyer_id is None else found.filter(buyer_id=buyer_id)


def order_of(*, round_order_id: UUID, buyer_id: UUID | None = None) -> RoundOrder:
    """
    Return an order of a round.

    :raises RoundOrderNotFound: if there is none, or it is someone else's
    """
    found = buyers_orders(buyer_id=buyer_id).filter(pk=round_order_id).first()
    if found is None:
        raise RoundOrderNotFound
    return found


def standing_count(round_id: UUID) -> int:
    """Return how many orders stand in a round."""
    return RoundOrder.objects.filter(round_id=round_id, state=RoundOrderState.STANDING).count()


def order_terms(row: RoundOrder) -> OrderTerms:
    """Return what an order asks for."""
    return terms.order_terms(row.terms)


def lots_of(order_ids: Collection[UUID]) -> list[Any]:
    """
    Return the orders on the market that orders of rounds became.

    Each has `price_minor`: fen by the standard hour, the round's price or that of a price group.
    """
    price = Cast(KeyTextTransform("unit_price", KeyTransform("0", "order__lines")), YUAN)
    return list(
        RoundLot.objects.select_related("order", "listing__provider")
        .defer("listing__search_grams", "order__lines")
        .annotate(price_minor=Cast(price * 100, BigIntegerField()))
        .filter(round_order_id__in=order_ids)
        .order_by("round_order_id", "id")
    )


def prices_of(round_id: UUID) -> Mapping[str, RoundPrice]:
    """Return the prices that were told of a round, by kind."""
    return {
        each.kind: each for each in RoundPrice.objects.filter(round_id=round_id).order_by("told_at")
    }


def result(round_id: UUID) -> RoundResult:
    """
    Return a published round's document.

    :raises CallRoundNotFound: if there is no such round
    :raises RoundNotDecided: if it is not published
    """
    row = call_round(round_id)
    found = RoundResult.objects.filter(pk=row.pk).first()
    if found is None:
        raise RoundNotDecided
    return found


def proof_of(row: RoundOrder) -> dict[str, Any]:
    """
    Return the way from an order to the root that its round sealed.

    :raises RoundNotDecided: if the round is not published
    :raises RoundOrderNotFound: if the order took no part
    """
    orders = result(row.round_id).document["orders"]
    place = next((n for n, each in enumerate(orders) if each["tag"] == row.tag), None)
    if place is None:
        raise RoundOrderNotFound
    return {
        "order": orders[place],
        "place": place,
        "orders": len(orders),
        "proof": sealing.proof(orders, place),
        "order_root": sealing.root(orders),
    }


def live_round(*, at: datetime) -> CallRound | None:
    """Return the round that takes orders, or the one that opens next."""
    going = CallRound.objects.filter(LIVE, ends_at__gt=at)
    return going.order_by("ends_at", "id").first()


def neighbours(row: CallRound) -> tuple[CallRound | None, CallRound | None]:
    """Return the rounds before and after one."""
    before = CallRound.objects.filter(pk__lt=row.pk).order_by("-id").first()
    after = CallRound.objects.filter(pk__gt=row.pk).order_by("id").first()
    return before, after


def due(*, at: datetime, limit: int) -> list[UUID]:
    """Return the rounds of which a moment has come, the most overdue first."""
    first, second = (
        ~Q(pk__in=RoundPrice.objects.filter(kind=kind).values("round_id"))
        for kind in (PriceKind.FIRST, PriceKind.SECOND)
    )
    came = (
        Q(state=RoundState.SCHEDULED, opens_at__lte=at)
        | Q(state=RoundState.OPEN, no_cancel_at__lte=at)
        | Q(state=RoundState.NO_CANCEL, ends_at__lte=at)
        | Q(state=RoundState.SOLVING)
        | (Q(state=RoundState.OPEN, first_at__lte=at) & first)
        | (Q(state=RoundState.NO_CANCEL, second_at__lte=at) & second)
    )
    found = CallRound.objects.filter(LIVE).filter(came).order_by("ends_at", "id")
    return list(found.values_list("pk", flat=True)[:limit])
