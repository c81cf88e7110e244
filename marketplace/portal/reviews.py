"""The kinds of work that can be set aside: what waits for a check, and how it is tried again."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from common.errors import NotFound
from marketplace.catalog import services as catalog_services
from marketplace.catalog.models import Listing
from marketplace.orders import services as orders_services
from marketplace.orders.models import Order
from marketplace.settlement import services as settlement_services
from marketplace.settlement.models import Contract, UnopenedOrder
from marketplace.vouchers import services as vouchers_services
from marketplace.vouchers.models import Voucher


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row that waits for a check."""

    kind: str
    id: UUID
    number: str
    code: str
    detail: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Kind:
    """
    One kind of work: its rows carry the columns of `common.reviews`, and one call tries one again.

    The call raises `NotFound` if the row does not wait for a check.
    """

    name: str
    rows: Callable[[], QuerySet[Any]]
    retry: Callable[[UUID], object]


KINDS: Final = (
    Kind("order", Order.objects.all, lambda pk: orders_services.retry_order(order_id=pk)),
    Kind("listing", Listing.objects.all, lambda pk: catalog_services.retry_listing(listing_id=pk)),
    Kind("voucher", Voucher.objects.all, lambda pk: vouchers_services.retry_voucher(voucher_id=pk)),
    Kind(
        "contract",
        Contract.objects.all,
        lambda pk: settlement_services.retry_contract(contract_id=pk),
    ),
    Kind(
        "unopened",
        UnopenedOrder.objects.all,
        lambda pk: settlement_services.retry_unopened(order_id=pk),
    ),
)


def kind(name: str) -> Kind:
    """
    Return a kind by its name.

    :raises LookupError: if there is none
    """
    found = next((each for each in KINDS if each.name == name), None)
    if found is None:
        message = f"there is no kind {name}; there are {', '.join(each.name for each in KINDS)}"
        raise LookupError(message)
    return found


def waiting(kinds: Iterable[Kind] = KINDS) -> list[Waiting]:
    """Return what waits for a check, kind by kind, the longest first."""
    return [
        Waiting(each.name, row.pk, str(row), row.review_code, row.review_detail, row.review_since)
        for each in kinds
        for row in each.rows().exclude(review_code="").order_by("review_since", "pk")
    ]


def retry(wanted: Kind, names: Iterable[str]) -> tuple[list[Waiting], list[str]]:
    """Try rows of a kind again, by id or number; return them and the names that do not wait."""
    there = waiting([wanted])
    known = {str(row.id): row for row in there} | {row.number: row for row in there}
    tried: list[Waiting] = []
    unknown: list[str] = []
    for name in names:
        try:
            wanted.retry(known[name].id)
        except (KeyError, NotFound):
            unknown.append(name)
        else:
            tried.append(known[name])
    return tried, unknown
