"""A provider's resources: registered after a preview, renamed, suspended, withdrawn for good."""

from uuid import uuid4

import pytest
from django.urls import reverse

from common import clock, tenancy
from identity import codes
from identity import services as identity
from identity.contracts import ResourceStatus, Role
from identity.models import ComputeResource
from marketplace.portal.desk.forms import SEEN
from tests import cast

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}
PAGE = "/supply/resources/"


@pytest.fixture
def owner():
    return cast.organization("Provider")


@pytest.fixture
def provider(owner):
    return cast.signed_in(cast.member(owner, Role.PROVIDER))


def typed(**changes) -> dict[str, str]:
    values = {
        "key": str(uuid4()),
        "name": "训练节点",
        "name_en": "Training nodes",
        "resource_class": "AI",
        "form": "BARE_METAL",
        "capacity_unit": "card",
        "quantity": "64",
        "chip": "H100",
        "memory_gb": "2048",
        "region": "640500",
        "industry": "I64",
        "pue": "1.15",
        "serial": "",
    }
    return values | changes


def send(browser, values):
    return browser.post(PAGE + "new/", values, headers=ENGLISH, follow=True)


def register(browser, **changes):
    """Send the form, and once more with the preview that came."""
    values = typed(**changes)
    preview = send(browser, values)
    if preview.status_code != 200:
        return preview
    return send(browser, values | {SEEN: preview.context["main"][0].seen})


def known() -> list[ComputeResource]:
    with tenancy.acting_as_platform():
        return list(ComputeResource.objects.order_by("id"))


def test_the_identifier_is_shown_before_anything_is_registered(provider, owner):
    page = send(provider, typed())

    assert page.status_code == 200
    assert known() == []
    assert f"SP1-{owner.uscc}-I64-640500-A-B-NH1S000064-00000001-" in page.text
    assert "Register it" in page.text


def test_what_was_previewed_is_registered_under_the_identifier_that_was_shown(provider, owner):
    page = register(provider)

    (made,) = known()
    assert "Training nodes is registered." in page.text
    assert made.identifier in page.text
    assert made.identifier.startswith(f"SP1-{owner.uscc}-I64-640500-A-B-NH1S000064-")
    assert (made.total_milli, str(made.pue), made.status) == (64_000, "1.150", "ACTIVE")
    assert made.specification == {"chip": "NVIDIA H100 SXM", "cards": 64, "memory_gb": 2048}


def test_what_was_changed_after_the_preview_is_previewed_again(provider):
    values = typed()
    seen = send(provider, values).context["main"][0].seen

    page = send(provider, values | {SEEN: seen, "quantity": "65"})

    assert known() == []
    assert "NH1S000065" in page.text


def test_sending_it_twice_registers_once(provider):
    values = typed()
    values[SEEN] = send(provider, values).context["main"][0].seen

    for _n in range(2):
        assert send(provider, values).status_code == 200

    assert len(known()) == 1


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("name", "", "required"),
        ("quantity", "0", "At least 1."),
        ("quantity", "１２", "half-width digits"),
        ("quantity", "1000000", "At most 999,999."),
        ("chip", "H1OO", "knows no chip"),
        ("chip", "", "Say which chip"),
        ("region", "12", "No region has this code."),
        ("industry", "X1", "industry code is unknown"),
        ("pue", "0.9", "At least 1."),
        ("serial", "序号", "valid value"),
        ("form", "TENT", "valid choice"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(provider, field, value, told):
    page = send(provider, typed(**{field: value}))

    assert page.status_code == 422
    form = page.context["main"][0].form
    assert list(form.errors) == [field]
    assert told in form.errors[field][0]
    assert form["name_en"].value() == "Training nodes"
    assert known() == []


def test_a_serial_is_taken_once(provider):
    register(provider, serial="a7")

    page = register(provider, serial="A7")

    assert page.status_code == 422
    assert "serial 000000A7 already" in page.context["main"][0].form.errors["serial"][0]
    assert len(known()) == 1


def test_vcpus_have_no_chip(provider):
    page = register(provider, capacity_unit="vcpu", resource_class="GENERAL", chip="H100")
    assert "Only cards have a chip" in page.context["main"][0].form.errors["chip"][0]

    register(provider, capacity_unit="vcpu", resource_class="GENERAL", chip="", memory_gb="")

    assert [each.specification for each in known()] == [{"vcpu": 64}]


def move(browser, resource, name):
    address = reverse("portal:resource-move", args=[resource.pk, name])
    return browser.post(address, {"key": str(uuid4())}, headers=ENGLISH, follow=True)


def test_a_resource_is_suspended_resumed_and_withdrawn_for_good(provider, owner):
    resource = cast.resource(owner)
    asked = provider.get(reverse("portal:resource-move", args=[resource.pk, "withdraw"]))
    assert asked.status_code == 200

    states = []
    for step in ("suspend", "resume", "withdraw"):
        assert move(provider, resource, step).status_code == 200
        states.append(known()[0].status)
    late = move(provider, resource, "resume")

    assert states == [ResourceStatus.SUSPENDED, ResourceStatus.ACTIVE, ResourceStatus.WITHDRAWN]
    assert late.status_code == 422
    assert "cannot become" in str(late.context["main"][0].form.non_field_errors())
    assert known()[0].status == ResourceStatus.WITHDRAWN


def test_asking_before_withdrawing_says_that_it_is_final(provider, owner):
    resource = cast.resource(owner)

    page = provider.get(
        reverse("portal:resource-move", args=[resource.pk, "withdraw"]), headers=ENGLISH
    ).text

    assert "This is final" in page
    assert known()[0].status == ResourceStatus.ACTIVE


def test_a_name_is_changed_and_the_identifier_stays(provider, owner):
    resource = cast.resource(owner)
    address = reverse("portal:resource-rename", args=[resource.pk])

    values = {"key": str(uuid4()), "name": "新名", "name_en": "New"}
    page = provider.post(address, values, headers=ENGLISH, follow=True)

    assert "The name is changed." in page.text
    assert (known()[0].name, known()[0].identifier) == ("新名", resource.identifier)


def test_resources_of_others_look_like_none(provider):
    foreign = cast.resource(cast.organization("Other"))

    assert foreign.identifier not in provider.get(PAGE).text
    assert provider.get(reverse("portal:resource", args=[foreign.pk])).status_code == 404
    assert move(provider, foreign, "withdraw").status_code == 404
    assert known()[0].status == ResourceStatus.ACTIVE


@pytest.mark.parametrize("role", [Role.BUYER, Role.AUDITOR, Role.OPERATOR, Role.FINANCE])
def test_nobody_else_opens_the_pages(owner, role):
    other = cast.signed_in(cast.member(owner, role))
    resource = cast.resource(owner)

    for address in (PAGE, PAGE + "new/", reverse("portal:resource", args=[resource.pk])):
        assert other.get(address).status_code == 403
    assert send(other, typed()).status_code == 403


def test_the_list_is_searched_and_says_when_it_is_empty(provider, owner):
    assert "No resources yet" in provider.get(PAGE, headers=ENGLISH).text
    resource = cast.resource(owner)

    assert resource.identifier in provider.get(PAGE, {"q": "h100"}).text
    assert resource.identifier in provider.get(PAGE, {"status": "ACTIVE"}).text
    assert "No row matches" in provider.get(PAGE, {"status": "WITHDRAWN"}, headers=ENGLISH).text
    assert provider.get(PAGE, {"status": "HOSTILE'--"}).status_code == 200


def test_its_page_bears_the_qr_code_of_its_passport_to_copy(provider, owner):
    found = cast.resource(owner)

    page = provider.get(f"{PAGE}{found.pk}/", headers=ENGLISH).text

    assert "<svg" in page.partition("cm-passport-qr")[2]
    assert f"/r/{found.identifier}/" in page.partition("cm-passport-qr")[2]


def test_further_codes_are_shown_before_they_are_given(provider, owner):
    found = cast.resource(owner)
    assert "No pool yet" in provider.get(f"{PAGE}codes/", headers=ENGLISH).text
    with tenancy.acting_as_platform():
        pool = identity.allot_pool(
            organization_id=owner.pk, name="all", resources_max=10, node="R31000", now=clock.now()
        )
    values = {"key": str(uuid4()), "pool": pool.prefix}

    preview = provider.post(f"{PAGE}codes/", values, headers=ENGLISH)
    none_yet = list(codes.aliases_of(found.pk))
    seen = preview.context["main"][0].seen
    given = provider.post(f"{PAGE}codes/", values | {SEEN: seen}, headers=ENGLISH, follow=True)

    assert found.identifier in preview.text
    assert none_yet == []
    assert "1 code was given" in given.text
    assert [each.prefix for each in codes.aliases_of(found.pk)] == [pool.prefix]
