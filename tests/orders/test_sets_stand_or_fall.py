"""Storage and a network ordered beside cards: all of it clears at once, or nothing was ordered."""

import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from common import tenancy
from common.errors import Refusal
from common.ids import uuid7
from common.period import Period
from marketplace.catalog import services as catalog
from marketplace.drivers.api.jobs import NewJobOrder
from marketplace.orders import services as orders
from marketplace.orders.api.batches import NewBatchOrder
from marketplace.orders.api.serializers import NewOrder
from marketplace.orders.api.wishes import ordered_beside, ordered_wish
from marketplace.orders.contracts import NotCancellable, OrderNotRepeated, OrderState, OrderWish
from marketplace.orders.models import Order
from marketplace.orders.set_contracts import NotBeside, SetRefused
from tests import factories
from tests.orders.side_by_side import PLACED, Set
from tests.settlement.beside_compute import STORAGE
from tests.settlement.cast import HOUR, NOON, OPENED, Market


def standing() -> list[tuple[str, int]]:
    with tenancy.acting_as_platform():
        return list(Order.objects.order_by("pk").values_list("state", "gross_minor"))


@pytest.mark.django_db
def test_a_set_is_placed_priced_and_cleared_in_one():
    made = Set()

    order = made.order()

    assert standing() == [("CLEARED", 72_00), ("CLEARED", 3_60), ("CLEARED", 425_00)]
    assert made.cards.cash() == ("100000.00", "99499.40")
    with tenancy.acting_as_platform():
        assert set(order.companions.values_list("wanted_listing_id", flat=True)) == {
            made.shelf.listing.pk,
            made.pipe.listing.pk,
        }
    assert made.order() == order  # A retry finds it.
    assert len(standing()) == 3


@pytest.mark.django_db
@pytest.mark.parametrize("missing", ["room", "money", "link", "closed"])
def test_what_cannot_be_had_whole_is_not_had_at_all(missing):
    made = Set(
        gb=700 if missing == "room" else 10_000, cash="99.00" if missing == "money" else "9999"
    )
    cash = made.cards.cash()
    if missing == "link":
        made.stand(storage_id=None)
    if missing == "closed":
        with tenancy.acting_as(made.shelf.provider.pk):
            catalog.pause_listing(
                listing_id=made.shelf.listing.pk, provider_id=made.shelf.provider.pk, now=PLACED
            )

    refusal = NotBeside if missing in ("link", "closed") else Refusal
    with pytest.raises(refusal), transaction.atomic():
        made.order()

    assert standing() == []
    assert made.cards.cash() == cash


@pytest.mark.django_db
def test_a_set_that_is_refused_says_whose_turn_failed():
    made = Set(gb=720)
    made.order("first", gbps=0)

    with pytest.raises(SetRefused) as refused, transaction.atomic():
        made.order("second", gbps=0)

    assert refused.value.facts["listing"] == made.shelf.listing.number
    assert refused.value.facts["refusal_code"] == "capacity_exhausted"
    assert [state for state, _gross in standing()] == ["CLEARED", "CLEARED"]


@pytest.mark.parametrize("form", [NewJobOrder, NewBatchOrder])
def test_an_order_of_a_job_or_a_batch_takes_nothing_beside_it_in_silence(form):
    asked = form(data={"beside": []})
    assert not asked.is_valid()
    assert "beside" in asked.errors


@pytest.mark.django_db
def test_what_stands_beside_is_said_twice_where_it_is_unusually_large(settings):
    settings.ORDERS_REPEAT_FROM_MINOR = 400_00
    made = Set()
    data = {
        "listing_id": str(made.cards.listing.pk),
        "units_milli": 2000,
        "starts_at": NOON.isoformat(),
        "ends_at": (NOON + 3 * HOUR).isoformat(),
        "beside": [{"listing_id": str(made.pipe.listing.pk), "units_milli": 1000}],
    }

    def placed(repeat=None):
        data["beside"][0]["repeat"] = repeat
        form = NewOrder(data=data)
        form.is_valid(raise_exception=True)
        with tenancy.acting_as(made.cards.buyer.pk), transaction.atomic():
            return orders.place_set(
                buyer_id=made.cards.buyer.pk,
                wish=ordered_wish("set", form.validated_data),
                beside=ordered_beside(form.validated_data),
                placed_at=PLACED,
            )

    with pytest.raises(OrderNotRepeated) as refused:
        placed()
    facts = refused.value.facts
    placed({"units_milli": facts["units_milli"], "amount_minor": facts["amount_minor"]})
    assert standing() == [("CLEARED", 72_00), ("CLEARED", 425_00)]


@pytest.mark.django_db
@pytest.mark.parametrize("which", [0, 1])
def test_what_was_ordered_together_is_cancelled_together(which):
    made = Set()
    order = made.order()
    with tenancy.acting_as_platform():
        named = [order, *order.companions.order_by("pk")][which]

    with tenancy.acting_as(made.cards.buyer.pk):
        ended = orders.cancel_order(
            order_id=named.pk, buyer_id=made.cards.buyer.pk, now=PLACED + timedelta(minutes=1)
        )

    assert ended.pk == named.pk
    assert {state for state, _gross in standing()} == {OrderState.CANCELLED}
    assert made.cards.cash() == ("100000.00", "100000.00")


@pytest.mark.django_db
def test_none_of_a_set_is_cancelled_once_it_began():
    made = Set()
    order = made.order()

    with tenancy.acting_as(made.cards.buyer.pk), pytest.raises(NotCancellable):
        orders.cancel_order(order_id=order.pk, buyer_id=made.cards.buyer.pk, now=NOON)

    assert {state for state, _gross in standing()} == {OrderState.CLEARED}


WAITS = {"state": "PLACED"} | dict.fromkeys(
    ("listing_id", "provider_id", "round_id", "position", "cleared_at", "voucher_minor",
     "cash_minor", "held_minor")
)  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changed",
    [
        WAITS,  # What stands beside has cleared, or it does not stand.
        {"starts_at": NOON + HOUR, "ends_at": NOON + 4 * HOUR},
        {"placed_at": PLACED + timedelta(seconds=1)},
        {"beside": "itself"},
    ],
    ids=["waits", "time", "moment", "whom"],
)
def test_nobody_puts_an_order_beside_another_by_hand(changed):
    made = Set()
    made.order()
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        row = Order.objects.filter(beside__isnull=False).order_by("pk").first()
        first = row.pk
        row.pk, row.number, row.key, row.cash_hold_id = uuid7(), "X", "x", None
        for name, value in changed.items():
            setattr(row, *(("beside_id", first) if name == "beside" else (name, value)))
        cursor.execute("SET CONSTRAINTS order_set_stands IMMEDIATE")
        with pytest.raises(IntegrityError, match="does not stand beside"), transaction.atomic():
            row.save(force_insert=True)
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute("UPDATE orders_order SET beside_id = NULL WHERE beside_id IS NOT NULL")


@pytest.mark.django_db
def test_what_stands_beside_is_of_one_provider_region_and_plan():
    made = Set()
    other = Market(resource=STORAGE, rule="storage-hours", price="1", unit="gb_month")
    own = Market(
        resource=STORAGE, rule="storage-hours", price="1", unit="gb_month",
        provider=made.cards.provider,
    )  # fmt: skip
    for shelf in (other, own):  # Someone else's; of another plan.
        with pytest.raises(Refusal):
            made.stand(storage_id=shelf.listing.pk)
        with (
            tenancy.acting_as_platform(),
            connection.cursor() as cursor,
            pytest.raises(IntegrityError, match="its provider, region and plan"),
            transaction.atomic(),
        ):
            cursor.execute(
                "WITH gone AS (DELETE FROM catalog_besidelisting WHERE sold_as = 'storage'"
                " RETURNING *) INSERT INTO catalog_besidelisting (id, provider_id, listing_id,"
                " beside_id, sold_as, since) SELECT gen_random_uuid(), provider_id, listing_id, %s,"
                " 'storage', since FROM gone",
                [shelf.listing.pk],
            )
    with pytest.raises(Refusal):
        made.stand(storage_id=made.pipe.listing.pk)
    with tenancy.acting_as(other.provider.pk), connection.cursor() as cursor:
        cursor.execute("DELETE FROM catalog_besidelisting")
        assert cursor.rowcount == 0  # Another provider's.


@pytest.mark.slow
@pytest.mark.parametrize("is_together", [True, False])
def test_two_buyers_want_the_last_of_the_shelf_with_their_cards(
    is_together, fresh_database, django_db_blocker
):
    """Without the set (the control) somebody is left with cards and no storage."""
    with django_db_blocker.unblock():
        made = Set(gb=720)
        other = factories.BuyerFactory(stem="Other", cash="9999.00", at=OPENED)
        buyers = [made.cards.buyer, other]
        start = threading.Barrier(2)
        answers: list[object] = []

        def order(buyer) -> None:
            start.wait()
            try:
                if is_together:
                    answers.append(made.order(f"of {buyer.pk}", gbps=0, buyer=buyer))
                else:
                    answers.append(apart(made, buyer))
            except Refusal as refusal:
                answers.append(refusal.code)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=order, args=[buyer]) for buyer in buyers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        with tenancy.acting_as_platform():
            cleared = Order.objects.filter(state=OrderState.CLEARED)
            by_buyer = sorted(cleared.filter(buyer=buyer).count() for buyer in buyers)
        assert by_buyer == ([0, 2] if is_together else [1, 2])
        assert answers.count("order_set_refused") == (1 if is_together else 0)


def apart(made: Set, buyer) -> None:
    """Order cards and storage one by one, as whoever knows no set does."""
    for market, units in ((made.cards, 2000), (made.shelf, 720_000)):
        with tenancy.acting_as(buyer.pk):
            placed = orders.place_order(
                buyer_id=buyer.pk,
                wish=OrderWish(
                    key=f"{buyer.pk} {units}",
                    units_milli=units,
                    period=Period(NOON, NOON + 3 * HOUR),
                    listing_id=market.listing.pk,
                ),
                placed_at=PLACED,
            )
        with tenancy.acting_as_platform(), transaction.atomic():
            orders.clear_together(order_ids=[placed.pk], now=PLACED)
