"""A holder asks for a certificate with evidence; an attestor verifies or refuses it, once."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from common import tenancy
from common.moments import market_date
from identity import evidence
from identity.certifying import services
from identity.certifying.contracts import AlreadyAsked, RequestDecided
from identity.certifying.models import CertificateRequest
from identity.contracts import CertificateKind, Role, SecondPersonRequired
from identity.files import services as files
from identity.services import CertificateFigures, SmeCriteriaNotMet, add_member
from tests import cast, factories
from tests.cast import NOW

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
SAID = {
    "has_certificate": "no",
    "established_on": "2020-05-01",
    "staff_count": 20,
    "revenue": 100_000_000,
    "assets": 100_000_000,
}
TODAY = market_date(NOW)
FIGURES = CertificateFigures(staff_count=20, revenue_minor=10**8, assets_minor=10**8)


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def holder():
    return factories.BuyerFactory(industry="I64")


@pytest.fixture
def attestor():
    return factories.OrganizationFactory()


def ask(holder, kind=CertificateKind.SME, **changes):
    person = cast.member(holder, Role.BUYER)
    with tenancy.acting_as(holder.pk):
        file = files.store(
            organization_id=holder.pk,
            person_id=person.pk,
            name="accounts.pdf",
            content=PDF,
            now=NOW,
        )
        return services.ask_certificate(
            organization_id=holder.pk,
            person_id=person.pk,
            kind=kind,
            version=1,
            answers=SAID | {"evidence": str(file.pk)} | changes,
            consents=True,
            now=NOW,
        )


def verify(made, attestor, person=None, figures=FIGURES, number="SME-1"):
    person = person or cast.member(attestor, Role.ISSUER)
    said = services.Attestation(number, TODAY, TODAY + timedelta(days=365), figures)
    return services.verify_request(
        request_id=made.pk, attestor_id=attestor.pk, person_id=person.pk, said=said, now=NOW
    )


def test_what_is_verified_counts_as_evidence_at_once(holder, attestor):
    made = ask(holder)
    with tenancy.acting_as_platform():
        assert not evidence.facts_of(holder.pk, NOW).standing.is_known

    verified = verify(made, attestor)

    with tenancy.acting_as_platform():
        facts = evidence.facts_of(holder.pk, NOW)
        assert facts.standing.value == "SME"
        assert facts.standing.grounds[0].number == "SME-1"
    assert verified.certificate.organization_id == holder.pk
    assert verified.decided_for_id == attestor.pk


def test_figures_that_break_the_criteria_issue_nothing_and_the_request_waits_on(holder, attestor):
    made = ask(holder, CertificateKind.TECHNOLOGY_SME)

    with pytest.raises(SmeCriteriaNotMet):
        verify(made, attestor, figures=CertificateFigures(staff_count=501))

    with tenancy.acting_as_platform():
        assert CertificateRequest.objects.get().state == "WAITING"


def test_one_request_of_a_kind_waits_and_is_decided_once(holder, attestor):
    made = ask(holder)
    with pytest.raises(AlreadyAsked):
        ask(holder)
    ask(holder, CertificateKind.HIGH_TECH)

    officer = cast.member(attestor, Role.ISSUER)
    facts = {"request_id": made.pk, "attestor_id": attestor.pk, "person_id": officer.pk}
    services.refuse_request(note=" The accounts are of 2024 ", now=NOW, **facts)
    with pytest.raises(RequestDecided):
        verify(made, attestor, officer)
    with pytest.raises(RequestDecided):
        services.refuse_request(note="again", now=NOW, **facts)
    ask(holder)


def test_nobody_attests_their_own_and_whoever_belongs_to_the_holder_stays_out(holder, attestor):
    made = ask(holder)
    insider = cast.member(attestor, Role.ISSUER)
    with tenancy.acting_as_platform():
        add_member(organization_id=holder.pk, user_id=insider.pk, role=Role.PROVIDER)

    with pytest.raises(SecondPersonRequired):
        verify(made, holder)
    with pytest.raises(SecondPersonRequired):
        verify(made, attestor, insider)


def test_the_database_keeps_what_was_asked_and_takes_no_certificate_of_another(holder, attestor):
    made = ask(holder)
    other = verify(ask(factories.BuyerFactory(industry="I64")), attestor)

    for change in (
        f"state = 'VERIFIED', decided_at = now(), decided_by_id = {other.decided_by_id},"
        f" decided_for_id = '{attestor.pk}', certificate_id = '{other.certificate_id}'",
        "kind = 'HIGH_TECH'",
        f"state = 'REFUSED', decided_at = now(), decided_by_id = {made.asked_by_id},"
        f" decided_for_id = '{attestor.pk}', note = 'x'",
    ):
        with (
            pytest.raises(IntegrityError),
            transaction.atomic(),
            tenancy.acting_as_platform(),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                f"UPDATE certifying_certificaterequest SET {change} WHERE id = '{made.pk}'"
            )


def send(browser, page, *arguments, **values):
    address = reverse(f"portal:{page}", args=arguments)
    return browser.post(address, {"key": str(uuid4())} | values, headers=ENGLISH, follow=True)


def test_a_holder_asks_on_a_page_and_an_attestor_verifies_with_what_was_said(holder, attestor):
    browser = cast.signed_in(cast.member(holder, Role.BUYER))
    officer = cast.signed_in(cast.member(attestor, Role.ISSUER))
    typed = SAID | {"revenue": "1000000", "assets": "1000000", "consent": "on", "kind": "SME"}

    bare = send(browser, "certificate-ask", **typed)
    assert list(bare.context["form"].errors) == ["evidence"]
    file = SimpleUploadedFile("accounts.pdf", PDF)
    page = send(browser, "certificate-ask", **typed, evidence=file)
    assert "An attestor looks at the evidence" in page.text
    with tenancy.acting_as_platform():
        made = CertificateRequest.objects.get()
    queue = officer.get(reverse("portal:certificate-requests"), headers=ENGLISH)
    assert "1 waiting for an attestor." in queue.text
    seen = officer.get(reverse("portal:certificate-request", args=[made.pk]), headers=ENGLISH)
    assert 'value="1000000.00"' in seen.text
    assert "accounts.pdf" in seen.text
    silent = send(officer, "certificate-request", made.pk, act="refuse", note="")
    assert silent.status_code == 422
    done = send(
        officer,
        "certificate-request",
        made.pk,
        act="verify",
        number="SME-7",
        first_day=str(TODAY),
        last_day=str(TODAY + timedelta(days=364)),
        staff_count="20",
        revenue_minor="1000000",
        assets_minor="1000000",
    )

    assert "The certificate is issued" in done.text
    with tenancy.acting_as_platform():
        assert CertificateRequest.objects.get().certificate.number == "SME-7"
    stranger = cast.signed_in(cast.member(factories.BuyerFactory(), Role.BUYER))
    assert stranger.get(reverse("portal:certificate-request", args=[made.pk])).status_code == 404


def test_a_holder_withdraws_over_the_api(holder):
    made = ask(holder)
    browser = cast.signed_in(cast.member(holder, Role.BUYER))
    key = {"Idempotency-Key": str(uuid4())}
    address = f"/api/v1/certificate-requests/{made.pk}/withdrawal"

    reply = browser.post(address, "{}", content_type="application/json", headers=key)

    assert reply.json()["state"] == "WITHDRAWN", reply.json()
    again = browser.post(
        address,
        json.dumps({}),
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert again.json()["code"] == "certificate_request_decided"
