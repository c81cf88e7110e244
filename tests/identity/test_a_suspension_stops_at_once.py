"""
Once the suspension is committed, every door is shut: nothing waits for beat.

`DOORS` is the list: each is open before, and refused right after. The walks beside it read every
address, so that a new door that nobody thought of fails here.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.test.client import RequestFactory
from django.urls import Resolver404, resolve

from common import clock, tenancy
from config import suspended
from gateway import keys as gateway_keys
from gateway import services as gateway
from identity import services as identity
from identity.contracts import KeyKind, ResourceStatus, Role
from identity.events import selectors as events
from identity.http.permissions import HasRole
from identity.models import Membership
from marketplace.fulfilment import services as fulfilment
from marketplace.fulfilment.contracts import DeliveryHalted, DeliveryMove
from marketplace.fulfilment.models import RunningTime
from tests import cast
from tests.entry.test_programs_get_tokens import ask, key_of
from tests.flow.strangers import undone
from tests.fulfilment.cast import HOUR, NOON, Delivering
from tests.identity import access, foreign, standing

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}
# Pages that the middleware asks nothing of, and why that is no door.
WITHOUT_ACTOR = {
    "/healthz": "takes no session",
    "/readyz": "takes no session",
    "/livez": "takes no session",
    "/metrics": "takes no session",
    "/api/peer/v1/countersign": "a node's signature counts",
    "/api/peer/v1/difference": "a node's signature counts",
    "/api/peer/v1/push": "a node's signature counts",
    "/api/peer/v1/resolve": "a node's signature counts",
    "/drivers/<uuid:driver_id>/messages": "a driver's signature counts; the service asks",
    "/accounts/sso/back/": "signs in: the next request sees the page",
    "/accounts/sso/<uuid:sso_id>/": "signs in: the next request sees the page",
}


class Door:
    """A provider whose every door is open; `looks` tells by name whether each still is."""

    def __init__(self) -> None:
        self.market = Delivering()
        self.order = self.market.order()
        self.market.asked(self.order)
        self.market.say(self.order, DeliveryMove.READY, at=NOON)
        self.provider = self.market.provider
        self.person = cast.member(self.provider, Role.PROVIDER)
        self.browser = cast.signed_in(self.person)
        scopes = ["organizations:read", "metering:write"]
        self.key = key_of(self.provider, self.person, scopes=scopes)
        self.personal = key_of(self.provider, self.person, scopes=scopes, kind=KeyKind.PERSONAL)
        self.token = ask(Client(), self.key).json()["access_token"]
        self.listing = self.market.listing
        self.code = self.listing.resource.identifier
        stranger = cast.organization("Reader")
        self.reader = cast.signed_in(cast.member(stranger, Role.BUYER))
        with tenancy.acting_as_platform():
            gateway.sign_due(now=clock.now())

    def me(self, secret: str) -> bool:
        return (
            Client().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code
            == 200
        )

    def reading(self) -> bool:
        answer = Client().post(
            "/api/v1/metering/events",
            "[]",
            content_type="application/cloudevents-batch+json",
            headers={"Authorization": f"Bearer {self.key.secret}"},
        )
        return answer.json().get("code") != "organization_suspended"

    def found(self, path: str) -> Any:
        return self.reader.get(path, headers=ENGLISH)


DOORS: dict[str, Callable[[Door], bool]] = {
    "a page in an open session": lambda d: d.browser.get("/home/").status_code in (200, 302),
    "the API in an open session": lambda d: d.browser.get("/api/v1/meters").status_code == 200,
    "an API key": lambda d: d.me(d.key.secret),
    "a personal token": lambda d: d.me(d.personal.secret),
    "a token of OAuth 2.0": lambda d: d.me(d.token),
    "a new token of OAuth 2.0": lambda d: ask(Client(), d.key).status_code == 200,
    "an agent's readings": Door.reading,
    "the market": lambda d: str(d.listing.pk) in d.found("/market/").text,
    "the API of listings": lambda d: (
        str(d.listing.pk) in d.found("/api/v1/listings?state=OPEN").text
    ),
    "the register": lambda d: d.found(f"/api/v1/identifiers/{d.code}").json()["status"] == "ACTIVE",
    "the gateway": lambda d: (
        '"value":"ACTIVE"' in d.found(f"/api/gateway/v1/resolve?code={d.code}").text
    ),
    "the gateway's search": lambda d: bool(d.found("/api/gateway/v1/search").json()["rows"]),
    "what is delivered": lambda d: d.market.delivery(d.order).state == "RUNNING",
}


@pytest.fixture
def door(settings, tmp_path) -> Door:
    settings.GATEWAY_KEYS_DIR = str(tmp_path / "gateway")
    gateway_keys.make_missing()
    return Door()


def by_owner(door: Door) -> None:
    first, second = standing.operators()
    standing.suspend(door.provider, by=first, second=second, at=NOON + HOUR / 2)


def by_resource(door: Door) -> None:
    with tenancy.acting_as(door.provider.pk):
        identity.change_resource_status(
            resource_id=door.listing.resource_id,
            provider_id=door.provider.pk,
            status=ResourceStatus.SUSPENDED,
        )


OF_THE_RESOURCE = {
    "the market",
    "the API of listings",
    "the register",
    "the gateway",
    "the gateway's search",
    "what is delivered",
}


@pytest.mark.parametrize(
    ("suspend", "shut"),
    [(by_owner, DOORS.keys()), (by_resource, OF_THE_RESOURCE)],
    ids=["organisation", "resource"],
)
def test_every_door_is_shut_once_the_suspension_is_committed(door, suspend, shut):
    before = {name: is_open(door) for name, is_open in DOORS.items()}

    suspend(door)

    assert all(before.values()), before
    after = {name for name, is_open in DOORS.items() if not is_open(door)}
    assert after == set(shut)


def test_people_see_one_page_and_what_is_their_own(door):
    other = cast.organization("Another")
    with tenancy.acting_as_platform():
        Membership.objects.create(organization=other, user=door.person, role=Role.BUYER)
    by_owner(door)

    page = door.browser.get("/supply/listings/", headers=ENGLISH)
    refused = door.browser.get("/api/v1/meters")
    own = {
        address: door.browser.get(address).status_code
        for address in ("/profile/", "/profile/data/", "/api/v1/me", "/api/v1/me/data-exports")
    }
    door.browser.post("/preferences/organization/", {"organization": str(other.pk)})

    assert page.status_code == 403
    assert all(words in page.text for words in ("bills unpaid", "My data", "Another"))
    assert (refused.status_code, refused.json()["code"]) == (403, "organization_suspended")
    assert set(own.values()) == {200}, own
    assert door.browser.get("/home/").status_code in (200, 302)  # acts for the other now


def test_who_was_demoted_removed_or_shut_out_acts_no_more(door):
    assert door.browser.get("/supply/listings/").status_code == 200
    with tenancy.acting_as_platform():
        identity.remove_member(
            organization_id=door.provider.pk, user_id=door.person.pk, role=Role.PROVIDER
        )

    assert door.browser.get("/supply/listings/").status_code == 403
    assert door.browser.get("/api/v1/meters").status_code == 403
    assert not door.me(door.key.secret)
    cast.leaves(door.person)
    assert door.browser.get("/supply/listings/").status_code == 302  # signed out


def test_charging_stops_and_goes_on_when_the_provider_says_so_after_the_end(door):
    by_owner(door)
    delivery = door.market.delivery(door.order)
    with pytest.raises(DeliveryHalted):
        door.market.say(door.order, DeliveryMove.READY, at=NOON + HOUR * 0.6)
    with tenancy.acting_as_platform(), pytest.raises(DatabaseError), transaction.atomic():
        RunningTime.objects.create(
            delivery=delivery,
            buyer_id=delivery.buyer_id,
            provider_id=delivery.provider_id,
            starts_at=NOON + HOUR * 0.6,
        )
    first, second = standing.operators()
    standing.reinstate(door.provider, by=first, second=second, at=NOON + HOUR * 0.7)
    again = door.market.say(door.order, DeliveryMove.READY, at=NOON + HOUR * 0.75)

    assert (delivery.state, delivery.reason) == ("INTERRUPTED", "provider_suspended")
    assert (again.state, again.reason) == ("RUNNING", "")
    assert door.market.ran(door.order) == [(NOON, NOON + HOUR / 2), (NOON + HOUR * 0.75, None)]


def test_what_is_not_lifted_in_time_has_failed_and_waits_are_told():
    market = Delivering()
    runs, waits = market.order(hours=3), market.order(hours=3)
    market.asked(runs)
    market.say(runs, DeliveryMove.READY, at=NOON)
    first, second = standing.operators()
    standing.suspend(market.buyer, by=first, second=second, at=NOON + HOUR / 2)
    told = {(e.name, e.facts.get("reason")) for e in recorded(market.provider.pk)}
    fulfilment.advance(now=NOON + HOUR * 1.5)

    assert ("fulfilment.delivery.interrupted", "buyer_suspended") in told
    assert ("fulfilment.delivery.halted", "buyer_suspended") in told
    assert [market.delivery(each).reason for each in (runs, waits)] == [
        "not_restored_in_time",
        "not_ready_in_time",
    ]


def recorded(organization_id):
    with tenancy.acting_as_platform():
        return list(events.recorded(organization_id))


def test_every_address_is_a_door_that_asks_whose_it_is():
    """A page goes through the middleware, an API through `HasRole`; what does neither is named."""
    bare = set()
    for route in access.routes():
        is_bare = getattr(route.callback, "_non_atomic_requests", None)
        view = getattr(route.callback, "cls", None)
        if is_bare and (view is None or HasRole not in view.permission_classes):
            bare.add(route.route)

    assert bare == WITHOUT_ACTOR.keys()


def test_what_stays_open_is_ones_own():
    opened = {
        route.route
        for route in access.routes()
        if getattr(getattr(route.callback, "cls", None), "open_to_suspended", False)
    }

    assert opened == {
        "/api/v1/me",
        "/api/v1/me/data-exports",
        "/api/v1/me/data-exports/<uuid:own_export_id>/file",
        "/api/v1/me/erasure-requests",
        "/api/v1/me/seen-records",
        "/api/v1/organizations/<uuid:organization_id>/suspensions",
        "/api/v1/suspension-appeals",
        "/api/v1/suspension-appeals/<uuid:appeal_id>",
    }
    for name in suspended.OPEN:
        assert name.startswith(("portal:own-", "portal:choose-", "portal:profile"))


@pytest.mark.slow
def test_no_page_and_no_method_answers_people_of_a_suspended_organisation():
    owner = cast.organization("Late")
    browser = cast.signed_in(cast.member(owner, *Role))
    first, second = standing.operators()
    standing.suspend(owner, by=first, second=second)
    answered = set()
    for line in access.table():
        if line.route in WITHOUT_ACTOR or line.route.startswith("/accounts/"):
            continue
        with undone():
            path = foreign.address(line.route, line.parameters, cast.organization("Foreign"))
            request = RequestFactory().get(path)
            try:
                request.resolver_match = resolve(path)
            except Resolver404:  # Nothing is there that could answer.
                continue
            if suspended.is_open(request):
                continue
            method = "GET" if line.method == "PAGE" else line.method
            answer = browser.generic(method, path, json.dumps({}), content_type="application/json")
            if answer.status_code != 403 and not is_read_by_all(line, request):
                answered.add(f"{line.method} {line.route} {answer.status_code}")

    assert answered == set()


def is_read_by_all(line: access.Access, request: Any) -> bool:
    """Return whether a view outside the request's transaction shows what strangers read as well."""
    is_outward = getattr(request.resolver_match.func, "_non_atomic_requests", None)
    return bool(is_outward) and line.who == "everyone"
