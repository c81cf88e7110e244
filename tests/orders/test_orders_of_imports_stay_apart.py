"""An order names the import that made it, for good, and its own buyer's alone."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from common import tenancy
from marketplace.orders import selectors, services
from marketplace.orders.contracts import (
    ImportedLine,
    ImportFacts,
    ImportNotFound,
    ImportState,
    OrderState,
    RefusalCode,
)
from marketplace.orders.models import ImportedRow, ImportRun, Order
from tests.catalog.supply import listed
from tests.orders.cast import NOW, buyer, clear, wish

pytestmark = pytest.mark.django_db


def started(organization, content: str = "a") -> ImportRun:
    facts = ImportFacts(organization.pk, "cluster", "sacct.txt", content * 64, "slurm", "UTC", "")
    return services.start_import(facts=facts, now=NOW)


def imported(organization, listing, run: ImportRun) -> Order:
    with tenancy.acting_as(organization.pk):
        (order,) = services.place_orders(
            buyer_id=organization.pk,
            wishes=[wish(listing)],
            placed_at=NOW,
            import_run_id=run.pk,
        )
        services.remember_lines(run_id=run.pk, lines={order.pk: ImportedLine(2, "b" * 64)})
    return order


def test_a_round_of_the_market_leaves_it_to_the_import():
    listing, haichao = listed(), buyer("100")
    order = imported(haichao, listing, started(haichao))

    clear(listing)
    with tenancy.acting_as_platform():
        waiting = selectors.books_waiting(now=NOW, limit=9)
        services.clear_imported(book_id=listing.book_id, order_ids=[], now=NOW)
        left = Order.objects.get(pk=order.pk).state
        services.clear_imported(book_id=listing.book_id, order_ids=[order.pk], now=NOW)
        cleared = Order.objects.get(pk=order.pk).state

    assert (waiting, left, cleared) == ([], OrderState.PLACED, OrderState.CLEARED)


def test_an_import_clears_no_order_that_is_not_of_an_import():
    listing, haichao = listed(), buyer("100")
    with tenancy.acting_as(haichao.pk):
        order = services.place_order(buyer_id=haichao.pk, wish=wish(listing), placed_at=NOW)

    services.clear_imported(book_id=listing.book_id, order_ids=[order.pk], now=NOW)

    with tenancy.acting_as_platform():
        assert Order.objects.get(pk=order.pk).state == OrderState.PLACED


def test_the_same_file_goes_on_and_another_begins():
    haichao = buyer()
    first = started(haichao)

    assert started(haichao).pk == first.pk
    assert started(haichao, "c").pk != first.pk
    services.finish_import(run_id=first.pk, is_whole=True, counts={}, now=NOW)
    assert started(haichao).pk != first.pk


def test_the_end_of_an_import_ends_earlier_ones_of_which_nothing_is_open():
    listing, haichao = listed(), buyer("0")
    empty, waiting = started(haichao, "a"), started(haichao, "b")
    order = imported(haichao, listing, waiting)
    later = started(haichao, "c")

    services.finish_import(run_id=later.pk, is_whole=True, counts={"rows": 1}, now=NOW)
    with tenancy.acting_as_platform():
        states = dict(ImportRun.objects.values_list("pk", "state"))
    assert states == {
        empty.pk: ImportState.FINISHED,
        waiting.pk: ImportState.RUNNING,
        later.pk: ImportState.FINISHED,
    }

    services.clear_imported(book_id=listing.book_id, order_ids=[order.pk], now=NOW)
    services.finish_import(run_id=started(haichao, "c").pk, is_whole=True, counts={}, now=NOW)
    with tenancy.acting_as_platform():
        assert Order.objects.get(pk=order.pk).refusal_code == RefusalCode.INSUFFICIENT_FUNDS
        assert selectors.running_imports() == []


def test_no_order_names_the_import_of_somebody_else():
    listing, haichao, stranger = listed(), buyer("100"), buyer("100")

    with pytest.raises(DatabaseError, match="order_import_is_its_buyers"), transaction.atomic():
        imported(stranger, listing, started(haichao))


PERMANENT = {
    "made by no import": "UPDATE orders_order SET import_run_id = NULL",
    "another line": "UPDATE orders_importedrow SET line = 3",
    "what a line said": "DELETE FROM orders_importedrow",
    "another source": "UPDATE orders_importrun SET source = 'mine'",
    "another file": "UPDATE orders_importrun SET content_hash = repeat('0', 64)",
    "the import": "DELETE FROM orders_importrun",
    "over without an end": "UPDATE orders_importrun SET state = 'FINISHED'",
}


@pytest.mark.parametrize("attack", PERMANENT.values(), ids=PERMANENT.keys())
def test_the_platform_itself_does_not_rewrite_an_import(attack):
    haichao = buyer("100")
    imported(haichao, listed(), started(haichao))

    with (
        tenancy.acting_as_platform(),
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(attack)


def test_a_buyer_sees_its_imports_and_writes_none():
    haichao, stranger = buyer("100"), buyer()
    imported(haichao, listed(), started(haichao))

    def seen_by(tenant) -> tuple[int, int]:
        with tenancy.acting_as(tenant):
            return ImportRun.objects.count(), ImportedRow.objects.count()

    assert (seen_by(haichao.pk), seen_by(stranger.pk), seen_by("*")) == ((1, 0), (0, 0), (1, 1))
    with tenancy.acting_as(haichao.pk), connection.cursor() as cursor:
        cursor.execute("UPDATE orders_importrun SET counts = '{}'")
        assert cursor.rowcount == 0


def test_an_import_that_nobody_will_finish_is_ended_and_what_it_left_goes_its_way():
    listing, haichao = listed(), buyer("100")
    run = started(haichao)
    cleared, waiting = (imported(haichao, listing, run) for _ in range(2))
    services.clear_imported(book_id=listing.book_id, order_ids=[cleared.pk], now=NOW)
    with tenancy.acting_as_platform():
        assert [each.pk for each in selectors.unfinished_imports()] == [run.pk]
        assert selectors.open_orders_of(run.pk) == {"CLEARED": 1, "PLACED": 1}

    later = NOW + timedelta(days=400)
    assert services.abandon_import(run_id=run.pk, now=later) == 1

    with tenancy.acting_as_platform():
        states = [Order.objects.get(pk=each.pk).state for each in (cleared, waiting)]
        assert states == [OrderState.CLEARED, OrderState.CANCELLED]
        assert ImportRun.objects.get(pk=run.pk).state == ImportState.INCOMPLETE
        assert selectors.running_imports() == []
        assert selectors.open_orders_of(run.pk) == {"CLEARED": 1}
    assert services.abandon_import(run_id=run.pk, now=later) == 0


def test_an_import_that_came_to_its_end_cannot_be_ended():
    run = started(buyer())
    services.finish_import(run_id=run.pk, is_whole=True, counts={}, now=NOW)

    with pytest.raises(ImportNotFound):
        services.abandon_import(run_id=run.pk, now=NOW)


def test_the_command_lists_what_is_unfinished_and_ends_what_is_named():
    run = started(buyer())
    listed_text, ended = StringIO(), StringIO()

    call_command("end_import", stdout=listed_text)
    call_command("end_import", str(run.pk), stdout=ended)

    assert f"{run.pk}" in listed_text.getvalue()
    assert "RUNNING" in listed_text.getvalue()
    assert "0 orders were cancelled" in ended.getvalue()
    for name in (str(run.pk), "no-such-import"):
        with pytest.raises(CommandError) as refused:
            call_command("end_import", name)
        assert refused.value.returncode == 2
