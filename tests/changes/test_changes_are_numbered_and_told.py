"""What changes in the register gets a number without a gap, and who follows it is told."""

from uuid import uuid4

import pytest
from django.db import Error, connection, transaction
from django.test import Client

from common import clock, tenancy
from gateway.changes import selectors, services
from gateway.changes.contracts import (
    SUBSCRIPTIONS_MAX,
    FollowedCodes,
    SubscriptionInvalid,
    TooManySubscriptions,
)
from gateway.changes.models import CodeSubscription
from identity import services as identity
from identity.contracts import ResourceStatus, Role
from identity.webhooks.models import Endpoint
from tests import cast, factories
from tests.identity import standing

FEED = "/api/gateway/v1/feed"
pytestmark = pytest.mark.django_db


def move(resource, status):
    with tenancy.acting_as(resource.provider_id):
        identity.change_resource_status(
            resource_id=resource.pk, provider_id=resource.provider_id, status=status
        )


def suspend(resource):
    move(resource, ResourceStatus.SUSPENDED)


def number():
    while services.number_changes():
        pass


def feed(**query):
    number()
    return Client().get(FEED, query).json()


def follow(organization, **wanted):
    with tenancy.acting_as(organization.pk):
        return services.follow(
            organization_id=organization.pk,
            person_id=None,
            following=FollowedCodes(**({"name": "mine"} | wanted)),
            now=clock.now(),
        )


def told(organization):
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT object_id, facts->>'value' FROM events_event"
            " WHERE name = 'changes.code.changed' ORDER BY id"
        )
        return cursor.fetchall()


def test_the_feed_tells_what_changed_in_its_order_without_a_gap():
    before = feed()["last"]
    resource = factories.ResourceFactory()
    suspend(resource)
    first, second = standing.operators()
    other = factories.ResourceFactory()
    standing.suspend(other.provider, by=first, second=second)

    found = feed(after=before)
    assert [each["number"] for each in found["changes"]] == list(
        range(before + 1, before + 1 + len(found["changes"]))
    )
    assert [(each["kind"], each["value"]) for each in found["changes"]] == [
        ("REGISTERED", "ACTIVE"),
        ("STATUS", "SUSPENDED"),
        ("REGISTERED", "ACTIVE"),
        ("STATUS", "SUSPENDED"),
    ]
    assert found["next"] == found["last"] == feed()["last"]
    page = feed(after=before, limit=1)
    assert (len(page["changes"]), page["next"]) == (1, before + 1)
    assert feed(after=before, kind="STATUS", prefix=other.identifier)["changes"][0]["code"] == (
        other.identifier
    )
    assert not feed(after=before, region="99")["changes"]


def test_nothing_new_is_304_and_a_place_ahead_is_refused():
    factories.ResourceFactory()
    number()
    reply = Client().get(FEED)
    assert Client().get(FEED, headers={"if-none-match": reply["ETag"]}).status_code == 304
    ahead = Client().get(FEED, {"after": reply.json()["last"] + 1})
    assert (ahead.status_code, ahead.json()["code"]) == (400, "feed_place_unknown")
    assert Client().get(FEED, {"wait": 21}).status_code == 400
    assert Client().get(FEED, {"after": "１"}).status_code == 400


def test_a_state_that_turns_is_a_change_and_figures_alone_are_none():
    from tests.gateway.test_states_are_answered import told as tell

    resource = factories.ResourceFactory()
    before = feed()["last"]
    tell(resource, free=1, age=3)
    tell(resource, free=2, age=2)
    tell(resource, free=2, age=1, health="DOWN")
    assert [each["value"] for each in feed(after=before, kind="STATE")["changes"]] == [
        "AGENT OK",
        "AGENT DOWN",
    ]


@pytest.mark.parametrize(
    ("wanted", "hears"),
    [
        ({"prefix": "SP1-"}, True),
        ({"prefix": "SP9-"}, False),
        ({"prefix": "SP1-", "kinds": ["STATUS"]}, True),
        ({"prefix": "SP1-", "kinds": ["GRANT"]}, False),
        ({"resource_class": "AI"}, True),
        ({"resource_class": "HPC"}, False),
        ({"region": "99"}, False),
        ({"codes": ["SP1-OTHER"]}, False),
    ],
    ids=str,
)
def test_who_follows_is_told_by_prefix_facet_and_kind(wanted, hears):
    resource = factories.ResourceFactory()
    number()
    acme = cast.organization()
    follow(acme, **wanted)
    suspend(resource)
    number()
    assert bool(told(acme)) == hears


def test_a_webhook_is_told_once_and_the_page_shows_it(client):
    resource = factories.ResourceFactory()
    number()
    acme = cast.organization()
    person = cast.member(acme, Role.BUYER)
    with tenancy.acting_as_platform():
        Endpoint.objects.create(
            organization_id=acme.pk,
            url="https://receiver.example.com/",
            event_prefixes=["changes"],
            created_at=clock.now(),
            created_by_id=person.pk,
        )
    made = follow(acme, codes=[resource.identifier])
    suspend(resource)
    number()
    number()
    assert told(acme) == [(resource.identifier, "SUSPENDED")]
    with tenancy.acting_as(acme.pk):
        made.refresh_from_db()
    assert (made.told, made.told_number) == (1, selectors.last_number())
    browser = cast.signed_in(person)
    shown = browser.get(f"/developers/following/{made.pk}/").content.decode()
    assert resource.identifier in shown
    assert browser.post(f"/developers/following/{made.pk}/end/").status_code == 302
    move(resource, ResourceStatus.ACTIVE)
    number()
    assert len(told(acme)) == 1


def test_the_page_follows(client):
    acme = cast.organization()
    browser = cast.signed_in(cast.member(acme, Role.BUYER))
    sent = {"key": str(uuid4()), "name": "all", "begins_with": "SP1-", "codes": ""}
    assert browser.post("/developers/following/", sent).status_code == 302
    assert "all" in browser.get("/developers/following/").content.decode()
    wrong = browser.post("/developers/following/", sent | {"key": str(uuid4()), "begins_with": "%"})
    assert wrong.status_code == 422
    nothing = browser.post("/developers/following/", {"key": str(uuid4()), "name": "x"})
    assert nothing.status_code == 422


def test_the_api_follows_and_ends():
    acme = cast.organization()
    browser = cast.signed_in(cast.member(acme, Role.BUYER))
    address = "/api/gateway/v1/subscriptions"
    made = browser.post(address, {"name": "x", "region": "31"}, content_type="application/json")
    assert made.status_code == 201
    one = f"{address}/{made.json()['id']}"
    assert [each["name"] for each in browser.get(address).json()["results"]] == ["x"]
    stranger = cast.signed_in(cast.member(cast.organization("Other"), Role.BUYER))
    assert stranger.get(one).status_code == 404
    assert stranger.delete(one).status_code == 404
    assert browser.delete(one).status_code == 204
    assert browser.get(one).status_code == 404


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"prefix": "%"},
        {"prefix": "sp1"},
        {"region": "1"},
        {"codes": ["x"]},
        {"codes": ["A"] * 1_001},
        {"resource_class": "AI", "kinds": ["NONE"]},
        {"name": " ", "prefix": "SP1"},
    ],
    ids=lambda it: str(it)[:30],
)
def test_what_has_not_its_form_is_refused(wanted):
    with pytest.raises(SubscriptionInvalid):
        follow(cast.organization(), **wanted)


def test_an_organisation_follows_a_hundred_things():
    acme = cast.organization()
    with tenancy.acting_as(acme.pk):
        CodeSubscription.objects.bulk_create(
            CodeSubscription(
                organization=acme, name="x", prefix="SP1", after_number=0, made_at=clock.now()
            )
            for _each in range(SUBSCRIPTIONS_MAX)
        )
    with pytest.raises(TooManySubscriptions):
        follow(acme, prefix="SP1")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE changes_registerchange SET number = number + 1",
        "UPDATE changes_registerchange SET value = 'x'",
        "UPDATE changes_registerchange SET number = 9000 WHERE number IS NULL;"
        " SET CONSTRAINTS ALL IMMEDIATE",
        "DELETE FROM changes_registerchange",
        "INSERT INTO changes_registerchange (kind, code, value, at) VALUES ('NODE','X','',now())",
        "DELETE FROM changes_codesubscription",
    ],
)
def test_the_database_keeps_its_promises(statement):
    follow(cast.organization(), prefix="SP1")
    factories.ResourceFactory()
    services.number_changes()
    factories.ResourceFactory()
    with tenancy.acting_as_platform(), pytest.raises(Error), transaction.atomic():
        connection.cursor().execute(statement)
