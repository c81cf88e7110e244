"""In a round listings ask members of a price group that group's price, as its document shows."""

import json
from copy import deepcopy
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from common import clock, tenancy
from identity.contracts import Role
from marketplace.rounds import bounds, pricing, reasons, selectors, services
from marketplace.rounds.contracts import OrderTerms, Schedule
from marketplace.rounds.greedy import Room
from marketplace.rounds.packing import (
    AskedOrder,
    Bin,
    BinChoice,
    Puzzle,
    RoundAnswer,
    ask_of,
    pays,
    unit_value,
    value_of,
)
from marketplace.rounds.verify_round import check
from pricing import services as pricing_services
from pricing.group_contracts import PriceGroup
from tests import cast
from tests.catalog import supply
from tests.orders.cast import buyer
from tests.rounds.cast import HOUR, MINUTE, decided, option, orders_of, place, seen, terms

GROUPS = {"group": {"otherwise": "1", "values": {"inside": "0.7", "partner": "0.85"}}}
PLAN = {
    "code": "usage",
    "model": "unit",
    "unit": "standard_hour",
    "unit_price": "4",
    "factors": ["group"],
}


@pytest.fixture
def soon():
    """Return when what is sold begins in a round that is open now: no entry is back-dated."""
    return (clock.now() + 3 * HOUR).replace(minute=0, second=0, microsecond=0)


def open_round(begins, **facts):
    now = clock.now().replace(microsecond=0)
    plan = Schedule(*(now + step * MINUTE for step in (0, 20, 40, 50, 60)))
    wanted = terms(schedule=plan, delivers_from=begins, delivers_until=begins + 24 * HOUR, **facts)
    return services.schedule_round(terms=wanted, now=now)


def member(listing, name, group=PriceGroup.INSIDE):
    org = buyer("100000", name)
    with tenancy.acting_as(listing.provider_id):
        pricing_services.enter_price_group(
            provider_id=listing.provider_id,
            uscc=org.uscc,
            group=group,
            reason="of our faculty",
            now=clock.now(),
        )
    return org


def asks(limit, begins, *, use_groups=True, **facts) -> OrderTerms:
    own = replace(option(**facts), starts_at=begins)
    return OrderTerms(options=(own,), limit_minor=limit, use_groups=use_groups)


def over(row):
    return decided(row, at=row.ends_at)


@pytest.mark.django_db
def test_a_member_pays_its_groups_price_and_everybody_else_the_one_price(soon):
    with tenancy.acting_as_platform():
        listing = supply.listed_under_terms([PLAN], cards=8, factors=GROUPS)
    inside, partner = (
        member(listing, "Inside"),
        member(listing, "Partner", PriceGroup.PARTNER),
    )
    row = open_round(soon, hubs=(listing.hub,))
    now = row.opens_at + MINUTE
    orders = [
        place(row, inside, asks(290, soon), at=now),  # below the one price, above its group's
        place(row, partner, asks(500, soon), at=now),
        place(row, buyer("10000", "Stranger"), asks(450, soon), at=now),
        # Who doesn't ask for it is a buyer as any: 2.90 is below the price.
        place(row, inside, asks(290, soon, use_groups=False), at=now),
    ]

    done = over(row)

    assert done.price_minor == 400
    assert [seen(each).why for each in orders] == [*["filled"] * 3, "limit_below_price"]
    paid = [each.gross_minor / each.standard_hours for (each,) in map(orders_of, orders[:3])]
    assert [round(each) for each in paid] == [280, 340, 400]
    with tenancy.acting_as_platform():
        lots = selectors.lots_of([each.pk for each in orders])
    assert sorted(each.price_minor for each in lots) == [280, 340, 400]
    document = selectors.result(row.pk).document
    assert sorted(fen for _tag, _bin, fen in document["group_prices"]) == [280, 340]
    assert document["rule"] == "call-3"
    assert check(document).is_right, check(document).checks
    _is_caught(document)
    # Nobody's name is in it.
    text = json.dumps(document, ensure_ascii=False)
    assert not any(name in text for name in (inside.uscc, inside.name, str(inside.pk)))
    browser = cast.signed_in(cast.member(inside, Role.BUYER))
    told = browser.get(f"/api/v1/round-orders/{orders[0].pk}").json()
    assert [each["price_minor"] for each in told["lots"]] == [280]


def _is_caught(document):
    """Tell that a document that says other prices of groups, or other members, is refused."""

    (tag, bin_, fen), *others = document["group_prices"]
    priced = [each[:5] for each in document["priced"]]
    bidding = deepcopy(document["puzzle"])
    for order in bidding["orders"]:
        order["choices"] = [each | {"limit": each["limit"] and 600} for each in order["choices"]]
    for lie in (
        {"group_prices": [[tag, bin_, fen + 1], *others]},
        {"group_prices": []},
        {"priced": [[*each, []] for each in priced]},
        {"priced": [[*each, [[0, "inside"]]] for each in priced]},
        {"puzzle": bidding},
    ):
        assert not check(document | lie).is_right, lie


@pytest.mark.django_db
def test_a_member_is_served_where_its_group_pays_least(soon):
    with tenancy.acting_as_platform():
        listing = supply.listed_under_terms([PLAN], cards=8, factors=GROUPS)
        flat = supply.listed(cards=8, price="3.00", chip="A100", region="640500")
    inside = member(listing, "Inside")
    row = open_round(soon, hubs=(listing.hub, flat.hub))
    order = place(row, inside, asks(320, soon), at=row.opens_at + MINUTE)

    over(row)

    # The flat listing asks 3.00 of everybody, the other 2.80 of its members.
    (lot,) = orders_of(order)
    assert lot.listing_id == listing.pk
    assert round(lot.gross_minor / lot.standard_hours) == 280
    assert check(selectors.result(row.pk).document).is_right


@pytest.mark.django_db
def test_a_member_pays_no_fen_more_than_its_groups_price(soon):
    """8 unit-hours at ¥5.003 × 0.8 are ¥32.02; by fens rounded up they were ¥32.08."""
    by_unit = PLAN | {"unit": "unit_hour", "unit_price": "5.003"}
    factors = {"group": {"otherwise": "1", "values": {"inside": "0.8"}}}
    with tenancy.acting_as_platform():
        listing = supply.listed_under_terms([by_unit], cards=8, factors=factors)
    inside = member(listing, "Inside")
    row = open_round(soon, hubs=(listing.hub,))
    order = place(row, inside, asks(900, soon, cards=8, hours=1), at=row.opens_at + MINUTE)

    over(row)

    (lot,) = orders_of(order)
    assert lot.gross_minor == 3202
    document = selectors.result(row.pk).document
    ((_tag, _bin, fen),) = document["group_prices"]
    browser = cast.signed_in(cast.member(inside, Role.BUYER))
    page = browser.get(f"/rounds/{row.pk}/", headers={"Accept-Language": "en"}).content.decode()
    assert "members bought all, at their group" in page
    assert fen * lot.standard_hours == 3208
    assert check(document).is_right


HOURS = 4


@some.composite
def puzzles(draw):
    """Draw rounds in which some orders are members at some listings."""
    bins_count = draw(some.integers(1, 3))
    groups = draw(some.lists(some.lists(some.integers(0, bins_count - 1), unique=True), max_size=3))
    members = ((), *(tuple(sorted(each)) for each in groups))
    lists = [draw(some.integers(100, 600)) for _ in range(bins_count)]
    bins = tuple(
        Bin(
            free=tuple(draw(some.integers(0, 6)) for _ in range(HOURS)),
            ask=lists[number],
            asks=tuple(
                draw(some.integers(50, lists[number])) if number in each else lists[number]
                for each in members
            ),
        )
        for number in range(bins_count)
    )
    every = tuple(range(bins_count))
    orders = []
    for _ in range(draw(some.integers(1, 6))):
        limit, place_ = draw(some.integers(50, 700)), draw(some.integers(0, len(members) - 1))
        first = draw(some.integers(0, HOURS - 1))
        most = draw(some.integers(1, 5))
        is_spread = draw(some.booleans())
        choice = BinChoice(
            where=0, first=first, last=first + 1, most=most,
            least=draw(some.integers(1, most)) if is_spread else most,
            is_spread=is_spread, priced=place_, limit=limit if members[place_] else 0,
        )  # fmt: skip
        orders.append(AskedOrder(limit, (choice,), is_divisible=is_spread))
    orders.sort(key=lambda each: -each.limit)
    return Puzzle(bins, (every,), tuple(orders), rule=pricing.NAME, members=members)


@given(puzzles())
@settings(max_examples=80, deadline=None)
def test_nobody_pays_above_its_limit_and_no_provider_gets_less_than_it_asks(puzzle):
    price, placed = pricing.decide(puzzle)
    if price is None:
        return
    room = Room(puzzle, price)
    bound, _prices = bounds.prove(Room(puzzle, price), seconds=0.1)

    assert value_of(puzzle, placed) <= bound
    for each in placed:
        order = puzzle.orders[each.order]
        choice = order.choices[each.choice]
        for bin_, _units in each.parts:
            own = pays(puzzle, choice, bin_, price)
            assert ask_of(puzzle.bins[bin_], choice) <= own <= min(order.limit, price)
            assert unit_value(order, choice, puzzle.bins[bin_]) >= 0
        room.take(choice, each.parts)
    assert (room.free >= 0).all()
    answer = RoundAnswer(price, tuple(placed), value_of(puzzle, placed))
    told = reasons.reasons_of(puzzle, answer)
    served = {each.order for each in placed}
    for number, order in enumerate(puzzle.orders):
        is_low = number not in served and order.limit < price
        assert (told[number].why == "limit_below_price") == is_low


@given(puzzles())
@settings(max_examples=80, deadline=None)
def test_where_the_search_of_the_price_begins_does_not_depend_on_members(puzzle):
    nobody = replace(
        puzzle,
        members=(),
        orders=tuple(
            replace(
                order,
                choices=tuple(replace(each, limit=0, priced=0) for each in order.choices),
            )
            for order in puzzle.orders
        ),
    )

    assert pricing.crossing(*pricing.curves(puzzle)) == pricing.crossing(*pricing.curves(nobody))
