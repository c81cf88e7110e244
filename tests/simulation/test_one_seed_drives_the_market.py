"""
Seeds of chance, faults and clocks: whatever happens, the invariants hold.

A seed that fails says how to run it again. The mutants below are ways to write the market wrong;
each must be caught by some seed, or the simulation would see nothing.
"""

import os
from dataclasses import replace
from uuid import uuid4

import pytest

from marketplace.orders import locks, rules, selectors
from marketplace.orders.models import Order
from marketplace.orders.services import clearing, holding, placing
from tests.simulation import invariants
from tests.simulation.invariants import BrokenError
from tests.simulation.world import World

FEW, MANY = 5, 200
FIRST = int(os.environ.get("SIMULATION_SEED", "1"))
MUTANT_SEEDS = 40


def run(seed):
    try:
        World(seed).run()
    except Exception as error:
        again = (
            f"SIMULATION_SEED={seed} .venv/bin/python -m pytest"
            " tests/simulation/test_one_seed_drives_the_market.py -k a_few_seeds"
        )
        message = f"seed {seed}: {type(error).__name__}: {error}\nrun it again: {again}"
        raise BrokenError(message) from error


def test_a_few_seeds_keep_every_invariant(fresh_database):
    count = 1 if "SIMULATION_SEED" in os.environ else FEW
    for seed in range(FIRST, FIRST + count):
        run(seed)


@pytest.mark.slow
def test_two_hundred_seeds_keep_every_invariant(fresh_database):
    for seed in range(1, MANY + 1):
        run(seed)


def caught_by_some_seed():
    """Return what the first seed that catches a mutant says."""
    for seed in range(1, MUTANT_SEEDS + 1):
        try:
            run(seed)
        except BrokenError as error:
            return str(error)
    return ""


@pytest.mark.slow
def test_a_market_without_its_locks_is_caught(fresh_database, monkeypatch):
    def unlocked(*, book_id, until, limit):
        found = Order.objects.filter(locks.DUE, book_id=book_id, placed_at__lte=until)
        return list(found.order_by("placed_at", "id")[:limit])

    monkeypatch.setattr(locks, "try_book", lambda _book_id: True)
    monkeypatch.setattr(locks, "placed_orders", unlocked)

    assert "run it again: SIMULATION_SEED=" in caught_by_some_seed()


@pytest.mark.slow
def test_a_market_that_knows_no_key_is_caught(fresh_database, monkeypatch):
    place_orders = placing.place_orders

    def keyless(*, wishes, **facts):
        forgotten = [replace(wish, key=f"{wish.key} {uuid4().hex}") for wish in wishes]
        return place_orders(wishes=forgotten, **facts)

    monkeypatch.setattr(placing, "place_orders", keyless)
    monkeypatch.setattr(invariants, "wish_of", lambda order: order.key.split()[0])

    assert "one wish became two orders" in caught_by_some_seed()


@pytest.mark.slow
def test_a_market_that_counts_money_in_floats_is_caught(fresh_database, monkeypatch):
    cash = holding._cash

    def floating(fill, held_minor, number, *, at):
        yuan = 0.0
        for _fen in range(held_minor):
            yuan += 0.01
        return replace(cash(fill, held_minor, number, at=at), amount=int(yuan * 100))

    monkeypatch.setattr(holding, "_cash", floating)

    assert "is held" in caught_by_some_seed()


@pytest.mark.slow
def test_a_round_that_reads_its_snapshot_twice_is_caught(fresh_database, monkeypatch):
    decide = rules.clear

    def twice(snapshot):
        found = Order.objects.filter(pk__in=[each.order_id for each in snapshot.demands])
        again = selectors.snapshot(
            book_id=found[0].book_id, orders=list(found), at=snapshot.at, seed=uuid4().hex
        )
        return decide(again)

    monkeypatch.setattr(clearing.rules, "clear", twice)

    assert "is not itself" in caught_by_some_seed()
