"""Windows are decided by another with a reason; certificates are issued by others, and revoked."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from common import tenancy
from identity.contracts import Role
from identity.models import SmeCertificate
from marketplace.portal.desk.forms import SEEN
from metering.models import CapacityCertificate, Window, WindowDecision
from tests import cast
from tests.metering import cast as meters

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


def signed_in(role, organization=None):
    return cast.signed_in(cast.member(organization or cast.organization("Desk"), role))


def send(browser, page, *arguments, **values):
    address = reverse(f"portal:{page}", args=arguments)
    return browser.post(address, {"key": str(uuid4())} | values, headers=ENGLISH, follow=True)


@pytest.fixture
def waiting() -> Window:
    """A window in which one source counted the same half hour twice."""
    meter = meters.meter(cast.organization("Provider"))
    half = timedelta(minutes=30)
    subject = uuid4()
    for event in ("a", "b"):
        reading = meters.reading(
            meter, 1800, ends_at=meters.NOON + half, source="//rack/1", event_id=event,
            subject=subject,
        )  # fmt: skip
        meters.ingest(meter, reading)
    assert meters.close().set_aside == 1
    with tenancy.acting_as_platform():
        return Window.objects.select_related("meter").get(meter=meter)


def decide(browser, window, **changes):
    values = {"verdict": "DISCARD", "reason": "Counted twice by one card"}
    return send(browser, "window", window.pk, **(values | changes))


def state(window) -> str:
    with tenancy.acting_as_platform():
        return Window.objects.get(pk=window.pk).state


def test_an_operator_sees_the_evidence_and_decides_with_a_reason(waiting):
    operator = signed_in(Role.OPERATOR)

    listed = operator.get(reverse("portal:windows"), headers=ENGLISH).text
    shown = operator.get(reverse("portal:window", args=[waiting.pk]), headers=ENGLISH).text
    done = decide(operator, waiting)

    assert "The same time counted twice" in listed
    assert re.search(r"\b1 card-hours?\b", shown)
    assert re.search(r"\b8 card-hours?\b", shown)
    assert "//rack/1" in shown
    assert "The window is decided." in done.text
    assert "Counted twice by one card" in done.text
    assert state(waiting) == "CLOSED"


def test_sending_it_twice_decides_once(waiting):
    operator, key = signed_in(Role.OPERATOR), str(uuid4())

    for _n in range(2):
        assert decide(operator, waiting, key=key).status_code == 200

    with tenancy.acting_as_platform():
        assert WindowDecision.objects.count() == 1


def test_a_decision_needs_a_reason_and_comes_once(waiting):
    operator = signed_in(Role.OPERATOR)

    silent = decide(operator, waiting, reason="  ")
    strange = decide(operator, waiting, verdict="MAYBE")
    decide(operator, waiting, verdict="ADMIT")
    late = decide(operator, waiting)

    assert "reason" in silent.context["side"][1].form.errors
    assert "verdict" in strange.context["side"][1].form.errors
    assert late.status_code in (200, 409, 422)
    with tenancy.acting_as_platform():
        assert WindowDecision.objects.count() == 1


def test_provider_and_auditor_read_and_do_not_decide(waiting):
    with tenancy.acting_as_platform():
        provider = waiting.meter.provider
    for browser in (signed_in(Role.PROVIDER, provider), signed_in(Role.AUDITOR)):
        page = browser.get(reverse("portal:window", args=[waiting.pk]), headers=ENGLISH).text
        assert "Record the decision" not in page
        assert f"windows/{waiting.pk}/" in browser.get(reverse("portal:windows")).text
        assert decide(browser, waiting).status_code == 403
    other = signed_in(Role.PROVIDER)
    assert other.get(reverse("portal:window", args=[waiting.pk])).status_code == 404
    assert f"windows/{waiting.pk}/" not in other.get(reverse("portal:windows")).text
    assert signed_in(Role.BUYER).get(reverse("portal:windows")).status_code == 403
    assert state(waiting) == "SET_ASIDE"


def test_whoever_belongs_to_the_provider_does_not_decide(waiting):
    person = cast.member(cast.organization("Desk"), Role.OPERATOR)
    with tenancy.acting_as_platform():
        provider = waiting.meter.provider
        provider.memberships.create(user=person, role=Role.BUYER)

    decide(cast.signed_in(person), waiting)

    assert state(waiting) == "SET_ASIDE"


def sme(browser, certified, **changes):
    values = {
        "holder": certified.uscc,
        "kind": "SME",
        "number": "SME-2026-1",
        "first_day": "2026-01-01",
        "last_day": "2026-12-31",
        "staff_count": "40",
        "revenue_minor": "0",
        "assets_minor": "1000000",
    }
    return send(browser, "sme-certificate-new", **(values | changes))


def certificates() -> list[SmeCertificate]:
    with tenancy.acting_as_platform():
        return list(SmeCertificate.objects.order_by("id"))


def test_an_issuer_attests_an_enterprise_which_reads_it():
    holder, issuer = cast.organization("Small"), signed_in(Role.ISSUER)

    page = sme(issuer, holder)

    (made,) = certificates()
    assert "Certificate SME-2026-1 is issued." in page.text
    assert (f"{made.valid_to}", made.revenue_minor, made.assets_minor) == (
        "2027-01-01", 0, 100_000_000,
    )  # fmt: skip
    read = signed_in(Role.BUYER, holder).get(reverse("portal:sme-certificates"), headers=ENGLISH)
    assert "SME-2026-1" in read.text
    assert "2026-01-01 – 2026-12-31" in read.text
    others = signed_in(Role.BUYER).get(reverse("portal:sme-certificates"), headers=ENGLISH).text
    assert "SME-2026-1" not in others
    assert "No certificates yet" in others


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("holder", "91310000MA1FL0000X"),
        ("number", ""),
        ("last_day", "2025-12-31"),
        ("staff_count", "-1"),
        ("staff_count", "1e3"),
        ("revenue_minor", "many"),
        ("score", "101"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(field, value):
    holder, issuer = cast.organization("Small"), signed_in(Role.ISSUER)

    page = sme(issuer, holder, **{field: value})

    assert page.status_code == 422
    form = page.context["main"][0].form
    assert list(form.errors) == [field]
    assert form["kind"].value() == "SME"
    assert certificates() == []


def test_criteria_numbers_and_own_organisations_are_refused_beside_fields():
    own = cast.organization("Office")
    issuer, holder = signed_in(Role.ISSUER, own), cast.organization("Small")
    sme(issuer, holder)

    taken = sme(issuer, holder)
    large = sme(issuer, holder, kind="TECHNOLOGY_SME", number="T-1", staff_count="501")
    oneself = sme(issuer, own, number="O-1")

    for page, field in ((taken, "number"), (large, "staff_count"), (oneself, "holder")):
        assert list(page.context["main"][0].form.errors) == [field]
    assert len(certificates()) == 1


def test_a_certificate_is_revoked_by_its_issuer_alone_after_asking():
    issuer, holder = signed_in(Role.ISSUER), cast.organization("Small")
    sme(issuer, holder)
    (made,) = certificates()
    address = reverse("portal:sme-certificate-revoke", args=[made.pk])

    assert send(signed_in(Role.OPERATOR), "sme-certificate-revoke", made.pk).status_code == 404
    assert signed_in(Role.BUYER, holder).post(address).status_code == 403
    assert "cannot be given back" in issuer.get(address, headers=ENGLISH).text
    assert certificates()[0].revoked_at is None
    page = send(issuer, "sme-certificate-revoke", made.pk)

    assert "Certificate SME-2026-1 is revoked." in page.text
    assert certificates()[0].revoked_at is not None


def certify(browser, resource, **changes):
    values = {
        "identifier": resource.identifier,
        "precision": "FP16",
        "density": "DENSE",
        "path": "TENSOR",
        "value": "989.5",
        "unit": "TFLOPS",
        "assessment": "MEASURED",
        "source": "Report 7 of 2026-11-01",
        "first_day": "2026-01-01",
        "last_day": "2099-12-31",
    }
    values |= changes
    page = send(browser, "capacity-certificate-new", **values)
    if page.status_code != 200:
        return page
    with tenancy.acting_as_platform():
        assert not CapacityCertificate.objects.exists()
    return send(
        browser, "capacity-certificate-new", **values, **{SEEN: page.context["main"][0].seen}
    )


def test_a_verifier_certifies_after_a_last_look():
    resource = cast.resource(cast.organization("Provider"))

    page = certify(signed_in(Role.AUDITOR), resource)

    with tenancy.acting_as_platform():
        made = CapacityCertificate.objects.get()
    assert "The capacity is certified." in page.text
    assert (f"{made.value}", made.resource_id) == ("989.500000", resource.pk)
    public = signed_in(Role.BUYER).get(reverse("portal:capacity-certificates"), headers=ENGLISH)
    assert "989.5 TFLOPS" in public.text


def test_nobody_certifies_their_own_and_slips_are_named():
    owner = cast.organization("Provider")
    resource, auditor = cast.resource(owner), signed_in(Role.AUDITOR)

    own = certify(signed_in(Role.OPERATOR, owner), resource)
    wrong = "1" if resource.identifier.endswith("0") else "0"
    slip = certify(auditor, resource, identifier=resource.identifier[:-1] + wrong)
    over = certify(auditor, resource, last_day="2026-01-02")
    none = certify(auditor, resource, value="0")

    for page, field in (
        (own, "identifier"), (slip, "identifier"), (over, "last_day"), (none, "value"),
    ):  # fmt: skip
        assert page.status_code == 422
        assert list(page.context["main"][0].form.errors) == [field]
    assert certify(signed_in(Role.PROVIDER, owner), resource).status_code == 403
