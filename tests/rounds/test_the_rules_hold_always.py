"""Laws of the pure rules, for any round that Hypothesis thinks of."""

import hashlib

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as some

from marketplace.rounds import pricing, rules, sealing, uniform
from marketplace.rounds.greedy import Room, serve, short
from marketplace.rounds.packing import AskedOrder, Bin, BinChoice, Puzzle, value_of
from marketplace.rounds.reasons import reasons_of
from marketplace.rounds.solve import decide
from marketplace.rounds.verify_round import leaf_of, proof_of, root_of

HOURS = 4


@some.composite
def puzzles(draw) -> Puzzle:
    bins = draw(
        some.lists(
            some.builds(
                Bin,
                free=some.tuples(*[some.integers(0, 8)] * HOURS),
                ask=some.integers(1, 9),
                factor=some.integers(1, 3),
                step=some.sampled_from([1, 1, 2]),
            ),
            min_size=1,
            max_size=4,
        )
    )
    count = draw(some.integers(0, 7))
    orders = [draw(_orders(len(bins))) for _each in range(count)]
    orders.sort(key=lambda each: -each.limit)
    return Puzzle(
        tuple(bins), (tuple(range(len(bins))), (0,)), tuple(orders), seed=1, rule=pricing.NAME
    )


@some.composite
def _orders(draw, bins: int) -> AskedOrder:
    first = draw(some.integers(0, HOURS - 1))
    last = draw(some.integers(first + 1, HOURS))
    most = draw(some.integers(1, 9))
    divides = draw(some.booleans())
    choice = BinChoice(
        where=draw(some.integers(0, 1)),
        first=first,
        last=last,
        most=most,
        least=draw(some.integers(1, most)) if divides else most,
        scale=last - first,
        is_spread=divides or draw(some.booleans()),
    )
    return AskedOrder(draw(some.integers(1, 12)), (choice,), divides)


def taken(puzzle: Puzzle, placed) -> np.ndarray:
    room = Room(puzzle, None)
    for each in placed:
        room.take(puzzle.orders[each.order].choices[each.choice], each.parts)
    return room.free


@given(puzzles())
@settings(max_examples=60, deadline=None)
def test_nobody_pays_more_than_the_limit_and_no_room_is_sold_twice(puzzle):
    price, placed = pricing.decide(puzzle)

    assert (taken(puzzle, placed) >= 0).all()
    for each in placed:
        order = puzzle.orders[each.order]
        choice = order.choices[each.choice]
        assert order.limit >= price
        assert choice.least <= each.units <= choice.most
        assert all(puzzle.bins[bin_].ask <= price for bin_, _units in each.parts)
        assert choice.is_spread or len(each.parts) == 1


@given(puzzles())
@settings(max_examples=60, deadline=None)
def test_at_the_price_no_divisible_order_that_bid_more_goes_short_and_below_it_one_would(puzzle):
    price, _placed = pricing.decide(puzzle)
    low = pricing.crossing(*pricing.curves(puzzle))
    if price is None:
        return
    every = {each.limit for each in puzzle.orders} | {each.ask for each in puzzle.bins}
    room = Room(puzzle, price)
    assert price == max(every) or not list(short(room, serve(room)))
    assert price >= low
    before = [step for step in sorted(every) if low <= step < price]
    if before:
        room = Room(puzzle, before[-1])
        assert list(short(room, serve(room)))  # orders are numbered from 0


@given(puzzles())
@settings(max_examples=12, deadline=None)
def test_a_search_is_worth_no_less_than_turns_and_no_more_than_its_bound(puzzle):
    told = []
    answer = decide(puzzle, seconds=0.15, tell=told.append)

    _price, by_turn = pricing.decide(puzzle)
    assert answer.value == value_of(puzzle, answer.placed) >= value_of(puzzle, by_turn)
    assert answer.bound is None or answer.value <= answer.bound
    assert (taken(puzzle, answer.placed) >= 0).all()
    assert set(reasons_of(puzzle, answer)) == set(range(len(puzzle.orders)))


BOOKS = some.lists(some.tuples(some.integers(0, 2), some.integers(0, 9), some.integers(0, 9)))


@given(BOOKS, BOOKS)
@settings(max_examples=80, deadline=None)
def test_a_uniform_price_clears_each_product_exactly(bids, asks):
    columns = lambda rows: [uniform.integers([row[n] for row in rows]) for n in range(3)]  # noqa: E731
    found = uniform.clear(uniform.Bids(*columns(bids)), uniform.Asks(*columns(asks)), products=3)

    for product in range(3):
        price, volume = int(found.price[product]), int(found.volume[product])
        wanted = [(limit, much) for of, limit, much in bids if of == product]
        offered = [(ask, much) for of, ask, much in asks if of == product]
        if price == uniform.NO_PRICE:
            steps = {each for each, _much in (*wanted, *offered)}
            assert (
                all(
                    min(_sum(wanted, at, 99), _sum(offered, 0, at)) == 0
                    for at in steps
                    if _sum(wanted, at + 1, 99) <= _sum(offered, 0, at)
                )
                or not volume
            )
            continue
        assert _sum(wanted, price + 1, 99) <= _sum(offered, 0, price)
        assert volume == min(_sum(wanted, price, 99), _sum(offered, 0, price))
        lower = [at for at, _much in (*wanted, *offered) if at < price]
        assert all(_sum(wanted, at + 1, 99) > _sum(offered, 0, at) for at in lower)
    got = found.filled.tolist()
    assert all(0 <= much <= row[2] for much, row in zip(got, bids, strict=True))


def _sum(rows, low: int, high: int) -> int:
    return sum(much for price, much in rows if low <= price <= high)


def test_equal_limits_go_by_share_among_smes_and_then_by_lot():
    orders = [
        rules.InTurn(1, 300, is_certified=False, used_milli_hours=0),
        rules.InTurn(2, 300, is_certified=True, used_milli_hours=9),
        rules.InTurn(3, 300, is_certified=True, used_milli_hours=5),
        rules.InTurn(4, 301, is_certified=False, used_milli_hours=99),
    ]

    assert rules.turns(orders, seed="a") == [4, 3, 2, 1]
    same = [rules.InTurn(tag, 300, is_certified=True, used_milli_hours=1) for tag in range(20)]
    assert rules.turns(same, seed="a") != rules.turns(same, seed="b")


@given(some.lists(some.integers(), min_size=1, max_size=9))
def test_the_room_and_the_script_grow_the_same_tree(orders):
    leaves = [leaf_of(each) for each in orders]

    assert sealing.root(orders) == root_of(leaves).hex()
    for place in range(len(orders)):
        assert sealing.proof(orders, place) == proof_of(leaves, place)
    assert rules.seed_hash_of("x") == hashlib.sha256(b"x").hexdigest()
