"""Strangers ask to be let in: a row, a letter, an answer; and nothing is opened by asking."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.db.utils import IntegrityError, ProgrammingError

from common import tenancy
from common.errors import InvalidInput
from identity import access_requests
from identity.access_requests import AccessAnswered, AccessClosedToday, AnswerNeeded
from identity.approvals.contracts import Person
from identity.approvals.models import Proposal
from identity.contracts import AccessState, Role
from identity.models import AccessRequest, Membership, Organization, User
from identity.uscc import InvalidUscc
from tests.cast import NOW, member, organization, uscc

pytestmark = pytest.mark.django_db


def asked(**facts):
    given = {
        "uscc": uscc(7_000_001),
        "organization_name": "Newcomer",
        "person_name": "Li Na",
        "email": "li.na@newcomer.example",
        "role": Role.BUYER,
        "message": "We train small models.",
        "language": "en",
        "now": NOW,
    }
    access_requests.ask(**(given | facts))


def the_request():
    with tenancy.acting_as_platform():
        return AccessRequest.objects.get()


def operator():
    house = organization("Operator")
    return Person(member(house, Role.OPERATOR).pk, house.pk)


def test_asking_opens_nothing(django_capture_on_commit_callbacks):
    tenancy.enter("")
    with django_capture_on_commit_callbacks(execute=True):
        asked()

    assert tenancy.current() == ""
    with tenancy.acting_as_platform():
        assert not Organization.objects.filter(name="Newcomer").exists()
        assert not User.objects.filter(email="li.na@newcomer.example").exists()
        assert the_request().state == AccessState.WAITING
    (letter,) = mail.outbox
    assert letter.to == ["li.na@newcomer.example"]
    assert "Newcomer" not in letter.body  # a stranger's words reach nobody by our hand


def test_asking_twice_is_asking_once(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        asked()
        asked(email=" LI.NA@newcomer.example ", message="Please!")

    assert the_request().message == "We train small models."
    assert len(mail.outbox) == 1


def test_a_wrong_code_is_refused():
    with pytest.raises(InvalidUscc):
        asked(uscc="91640500Y4CL12TH3X")


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.FINANCE, Role.ISSUER])
def test_duties_are_not_asked_for(role):
    with pytest.raises(InvalidInput):
        asked(role=role)


def test_a_day_has_room_for_so_many(monkeypatch):
    monkeypatch.setattr(access_requests, "DAY_MAX", 2)
    asked(email="a@newcomer.example")
    asked(email="b@newcomer.example")

    with pytest.raises(AccessClosedToday):
        asked(email="c@newcomer.example")
    asked(email="c@newcomer.example", now=NOW + timedelta(days=1, seconds=1))


def test_nobody_reads_or_writes_requests_but_by_asking():
    asked()
    tenancy.enter("")

    assert not AccessRequest.objects.exists()
    assert AccessRequest.objects.update(answer="yes") == 0
    with pytest.raises(ProgrammingError), transaction.atomic():
        AccessRequest.objects.create(
            uscc=uscc(7_000_002), organization_name="Other", email="x@y.example", role=Role.BUYER,
            asked_at=NOW,
        )  # fmt: skip


def test_not_even_the_market_changes_what_was_asked():
    asked()

    with tenancy.acting_as_platform(), pytest.raises(ProgrammingError), transaction.atomic():
        AccessRequest.objects.update(role=Role.AUDITOR)
    with tenancy.acting_as_platform(), pytest.raises(ProgrammingError), transaction.atomic():
        AccessRequest.objects.all().delete()


def test_who_accepts_enters_the_organisation_and_proposes_the_role(
    django_capture_on_commit_callbacks,
):
    asked()
    by = operator()
    with django_capture_on_commit_callbacks(execute=True):
        access_requests.accept(request_id=the_request().pk, by=by, now=NOW, answer="Welcome.")

    with tenancy.acting_as_platform():
        house = Organization.objects.get(name="Newcomer")
        assert not Membership.objects.filter(organization=house).exists()
        assert Proposal.objects.get().content["role"] == Role.BUYER
        assert the_request().answered_by_id == by.id
    assert "accepted" in mail.outbox[-1].body
    assert "Welcome." in mail.outbox[-1].body


def test_who_accepts_somebody_of_a_known_organisation_enters_no_second_one():
    known = organization("Newcomer")
    asked(uscc=known.uscc)

    access_requests.accept(request_id=the_request().pk, by=operator(), now=NOW)

    with tenancy.acting_as_platform():
        assert Organization.objects.filter(uscc=known.uscc).count() == 1


def test_of_two_answers_the_second_is_refused():
    asked()
    by = operator()
    access_requests.decline(request_id=the_request().pk, by=by, now=NOW, answer="Not yet.")

    with pytest.raises(AccessAnswered):
        access_requests.accept(request_id=the_request().pk, by=by, now=NOW)
    with tenancy.acting_as_platform(), pytest.raises(IntegrityError), transaction.atomic():
        AccessRequest.objects.update(state=AccessState.ACCEPTED)


def test_who_is_declined_is_told_why():
    asked()

    with pytest.raises(AnswerNeeded):
        access_requests.decline(request_id=the_request().pk, by=operator(), now=NOW, answer="  ")


def test_who_was_declined_may_ask_again():
    asked()
    access_requests.decline(
        request_id=the_request().pk, by=operator(), now=NOW, answer="Tell us more."
    )

    asked(message="Here is more.")

    with tenancy.acting_as_platform():
        assert AccessRequest.objects.count() == 2
