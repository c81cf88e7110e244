"""Whoever belongs to no organisation reaches what is their own, and what strangers read."""

import pytest
from django.test import Client

from common import tenancy
from identity import services as identity
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.models import Membership
from identity.rights.models import ErasureRequest, OwnExport
from identity.services import TooFewOperators
from tests import cast
from tests.identity import standing

pytestmark = pytest.mark.django_db
OWN = ("/profile/data/", "/profile/data/erasure/", "/profile/seen/", "/help/", "/profile/")


def browser_of(person):
    browser = Client()
    browser.force_login(person)
    return browser


@pytest.mark.parametrize("address", [*OWN, "/market/", "/prices/", "/terms/"])
def test_pages_of_ones_own_and_of_strangers_open(address):
    shown = browser_of(cast.somebody()).get(address)
    assert shown.status_code == 200


def test_home_says_how_it_is_and_leads_to_them():
    shown = browser_of(cast.somebody()).get("/")
    assert shown.status_code == 403
    for address in OWN[:4]:
        assert address in shown.content.decode()


def test_a_person_takes_their_data_along_and_asks_to_be_erased():
    person = cast.somebody()
    browser = browser_of(person)
    for address, typed in ((OWN[0], {}), (OWN[1], {"words": "gone"})):
        form = browser.get(address).context["side"][0].form
        sent = browser.post(address, {"key": form.initial["key"], **typed})
        assert sent.status_code == 302
    with tenancy.acting_as_platform():
        assert OwnExport.objects.filter(user=person).count() == 1
        assert ErasureRequest.objects.filter(user=person).count() == 1


def test_the_last_second_operator_is_kept():
    firm = cast.organization("Market")
    first, second, third = (cast.member(firm, Role.OPERATOR) for _each in range(3))
    taken = {"organization_id": firm.pk, "role": Role.OPERATOR}
    identity.take_role(user_id=third.pk, **taken)
    with pytest.raises(TooFewOperators):
        identity.take_role(user_id=second.pk, **taken)
    browser = cast.signed_in(first)
    with tenancy.acting_as_platform():
        one = Membership.objects.get(user=second)
    refused = browser.delete(f"/api/v1/organizations/{firm.pk}/members/{one.pk}")
    assert (refused.status_code, refused.json()["code"]) == (409, "too_few_operators")
    # Operators of a suspended organisation do not count among the two that are left.
    halted = cast.organization("Halted")
    cast.member(halted, Role.OPERATOR)
    standing.suspend(halted, by=Person(first.pk, firm.pk), second=second)
    with pytest.raises(TooFewOperators):
        identity.take_role(user_id=second.pk, **taken)
