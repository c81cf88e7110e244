"""The least that may be ordered, and that nothing with a price is had for nothing."""

import json
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError
from hypothesis import given, settings
from hypothesis import strategies as st

from common import tenancy
from common.period import Period
from identity.contracts import Role
from marketplace.catalog import services as catalog
from marketplace.catalog.contracts import OfferRefused
from marketplace.catalog.least import (
    BelowLeastAmount,
    BelowLeastDuration,
    BelowLeastQuantity,
    Least,
    OffDurationStep,
    OffQuantityStep,
)
from marketplace.catalog.models import Book, Listing
from marketplace.orders import rules
from marketplace.orders.contracts import OrderState, OrderWish, RefusalCode
from tests.cast import member, organization, signed_in
from tests.catalog.supply import listed
from tests.orders import market
from tests.orders.cast import START, buyer, cash, clear, needs, place, seen

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def asked(listing, *, milli=1000, seconds=3600):
    """Return an order of so much for so long: of a listing, or of whatever its book has."""
    return OrderWish(
        key=uuid4().hex,
        units_milli=milli,
        period=Period(START, START + seconds * SECOND),
        listing_id=listing.pk,
    )


def required(listing, *, milli=1000, seconds=3600):
    plain = needs(hub=listing.hub)
    return OrderWish(
        key=plain.key,
        units_milli=milli,
        period=Period(START, START + seconds * SECOND),
        requirement=plain.requirement,
    )


def test_forty_orders_below_half_a_fen_are_refused_and_not_given_away():
    """A second of a card at 15.84 yuan an hour is 0.44 fen."""
    listing = listed(price="15.84", unit="unit_hour")
    haichao = buyer("1")

    for _ in range(40):
        with pytest.raises(BelowLeastAmount) as refused:
            place(haichao, asked(listing, seconds=1))
    orders = [place(haichao, required(listing, seconds=1)) for _ in range(40)]
    clear(listing)

    assert str(refused.value) == "订单金额至少为 ¥0.01：请增加数量或延长时间。"
    assert {seen(order).state for order in orders} == {OrderState.REJECTED}
    assert {seen(order).refusal_code for order in orders} == {"below_least_amount"}
    assert cash(haichao) == (100, 100)


def test_what_is_free_stays_free():
    listing = listed(price="0", unit="unit_hour")
    haichao = buyer("1")

    orders = [place(haichao, asked(listing, seconds=1)), place(haichao, required(listing))]
    clear(listing)

    assert [seen(order).state for order in orders] == [OrderState.CLEARED] * 2
    assert [seen(order).gross_minor for order in orders] == [0, 0]


TOO_LITTLE = {
    "quantity": (BelowLeastQuantity, {"milli": 499}, "units_milli"),
    "quantity step": (OffQuantityStep, {"milli": 750}, "units_milli"),
    "duration": (BelowLeastDuration, {"seconds": 1799}, "ends_at"),
    "duration step": (OffDurationStep, {"seconds": 2000}, "ends_at"),
    "amount": (BelowLeastAmount, {"milli": 500, "seconds": 1800}, "units_milli"),
}
LEAST = Least(
    least_milli=500, step_milli=500, least_seconds=1800, step_seconds=600, least_minor=200
)


def limit(listing, by):
    """Let a listing, or its book, allow no less."""
    if by == "listing":
        catalog.change_least(listing_id=listing.pk, provider_id=listing.provider_id, least=LEAST)
    else:
        catalog.change_least_of_book(
            resource_class=listing.resource_class, hub=listing.hub, least=LEAST
        )


@pytest.mark.parametrize("by", ["listing", "book"])
@pytest.mark.parametrize("case", TOO_LITTLE)
def test_an_order_below_the_least_is_refused_when_it_is_placed(case, by):
    kind, facts, field = TOO_LITTLE[case]
    listing = listed(price="3", unit="unit_hour")
    with tenancy.acting_as_platform():
        limit(listing, by)

    with pytest.raises(kind) as refused:
        place(buyer("100"), asked(listing, **facts))

    assert refused.value.field == field
    assert place(buyer("100"), asked(listing, milli=1000, seconds=2400)).pk


@pytest.mark.parametrize("by", ["listing", "book"])
@pytest.mark.parametrize("named", [True, False], ids=["named", "required"])
@pytest.mark.parametrize("case", TOO_LITTLE)
def test_an_order_below_the_least_is_refused_when_it_clears(case, named, by):
    kind, facts, _field = TOO_LITTLE[case]
    listing = listed(price="3", unit="unit_hour")
    wanted = (asked if named else required)(listing, **facts)
    haichao = buyer("100")
    order = place(haichao, wanted)
    with tenancy.acting_as_platform():
        limit(listing, by)

    clear(listing)

    assert (seen(order).state, seen(order).refusal_code) == (OrderState.REJECTED, kind.code)
    assert cash(haichao) == (10_000, 10_000)


def test_a_requirement_passes_over_a_listing_that_sells_no_order_so_small():
    cheap, dear = listed(price="1", unit="unit_hour"), listed(price="2", unit="unit_hour")
    with tenancy.acting_as_platform():
        limit(cheap, "listing")
    order = place(buyer("100"), required(cheap, milli=100))

    clear(cheap)

    assert seen(order).listing_id == dear.pk


def test_steps_of_listing_and_book_hold_together():
    both = Least(step_milli=4).within(Least(step_milli=6))

    assert both.refusal(milli=24, seconds=1) is None
    assert both.refusal(milli=18, seconds=1).code == "off_quantity_step"


def test_a_snapshot_from_before_knows_no_least():
    offer = market.offer(price="0.01")
    order = market.demand("order", units_milli=1)

    result = rules.clear(market.snapshot([order], [offer], prices=("0.01",)))

    assert [fill.gross_minor for fill in result.fills] == [0]


@settings(max_examples=200)
@given(
    price=st.sampled_from(["0.000001", "0.004", "0.3", "3.18", "15.84"]),
    parts=st.lists(st.integers(1, 5000), min_size=2, max_size=40),
    seconds=st.sampled_from([1, 60, 3600]),
)
def test_no_split_makes_an_order_cheaper_than_rounding_does(price, parts, seconds):
    """Each part costs a fen or more, and at most half a fen less than its exact price."""
    offer = market.offer(price=price, cards=10**6, least_minor=1)

    def cost(amounts):
        orders = [
            market.demand(
                f"order {n}",
                units_milli=milli,
                ends_at=market.NOON + seconds * SECOND,
                price=price,
            )
            for n, milli in enumerate(amounts)
        ]
        result = rules.clear(market.snapshot(orders, [offer], prices=(price,)))
        refused = {each.code for each in result.rejections}
        assert refused <= {RefusalCode.BELOW_LEAST_AMOUNT}
        assert all(fill.gross_minor >= 1 for fill in result.fills)
        return sum(fill.gross_minor for fill in result.fills), len(result.rejections)

    whole, whole_refused = cost([sum(parts)])
    split, split_refused = cost(parts)

    if not split_refused and not whole_refused:
        assert split >= len(parts)
        assert split >= whole - Decimal(len(parts) + 1) / 2


def put(client, path, body):
    return client.put(
        f"/api/v1/{path}",
        json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": uuid4().hex},
    )


def test_the_provider_says_the_least_of_a_listing_and_nobody_else():
    listing = listed()
    mine = signed_in(member(listing.provider, Role.PROVIDER))
    other = signed_in(member(organization("Other"), Role.PROVIDER))
    path = f"listings/{listing.pk}/least"

    assert put(other, path, {"least_milli": 500}).status_code == 404
    assert put(mine, path, {"least_milli": 10**9}).json()["code"] == "offer_refused"
    assert put(mine, path, {"least_milli": 0}).status_code == 400
    reply = put(mine, path, {"least_milli": 500, "least_seconds": 60})

    assert reply.status_code == 200
    assert reply.json()["least"] == {
        "least_milli": 500,
        "step_milli": 1,
        "least_seconds": 60,
        "step_seconds": 1,
        "least_minor": 1,
    }


def test_the_operator_says_the_least_of_a_book_and_nobody_else():
    listing = listed()
    mine = signed_in(member(listing.provider, Role.PROVIDER))
    operator = signed_in(member(organization("Platform"), Role.OPERATOR))
    path = f"books/{listing.resource_class}/{listing.hub}/least"

    assert put(mine, path, {"least_minor": 100}).status_code == 403
    assert put(operator, "books/AI/NOWHERE/least", {"least_minor": 100}).status_code == 404
    assert put(operator, path, {"least_minor": 100}).json()["least"]["least_minor"] == 100

    assert mine.get(f"/api/v1/{path}").json()["least"]["least_minor"] == 100
    assert mine.get(f"/api/v1/listings/{listing.pk}").json()["least"]["least_minor"] == 100
    with pytest.raises(BelowLeastAmount):
        place(buyer("1"), asked(listing, milli=10))


@pytest.mark.parametrize("column", ["least_milli", "step_seconds", "least_minor"])
@pytest.mark.parametrize("model", [Listing, Book])
def test_no_least_is_nothing(column, model):
    listed()

    with pytest.raises(IntegrityError), tenancy.acting_as_platform():
        model.objects.update(**{column: 0})


def test_a_least_beyond_the_offer_is_refused():
    listing = listed(cards=1)

    with tenancy.acting_as_platform(), pytest.raises(OfferRefused):
        catalog.change_least(
            listing_id=listing.pk, provider_id=listing.provider_id, least=Least(least_milli=1001)
        )
