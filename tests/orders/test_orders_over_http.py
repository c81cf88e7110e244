import json
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import Client

from common import tenancy
from identity import services as identity
from identity.contracts import Role
from marketplace.orders.models import Order
from tests.cast import member, organization, signed_in
from tests.catalog.supply import listed
from tests.orders import cast
from tests.orders.cast import NOW, START, buyer, clear, place, programme, voucher, wish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


def browser(owner, *roles):
    return signed_in(member(owner, *roles))


def post(client, path, body, key=None):
    headers = {"Idempotency-Key": key or uuid4().hex}
    return client.post(
        f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=headers
    )


def body(listing, **facts):
    return {
        "listing_id": str(listing.pk),
        "units_milli": 1000,
        "starts_at": START.isoformat(),
        "ends_at": (START + timedelta(hours=1)).isoformat(),
    } | facts


def test_an_order_is_placed_cleared_and_read_back():
    listing = listed()
    haichao = buyer("100")
    voucher(haichao, "50", programme())
    client = browser(haichao, Role.BUYER)

    placed = post(client, "orders", body(listing))
    clear(listing)
    page = client.get(f"/api/v1/orders/{placed.json()['id']}").json()

    assert placed.status_code == 201
    assert placed.json()["state"] == "PLACED"
    assert page["state"] == "CLEARED"
    assert (page["gross_minor"], page["voucher_minor"], page["cash_minor"]) == (1008, 302, 706)
    assert [step["state"] for step in page["steps"]] == [
        *["done"] * 4,
        "now",
        "todo",
        "todo",
    ]
    assert page["clearing"]["position"] == page["clearing"]["total"] == 1
    assert len(page["clearing"]["laps"]) == 5
    assert page["price"]["vouchers"][0]["base_minor"] == 1008
    assert sum(line["debit_minor"] for line in page["ledger"]) == 1008
    assert sum(line["credit_minor"] for line in page["ledger"]) == 1008
    assert page["is_cancellable"] is True


def test_a_retried_request_places_one_order():
    listing = listed()
    client = browser(buyer("100"), Role.BUYER)

    first, again = (post(client, "orders", body(listing), key="k") for _n in range(2))
    other = post(client, "orders", body(listing, units_milli=2000), key="k")

    assert again.json() == first.json()
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    with tenancy.acting_as_platform():
        assert Order.objects.count() == 1


BAD = {
    "no units": ({"units_milli": 0}, 400, "units_milli"),
    "nan": ({"units_milli": "NaN"}, 400, "units_milli"),
    "a float": ({"units_milli": 1.5}, 400, "units_milli"),
    "unknown field": ({"price": 1}, 400, "price"),
    "backwards": ({"ends_at": NOW.isoformat()}, 400, None),
    "no date": ({"starts_at": "soon"}, 400, "starts_at"),
    "in the past": ({"starts_at": (NOW - timedelta(days=1)).isoformat()}, 400, "starts_at"),
    "no listing": ({"listing_id": str(uuid4())}, 404, None),
    "beyond capacity": ({"units_milli": 9000}, 409, "units_milli"),
    "unknown quote": ({"quote_id": str(uuid4())}, 404, None),
}


@pytest.mark.parametrize("case", BAD)
def test_a_wrong_order_is_refused_and_changes_nothing(case):
    changes, status, field = BAD[case]
    listing = listed(cards=8)
    client = browser(buyer("100"), Role.BUYER)

    answer = post(client, "orders", body(listing, **changes))

    assert answer.status_code == status
    assert answer["Content-Type"].startswith("application/problem+json")
    if field:
        assert field in json.dumps(answer.json())
    with tenancy.acting_as_platform():
        assert not Order.objects.exists()


def test_the_list_is_narrowed_and_paged():
    listing = listed(cards=4)
    haichao = buyer("20")
    orders = [
        place(haichao, wish(listing), at=NOW + timedelta(seconds=number)) for number in range(3)
    ]
    clear(listing, at=NOW + timedelta(minutes=1))
    client = browser(haichao, Role.BUYER)

    cleared = client.get("/api/v1/orders?state=CLEARED").json()
    rejected = client.get("/api/v1/orders?refusal_code=insufficient_funds").json()
    page = client.get("/api/v1/orders?page_size=2").json()

    assert [row["id"] for row in cleared["results"]] == [str(orders[0].pk)]
    assert len(rejected["results"]) == 2
    assert len(page["results"]) == 2
    assert len(client.get(page["next"]).json()["results"]) == 1


def test_others_orders_look_like_none():
    listing = listed()
    order = place(buyer("100"), wish(listing))
    stranger = browser(buyer(), Role.BUYER)

    assert stranger.get(f"/api/v1/orders/{order.pk}").status_code == 404
    assert post(stranger, f"orders/{order.pk}/cancel", {}).status_code == 404
    assert stranger.get("/api/v1/orders").json()["results"] == []


def test_a_provider_sees_what_it_sold_and_nothing_before():
    listing = listed()
    order = place(buyer("100"), wish(listing))
    provider = browser(listing.provider, Role.PROVIDER)

    before = provider.get("/api/v1/orders").json()["results"]
    clear(listing)
    after = provider.get("/api/v1/orders").json()["results"]

    assert before == []
    assert [row["id"] for row in after] == [str(order.pk)]
    assert provider.get(f"/api/v1/orders/{order.pk}").status_code == 200


def test_an_order_is_cancelled_once():
    listing = listed()
    haichao = buyer("100")
    order = place(haichao, wish(listing))
    client = browser(haichao, Role.BUYER)

    first = post(client, f"orders/{order.pk}/cancel", {})
    again = post(client, f"orders/{order.pk}/cancel", {})

    assert (first.status_code, first.json()["state"]) == (200, "CANCELLED")
    assert (again.status_code, again.json()["code"]) == (409, "order_not_cancellable")


def test_an_auditor_reads_a_round_and_a_buyer_does_not():
    listing = listed()
    haichao = buyer("100")
    place(haichao, wish(listing))
    number = clear(listing).round_number

    auditor = browser(organization("Audit"), Role.AUDITOR)
    found = auditor.get(f"/api/v1/clearing-rounds/{number}")

    assert found.status_code == 200
    assert found.json()["snapshot"]["rule_version"] == "clear-3"
    assert auditor.get("/api/v1/clearing-rounds/B-0").status_code == 404
    assert browser(haichao, Role.BUYER).get(f"/api/v1/clearing-rounds/{number}").status_code == 403


def test_finance_books_a_deposit_once():
    haichao = buyer()
    finance = browser(organization("Bank desk"), Role.FINANCE)
    money = {
        "organization_id": str(haichao.pk),
        "amount_minor": 10_000,
        "reference": "BANK-1",
    }

    first = post(finance, "deposits", money)
    again = post(finance, "deposits", money)
    other = post(finance, "deposits", money | {"amount_minor": 1})

    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert (other.status_code, other.json()["code"]) == (409, "reference_reused")
    assert cast.cash(haichao) == (10_000, 10_000)
    shown = browser(haichao, Role.BUYER).get("/api/v1/deposits").json()["results"]
    assert [row["reference"] for row in shown] == ["BANK-1"]


def test_an_order_of_a_program_takes_few_statements(django_assert_max_num_queries):
    listing, haichao = listed(), buyer("100")
    person = member(haichao, Role.BUYER)
    with tenancy.acting_as_platform():
        issued = identity.create_api_key(
            organization_id=haichao.pk,
            created_by=person.pk,
            name="program",
            roles=[Role.BUYER],
            scopes=["orders:write"],
            now=NOW,
            expires_at=NOW + timedelta(days=1),
        )
    headers = {"Authorization": f"Bearer {issued.secret}", "Idempotency-Key": "a"}
    Client().get("/api/v1/me", headers=headers)  # That a key is used is noted every few minutes.

    with django_assert_max_num_queries(28):
        placed = Client().post(
            "/api/v1/orders", json.dumps(body(listing)), "application/json", headers=headers
        )

    assert placed.status_code == 201, placed.content
