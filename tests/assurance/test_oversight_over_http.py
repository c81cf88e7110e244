"""Cases, rules of surveillance, price collars and order rates, as programs use them."""

import json
from uuid import uuid4

import pytest

from common import tenancy
from identity.approvals.models import Proposal
from identity.contracts import Role
from marketplace.assurance.models import Case, CaseNote
from marketplace.orders.models import OrderRate
from tests import cast
from tests.assurance import cases
from tests.catalog import supply
from tests.orders.cast import NOW, buyer, place, wish

pytestmark = pytest.mark.django_db
RATE = {"placed_per_minute": 9, "cancelled_per_minute": 3}
BURST = {"pattern": "cancel_burst", "reason": "too many alarms"}


@pytest.fixture
def office():
    return cast.organization("Office")


@pytest.fixture
def operator(office):
    return cast.signed_in(cast.member(office, Role.OPERATOR))


@pytest.fixture
def auditor(office):
    return cast.signed_in(cast.member(office, Role.AUDITOR))


@pytest.fixture
def party():
    return buyer("10000")


@pytest.fixture
def case(party):
    return cases.opened(party, at=NOW)


def get(browser, path):
    return browser.get(f"/api/v1/{path}")


def post(browser, path, body=None, key=""):
    return browser.post(
        f"/api/v1/{path}",
        json.dumps(body or {}),
        content_type="application/json",
        headers={"Idempotency-Key": key or uuid4().hex},
    )


def fields(answer):
    return {each["field"] for each in answer.json()["errors"]}


def test_a_case_is_read_with_the_orders_and_notes_that_it_rests_on(auditor, operator, party, case):
    order = place(party, wish(supply.listed()))
    cases.shown_by_orders(case, party, at=NOW)
    post(operator, f"cases/{case.pk}/notes", {"text": "asked by mail"})

    (listed,) = get(auditor, "cases?state=OPEN&pattern=cancel_burst").json()["results"]
    page = get(auditor, f"cases/{case.pk}").json()

    assert (listed["number"], listed["rule_version"]) == (case.number, 1)
    assert [each["order_id"] for each in page["evidence"]] == [str(order.pk)]
    assert [each["text"] for each in page["notes"]] == ["asked by mail"]
    assert get(auditor, "cases?state=CLOSED").json()["results"] == []


def test_a_case_is_taken_once_noted_once_and_closed(operator, case):
    path, key = f"cases/{case.pk}", uuid4().hex

    early = post(operator, f"{path}/close", {"finding": "UNFOUNDED", "explanation": "x"})
    taken = post(operator, f"{path}/take")
    again = post(operator, f"{path}/take")
    notes = [post(operator, f"{path}/notes", {"text": "once"}, key) for _time in range(2)]
    closed = post(operator, f"{path}/close", {"finding": "EXPLAINED", "explanation": "a test"})
    late = post(operator, f"{path}/notes", {"text": "late"})

    assert [early.json()["code"], again.json()["code"], late.json()["code"]] == [
        "case_state_refused"
    ] * 3
    assert (taken.json()["state"], closed.json()["finding"]) == ("IN_WORK", "EXPLAINED")
    assert ([each.status_code for each in notes], CaseNote.objects.count()) == ([201, 201], 1)


def test_what_is_confirmed_names_its_rates_and_waits_for_another_operator(operator, case):
    path = f"cases/{case.pk}/close"
    asked = {"finding": "CONFIRMED", "explanation": "a bot"}
    post(operator, f"cases/{case.pk}/take")

    without = post(operator, path, asked | {"placed_per_minute": 9})
    needless = post(operator, path, RATE | {"finding": "UNFOUNDED", "explanation": "x"})
    fraction = post(operator, path, asked | RATE | {"placed_per_minute": 9.5})
    waits = post(operator, path, asked | RATE)
    again = post(operator, path, asked | RATE)
    other = post(operator, path, asked | RATE | {"placed_per_minute": 8})

    assert [each.status_code for each in (without, needless, fraction)] == [400] * 3
    assert fields(without) == {"cancelled_per_minute"}
    assert [each.status_code for each in (waits, again, other)] == [202, 202, 409]
    assert (Proposal.objects.count(), Case.objects.get().state) == (1, "IN_WORK")


def test_a_rule_of_surveillance_takes_all_of_its_numbers_and_then_waits(operator, auditor):
    numbers = {"cancels": 50, "minutes": 10, "share_percent": 80}

    lacking = post(operator, "surveillance-rules", BURST | {"parameters": {"cancels": 50}})
    too_low = post(operator, "surveillance-rules", BURST | {"parameters": numbers | {"cancels": 1}})
    waits = post(operator, "surveillance-rules", BURST | {"parameters": numbers})

    assert {each.json()["code"] for each in (lacking, too_low)} == {"invalid_surveillance_rule"}
    assert waits.status_code == 202
    versions = get(auditor, "surveillance-rules").json()["results"]
    assert {each["version"] for each in versions} == {1}, "it holds once another one approved"


def test_a_collar_is_proposed_with_its_band_and_read_by_members_once_it_is_agreed(operator, party):
    listing = supply.listed()
    path = f"books/{listing.resource_class}/{listing.hub}/collar"
    band = {"reference": "3.18", "below_bp": 2_000, "above_bp": 3_000, "reason": "spikes"}

    too_wide = post(operator, path, band | {"below_bp": 100_000})
    a_float = post(operator, path, band | {"above_bp": 0.5})
    nowhere = post(operator, "books/NONE/NOWHERE/collar", band)
    waits = post(operator, path, band)
    member = cast.signed_in(cast.member(party, Role.BUYER))

    assert [fields(too_wide), fields(a_float)] == [{"below_bp"}, {"above_bp"}]
    assert (nowhere.status_code, waits.status_code) == (404, 202)
    assert Proposal.objects.get().content["reference"] == "3.180000"
    assert get(member, "price-collars").json()["results"] == [], "it waits"


def test_a_rate_is_said_of_an_organisation_and_the_buyer_reads_its_own(operator, auditor, party):
    member = cast.signed_in(cast.member(party, Role.BUYER))
    before = get(member, "order-rates/own").json()
    asked = {"organization_id": str(party.pk), "reason": "a bot"} | RATE

    wrong = post(operator, "order-rates", asked | {"placed_per_minute": 0})
    stranger = post(operator, "order-rates", asked | {"organization_id": str(uuid4())})
    said = post(operator, "order-rates", asked)

    assert (fields(wrong), stranger.status_code, said.status_code) == (
        {"placed_per_minute"},
        404,
        201,
    )
    assert (before["is_own"], get(member, "order-rates/own").json()) == (
        False,
        RATE | {"is_own": True},
    )
    (listed,) = get(auditor, "order-rates").json()["results"]
    assert listed["reason"] == "a bot"
    with tenancy.acting_as_platform():
        assert OrderRate.objects.count() == 1


def test_who_only_reads_or_is_watched_changes_nothing(auditor, party, case):
    suspect = cast.signed_in(cast.member(party, Role.BUYER))
    acts = [f"cases/{case.pk}/{act}" for act in ("take", "notes", "close")]

    for path in (*acts, "surveillance-rules", "order-rates", "books/AI/HUB/collar"):
        for browser in (auditor, suspect):
            assert post(browser, path).status_code == 403, path


def test_who_is_watched_reads_no_case_and_no_rule(party, case):
    suspect = cast.signed_in(cast.member(party, Role.BUYER))

    for path in ("cases", f"cases/{case.pk}", "surveillance-rules", "order-rates"):
        assert get(suspect, path).status_code == 403
