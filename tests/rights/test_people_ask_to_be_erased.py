"""A person asks to be erased in a form; operators erase, or say why not; it is answered once."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from common import clock, tenancy
from identity.contracts import Role
from identity.rights import selectors, services
from identity.rights.contracts import (
    ErasureAskedAgain,
    ErasureRequestNotFound,
    ErasureRequestOver,
    RightsReasonMissing,
)
from identity.rights.models import ErasureRequest
from tests import cast

pytestmark = pytest.mark.django_db
PAGE, OVERSIGHT = "/profile/data/erasure/", "/oversight/erasures/"
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def person():
    return cast.member(cast.organization("Acme"), Role.BUYER)


@pytest.fixture
def operator():
    return cast.member(cast.organization("Office"), Role.OPERATOR)


def ask(person, words="I leave the trade"):
    return services.ask_erasure(person_id=person.pk, words=words, now=clock.now())


def refuse(request, operator, reason="an order runs"):
    return services.refuse_erasure(
        request_id=request.pk, reason=reason, person_id=operator.pk, now=clock.now()
    )


def state_of(request):
    with tenancy.acting_as_platform():
        return ErasureRequest.objects.get(pk=request.pk).state


def test_a_person_asks_on_a_page_and_an_operator_answers(person, operator):
    mine, office = cast.signed_in(person), cast.signed_in(operator)

    asked = mine.post(PAGE, {"key": str(uuid4()), "words": "I leave"}, headers=ENGLISH, follow=True)
    listed = office.get(OVERSIGHT, headers=ENGLISH).text
    with tenancy.acting_as_platform():
        (waiting,) = ErasureRequest.objects.all()
    proposing = office.get(OVERSIGHT, {"person": str(person.pk)}).text
    empty = office.post(f"{OVERSIGHT}{waiting.pk}/refuse/", {"key": str(uuid4()), "reason": " "})
    office.post(
        f"{OVERSIGHT}{waiting.pk}/refuse/", {"key": str(uuid4()), "reason": "an order runs"}
    )
    read = mine.get(PAGE, headers=ENGLISH).text

    assert "Waits for the operator" in asked.text
    assert all(words in listed for words in ("I leave", f"#{person.pk}", "Propose to erase"))
    assert f'value="{person.pk}"' in proposing
    assert empty.status_code == 422
    assert "an order runs" in read
    assert state_of(waiting) == "REFUSED"


def test_a_request_is_one_at_a_time_and_may_be_taken_back(person):
    mine = cast.signed_in(person)
    first = mine.post("/api/v1/me/erasure-requests", {}, content_type="application/json")
    again = mine.post("/api/v1/me/erasure-requests", {}, content_type="application/json")
    withdrawn = mine.delete("/api/v1/me/erasure-requests")

    assert (first.status_code, first.json()["id"]) == (202, again.json()["id"])
    assert withdrawn.json()["state"] == "WITHDRAWN"
    assert [
        each["state"] for each in mine.get("/api/v1/me/erasure-requests").json()["results"]
    ] == ["WITHDRAWN"]
    with pytest.raises(ErasureRequestNotFound):
        services.withdraw_erasure(person_id=person.pk, now=clock.now())


def test_an_answer_has_a_reason_is_anothers_and_is_given_once(person, operator):
    waiting = ask(person)

    with pytest.raises(RightsReasonMissing):
        refuse(waiting, operator, reason=" ")
    with pytest.raises(ErasureRequestNotFound):
        refuse(waiting, person)
    refuse(waiting, operator)
    with pytest.raises(ErasureRequestOver):
        refuse(waiting, operator)
    with pytest.raises(ErasureAskedAgain):
        ask(person)
    with tenancy.acting_as_platform():
        for attack in ({"state": "WAITING", "over_at": None}, {"user_id": operator.pk}):
            with pytest.raises(DatabaseError), transaction.atomic():
                ErasureRequest.objects.update(**attack)
        with pytest.raises(DatabaseError), transaction.atomic():
            ErasureRequest.objects.all().delete()


def test_others_read_no_request(person, operator):
    waiting = ask(person)
    other = cast.signed_in(cast.member(cast.organization("Else"), Role.BUYER))

    assert other.get("/api/v1/erasure-requests").status_code == 403
    assert other.get("/api/v1/me/erasure-requests").json()["results"] == []
    with tenancy.acting_as(cast.organization("More").pk):
        assert not selectors.erasure_requests().exists()
    listed = cast.signed_in(operator).get("/api/v1/erasure-requests").json()["results"]
    assert [each["id"] for each in listed] == [str(waiting.pk)]
