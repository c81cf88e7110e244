"""Up to a thousand orders in one request: an answer each, in order, once, whole or in part."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import translation

from common import tenancy
from identity.contracts import Role
from marketplace.orders.models import Order
from pricing.models import Quote
from tests.cast import member, organization, signed_in
from tests.catalog.supply import listed
from tests.orders.cast import NOW, START, buyer, clear, seen

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def haichao():
    return buyer("1000")


@pytest.fixture
def client(haichao):
    return signed_in(member(haichao, Role.BUYER))


def order(listing, key="", **facts):
    return {
        "key": key or uuid4().hex,
        "listing_id": str(listing.pk),
        "units_milli": 1000,
        "starts_at": START.isoformat(),
        "ends_at": (START + timedelta(hours=1)).isoformat(),
    } | facts


def needed(listing, key="", **facts):
    wanted = {"resource_class": listing.resource_class, "hub": listing.hub}
    return order(listing, key, listing_id=None, requirement=wanted, **facts)


def post(client, orders, *, key="", **facts):
    return client.post(
        "/api/v1/orders/batch",
        json.dumps({"orders": orders} | facts),
        content_type="application/json",
        headers={"Idempotency-Key": key or uuid4().hex},
    )


def count(model=Order):
    with tenancy.acting_as_platform():
        return model.objects.count()


def codes(answer):
    return [each["problem"] and each["problem"]["code"] for each in answer.json()["answers"]]


def test_each_order_is_answered_in_the_order_in_which_it_was_sent(client, haichao):
    listing = listed(cards=8)

    answer = post(
        client,
        [
            order(listing, "a"),
            order(listing, "b", units_milli=9000),
            needed(listing, "c"),
            order(listing, "d", listing_id=str(uuid4())),
            order(listing, "e", ends_at=START.isoformat()),
            order(listing, "f", starts_at=(NOW - timedelta(days=1)).isoformat()),
        ],
    )

    assert answer.status_code == 200, answer.content
    assert [each["key"] for each in answer.json()["answers"]] == list("abcdef")
    assert (answer.json()["placed"], answer.json()["refused"]) == (2, 4)
    assert codes(answer)[:5] == [
        None,
        "capacity_exhausted",
        None,
        "listing_not_found",
        "invalid_period",
    ]
    assert codes(answer)[5] == "invalid_order"
    placed = answer.json()["answers"][0]["order"]
    assert (placed["gross_minor"], placed["book"]) == (1008, str(listing.book))
    clear(listing)
    with tenancy.acting_as_platform():
        assert {each.state for each in Order.objects.filter(buyer=haichao)} == {"CLEARED"}
        assert count() == 2


def test_a_whole_batch_is_placed_whole_or_not_at_all(client):
    listing = listed(cards=8)
    orders = [order(listing, "a"), order(listing, "b", units_milli=9000)]

    refused = post(client, orders, is_whole=True)
    placed = post(client, orders[:1], is_whole=True)

    assert (refused.status_code, refused.json()["code"]) == (422, "batch_refused")
    assert refused.json()["problems"][0]["key"] == "b"
    assert refused.json()["problems"][0]["problem"]["code"] == "capacity_exhausted"
    assert placed.status_code == 200
    assert count() == 1


def test_a_refusal_is_told_in_the_readers_language(client):
    listing = listed()
    with translation.override("zh-hans"):
        refused = client.post(
            "/api/v1/orders/batch",
            json.dumps({"orders": [order(listing, units_milli=10**8)], "is_whole": True}),
            content_type="application/json",
            headers={"Idempotency-Key": uuid4().hex, "Accept-Language": "zh-Hans"},
        )

    assert refused.json()["detail"] == "1 个订单被拒绝，因此一个订单也没有提交。"


def test_a_batch_that_comes_again_is_answered_again_and_places_nothing(client):
    listing = listed()
    orders = [order(listing, "a"), order(listing, "b")]

    first = post(client, orders, key="batch")
    again = post(client, orders, key="batch")
    other_name = post(client, orders)

    assert first.content == again.content
    assert again.headers["Idempotency-Replayed"] == "true"
    ids = [each["order"]["id"] for each in first.json()["answers"]]
    assert [each["order"]["id"] for each in other_name.json()["answers"]] == ids
    assert count() == 2


def test_a_key_that_stands_for_another_order_is_that_orders_problem(client):
    listing = listed()
    post(client, [order(listing, "a")])

    answer = post(client, [order(listing, "a", units_milli=2000), order(listing, "b")])

    assert codes(answer) == ["order_key_reused", None]
    assert count() == 2


@pytest.mark.parametrize(
    ("orders", "field"),
    [
        ([], "orders"),
        ([{"key": "a"}], "orders.0.starts_at"),
        ("twice", "orders"),
        ("nameless", "orders.0.key"),
        ("unknown", "orders.0.price"),
    ],
    ids=["none", "no order", "a key twice", "no key", "an unknown member"],
)
def test_what_is_no_batch_of_orders_names_the_field_and_places_nothing(client, orders, field):
    listing = listed()
    made = {
        "twice": [order(listing, "a"), order(listing, "a")],
        "nameless": [order(listing, "\u540d")],
        "unknown": [order(listing, "a", price=1)],
    }

    answer = post(client, made.get(orders, orders) if isinstance(orders, str) else orders)

    assert answer.status_code == 400, answer.content
    assert field in {each["field"] for each in answer.json()["errors"]}
    assert count() == 0


def test_a_thousand_orders_take_as_many_statements_as_two(client, django_assert_max_num_queries):
    listing = listed(cards=8)
    with django_assert_max_num_queries(33):
        answer = post(client, [needed(listing, str(each)) for each in range(1000)])

    assert (answer.status_code, answer.json()["placed"]) == (200, 1000)
    assert post(client, [order(listing) for _ in range(1001)]).status_code == 400


def test_nobody_but_a_buyer_places_batches():
    listing = listed()
    provider = signed_in(member(organization("Other"), Role.PROVIDER))

    assert post(provider, [order(listing)]).status_code == 403


def test_no_quote_is_kept_that_nobody_asked_for(client):
    listing = listed()

    answer = post(client, [order(listing)])

    assert count(Quote) == 0
    with tenancy.acting_as_platform():
        placed = seen(Order.objects.get(pk=answer.json()["answers"][0]["order"]["id"]))
    assert (placed.quote_id, placed.gross_minor, placed.plan_version_id) == (
        None,
        1008,
        listing.plan_version_id,
    )
