"""Batches in parts, whole batches and single posts never wait for each other in a circle."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier

import pytest
from django.db import OperationalError, connections, transaction

from common import tenancy
from common.ids import uuid7
from ledger import batches, selectors
from ledger import services as ledger
from ledger.contracts import AccountSpec, Op, Outcome, Transfer, TransferRefused
from tests.ledger.conftest import install_small_chart, move

CODES = [f"lock:{number}" for number in range(12)]
EMPTY = "lock:empty"
RICH = 10_000_000


@pytest.fixture(scope="module", autouse=True)
def accounts(committed_database) -> None:
    install_small_chart()
    ledger.open_accounts(specs=[AccountSpec(code, "CNY", "cash") for code in [*CODES, EMPTY]])
    ledger.post(transfers=[move("bank", code, RICH, "deposit") for code in CODES])


@pytest.fixture
def slow_parts(monkeypatch) -> None:
    """Leave a moment between the parts of a batch, in which somebody else can come between."""
    insert = batches.insert

    def insert_and_linger(batch: Sequence[Transfer]):
        found = insert(batch)
        time.sleep(0.05)
        return found

    monkeypatch.setattr(batches, "insert", insert_and_linger)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Start acts at the same moment in sessions of their own; return results and exceptions."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            barrier.wait()
            return act()
        except (OperationalError, TransferRefused) as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def deadlocks(results: Sequence[object]) -> int:
    return sum(isinstance(each, OperationalError) for each in results)


def gifts(codes: Sequence[str], **more: object) -> list[Transfer]:
    """Return a transfer from each account to the next, and one that is refused."""
    there = [move(one, other, 1, "gift", **more) for one, other in pairwise(codes)]
    return [*there, move(EMPTY, codes[0], 1, "gift", **more)]


def in_parts(transfers: Sequence[Transfer]) -> Callable[[], Outcome]:
    return lambda: ledger.post(transfers=transfers, partial=True)


def test_opposite_orders_in_parts_do_not_cross(slow_parts):
    for _ in range(4):
        there, back = gifts(CODES), gifts(CODES[::-1])

        results = at_once(in_parts(there), in_parts(back))

        assert deadlocks(results) == 0
        assert [len(each.posted) for each in results] == [11, 11]
        assert [len(each.refused) for each in results] == [1, 1]


def test_without_the_order_opposite_parts_cross(slow_parts, monkeypatch):
    """The negative control of the test above."""
    monkeypatch.setattr(batches, "lock_ahead", lambda transfers, patience: "0")

    crossed = any(
        deadlocks(at_once(in_parts(gifts(CODES)), in_parts(gifts(CODES[::-1])))) == 1
        for _ in range(10)  # On a busy machine one may be over before the other begins.
    )

    assert crossed


def test_parts_whole_batches_and_single_posts_do_not_cross(slow_parts):
    for _ in range(3):
        whole = [move(one, other, 1, "gift") for one, other in pairwise(CODES[::-1])]
        single = move(CODES[7], CODES[2], 1, "gift")

        results = at_once(
            in_parts(gifts(CODES)),
            in_parts(gifts(CODES[::-1], op=Op.HOLD)),
            lambda whole=whole: ledger.post(
                transfers=[one for one in whole if one.debit != one.credit]
            ),
            lambda single=single: ledger.post(transfers=[single]),
        )

        assert deadlocks(results) == 0


def held(codes: Sequence[str]) -> list[Transfer]:
    holds = [move(code, "provider", 5, "order", op=Op.HOLD) for code in codes]
    ledger.post(transfers=holds)
    return holds


def resolved(holds: Sequence[Transfer], op: Op) -> list[Transfer]:
    return [
        move(one.debit, one.credit, one.amount, one.reason, op=op, hold_id=one.id) for one in holds
    ]


def test_captures_and_releases_of_the_same_holds_do_not_cross(slow_parts):
    holds = held(CODES)
    captures, releases = resolved(holds, Op.CAPTURE), resolved(holds[::-1], Op.RELEASE)

    results = at_once(in_parts(captures), in_parts(releases))

    assert deadlocks(results) == 0
    assert sum(len(each.posted) for each in results) == len(holds)
    codes = {refusal.code for each in results for refusal in each.refused}
    assert codes == {"hold_resolved"}


def mirrored(posted: Sequence[Transfer]) -> list[Transfer]:
    return [
        move(one.credit, one.debit, one.amount, "gift", reverses=one.id, group=uuid7())
        for one in posted
    ]


def test_reversals_of_the_same_transfers_do_not_cross(slow_parts):
    posted = gifts(CODES)[:-1]
    ledger.post(transfers=posted)
    bad = move(EMPTY, CODES[0], 1, "gift")

    results = at_once(
        in_parts([*mirrored(posted), bad]),
        in_parts([*mirrored(posted[::-1]), replace_id(bad)]),
        lambda: ledger.post(transfers=mirrored(posted[::-1])),
    )

    assert deadlocks(results) == 0
    done = [each for each in results if isinstance(each, Outcome)]
    assert sum(len(each.posted) for each in done) == len(posted)


def replace_id(one: Transfer) -> Transfer:
    return move(one.debit, one.credit, one.amount, one.reason)


def test_the_same_identifiers_in_opposite_orders_are_posted_once(slow_parts):
    """As when a batch is sent again while it is still under way."""
    for _ in range(3):
        batch = gifts(CODES)

        results = at_once(
            in_parts(batch),
            in_parts(batch[::-1]),
            lambda batch=batch: ledger.post(transfers=batch[:-1][::-1]),
        )

        assert deadlocks(results) == 0
        assert all(isinstance(each, Outcome) for each in results)
        assert sum(len(each.posted) for each in results) == len(batch) - 1


def test_what_is_too_much_for_one_statement_is_locked_before_its_first_part(
    monkeypatch, slow_parts
):
    monkeypatch.setattr(ledger, "BATCH_MAX", 4)

    results = at_once(in_parts(gifts(CODES)), in_parts(gifts(CODES[::-1])))

    assert deadlocks(results) == 0
    assert [len(each.posted) for each in results] == [11, 11]


def test_a_batch_in_parts_leaves_the_patience_of_its_transaction_as_it_was():
    with transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '7s'")
        ledger.post(transfers=gifts(CODES), partial=True)
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("7s",)


def storm(seed: int, until: float) -> Iterator[object]:
    """Post at random, in parts, whole and alone, until a moment."""
    chance = random.Random(seed)  # noqa: S311
    while time.monotonic() < until:
        codes = chance.sample(CODES, chance.randrange(2, len(CODES)))
        kind = chance.random()
        try:
            if kind < 0.4:
                yield ledger.post(transfers=gifts(codes), partial=True)
            elif kind < 0.6:
                yield ledger.post(transfers=gifts(codes, op=Op.HOLD), partial=True)
            elif kind < 0.8:
                yield ledger.post(transfers=gifts(codes)[:-1])
            else:
                yield ledger.post(transfers=gifts(codes[:2])[:1])
        except OperationalError as error:
            yield error


def in_all() -> int:
    with tenancy.acting_as_platform():
        return sum(each.posted for each in selectors.balances(CODES).values())


def test_a_storm_of_batches_has_no_deadlock_and_leaves_a_sound_ledger():
    before, until = in_all(), time.monotonic() + 5

    results = at_once(*(lambda seed=seed: list(storm(seed, until)) for seed in range(8)))

    outcomes = [each for one in results for each in one]
    assert deadlocks(outcomes) == 0
    assert sum(bool(each.refused) for each in outcomes) > 10
    assert in_all() == before
