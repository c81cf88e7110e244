from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client, override_settings

from identity.contracts import Role
from metering import selectors
from tests import cast as people
from tests.metering import cast

pytestmark = pytest.mark.django_db

NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def provider():
    return people.organization()


@pytest.fixture
def browser(provider):
    return people.signed_in(people.member(provider, Role.PROVIDER))


def auditor():
    return people.signed_in(people.member(people.organization(), Role.AUDITOR))


def operator():
    return people.signed_in(people.member(people.organization(), Role.OPERATOR))


def post(browser, address, body, key="k1"):
    return browser.post(
        address, body, content_type="application/json", headers={"Idempotency-Key": key}
    )


def results(reply):
    assert reply.status_code == 200, reply.content
    return reply.json()["results"]


def test_rules_and_metrics_are_public():
    anyone = Client()

    metrics = results(anyone.get("/api/v1/metrics"))
    (rule,) = results(anyone.get("/api/v1/measurement-rules", {"code": "accelerator-hours"}))

    assert [metric["code"] for metric in metrics] == [
        "accelerator-time",
        "node-time",
        "tokens",
        "vcpu-time",
    ]
    assert (rule["version"], rule["window_seconds"]) == (1, 3600)
    assert rule["definition"]["factors"][1]["factor"] == "3.169872"
    assert anyone.get(f"/api/v1/measurement-rules/{rule['id']}").json() == rule
    assert anyone.get(f"/api/v1/measurement-rules/{uuid4()}").status_code == 404


def new_meter(resource, **changes):
    rule = selectors.rule_version(code="accelerator-hours")
    return {
        "resource_id": str(resource.pk),
        "name": "rack 7",
        "rule_version_id": str(rule.id),
    } | changes


def test_a_provider_registers_a_meter_once(provider, browser):
    body = new_meter(people.resource(provider))

    first = post(browser, "/api/v1/meters", body)
    again = post(browser, "/api/v1/meters", body)
    other = post(browser, "/api/v1/meters", body, key="k2")

    assert first.status_code == 201
    assert again.json() == first.json()
    assert first.json()["unit"] == "card-second"
    assert (other.status_code, other.json()["code"]) == (409, "meter_name_taken")
    assert [meter["id"] for meter in results(browser.get("/api/v1/meters"))] == [first.json()["id"]]
    assert browser.get(f"/api/v1/meters/{first.json()['id']}").json() == first.json()


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"resource_id": NOBODY}, 404, "not_found"),
        ({"rule_version_id": NOBODY}, 404, "rule_version_not_found"),
        ({"agent_id": NOBODY}, 404, "not_found"),
        ({"name": ""}, 400, "blank"),
        ({"name": "x" * 81}, 400, "max_length"),
        ({"colour": "red"}, 400, "unknown_field"),
    ],
    ids=str,
)
def test_a_meter_that_cannot_be_is_refused(provider, browser, changes, status, code):
    reply = post(browser, "/api/v1/meters", new_meter(people.resource(provider), **changes))

    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert results(browser.get("/api/v1/meters")) == []


def test_a_rule_of_another_unit_is_refused(provider, browser):
    rule = selectors.rule_version(code="vcpu-hours")

    reply = post(
        browser,
        "/api/v1/meters",
        new_meter(people.resource(provider), rule_version_id=str(rule.id)),
    )

    assert (reply.status_code, reply.json()["code"]) == (422, "meter_refused")


def test_a_meter_on_another_providers_resource_is_not_found(browser):
    reply = post(browser, "/api/v1/meters", new_meter(people.resource(people.organization())))

    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


@override_settings(SUANPAN_MFA_REQUIRED=False)
def test_usage_and_readings_are_the_providers_own_and_the_auditors_all(provider, browser):
    mine, theirs, order = cast.meter(provider), cast.meter(), uuid4()
    cast.ingest(mine, cast.reading(mine, "1800.5", subject=order, event_id="mine"))
    cast.ingest(theirs, cast.reading(theirs))
    cast.close()

    (usage,) = results(browser.get("/api/v1/usage-records"))
    (reading,) = results(browser.get(f"/api/v1/meters/{mine.pk}/readings"))

    assert (usage["quantity"], usage["unit"]) == ("1800.5", "card-second")
    assert (usage["native_hours"], usage["standard_hours"]) == ("0.500138889", "1.58537626")
    assert (usage["subject"], usage["revision"]) == (str(order), 1)
    assert (reading["event_id"], reading["quantity"]) == ("mine", "1800.5")
    assert browser.get(f"/api/v1/usage-records/{usage['id']}").json() == usage
    assert len(results(auditor().get("/api/v1/usage-records"))) == 2

    foreign = cast.records(theirs)[0]
    for address in (
        f"/api/v1/usage-records/{foreign.pk}",
        f"/api/v1/meters/{theirs.pk}",
        f"/api/v1/meters/{theirs.pk}/readings",
    ):
        assert browser.get(address).status_code == 404
        assert auditor().get(address).status_code == 200


def test_usage_can_be_narrowed_down(provider, browser):
    meter, order = cast.meter(provider), uuid4()
    cast.ingest(
        meter,
        cast.reading(meter, 1, subject=order),
        cast.reading(meter, 2, at=timedelta(hours=1)),
    )
    cast.close()

    def quantities(**filters):
        return [row["quantity"] for row in results(browser.get("/api/v1/usage-records", filters))]

    assert quantities() == ["2", "1"]
    assert quantities(subject=order) == ["1"]
    assert quantities(meter=meter.pk) == ["2", "1"]
    assert quantities(meter=uuid4()) == []
    assert quantities(starts_from="2026-11-20T13:00:00Z") == ["2"]
    assert quantities(starts_before="2026-11-20T13:00:00Z") == ["1"]
    assert browser.get("/api/v1/usage-records", {"meter": "seven"}).status_code == 400


def test_buyers_do_not_read_meters():
    buyer = people.signed_in(people.member(people.organization(), Role.BUYER))

    assert buyer.get("/api/v1/meters").status_code == 403
    assert buyer.get("/api/v1/usage-records").status_code == 403


def certificate(resource, **changes):
    return {
        "resource_id": str(resource.pk),
        "precision": "FP16",
        "density": "DENSE",
        "path": "TENSOR",
        "value": "280.8",
        "unit": "TFLOPS",
        "assessment": "MEASURED",
        "source": "acceptance test 17",
        "valid_from": "2026-01-01T00:00:00Z",
        "valid_to": "2099-01-01T00:00:00Z",
    } | changes


@override_settings(SUANPAN_MFA_REQUIRED=False)
def test_another_organisation_certifies_capacity(provider, browser):
    resource, verifier = people.resource(provider), operator()

    made = post(verifier, "/api/v1/capacity-certificates", certificate(resource))
    again = post(verifier, "/api/v1/capacity-certificates", certificate(resource))

    assert made.status_code == 201
    assert made.json() == again.json()
    assert made.json()["value"] == "280.8"
    assert results(
        browser.get("/api/v1/capacity-certificates", {"resource": str(resource.pk)})
    ) == [made.json()]


@override_settings(SUANPAN_MFA_REQUIRED=False)
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"value": "0"}, 422),
        ({"value": "0.0001"}, 422),
        ({"value": "3120001"}, 422),
        ({"value": "NaN"}, 400),
        ({"value": "-1"}, 422),
        ({"valid_to": "2026-01-02T00:00:00Z"}, 422),
        ({"valid_to": "2025-01-02T00:00:00Z"}, 400),
        ({"precision": "FP13"}, 400),
        ({"resource_id": NOBODY}, 404),
    ],
    ids=str,
)
def test_a_certificate_that_cannot_be_is_refused(provider, changes, status):
    verifier = operator()

    reply = post(
        verifier,
        "/api/v1/capacity-certificates",
        certificate(people.resource(provider), **changes),
    )

    assert reply.status_code == status
    assert results(verifier.get("/api/v1/capacity-certificates")) == []


@override_settings(SUANPAN_MFA_REQUIRED=False)
def test_nobody_certifies_their_own_capacity(provider, browser):
    own = people.signed_in(people.member(provider, Role.OPERATOR))
    body = certificate(people.resource(provider))

    assert post(own, "/api/v1/capacity-certificates", body).json()["code"] == "certificate_refused"
    assert post(browser, "/api/v1/capacity-certificates", body).status_code == 403
