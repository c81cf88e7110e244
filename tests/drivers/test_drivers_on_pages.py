"""Drivers on pages and over HTTP, as each who may see them."""

import json

import pytest

from common import clock, networks
from identity.contracts import Role
from marketplace.drivers import interface
from tests import cast as people
from tests.drivers.cast import MINUTE, NOON, Driving
from tests.drivers.fake_provider import serving
from tests.fulfilment.test_deliveries_on_pages import key_of, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def market(settings):
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.0/8"),)
    with serving() as fake:
        yield Driving(fake)


def test_a_provider_registers_tests_and_removes_a_driver(settings):
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.0/8"),)
    owner = people.organization("Provider")
    browser = signed_in(owner, Role.PROVIDER)
    page = browser.get("/supply/drivers/")
    assert "No driver" in page.content.decode()
    sent = {"key": key_of(page), "kind": "webhook-1", "url": "", "resource": "", "rule": "calls-1"}
    assert "Name the address" in browser.post("/supply/drivers/", sent).content.decode()
    sent |= {"url": "http://127.0.0.1:9999/"}
    unknown = browser.post("/supply/drivers/", sent | {"resource": "NOPE"})
    assert unknown.status_code == 422
    assert 'value="NOPE"' in unknown.content.decode()
    assert "None of your resources has this code." in unknown.content.decode()
    made = browser.post("/supply/drivers/", sent).content.decode()
    assert "whsec_" in made
    again = browser.post("/supply/drivers/", sent, follow=True).content.decode()
    assert "whsec_" not in again

    (row,) = browser.get("/api/v1/drivers").json()["results"]
    address = f"/supply/drivers/{row['id']}/"
    shown = browser.get(address)
    assert "Not called yet" in shown.content.decode()
    assert "whsec_" not in shown.content.decode()
    assert browser.post(f"{address}test/").status_code == 302
    assert "A test is on its way." in browser.get(address).content.decode()
    change = {"key": key_of(shown), "url": "http://127.0.0.1:9998/", "rule": "calls-patient-1"}
    assert browser.post(address, change).status_code == 302
    assert browser.get("/api/v1/drivers").json()["results"][0]["rule"] == "calls-patient-1"
    replaced = browser.post(f"{address}secret/", {"key": key_of(browser.get(address))})
    assert "whsec_" in replaced.content.decode()
    assert browser.post(f"{address}remove/").status_code == 302
    assert browser.get(address).status_code == 404


def test_what_a_driver_was_told_is_seen_by_both_parties_and_nobody_else(market):
    order = market.order()
    market.drive(NOON - MINUTE)
    market.say_signed(order, "delivery.ready", at=NOON)
    market.say_signed(order, "delivery.exited", at=NOON + MINUTE, exit_code=7)
    delivery = market.delivery(order)

    buyer = signed_in(market.buyer, Role.BUYER)
    page = buyer.get(f"/deliveries/{delivery.pk}/").content.decode()
    assert "Exit code 7" in page
    assert "Steps of the driver" in page
    course = buyer.get(f"/api/v1/deliveries/{delivery.pk}/course").json()
    assert course["exit_code"] == 7
    assert [call["step"] for call in course["calls"]] == ["PREPARE", "CONNECT", "SCHEDULE", "RUN"]
    other = signed_in(people.organization("Other"), Role.PROVIDER)
    assert other.get(f"/api/v1/deliveries/{delivery.pk}/course").status_code == 404
    assert other.get(f"/supply/drivers/{market.driver.pk}/").status_code == 404


def test_messages_are_known_by_their_signature_and_time_alone(market, client):
    order = market.order()
    market.drive(NOON - MINUTE)
    address = f"/drivers/{market.driver.pk}/messages"
    delivery, now = market.delivery(order).pk, clock.now()

    def post(headers, body):
        return client.post(address, body, content_type="application/json", headers=headers)

    headers, body = market.fake.message(delivery, "delivery.ready", at=now)
    forged = market.fake.message(delivery, "delivery.ready", at=now, secret="whsec_" + "A" * 44)
    stale = market.fake.message(delivery, "delivery.ready", at=now - 6 * MINUTE)
    early = market.fake.message(delivery, "delivery.ready", at=now + 6 * MINUTE)
    for each in (forged, stale, early, ({}, body), (headers, body + b" ")):
        refused = post(*each)
        assert (refused.status_code, refused.json()["code"]) == (401, "driver_signature_refused")
    assert market.delivery(order).state == "SCHEDULED"
    for word, data in (("delivery.odd", {}), ("delivery.ready", {"more": 1})):
        bad = post(*market.fake.message(delivery, word, at=now, **data))
        assert (bad.status_code, bad.json()["code"]) == (400, "driver_message_invalid")
    assert post(headers, body).json() == {"outcome": "taken", "code": ""}
    assert post(headers, body).json() == {"outcome": "repeated", "code": ""}
    assert market.delivery(order).state == "RUNNING"


def test_operators_see_what_runs_late(market):
    order = market.order(starts_at=NOON)
    market.fake.silent = {"PREPARE"}
    market.drive(NOON - MINUTE)
    operator = signed_in(people.organization("Desk"), Role.OPERATOR)

    assert order.number in operator.get("/deliveries/late/").content.decode()
    assert "/deliveries/late/" in operator.get("/deliveries/").content.decode()


def test_the_interface_is_served_and_committed(client):
    served = json.loads(client.get("/api/drivers/schema/").content)
    assert served == interface.openapi()
    assert client.get("/api/drivers/docs/").status_code == 200
