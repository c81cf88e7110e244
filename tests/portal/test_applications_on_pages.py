"""An application on pages: begun, asked about, reviewed, checked, objected to and issued."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from common import tenancy
from identity.contracts import Role
from identity.files.models import FileGrant
from marketplace.vouchers import life
from marketplace.vouchers.models import Application, Objection, Voucher
from tests import cast
from tests.factories.trade import approved
from tests.orders.cast import NOW, buyer, programme

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}
ANSWERS = {
    "amount_minor": "300",
    "purpose": "Training",
    "use": "TRAINING",
    "has_other_support": "no",
    "consent": "on",
}
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


def signed_in(role, organization):
    return cast.signed_in(cast.member(organization, role))


def send(browser, page, *arguments, **values):
    address = reverse(f"portal:{page}", args=arguments)
    return browser.post(address, {"key": str(uuid4())} | values, headers=ENGLISH, follow=True)


def read(browser, page, *arguments):
    return browser.get(reverse(f"portal:{page}", args=arguments), headers=ENGLISH)


def kept() -> Application:
    with tenancy.acting_as_platform():
        return Application.objects.get()


@pytest.fixture
def city():
    return programme("1000")


@pytest.fixture
def applicant(city):
    owner = buyer()
    browser = signed_in(Role.BUYER, owner)
    file = SimpleUploadedFile("licence.pdf", PDF, content_type="text/plain")
    page = send(browser, "voucher-apply", city.code, **ANSWERS, file=file)
    assert page.status_code == 200, page.content
    return browser


def test_a_question_that_others_lead_to_is_asked_beside_its_field(city):
    browser = signed_in(Role.BUYER, buyer())

    page = send(browser, "voucher-apply", city.code, **ANSWERS | {"use": "OTHER"})
    without = send(browser, "voucher-apply", city.code, **ANSWERS | {"consent": ""})

    assert list(page.context["form"].errors) == ["other_use"]
    assert 'name="other_use"' in page.text
    assert list(without.context["form"].errors) == ["consent"]
    with tenancy.acting_as_platform():
        assert not Application.objects.exists()


def test_a_file_is_not_chosen_again_where_something_else_is_wrong(city):
    browser = signed_in(Role.BUYER, buyer())
    file = SimpleUploadedFile("licence.pdf", PDF)

    wrong = send(browser, "voucher-apply", city.code, **ANSWERS | {"amount_minor": ""}, file=file)
    kept_id = wrong.context["form"].kept_file("file")
    assert kept_id
    assert kept_id in wrong.text
    send(browser, "voucher-apply", city.code, **ANSWERS, file__kept=kept_id)

    assert kept().files == [kept_id]


def test_answers_are_kept_with_their_version_and_offered_again(city, applicant):
    found = kept()

    form = read(applicant, "voucher-apply", city.code).context["form"]
    page = read(applicant, "application", found.pk).text

    with tenancy.acting_as_platform():
        submission = found.submission
    assert (submission.code, submission.version) == ("voucher-application", 1)
    assert submission.answers["use"] == "TRAINING"
    assert submission.about == city.code
    assert "Training of models" in page
    assert form["use"].value() == "TRAINING"
    assert "consent" not in form.fields


def test_what_is_begun_is_kept_for_later(city):
    browser = signed_in(Role.BUYER, buyer())

    send(browser, "voucher-apply", city.code, act="keep", purpose="Half a sentence")

    form = read(browser, "voucher-apply", city.code).context["form"]
    assert form["purpose"].value() == "Half a sentence"
    with tenancy.acting_as_platform():
        assert not Application.objects.exists()


def test_hidden_questions_come_with_a_look_that_keeps_nothing(city):
    browser = signed_in(Role.BUYER, buyer())
    address = reverse("portal:voucher-apply", args=[city.code])

    part = browser.post(address, {"use": "OTHER"}, headers=ENGLISH | {"HX-Request": "true"})

    assert part.status_code == 200
    assert 'name="other_use"' in part.text
    assert "<html" not in part.text
    with tenancy.acting_as_platform():
        assert not Application.objects.exists()


def test_a_buyer_applies_without_saying_what_it_is_and_reads_what_was_checked(city, applicant):
    found = kept()

    form = read(applicant, "voucher-apply", city.code).text
    page = read(applicant, "application", found.pk).text

    assert 'name="beneficiary"' not in form
    assert "Other enterprise" in page
    assert "The programme pays this class" in page
    assert "A person of the issuer reviews it." in page
    with tenancy.acting_as_platform():
        granted = set(FileGrant.objects.values_list("organization_id", "role"))
    assert (city.issuer_id, Role.ISSUER) in granted
    assert len(found.files) == 1


def test_an_officer_asks_the_applicant_answers_and_two_decide(city, applicant):
    found = kept()
    first, second = (signed_in(Role.ISSUER, city.issuer) for _n in range(2))

    silent = send(first, "application-decide", found.pk, decision="SEND_BACK", note="")
    assert silent.status_code == 422
    assert list(silent.context["main"][0].form.errors) == ["note"]
    send(first, "application-decide", found.pk, decision="SEND_BACK", note="The lease, please")
    page = read(applicant, "application", found.pk).text
    assert "The lease, please" in page
    send(applicant, "application", found.pk, act="answer", note="Here it is")
    send(first, "application-decide", found.pk, decision="APPROVE", note="")
    alone = send(first, "application-decide", found.pk, decision="APPROVE", note="")
    assert alone.status_code == 422
    send(second, "application-decide", found.pk, decision="APPROVE", note="")
    assert kept().state == "APPROVED"
    send(second, "application-decide", found.pk)

    assert kept().state == "ISSUED"
    with tenancy.acting_as_platform():
        assert Voucher.objects.get().face_minor == 300_00
    history = read(applicant, "application", found.pk).text
    assert "Voucher issued" in history
    assert "Withdraw the application" not in history


def test_an_applicant_withdraws_and_nobody_else_sees_the_page(applicant):
    found = kept()

    assert read(signed_in(Role.BUYER, buyer()), "application", found.pk).status_code == 404
    page = send(applicant, "application", found.pk, act="withdraw")

    assert "It was withdrawn." in page.text
    assert kept().state == "WITHDRAWN"


def test_an_approval_is_revoked_with_a_reason(city, applicant):
    found = kept()
    with tenancy.acting_as_platform():
        approved(found)
    officer = signed_in(Role.ISSUER, city.issuer)

    send(officer, "application-revoke", found.pk, note="False papers")

    assert (kept().state, kept().note) == ("REVOKED", "False papers")
    assert "False papers" in read(applicant, "application", found.pk).text


def test_everybody_reads_what_is_open_to_objections_and_members_object(
    city, applicant, monkeypatch, client
):
    monkeypatch.setattr(life, "publicity", lambda _rules: timedelta(days=5))
    found = kept()
    assert "Nothing is open to objections" in read(client, "publicity").text
    with tenancy.acting_as_platform():
        approved(found)

    shown = read(client, "publicity").text
    assert found.number in shown
    rival = signed_in(Role.PROVIDER, cast.organization("Rival"))
    send(rival, "application-object", found.pk, note="A reseller")
    again = send(rival, "application-object", found.pk, note="A reseller")
    assert again.status_code == 422
    with tenancy.acting_as_platform():
        objection = Objection.objects.get()
    officer = signed_in(Role.ISSUER, city.issuer)
    assert "A reseller" in read(officer, "application-decide", found.pk).text
    send(officer, "objection-answer", objection.pk, is_upheld="yes", note="It is one")

    assert (kept().state, kept().note) == ("REJECTED", "It is one")


def test_what_is_public_is_told_over_the_api_to_strangers(city, applicant, monkeypatch, client):
    monkeypatch.setattr(life, "publicity", lambda _rules: timedelta(days=5))
    with tenancy.acting_as_platform():
        approved(kept())

    (row,) = client.get("/api/v1/voucher-publicity").json()["results"]

    assert (row["number"], row["amount_minor"]) == (kept().number, 300_00)
    assert "applicant_id" not in row
