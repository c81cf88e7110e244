"""Forms that are data on pages: an operator publishes one, an organisation answers it."""

import json
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from common import tenancy
from identity.contracts import Role
from identity.forms import selectors
from identity.forms.models import FormSubmission
from tests import cast, factories
from tests.orders.cast import NOW, buyer, programme

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}
ANSWERS = {
    "name": "Haichao",
    "uscc": "91640500Y4CL12TH3M",
    "contact": "Li",
    "phone": "110",
    "kinds": ["AI"],
    "has_personal_data": "no",
    "consent": "on",
}


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


def send(browser, page, *arguments, **values):
    address = reverse(f"portal:{page}", args=arguments)
    return browser.post(address, {"key": str(uuid4())} | values, headers=ENGLISH, follow=True)


def read(browser, page, *arguments):
    return browser.get(reverse(f"portal:{page}", args=arguments), headers=ENGLISH)


@pytest.fixture
def operator():
    return cast.signed_in(cast.member(factories.OrganizationFactory(), Role.OPERATOR))


def published(operator, **changes):
    data = dict(selectors.newest_form("onboarding").data) | changes
    typed = {"definition": json.dumps(data), "key": str(uuid4())}
    seen = send(operator, "form-version-new", **typed)
    assert seen.status_code == 200, seen.text
    mark = seen.context["main"][0].seen
    return send(operator, "form-version-new", **typed, seen=mark)


def test_an_organisation_answers_and_is_asked_again_for_consent_to_other_words(operator):
    owner = buyer()
    browser = cast.signed_in(cast.member(owner, Role.BUYER))
    assert "Open" in read(browser, "forms").text

    send(browser, "form-answer", "onboarding", **ANSWERS)
    with tenancy.acting_as_platform():
        made = FormSubmission.objects.get()
    assert "Artificial" not in read(browser, "forms").text
    assert "AI compute" in read(browser, "form-submission", made.pk).text
    page = published(operator, version=2, consent={"en": "Other words", "zh": "新条款"})

    assert "onboarding v2 is asked from now on." in page.text
    assert "Your consent is asked anew" in read(browser, "forms").text
    form = read(browser, "form-answer", "onboarding")
    assert "These words have changed since you agreed to them." in form.text
    assert form.context["form"]["phone"].value() == "110"
    old = send(browser, "form-answer", "onboarding", **ANSWERS, version="1")
    assert "Version 2 of this form is asked now" in old.text
    with tenancy.acting_as_platform():
        assert FormSubmission.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("{", "This is no JSON: look at line 1."),
        ("[" * 100_000, "This is no JSON"),
        ('{"form": "x"}', "version: a whole number from 1 is needed"),
        ("[]", ": an object with members is needed"),
    ],
    ids=["json", "deep", "missing", "list"],
)
def test_each_fault_of_a_definition_is_a_sentence_beside_the_field(operator, typed, told):
    page = send(operator, "form-version-new", definition=typed)

    assert page.status_code == 422
    assert told in " ".join(page.context["main"][0].form.errors["definition"])


def test_a_programme_asks_the_form_that_it_names(operator):
    city = programme("1000")
    usual = selectors.newest_form("voucher-application").data
    published(
        operator, **usual | {"form": "city-form", "version": 1, "fields": [usual["fields"][1]]}
    )
    officer = cast.signed_in(cast.member(city.issuer, Role.ISSUER))
    browser = cast.signed_in(cast.member(buyer(), Role.BUYER))

    page = send(officer, "programme-form", city.pk, asked="city-form")
    form = read(browser, "voucher-apply", city.code).context["form"]

    assert "Applicants are asked by this form from now on." in page.text
    assert [each.name for each in form.questions] == ["use"]
    reply = browser.post(
        "/api/v1/voucher-applications",
        json.dumps({"programme_id": str(city.pk), "amount_minor": 100}),
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert reply.json()["code"] == "invalid_answers"
