"""An operator proposes a suspension on its page; everyone reads what their role may."""

from uuid import uuid4

import pytest
from django.urls import reverse

from identity.contracts import Role
from identity.models import Organization
from tests import cast
from tests.identity import standing
from tests.orders.cast import buyer

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


def entry(organization):
    return reverse("portal:organization", args=[organization.pk])


def send(browser, address, **values):
    sent = {"key": str(uuid4()), **values}
    return browser.post(address, sent, headers=ENGLISH, follow=True)


def test_an_operator_reads_what_it_stops_proposes_and_sees_it_wait():
    owner = cast.organization("Late")
    operator = cast.signed_in(cast.member(cast.organization("Office"), Role.OPERATOR))

    form = operator.get(entry(owner) + "suspend/", headers=ENGLISH)
    empty = send(operator, entry(owner) + "suspend/", reason=" ")
    said = send(operator, entry(owner) + "suspend/", reason="bills unpaid")

    assert "agents are answered 403" in form.text
    assert empty.status_code == 422
    assert "waits for another operator" in said.text
    assert Organization.objects.get(pk=owner.pk).suspended_at is None


def test_members_see_one_page_and_duties_the_entry():
    owner = buyer(name="Late")
    first, second = standing.operators()
    standing.suspend(owner, by=first, second=second)
    member = cast.signed_in(cast.member(owner, Role.BUYER))

    assert "is suspended" in member.get("/market/", headers=ENGLISH).text
    assert "is suspended" in member.get("/profile/", headers=ENGLISH).text
    for role in (Role.AUDITOR, Role.ISSUER, Role.FINANCE, Role.OPERATOR):
        reader = cast.signed_in(cast.member(cast.organization("Desk"), role))
        page = reader.get(entry(owner), headers=ENGLISH).text
        assert "bills unpaid" in page
        assert ("reinstate/" in page) == (role == Role.OPERATOR)


def test_who_is_reinstated_is_reinstated_on_the_same_page():
    owner = cast.organization("Late")
    first, second = standing.operators()
    standing.suspend(owner, by=first, second=second)
    operator = cast.signed_in(cast.member(cast.organization("Office"), Role.OPERATOR))

    send(operator, entry(owner) + "reinstate/", reason="all is paid")
    again = send(operator, entry(owner) + "reinstate/", reason="another reason")

    assert "Another proposal about this waits" in again.text
