"""Fees and roles are typed in on a page and wait for another operator."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from common import clock, moments, tenancy
from identity.approvals.models import Proposal
from identity.contracts import Role
from identity.models import Membership
from marketplace.settlement.models import FeeRule
from tests import cast

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def office():
    return cast.organization("Office")


@pytest.fixture
def operators(office):
    return [cast.signed_in(cast.member(office, Role.OPERATOR)) for _n in range(2)]


def send(browser, page, **typed):
    typed.setdefault("key", str(uuid4()))
    return browser.post(reverse(page), typed, headers=ENGLISH, follow=True)


def approve(browser):
    with tenancy.acting_as_platform():
        waiting = Proposal.objects.get(state="PROPOSED")
    typed = {"decision": "APPROVE", "key": str(uuid4()), "content_hash": waiting.content_hash}
    page = reverse("portal:approval", args=[waiting.pk])
    return browser.post(page, typed, headers=ENGLISH, follow=True)


def day(ahead):
    return (moments.market_date(clock.now()) + timedelta(days=ahead)).isoformat()


def fee(browser, **typed):
    typed = {"rate": "4.25", "starts_at": day(9), "source": "Notice 12"} | typed
    return send(browser, "portal:fees", **typed)


def test_a_fee_is_proposed_by_one_operator_and_published_by_another(operators):
    first, second = operators

    proposed = fee(first)
    again = fee(first)
    other = fee(second, rate="4")
    done = approve(second)

    assert "The fee waits until another operator approves it." in proposed.text
    assert again.status_code == 200  # The same draft is the same proposal.
    assert "The very same waits since" in again.text
    assert other.status_code == 422
    assert "Another proposal about this waits" in other.text
    assert "is approved and carried out" in done.text
    shown = first.get(reverse("portal:fees"), headers=ENGLISH).text
    assert "4.25%" in shown
    assert "Notice 12" in shown


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"rate": "-1"}, "At least 0."),
        ({"rate": "100"}, "At most 99.9999."),
        ({"rate": "1e1"}, "Enter a number."),
        ({"rate": "1.23456"}, "no more than 4 decimal places"),
        ({"rate": ""}, "This field is required."),
        ({"starts_at": ""}, "This field is required."),
        ({"starts_at": "someday"}, "Enter a valid date."),
        ({"starts_at": "2020-01-01"}, "it would begin in the past"),
        ({"starts_at": "0001-01-01"}, "knows days from 1970 to 2999"),
        ({"source": ""}, "This field is required."),
        ({"source": "x" * 501}, "at most 500 characters"),
    ],
)
def test_a_wrong_fee_is_told_beside_its_field_and_nothing_is_lost(operators, changes, told):
    reply = fee(operators[0], **changes)

    assert reply.status_code == 422
    assert told in reply.text
    assert changes.get("source", "Notice 12") in reply.text
    with tenancy.acting_as_platform():
        assert not Proposal.objects.exists()
        assert FeeRule.objects.count() == 1


def test_a_higher_fee_leaves_its_notice_and_time_to_approve_it(operators):
    too_soon = fee(operators[0], rate="50", starts_at=day(3))

    assert too_soon.status_code == 422
    assert "7 days after" in too_soon.text


def test_clerks_and_auditors_read_fees_and_propose_none(office):
    for role in (Role.FINANCE, Role.AUDITOR):
        reader = cast.signed_in(cast.member(office, role))

        shown = reader.get(reverse("portal:fees"), headers=ENGLISH)

        assert "Propose a fee" not in shown.text
        assert fee(reader).status_code == 403


def role(browser, organization, **typed):
    typed = {
        "uscc": organization.uscc,
        "email": "lin@test.example",
        "role": "AUDITOR",
        "reason": "the yearly audit",
    } | typed
    return send(browser, "portal:appoint", **typed)


def test_a_role_is_proposed_by_one_operator_and_given_by_another(operators):
    new = cast.organization("New")
    first, second = operators

    proposed = role(first, new)
    with tenancy.acting_as_platform():
        assert not Membership.objects.filter(organization=new).exists()
    approve(second)

    assert "The role waits until another operator approves it." in proposed.text
    with tenancy.acting_as_platform():
        held = Membership.objects.get(organization=new)
    assert (held.user.email, held.role) == ("lin@test.example", "AUDITOR")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"uscc": "91640500Y4CL12TH3N"}, "No organisation has this code."),
        ({"email": "nobody"}, "Enter a valid email address."),
        ({"role": "KING"}, "KING is not one of the available choices"),
        ({"reason": ""}, "This field is required."),
    ],
)
def test_a_wrong_role_is_told_beside_its_field(operators, changes, told):
    reply = role(operators[0], cast.organization("New"), **changes)

    assert reply.status_code == 422
    assert told in reply.text
    with tenancy.acting_as_platform():
        assert not Proposal.objects.exists()
