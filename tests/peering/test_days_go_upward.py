"""What nodes say of their days comes upward with a receipt; what does not fit is named."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from common import clock, moments, statements, tenancy
from gateway import services as gateway_services
from gateway.contracts import KeyPurpose, own_code
from gateway.models import Entry
from gateway.peering import openapi, selectors, services, suite
from gateway.peering.api import urls as peer_urls
from gateway.peering.models import DayTotals, ListedNode
from gateway.peering.rules import totals
from gateway.peering.rules.totals import ClassTotals
from marketplace.bulletin import levels
from tests import factories, peer_openapi
from tests.factories import NOW
from tests.peering.cast import admit, far, push


def today():
    return moments.market_date(clock.now())


def day_before(days=1):
    return today() - timedelta(days=days)


def said(node, day, *, sequence=1, **over):
    figures = {
        "resource_class": "AI",
        "capacity": {"card": (1, 8_000, 3_000)},
        "trades": 5,
        "standard_hours": Decimal("12.5"),
        "price": Decimal("9.1"),
        "traders": 3,
        "pue": Decimal("1.25"),
    }
    body = totals.body(
        day, classes=[ClassTotals(**figures | over)], sequence=sequence, at=clock.now()
    )
    return node.say("totals", body, KeyPurpose.REGISTER)


def receipt_of(reply):
    assert reply.status_code == 200, reply.content
    return statements.parse(reply.json()["receipt"]["text"]).body


@pytest.fixture
def below(node):
    below = far("P00001")
    admit(below)
    return below


def of(node):
    with tenancy.acting_as_platform():
        return {each.node: each for each in selectors.totals_below(today=today())}[node]


def test_a_day_comes_with_a_receipt_and_is_kept_by_class(below):
    receipt = receipt_of(push(below, [said(below, day_before())], dataset="totals"))

    assert (receipt["dataset"], receipt["applied"], receipt["refused"]) == ("totals", 1, [])
    with tenancy.acting_as_platform():
        row = DayTotals.objects.get(node="P00001")
    assert (row.day, row.trades, row.price) == (day_before(), 5, Decimal("9.1"))
    assert row.capacity == [
        {"unit": "card", "resources": 1, "total_milli": 8000, "available_milli": 3000}
    ]


def test_missing_days_other_figures_and_two_words_of_one_day_are_named(below):
    push(below, [said(below, day_before(4))], dataset="totals")
    push(below, [said(below, day_before(1))], first=2, dataset="totals")

    assert of("P00001").missing == (day_before(3), day_before(2))
    assert of("P00001").differs
    with tenancy.acting_as_platform():
        Entry.objects.create(
            code="SP2-P00001-0001-0001-A-B-00000001-0",
            authority="P00001",
            record=f"sha256:{'0' * 64}",
            record_json=b"{}",
            sequence=1,
            region="310115",
            resource_class="AI",
            form="BARE_METAL",
            chips=[],
            level=0,
            total_milli=8_100,
            status="ACTIVE",
            status_since=NOW,
            heard_at=NOW,
        )
    assert not of("P00001").differs

    other = said(below, day_before(1), trades=6)
    receipt = receipt_of(push(below, [other], first=3, dataset="totals"))
    assert receipt["refused"] == [{"code": "equivocation", "sequence": 3}]
    assert of("P00001").has_said_two
    with tenancy.acting_as_platform():
        assert {row.trades for row in DayTotals.objects.all()} == {5}


def test_an_earlier_word_that_comes_after_a_later_one_changes_nothing(below):
    later = said(below, day_before(), sequence=2, trades=7)
    both = [said(below, day_before(2)), said(below, day_before(2), sequence=2, trades=8)]
    push(below, [later, *both], dataset="totals")

    receipt = receipt_of(push(below, [said(below, day_before())], first=4, dataset="totals"))

    assert receipt["refused"] == []
    with tenancy.acting_as_platform():
        rows = DayTotals.objects.order_by("-day").values_list("day", "sequence", "trades")
        assert list(rows) == [(day_before(), 2, 7), (day_before(2), 2, 8)]


@pytest.mark.parametrize(
    "spoil",
    [
        {"subject": "2026-02-30"},
        {"subject": "yesterday"},
        {"classes": [{"resource_class": "AI"}]},
        {"classes": "none"},
    ],
)
def test_a_day_that_has_not_its_form_is_refused_by_name(below, spoil):
    body = statements.parse(said(below, day_before())["text"]).body | spoil
    item = below.say("totals", body, KeyPurpose.REGISTER)

    receipt = receipt_of(push(below, [item], dataset="totals"))

    assert receipt["refused"][0]["code"] == "totals_malformed"


def test_what_fewer_than_three_stand_behind_is_withheld():
    two = ClassTotals(
        resource_class="AI",
        trades=9,
        price=Decimal(1),
        traders=2,
        green_share=Decimal("0.5"),
        supplied=2,
    )
    three = ClassTotals(
        resource_class="HPC", trades=9, traders=3, green_share=Decimal("0.5"), supplied=3
    )

    body = totals.body(NOW.date(), classes=[two, three], sequence=1, at=NOW)

    first, second = body["classes"]
    assert (first["traded"], first["green_share"]) == (None, None)
    assert first["withheld"] == ["traded", "green_share"]
    assert (second["traded"]["trades"], second["green_share"]) == (9, "0.500")
    assert "9" not in json.dumps(first)


def test_a_node_signs_a_day_once_and_a_market_by_itself_never(node, settings):
    factories.ResourceFactory()
    when = clock.now()

    assert levels.tell_day(now=when)
    assert not levels.tell_day(now=when)
    with tenancy.acting_as_platform():
        (row,) = DayTotals.objects.filter(node=own_code())
    assert row.capacity[0]["total_milli"] == 8_000
    assert row.trades == 0
    settings.SUANPAN_NODE_KIND = ""
    assert not levels.tell_day(now=when + timedelta(days=1))


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE gateway_daytotals SET digest = 'x'",
        "UPDATE gateway_daytotals SET day = day - 1",
        "UPDATE gateway_daytotals SET sequence = 0",
        "UPDATE gateway_daytotals SET withheld = '{traded}'",
        "DELETE FROM gateway_daytotals",
    ],
)
def test_the_database_keeps_what_was_said_of_days(below, attack):
    push(below, [said(below, day_before())], dataset="totals")

    with (
        pytest.raises(DatabaseError),
        tenancy.acting_as_platform(),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(attack)


def test_overseers_read_the_days_and_others_do_not(below):
    push(below, [said(below, day_before())], dataset="totals")
    client = APIClient()

    assert client.get("/api/gateway/v1/totals").status_code == 401
    with tenancy.acting_as(factories.BuyerFactory().pk):
        assert DayTotals.objects.count() == 0


def test_everybody_sees_what_a_node_is(below, client):
    with tenancy.acting_as_platform():
        gateway_services.publish_keyset(now=clock.now())
        services.sign_directory(now=clock.now())

    own = client.get("/api/gateway/v1/nodes/N00000").json()
    other = client.get("/api/gateway/v1/nodes/P00001").json()

    assert own["is_this_node"]
    assert {each["purpose"] for each in own["keys"]} >= {"grant", "register", "answer", "http"}
    assert len(own["root"]["fingerprint"].replace(" ", "")) == 64
    assert own["peers"][0]["code"] == "P00001"
    assert other["root"]["name"] == "P00001/root"
    assert "peers" not in other
    assert client.get("/api/gateway/v1/nodes/P99999").status_code == 404
    assert client.get("/api/gateway/v1/nodes").json()["nodes"][0]["code"] == "N00000"
    for address in ("/nodes/", "/nodes/N00000/", "/nodes/P00001/"):
        assert "P00001" in client.get(address).content.decode()
    assert client.get("/nodes/X/").status_code == 404


def test_the_addresses_between_nodes_are_published_as_they_are(client, db):
    told = openapi.document()

    assert peer_openapi.FILE.read_text(encoding="utf-8") == peer_openapi.written()
    assert client.get("/api/gateway/v1/peer-openapi").json() == told
    served = {f"/api/peer/v1/{each.pattern}" for each in peer_urls.urlpatterns}
    assert {path for path in told["paths"] if path.startswith("/api/peer/")} == served
    assert suite.__doc__


def test_many_nodes_are_told_of_in_one_statement_and_page_by_page(node):
    with tenancy.acting_as_platform():
        ListedNode.objects.bulk_create(
            ListedNode(
                code=f"P{number:05}",
                kind="P",
                parent="N00000" if number == 3 else "P00003",
                name="below",
                state="ADMITTED",
                root_key=bytes(32),
                sequence=1,
                valid_until=NOW,
            )
            for number in range(3, 203)
        )
        day = today()
        with CaptureQueriesContext(connection) as captured:
            first = selectors.totals_below(today=day)
        rest = selectors.totals_below(today=day, after=first[-1].node)

    asked = [each["sql"] for each in captured if "set_config" not in each["sql"]]
    assert len(asked) == 1
    assert len(first) == selectors.NODES_MAX
    assert [each.node for each in rest] == ["P00202"]
    assert first[0].node == "N00000"
