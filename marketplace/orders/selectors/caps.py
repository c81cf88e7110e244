"""What orders left of the caps that all holders of a programme share."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db.models import Q, Sum

from common import tenancy
from marketplace.orders.models import OrderCover
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers.caps import SharedCap, shared_caps
from marketplace.vouchers.contracts import Purse
from marketplace.vouchers.terms import LimitKind


def with_caps_left(
    purses: Mapping[UUID, Iterable[Purse]], *, at: datetime
) -> dict[UUID, list[Purse]]:
    """
    Return vouchers with what orders left of the caps of their programmes and windows.

    A cover counts with its hold, with what was charged once its order is settled, and not at all
    once it was cancelled. What a programme's orders hold together is no secret of theirs.
    """
    counted: dict[tuple[str, str], int] = {}
    with tenancy.acting_as_platform():
        return {
            holder_id: [_with_left(purse, counted, at=at) for purse in its]
            for holder_id, its in purses.items()
        }


def _with_left(purse: Purse, counted: dict[tuple[str, str], int], *, at: datetime) -> Purse:
    left: dict[LimitKind, int] = {}
    for cap in shared_caps(purse.rules, at=at, applied_at=purse.applied_at):
        key = purse.programme_code, cap.key
        if key not in counted:
            counted[key] = covered_of_cap(purse.programme_code, cap)
        free = cap.cap_minor - counted[key]
        left[cap.limit] = min(free, left.get(cap.limit, free))
    if not left:
        return purse
    return replace(
        purse,
        programme_left_minor=left.get(LimitKind.PROGRAMME_CAP),
        window_left_minor=left.get(LimitKind.WINDOW_CAP),
    )


def covered_of_cap(programme_code: str, cap: SharedCap) -> int:
    """Return what orders hold or were charged of a cap; the caller acts for the market."""
    found = OrderCover.objects.filter(programme_code=programme_code)
    if cap.year is not None:
        found = found.filter(entity_year=cap.year)
    if cap.quarter is not None:
        found = found.filter(quarter=cap.quarter)
    if cap.window is not None:
        found = found.filter(_within(cap.window.opens, cap.window.closes))
    total = found.aggregate(total=Sum("counted_minor"))["total"]
    afterwards = vouchers_selectors.reimbursed_of_cap(cap=cap, code=programme_code)
    return int(total or 0) + afterwards


def _within(opens: datetime | None, closes: datetime | None) -> Q:
    applied_at = "voucher__application__applied_at"
    since = Q() if opens is None else Q(**{f"{applied_at}__gte": opens})
    return since if closes is None else since & Q(**{f"{applied_at}__lt": closes})
