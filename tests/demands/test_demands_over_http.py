"""Demands over the API and on pages, as their buyer and as others."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from common import clock, tenancy
from identity.contracts import Role
from marketplace.demands import services
from marketplace.demands.models import PostedDemand, SavedSearch
from tests import cast
from tests.cast import NOW
from tests.catalog import supply
from tests.demands import cast as demands
from tests.orders.cast import buyer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def owner():
    return buyer("1000")


@pytest.fixture
def visitor(owner):
    return cast.signed_in(cast.member(owner, Role.BUYER))


def body(**changes: Any) -> dict[str, Any]:
    starts_at = (clock.now() + timedelta(hours=1)).replace(microsecond=0)
    option = {
        "need": {"resource_class": "AI"},
        "units_milli": 1000,
        "starts_at": starts_at.isoformat(),
        "seconds": 3600,
        "limit": {"max_price_per_standard_hour_minor": 400},
    }
    return {"options": [option]} | changes


def send(visitor, path: str, data: dict[str, Any], key: str = "") -> Any:
    return visitor.post(
        f"/api/v1/{path}",
        json.dumps(data),
        content_type="application/json",
        headers={"Idempotency-Key": key or uuid4().hex},
    )


def test_a_demand_is_posted_looked_at_and_cancelled(visitor):
    starts = clock.now() + timedelta(days=1)
    sent = body(kind="STANDING", expires_at=starts.isoformat())
    made = send(visitor, "demands", sent).json()

    page = visitor.get(f"/api/v1/demands/{made['id']}").json()
    assert (page["state"], page["place"], page["waiting"]) == ("WAITING", 1, 1)
    done = send(visitor, f"demands/{made['id']}/cancel", {}).json()
    assert done["state"] == "CANCELLED"
    again = send(visitor, f"demands/{made['id']}/cancel", {})
    assert (again.status_code, again.json()["code"]) == (409, "demand_is_over")


def test_the_same_key_is_the_same_demand_and_a_demand_of_one_at_a_time(visitor):
    sent = body()
    first, second = (send(visitor, "demands", sent, key="k").json() for _each in range(2))

    assert first["id"] == second["id"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"options": []}, "min_length"),
        ({"kind": "STANDING"}, "invalid_demand"),
        ({"prefer": "NEAREST"}, "invalid_demand"),
        ({"at_market_price": True}, "invalid_demand"),
    ],
)
def test_what_is_wrong_is_said(visitor, changes, code):
    reply = send(visitor, "demands", body(**changes))

    assert reply.status_code == 400
    assert code in json.dumps(reply.json())


def test_without_a_limit_the_api_wants_the_market_price_said(visitor):
    sent = body()
    sent["options"][0].pop("limit")

    reply = send(visitor, "demands", sent)
    said = send(visitor, "demands", sent | {"at_market_price": True})

    assert (reply.status_code, reply.json()["code"]) == (400, "price_limit_missing")
    assert said.status_code == 201


def test_the_outlook_sets_nothing_aside(visitor):
    supply.listed(price="3.18")

    seen = send(visitor, "demands/outlook", body()).json()

    assert [each["prefer"] for each in seen["offers"]] == ["CHEAPEST", "GREENEST"]
    with tenancy.acting_as_platform():
        assert not PostedDemand.objects.exists()


def typed(**changes: str) -> dict[str, str]:
    starts_at = clock.now() + timedelta(hours=30)
    return {
        "key": str(uuid4()),
        "resource_class": "AI",
        "units": "1",
        "starts_at": starts_at.strftime("%Y-%m-%dT%H:%M:%S"),
        "length": "1",
        "length_unit": "hour",
        "kind": "IMMEDIATE",
        "prefer": "CHEAPEST",
        "limit": "4.00",
        "limit_unit": "max_price_per_standard_hour_minor",
    } | changes


def test_the_page_shows_what_the_market_says_and_posts(visitor):
    supply.listed(price="3.18")

    looked = visitor.post("/demands/new/", typed(action="look"))
    posted = visitor.post("/demands/new/", typed(action="post"))

    assert looked.status_code == 200
    assert "cm-offer is-chosen" in looked.content.decode()
    shown = visitor.get(posted["Location"]).content.decode()
    assert "D-" in shown
    assert visitor.get("/demands/").status_code == 200


def test_the_page_refuses_a_demand_without_a_limit_and_loses_nothing(visitor):
    refused = visitor.post("/demands/new/", typed(limit="", chips="H100, A100", action="post"))

    text = refused.content.decode()
    assert refused.status_code == 422
    assert 'value="H100, A100"' in text
    with tenancy.acting_as_platform():
        assert not PostedDemand.objects.exists()


def test_a_demand_is_amended_on_its_page_and_says_whether_it_keeps_its_place(visitor, owner):
    until = (clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%S")
    waits = typed(kind="STANDING", expires_at=until, units="4")
    address = visitor.post("/demands/new/", waits | {"action": "post"})["Location"]

    less = waits | {"units": "2", "revision": "1", "action": "look"}
    shown = visitor.post(f"{address}amend/", less, headers={"accept-language": "en"})
    assert "keeps its place" in shown.content.decode()
    done = visitor.post(f"{address}amend/", less | {"action": "amend"})
    stale = visitor.post(f"{address}amend/", less | {"units": "1", "action": "amend"})

    assert done.status_code == 302
    assert stale.status_code == 422
    with tenancy.acting_as_platform():
        assert PostedDemand.objects.get().revision == 2


def test_nobody_sees_the_demand_of_another(visitor):
    other = demands.post(buyer("10"))

    assert visitor.get(f"/demands/{other.pk}/").status_code == 404
    assert visitor.get(f"/api/v1/demands/{other.pk}").status_code == 404


def test_a_saved_search_is_told_once_of_what_appears(visitor, owner):
    visitor.post("/demands/new/", typed(chips="H100", action="alert"))
    supply.listed(chip="A100")
    supply.listed(chip="H100")

    assert services.alert(now=clock.now()) == 1
    assert services.alert(now=clock.now()) == 0
    with tenancy.acting_as(owner.pk):
        assert SavedSearch.objects.get().found == 1
    assert "H100" in visitor.get("/demands/searches/").content.decode()
