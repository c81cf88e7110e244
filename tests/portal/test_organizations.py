"""The register of organisations: the operator enters, each changes its own, nobody another's."""

from uuid import uuid4

import pytest
from django.urls import reverse

from identity.contracts import Role
from identity.models import Organization
from tests import cast

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}
PAGE = "/organizations/"


@pytest.fixture
def operator():
    return cast.signed_in(cast.member(cast.organization("Market"), Role.OPERATOR))


def enter(browser, **changes):
    values = {
        "key": str(uuid4()),
        "uscc": cast.uscc(777),
        "name": "新主体",
        "name_en": "Newcomer",
        "region": "640500",
        "industry": "i64",
        "role": "BUYER",
    }
    return browser.post(PAGE + "new/", values | changes, headers=ENGLISH, follow=True)


def change(browser, organization, **changes):
    values = {"key": str(uuid4()), "name": "改名", "name_en": "", "region": "", "industry": ""}
    address = reverse("portal:organization-change", args=[organization.pk])
    return browser.post(address, values | changes, headers=ENGLISH, follow=True)


def test_the_operator_enters_an_organisation_and_finds_it_by_name_and_by_code(operator):
    page = enter(operator)

    entered = Organization.objects.get(uscc=cast.uscc(777))
    assert "Newcomer is entered." in page.text
    assert (entered.name, entered.region, entered.industry) == ("新主体", "640500", "I64")
    for text in ("newcom", "新主", entered.uscc[:10].lower()):
        found = operator.get(PAGE, {"q": text}, headers=ENGLISH).text
        assert "Newcomer" in found
    assert "No row matches" in operator.get(PAGE, {"q": "nobody"}, headers=ENGLISH).text


def test_sending_the_form_twice_enters_once(operator):
    key = str(uuid4())

    first, second = (enter(operator, key=key) for _n in range(2))

    assert (first.status_code, second.status_code) == (200, 200)
    assert Organization.objects.filter(uscc=cast.uscc(777)).count() == 1


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("uscc", "91310000MA1FL0000X", "not a unified social credit code"),
        ("uscc", "91\x00" + "1" * 15, "Null characters"),
        ("name", "  ", "required"),
        ("name", "长" * 121, "at most 120"),
        ("region", "999999", "No region has this code."),
        ("industry", "Z99", "industry code is unknown"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(operator, field, value, told):
    page = enter(operator, **{field: value})

    assert page.status_code == 422
    form = page.context["main"][0].form
    assert list(form.errors) == [field]
    assert told in form.errors[field][0]
    assert form["name_en"].value() == "Newcomer"
    assert not Organization.objects.filter(name_en="Newcomer").exists()


def test_a_code_that_is_known_is_refused_beside_its_field(operator):
    enter(operator)

    page = enter(operator, name="别的")

    assert "registered already" in page.context["main"][0].form.errors["uscc"][0]


def test_a_member_changes_the_own_entry_and_no_other():
    own, other = cast.organization("Own"), cast.organization("Other")
    member = cast.signed_in(cast.member(own, Role.BUYER))

    page = change(member, own, name="改名", region="640500")

    own.refresh_from_db()
    assert "The entry is changed." in page.text
    assert (own.name, own.region) == ("改名", "640500")
    assert change(member, other).status_code == 404
    assert member.get(f"{PAGE}{other.pk}/").status_code == 404


def test_the_operator_changes_any_entry_and_the_auditor_reads_all(operator):
    other = cast.organization("Other")
    auditor = cast.signed_in(cast.member(cast.organization("Audit"), Role.AUDITOR))

    assert change(operator, other).status_code == 200
    assert "改名" in auditor.get(PAGE, headers=ENGLISH).text
    assert auditor.get(f"{PAGE}{other.pk}/", headers=ENGLISH).status_code == 200
    assert change(auditor, other).status_code == 403
    assert enter(auditor).status_code == 403
    assert "Enter an organisation" not in auditor.get(PAGE, headers=ENGLISH).text


@pytest.mark.parametrize("query", ["q=%00", "q=" + "x" * 5000, "cursor=nonsense", "q=%25%27--"])
def test_hostile_searches_are_answered(operator, query):
    operator.raise_request_exception = False

    assert operator.get(f"{PAGE}?{query}").status_code in (200, 400)
