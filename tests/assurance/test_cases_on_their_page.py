"""The page of a case: what was found and why, and what an operator may do with it."""

from uuid import uuid4

import pytest
from django.urls import reverse

from common import tenancy
from identity.approvals.models import Proposal
from identity.contracts import Role
from marketplace.assurance.models import Case, CaseNote
from tests import cast
from tests.assurance import cases
from tests.catalog import supply
from tests.orders.cast import NOW, buyer, place, wish

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}
CONFIRMED = {"finding": "CONFIRMED", "explanation": "a bot"}


@pytest.fixture
def office():
    return cast.organization("Office")


@pytest.fixture
def operator(office):
    return cast.signed_in(cast.member(office, Role.OPERATOR))


@pytest.fixture
def party():
    return buyer("10000")


@pytest.fixture
def case(party):
    return cases.opened(party, at=NOW)


def read(browser, case):
    return browser.get(reverse("portal:case", args=[case.pk]), headers=ENGLISH).text


def send(browser, act, case, **values):
    address = reverse(f"portal:case-{act}", args=[case.pk])
    sent = {"key": str(uuid4()), **values}
    return browser.post(address, sent, headers=ENGLISH, follow=True)


def test_it_shows_the_rule_the_parties_and_each_order_with_its_hash(operator, party, case):
    order = place(party, wish(supply.listed()))
    (row,) = cases.shown_by_orders(case, party, at=NOW)

    shown = read(operator, case)

    assert "Burst of cancellations, found by version 1 of the rule" in shown
    for told in (case.number, order.number, row.content_hash, party.name_en or party.name):
        assert told in shown
    assert reverse("portal:order", args=[order.pk]) in shown


def test_a_case_is_taken_noted_and_closed_and_says_so(operator, case):
    assert "Close it" not in read(operator, case), "nobody has it yet"

    assert "The case is in your hands." in send(operator, "take", case).text
    assert "asked by mail" in send(operator, "note", case, text=" asked by mail ").text
    closed = send(operator, "close", case, finding="UNFOUNDED", explanation="a test of theirs")

    assert "The case is closed." in closed.text
    assert "a test of theirs" in closed.text
    assert "Add a note" not in closed.text
    assert Case.objects.get().state == "CLOSED"


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(operator, case):
    send(operator, "take", case)

    blank = send(operator, "note", case, text="   ")
    without = send(operator, "close", case, **CONFIRMED, placed_per_minute="9")
    zero = send(
        operator, "close", case, **CONFIRMED, placed_per_minute="9", cancelled_per_minute="0"
    )

    assert [each.status_code for each in (blank, without, zero)] == [422] * 3
    assert "Say at which rate they order from then on." in without.text
    assert "a bot" in without.text
    assert (CaseNote.objects.count(), Proposal.objects.count()) == (0, 0)


def test_what_is_confirmed_waits_for_another_operator(operator, case):
    send(operator, "take", case)

    said = send(
        operator, "close", case, **CONFIRMED, placed_per_minute="9", cancelled_per_minute="3"
    )

    assert "The finding waits until another operator approves it." in said.text
    assert "A finding with effects waits for another operator" in read(operator, case)
    assert (Proposal.objects.get().reference, Case.objects.get().state) == (case.number, "IN_WORK")


def test_an_auditor_reads_and_changes_nothing_and_others_see_no_case(office, party, case):
    auditor = cast.signed_in(cast.member(office, Role.AUDITOR))
    suspect = cast.signed_in(cast.member(party, Role.BUYER))

    assert "Take the case" not in read(auditor, case)
    assert send(auditor, "take", case).status_code == 403
    assert suspect.get(reverse("portal:case", args=[case.pk])).status_code == 403
    with tenancy.acting_as_platform():
        assert Case.objects.get().state == "OPEN"


def test_a_sent_form_that_comes_twice_is_one_note(operator, case):
    key = str(uuid4())

    for _time in range(2):
        send(operator, "note", case, text="once", key=key)

    assert CaseNote.objects.count() == 1


def test_a_case_that_nobody_knows_is_no_page(operator):
    address = reverse("portal:case", args=[uuid4()])

    assert operator.get(address).status_code == 404
