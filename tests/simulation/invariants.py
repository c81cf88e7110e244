"""What is true after every step, whatever went wrong before it."""

from collections import Counter
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from common import tenancy
from identity.events import services as events
from ledger import selectors as ledger
from marketplace import accounts
from marketplace.catalog.models import Allocation
from marketplace.orders.models import Order
from marketplace.payments.models import Deposit

if TYPE_CHECKING:
    from tests.simulation.world import World

ENDS = {"orders.order.refused": "REJECTED", "orders.order.cancelled": "CANCELLED"}
_BALANCED = """
    SELECT coalesce(sum(debits_posted - credits_posted), 0),
           coalesce(sum(debits_pending - credits_pending), 0)
    FROM (SELECT debits_posted, credits_posted, debits_pending, credits_pending FROM ledger_balance
          UNION ALL
          SELECT debits_posted, credits_posted, debits_pending, credits_pending
          FROM ledger_balance_delta) AS every
"""


class BrokenError(AssertionError):
    """Something that is always true was not."""


def orders(world: "World") -> list[Order]:
    """Return the orders of a seed's clients."""
    with tenancy.acting_as_platform():
        ids = [client.id for client in world.clients]
        return list(Order.objects.filter(buyer_id__in=ids).order_by("id"))


def wish_of(order: Order) -> str:
    """Return the key of the wish that an order came of."""
    return order.key


def deposited(owner: UUID) -> int:
    """Return what the bank brought a client."""
    with tenancy.acting_as_platform():
        found = Deposit.objects.filter(organization_id=owner)
        return int(found.aggregate(all=Sum("amount_minor"))["all"] or 0)


def check(world: "World") -> None:
    """
    Ask everything that is always true.

    :raises BrokenError: naming what is not
    """
    found = orders(world)
    _the_ledger_balances()
    _holds_are_what_is_owed(world, found)
    _nothing_is_sold_twice(world, found)
    _an_order_is_one_wish(world, found)
    for order in found:
        # With what workers die three times, alone, waits for a check; nothing else is set aside.
        is_right = order.review_code in ("", "worker_died")
        _require(is_right, f"{order.number} was set aside: {order.review_detail}")
    failed = [each for each in world.told if each.startswith("worker failed")]
    _require(not failed, f"{failed}")


def check_end(world: "World") -> None:
    """Ask what is true once everything has arrived: nothing waits, each story has one end."""
    from tests.simulation.world import replayed

    found = orders(world)
    waiting = [each for each in found if each.state == "PLACED" and not each.review_code]
    _require(not waiting, "an order waits for ever")
    arrived = {(each.buyer_id, each.key) for each in found}
    refused = sum(code != "death" for code in world.told)
    asked = sum(len(client.wishes) for client in world.clients)
    _require(len(arrived) + refused >= asked, "an order was lost")
    _stories_have_one_end(found)
    for number in sorted(world.rounds):
        again = replayed(number)
        _require(again.input_is_intact and again.output_is_the_same, f"{number} is not itself")


def _the_ledger_balances() -> None:
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(_BALANCED)
        _require(cursor.fetchone() == (0, 0), "debits and credits differ")


def _holds_are_what_is_owed(world: "World", found: list[Order]) -> None:
    codes = {client.id: accounts.buyer_cash(client.id) for client in world.clients}
    with tenancy.acting_as_platform():
        balances = ledger.balances(list(codes.values()))
    for client in world.clients:
        owed = sum(
            each.gross_minor
            for each in found
            if each.buyer_id == client.id and each.state == "CLEARED"
        )
        balance = balances.get(codes[client.id])
        posted, available = (balance.posted, balance.available) if balance else (0, 0)
        _require(posted == client.deposited, f"{posted} is not what was paid in")
        held = posted - available
        _require(held == owed, f"{held} is held, {owed} is owed")
        _require(available >= 0, "more is held than there is")


def _nothing_is_sold_twice(world: "World", found: list[Order]) -> None:
    sold = [each for each in found if each.state == "CLEARED"]
    for moment in {each.starts_at for each in sold}:
        taken = Counter[UUID]()
        for each in sold:
            if each.starts_at <= moment < each.ends_at:
                taken[each.listing_id] += each.units_milli
        most = taken[world.listing.pk]
        _require(most <= world.listing.total_milli, f"{most} is sold at {moment}")
    with tenancy.acting_as_platform():
        held = Allocation.objects.filter(
            order_id__in=[each.pk for each in found], state="HELD"
        ).values_list("order_id", flat=True)
        _require(set(held) == {each.pk for each in sold}, "capacity is held for other orders")


def _an_order_is_one_wish(world: "World", found: list[Order]) -> None:
    for client in world.clients:
        keys = [wish_of(each) for each in found if each.buyer_id == client.id]
        _require(set(keys) <= set(client.wishes), "an order that nobody sent")
        _require(len(keys) == len(set(keys)), "one wish became two orders")


def _stories_have_one_end(found: list[Order]) -> None:
    with tenancy.acting_as_platform():
        told = events.of_objects("order", [each.pk for each in found])
    for order in found:
        names = Counter(event.name for event in told[order.pk])
        _require(names["orders.order.placed"] == 1, f"{order.number} was placed {names}")
        _require(names["orders.order.cleared"] <= 1, f"{order.number} cleared twice")
        ends = [state for name, state in ENDS.items() for _n in range(names[name])]
        expected = [] if order.state in ("CLEARED", "PLACED") else [order.state]
        _require(ends == expected, f"{order.number} ended {names}")


def _require(is_true: bool, told: str) -> None:
    if not is_true:
        raise BrokenError(told)
