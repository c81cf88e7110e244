"""A program follows what happened over HTTP, and reads of others only what concerns it."""

import pytest
from django.db import connections, transaction

from common import doing, tenancy
from identity import services as identity
from identity.contracts import Role
from identity.event_names import IdentityEvent
from identity.events import services as events
from identity.events.models import RecordedEvent
from tests import cast, databases, environment

FEED = "/api/v1/events"
pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def stage(django_db_setup, django_db_blocker):
    """A database of its own: only what is committed can be followed."""
    with django_db_blocker.unblock():
        connections.close_all()
        databases.clone(environment.DATABASE)
        yield cast_of_two()
        connections.close_all()
        databases.drop(environment.DATABASE)


def cast_of_two() -> dict:
    """Two organisations with a buyer each, and an auditor; what made them is committed."""
    acme, zeta, office = (cast.organization(name) for name in ("Acme", "Zeta", "Office"))
    people = {
        "acme": cast.member(acme, Role.BUYER),
        "zeta": cast.member(zeta, Role.BUYER),
        "auditor": cast.member(office, Role.AUDITOR),
        "finance": cast.member(office, Role.FINANCE),
    }
    return {name: cast.signed_in(person) for name, person in people.items()} | {
        "organizations": {"acme": acme, "zeta": zeta, "office": office},
        "people": people,
    }


@pytest.fixture
def market(stage) -> dict:
    """The cast, and where the record ends before the test."""
    with tenancy.acting_as_platform():
        return stage | {"since": str(events.newest())}


def happens(*concerns, **fields) -> None:
    with transaction.atomic():
        events.record(
            [
                events.Event(
                    name=IdentityEvent.TIE_RECORDED,
                    object_kind="tie",
                    object_id=fields.pop("object_id", "t"),
                    concerns=[each.pk for each in concerns],
                    **fields,
                )
            ]
        )


def read(market, who: str, **query) -> dict:
    reply = market[who].get(FEED, {"cursor": market["since"]} | query)
    assert reply.status_code == 200, reply.json()
    return reply.json()


def test_the_feed_goes_on_where_it_stopped(market):
    acme = market["organizations"]["acme"]
    first = read(market, "acme", cursor="")
    nothing = read(market, "acme", cursor=market["since"])
    for number in range(5):
        happens(acme, object_id=number)
    page = read(market, "acme", cursor=nothing["cursor"], page_size=3)
    rest = read(market, "acme", cursor=page["cursor"], page_size=3)

    assert [event["name"] for event in first["results"]][:1] == ["identity.organization.entered"]
    assert nothing["results"] == []
    assert [event["object"]["id"] for event in page["results"]] == ["0", "1", "2"]
    assert [event["object"]["id"] for event in rest["results"]] == ["3", "4"]
    assert (page["has_more"], rest["has_more"]) == (True, False)


def test_whoever_asks_for_the_newest_is_told_only_what_follows(market):
    begun = read(market, "acme", cursor="newest")
    happens(market["organizations"]["acme"])

    followed = read(market, "acme", cursor=begun["cursor"])

    assert begun["results"] == []
    assert [event["name"] for event in followed["results"]] == ["identity.tie.recorded"]


def test_of_others_people_only_the_organisation_is_told(market):
    acme, zeta = market["organizations"]["acme"], market["organizations"]["zeta"]
    with doing.by(doing.Doer(person_id=41, organization_id=acme.pk)):
        happens(acme, zeta)

    own, others, all_of_it = (
        read(market, name, name="identity.tie")["results"][-1]
        for name in ("acme", "zeta", "auditor")
    )

    assert (own["by"]["person_id"], own["by"]["organization_id"]) == (41, str(acme.pk))
    assert (others["by"]["person_id"], others["by"]["organization_id"]) == (None, str(acme.pk))
    assert all_of_it["by"]["person_id"] == 41
    assert own["concerns"] == [str(acme.pk)]
    assert all_of_it["concerns"] == [str(acme.pk), str(zeta.pk)]
    assert own["id"] == others["id"] == all_of_it["id"]


def test_nobody_reads_what_does_not_concern_them(market):
    happens(market["organizations"]["acme"])
    happens()

    assert read(market, "zeta", name="identity.tie")["results"] == []
    assert len(read(market, "auditor", name="identity.tie")["results"]) == 2
    # A duty with money is none to read what everybody does.
    assert read(market, "finance", name="identity.tie")["results"] == []
    reply = market["zeta"].get(FEED, {"organization_id": market["organizations"]["acme"].pk})
    assert reply.status_code == 403
    whole = read(market, "auditor", organization_id=market["organizations"]["zeta"].pk)
    assert whole["results"] == []


def test_what_a_person_does_bears_the_person_and_the_request(market):
    operator = cast.member(market["organizations"]["office"], Role.OPERATOR)
    browser = cast.signed_in(operator)
    body = {"uscc": "91350100M000100Y43", "name": "福州示范", "region": "350100"}

    made = browser.post("/api/v1/organizations", body, content_type="application/json")
    (event,) = read(
        market | {"operator": browser},
        "operator",
        name="identity.organization.entered",
        object_id=made.json()["id"],
    )["results"]

    assert event["by"]["person_id"] == operator.pk
    assert event["by"]["organization_id"] == str(market["organizations"]["office"].pk)
    assert event["by"]["request_id"]
    assert doing.current() == doing.NOBODY


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"cursor": "x"}, "invalid_event_cursor"),
        ({"cursor": f"1-{2**62}-{'0' * 32}"}, "invalid_event_cursor"),
        ({"cursor": "x" * 100}, "max_length"),
        ({"page_size": 1_001}, "max_value"),
        ({"page_size": "٣"}, "invalid"),
        ({"recorded_from": "yesterday"}, "invalid_moment"),
        ({"colour": "red"}, "unknown_field"),
    ],
)
def test_what_makes_no_sense_is_refused(market, query, code):
    reply = market["acme"].get(FEED, query)

    assert (reply.status_code, reply.json()["code"]) == (400, code)


def test_filters_leave_out_and_lose_nothing(market):
    acme = market["organizations"]["acme"]
    with doing.by(doing.Doer(person_id=7, organization_id=acme.pk)):
        happens(acme, object_id="a")
    happens(acme, object_id="b")

    def found(**query) -> list[str]:
        return [event["object"]["id"] for event in read(market, "acme", **query)["results"]]

    assert found(object_kind="tie", object_id="a") == ["a"]
    assert found(person_id=7) == ["a"]
    assert found(name="identity.tie") == ["a", "b"]
    assert found(name="identity.ti") == []
    assert found(recorded_until="2020-01-01") == []
    assert found(recorded_from="2020-01-01", object_kind="tie") == ["a", "b"]


def test_a_page_of_the_feed_asks_little(market, django_assert_max_num_queries):
    happens(market["organizations"]["acme"])

    with django_assert_max_num_queries(14):
        read(market, "acme", name="identity.tie")


def test_no_event_holds_an_address_or_a_name_of_a_person(market):
    with tenancy.acting_as_platform():
        identity.invite_member(
            organization_id=market["organizations"]["acme"].pk,
            email="li.ming@test.example",
            role=Role.BUYER,
        )
        identity.update_person(user_id=market["people"]["acme"].pk, changes={"name": "李明"})
        rows = list(RecordedEvent.objects.values_list("object_id", "object_label", "facts"))

    assert rows
    assert "@" not in str(rows)
    assert "李明" not in str(rows)


def test_everybody_may_know_what_events_are_called(market):
    names = market["acme"].get("/api/v1/event-names", HTTP_ACCEPT_LANGUAGE="en").json()

    assert {"name": "identity.tie.recorded", "label": "Tie recorded"} in names
