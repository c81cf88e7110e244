"""Two resources never name the same hardware: registered, edited, imported, or at one instant."""

import json
from uuid import uuid4

import pytest

from common import tenancy
from common.errors import InvalidInput
from identity import services as identity
from identity.contracts import ResourceStatus, Role
from identity.models import ComputeResource, HardwareSerial
from tests import cast
from tests.instant import at_once

CARDS = ("SN-001", "SN-002")


def named(owner, *serials, **facts):
    return cast.resource(owner, hardware_serials=serials or CARDS, **facts)


@pytest.mark.django_db
def test_the_same_hardware_is_refused_and_the_clash_is_named():
    acme = cast.organization()
    first = named(acme)

    with pytest.raises(identity.HardwareTaken) as refused:
        named(acme, "sn-002")

    assert (refused.value.field, refused.value.code) == ("hardware_serials", "hardware_taken")
    assert "SN-002" in str(refused.value)
    assert first.identifier in str(refused.value)
    assert ComputeResource.objects.count() == 1


@pytest.mark.django_db
def test_another_provider_learns_that_it_is_taken_and_not_by_whom():
    first = named(cast.organization())

    with pytest.raises(identity.HardwareTaken) as refused:
        named(cast.organization())

    assert first.identifier not in str(refused.value)
    assert first.provider.name not in str(refused.value)


@pytest.mark.django_db
def test_what_a_withdrawn_resource_named_is_free_again():
    acme = cast.organization()
    first = named(acme)

    with tenancy.acting_as(acme.pk):
        identity.change_resource_status(
            resource_id=first.pk, provider_id=acme.pk, status=ResourceStatus.WITHDRAWN
        )

    assert named(acme).pk != first.pk


@pytest.mark.django_db
def test_editing_names_the_clash_and_frees_what_is_left_out():
    acme = cast.organization()
    first, second = named(acme), named(acme, "SN-003")

    def change(resource, *serials):
        with tenancy.acting_as(acme.pk):
            identity.change_hardware(resource_id=resource.pk, provider_id=acme.pk, serials=serials)

    with pytest.raises(identity.HardwareTaken):
        change(second, "SN-003", "SN-001")
    change(first, "SN-002")
    change(second, "SN-003", "SN-001")

    with tenancy.acting_as_platform():
        current = HardwareSerial.objects.filter(is_current=True)
        assert current.filter(resource=first).count() == 1
        assert current.filter(resource=second).count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("serials", [("",), ("A", "a "), ("x" * 65,), ("a\tb",), ("\uff15\uff15",)])
def test_what_is_no_serial_is_refused(serials):
    with pytest.raises(InvalidInput) as refused:
        named(cast.organization(), *serials)

    assert refused.value.code == "invalid_hardware_serial"


@pytest.mark.django_db
def test_the_api_refuses_beside_the_field_and_tells_nobody_the_serials():
    acme = cast.organization()
    visitor = cast.signed_in(cast.member(acme, Role.PROVIDER))
    body = {
        "name": "Cards",
        "region": "640500",
        "resource_class": "AI",
        "form": "BARE_METAL",
        "specification": {"chip": "H100", "cards": 8},
        "capacity_unit": "card",
        "total_milli": 8000,
        "hardware_serials": ["SN-1"],
    }

    def send():
        return visitor.post(
            "/api/v1/resources",
            json.dumps(body),
            content_type="application/json",
            headers={"Idempotency-Key": uuid4().hex},
        )

    first, again = send(), send()

    assert (first.status_code, again.status_code) == (201, 409)
    assert again.json()["code"] == "hardware_taken"
    assert "hardware_serials" in json.dumps(again.json())
    assert "SN-1" not in first.content.decode()
    changed = visitor.patch(
        f"/api/v1/resources/{first.json()['id']}",
        json.dumps({"hardware_serials": []}),
        content_type="application/json",
    )
    assert changed.status_code == 200
    assert send().status_code == 201


@pytest.mark.django_db
def test_the_page_says_it_beside_the_field_and_loses_nothing():
    acme = cast.organization()
    named(acme)
    visitor = cast.signed_in(cast.member(acme, Role.PROVIDER))
    typed = {
        "key": str(uuid4()),
        "name": "Cards",
        "resource_class": "AI",
        "form": "BARE_METAL",
        "capacity_unit": "card",
        "quantity": "8",
        "chip": "H100",
        "region": "640500",
        "industry": "I64",
        "hardware_serials": "SN-009\nSN-001",
    }

    page = visitor.post("/supply/resources/new/", typed, headers={"accept-language": "en"})

    text = page.content.decode()
    assert page.status_code == 422
    assert "The hardware SN-001 is named by another resource already" in text
    assert "SN-009" in text


@pytest.mark.django_db
def test_the_page_names_serials_anew_and_says_a_clash_beside_the_field():
    acme = cast.organization()
    first, second = named(acme), named(acme, "SN-003")
    visitor = cast.signed_in(cast.member(acme, Role.PROVIDER))

    def send(resource, typed):
        return visitor.post(
            f"/supply/resources/{resource.pk}/hardware/",
            {"key": str(uuid4()), "hardware_serials": typed},
            headers={"accept-language": "en"},
            follow=True,
        )

    refused = send(second, "SN-003\nSN-001")
    form = refused.context["main"][0].form
    assert refused.status_code == 422
    assert first.identifier in str(form.errors["hardware_serials"])
    assert "SN-003\nSN-001" in refused.text
    assert "1 serial" in send(first, " sn-002 ").text
    assert "2 serials" in send(second, "SN-003\nSN-001").text
    assert "none named" in send(first, "").text


@pytest.mark.django_db
def test_nobody_names_the_hardware_of_others():
    foreign = named(cast.organization())
    visitor = cast.signed_in(cast.member(cast.organization("Other"), Role.PROVIDER))

    assert visitor.get(f"/supply/resources/{foreign.pk}/hardware/").status_code == 404


def test_of_two_who_name_it_at_one_instant_one_is_refused(fresh_database):
    owners = [cast.organization(), cast.organization()]

    def name(owner):
        with tenancy.acting_as(owner.pk):
            named(owner)

    assert at_once(*(lambda owner=owner: name(owner) for owner in owners)) == []
    with tenancy.acting_as_platform():
        assert ComputeResource.objects.count() == 1
        assert HardwareSerial.objects.filter(is_current=True).count() == 2
