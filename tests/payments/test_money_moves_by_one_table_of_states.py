"""A movement of money takes the steps of one table, each posted once; the database keeps it."""

from itertools import product

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from common import tenancy
from ledger.contracts import TransferRefused
from marketplace import accounts
from marketplace.payments import rules, services
from marketplace.payments.contracts import (
    MovementKeyReused,
    MovementKind,
    MovementMoved,
    MovementState,
)
from marketplace.payments.models import Movement, PaymentSource
from tests.cast import NOW
from tests.payments import cast
from tests.payments.cast import STATES, asked, available, buyer, moved, paid_in, posted

pytestmark = pytest.mark.django_db
OUT = accounts.clearing_out("STRIPE")


def test_a_top_up_is_credited_when_it_is_done_and_once():
    haichao = buyer()
    movement = asked(haichao, 500_00, MovementKind.TOP_UP)

    moved(movement, STATES.SENT)
    assert available(haichao) == 0
    moved(movement, STATES.DONE, STATES.DONE)

    assert available(haichao) == 500_00
    assert posted(accounts.gateway()) == -500_00


def test_money_that_leaves_is_held_stands_in_clearing_and_leaves_it():
    haichao = buyer()
    source = paid_in(haichao, 500_00)
    refund = cast.refund(haichao, 200_00, source)

    assert (available(haichao), posted(OUT)) == (300_00, 0)
    moved(refund, STATES.APPROVED, STATES.SENT)
    assert (available(haichao), posted(OUT)) == (300_00, 200_00)
    moved(refund, STATES.DONE)
    assert (posted(OUT), posted(accounts.gateway())) == (0, -300_00)


@pytest.mark.parametrize(
    "steps",
    [
        ("CANCELLED",),
        ("APPROVED", "RETURNED"),
        ("APPROVED", "SENT", "RETURNED"),
        ("APPROVED", "SENT", "DONE", "RETURNED"),
    ],
)
def test_what_does_not_leave_or_comes_back_is_the_buyers_again(steps):
    haichao = buyer()
    source = paid_in(haichao, 500_00)

    moved(
        cast.refund(haichao, 500_00, source),
        *(STATES[step] for step in steps),
    )

    with tenancy.acting_as_platform():
        source.refresh_from_db()
    assert (available(haichao), posted(OUT), source.taken_minor) == (500_00, 0, 0)
    assert posted(accounts.gateway()) == -500_00


def test_the_same_key_is_the_same_movement_and_another_amount_is_refused():
    haichao = buyer()

    first = asked(haichao, 5_00, MovementKind.TOP_UP, key="once")

    assert asked(haichao, 5_00, MovementKind.TOP_UP, key="once").pk == first.pk
    with pytest.raises(MovementKeyReused):
        asked(haichao, 6_00, MovementKind.TOP_UP, key="once")


def test_what_the_cash_does_not_cover_is_not_even_asked_for():
    haichao = buyer()
    source = paid_in(haichao, 5_00)
    moved(cast.refund(haichao, 5_00, source), STATES.APPROVED)

    with tenancy.acting_as_platform(), pytest.raises(IntegrityError), transaction.atomic():
        asked(haichao, 1, MovementKind.REFUND, source_id=source.pk)
    other = paid_in(haichao, 5_00)
    spent = asked(haichao, 5_00, MovementKind.REFUND, source_id=other.pk)
    assert available(haichao) == 0
    with pytest.raises((IntegrityError, TransferRefused)), transaction.atomic():
        asked(haichao, 1, MovementKind.REFUND, source_id=other.pk)
    moved(spent, STATES.CANCELLED)


def test_a_source_of_another_gets_nothing():
    haichao, other = buyer(), buyer(name="Longjing")
    source = paid_in(other, 5_00)
    paid_in(haichao, 5_00)

    with pytest.raises(IntegrityError), transaction.atomic():
        asked(haichao, 1_00, MovementKind.REFUND, source_id=source.pk)


@pytest.mark.parametrize("kind", [MovementKind.TOP_UP, MovementKind.REFUND])
def test_the_database_keeps_the_table_of_states(kind):
    """Each pair of states, tried as raw SQL, is refused where the table refuses it."""
    haichao = buyer()
    source = paid_in(haichao, 500_00)
    facts = {} if kind == MovementKind.TOP_UP else {"source_id": source.pk}
    movement = asked(haichao, 5_00, kind, **facts)
    allowed, kept = set(), set()
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        for before, after in product(MovementState, repeat=2):
            if before == after:
                continue
            if rules.may_move(kind, before, after):
                allowed.add((before, after))
            if _takes(cursor, movement, before, after):
                kept.add((before, after))

    assert kept == allowed


def _takes(cursor, movement: Movement, before: str, after: str) -> bool:
    """Return whether a new movement in one state may be written into another."""
    cursor.execute("SAVEPOINT pair")
    try:
        cursor.execute(
            "INSERT INTO payments_movement SELECT (jsonb_populate_record(m, jsonb_build_object("
            "'id', gen_random_uuid(), 'number', 'M-X', 'key', 'x', 'state', %s::text))).*"
            " FROM payments_movement m WHERE id = %s",
            [before, movement.pk],
        )
        cursor.execute("UPDATE payments_movement SET state = %s WHERE key = 'x'", [after])
    except IntegrityError as error:
        return "does not go" not in str(error)
    finally:
        cursor.execute("ROLLBACK TO SAVEPOINT pair")
    return True


def test_a_step_that_the_table_does_not_know_is_refused_in_words():
    haichao = buyer()
    movement = moved(asked(haichao, 5_00, MovementKind.TOP_UP), STATES.SENT, STATES.DONE)

    with pytest.raises(MovementMoved):
        services.move_money([movement.pk], STATES.CANCELLED, now=NOW)


def test_what_was_asked_for_never_changes_and_nothing_is_deleted():
    movement = asked(buyer(), 5_00, MovementKind.TOP_UP)

    for change in ({"amount_minor": 6_00}, {"key": "other"}, {"channel": "BANK"}):
        with tenancy.acting_as_platform(), pytest.raises(IntegrityError), transaction.atomic():
            Movement.objects.filter(pk=movement.pk).update(**change)
    for table in (Movement, PaymentSource):
        with (
            tenancy.acting_as_platform(),
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"DELETE FROM {table._meta.db_table}")
