"""Members: trade is handed on inside, the rest waits for another operator; taking away asks."""

from uuid import uuid4

import pytest
from django.core import mail
from django.urls import reverse

from common import tenancy
from identity.approvals.models import Proposal
from identity.contracts import Role
from identity.models import Membership
from tests import cast

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def own():
    return cast.organization("Own")


def page(organization) -> str:
    return reverse("portal:members", args=[organization.pk])


def give(browser, organization, *roles, email="new@test.example", **changes):
    values = {"key": str(uuid4()), "email": email, "roles": roles, "reason": ""}
    return browser.post(page(organization), values | changes, headers=ENGLISH, follow=True)


def take(browser, membership):
    address = reverse("portal:member-remove", args=[membership.organization_id, membership.pk])
    return browser.post(address, {"key": str(uuid4())}, headers=ENGLISH, follow=True)


def the_role(person) -> Membership:
    with tenancy.acting_as_platform():
        return Membership.objects.get(user=person)


def held(organization) -> set[tuple[str, str]]:
    with tenancy.acting_as_platform():
        rows = Membership.objects.filter(organization=organization)
        return set(rows.values_list("user__email", "role"))


def test_a_member_hands_on_trade_and_a_letter_tells(own, django_capture_on_commit_callbacks):
    buyer = cast.member(own, Role.BUYER, email="buyer@test.example")

    with django_capture_on_commit_callbacks(execute=True):
        answer = give(cast.signed_in(buyer), own, "PROVIDER", "BUYER")

    assert "The role is given" in answer.text
    assert ("new@test.example", "PROVIDER") in held(own)
    assert ("new@test.example", "BUYER") in held(own)
    assert "new@test.example" in {address for letter in mail.outbox for address in letter.to}


def test_sending_it_twice_invites_once(own, django_capture_on_commit_callbacks):
    browser, key = cast.signed_in(cast.member(own, Role.BUYER)), str(uuid4())

    with django_capture_on_commit_callbacks(execute=True):
        for _n in range(2):
            give(browser, own, "BUYER", key=key)

    assert len(mail.outbox) == 1


def test_a_duty_of_the_market_is_no_choice_of_a_trader(own):
    answer = give(cast.signed_in(cast.member(own, Role.BUYER)), own, "OPERATOR")

    assert answer.status_code == 422
    assert "roles" in answer.context["side"][0].form.errors
    assert all(role != "OPERATOR" for _email, role in held(own))


def test_what_an_operator_gives_waits_for_another(own):
    operator = cast.signed_in(cast.member(cast.organization("Market"), Role.OPERATOR))

    answer = give(operator, own, "BUYER", reason="First member")

    assert "waits until another operator approves" in answer.text
    assert held(own) == set()
    with tenancy.acting_as_platform():
        assert Proposal.objects.filter(reason="First member").count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": "a" * 250 + "@test.example"}, "email"),
        ({"roles": []}, "roles"),
        ({"roles": ["HOSTILE"]}, "roles"),
    ],
    ids=["no address", "long", "no role", "unknown role"],
)
def test_what_is_wrong_is_said_beside_its_field(own, changes, field):
    browser = cast.signed_in(cast.member(own, Role.BUYER))

    answer = give(browser, own, "BUYER", **changes)

    assert answer.status_code == 422
    assert field in answer.context["side"][0].form.errors


def test_a_role_is_taken_away_after_asking(own):
    browser = cast.signed_in(cast.member(own, Role.BUYER))
    other = the_role(cast.member(own, Role.PROVIDER, email="other@test.example"))

    address = reverse("portal:member-remove", args=[own.pk, other.pk])
    asked = browser.get(address, headers=ENGLISH).text
    assert ("other@test.example", "PROVIDER") in held(own)
    answer = take(browser, other)

    assert "in the API keys that this person made as well" in asked
    assert "is no longer Provider" in answer.text
    assert ("other@test.example", "PROVIDER") not in held(own)
    assert take(browser, other).status_code == 404


def test_somebody_is_warned_before_giving_up_the_own_role(own):
    member = cast.member(own, Role.BUYER)
    address = reverse("portal:member-remove", args=[own.pk, the_role(member).pk])

    assert "a role of your own" in cast.signed_in(member).get(address, headers=ENGLISH).text


def test_others_look_like_none_and_a_name_is_for_duties(own):
    foreign = cast.organization("Foreign")
    theirs = the_role(cast.member(foreign, Role.BUYER))
    browser = cast.signed_in(cast.member(own, Role.BUYER))

    assert browser.get(page(foreign)).status_code == 404
    assert give(browser, foreign, "BUYER").status_code == 404
    assert take(browser, theirs).status_code == 404


def test_an_auditor_reads_and_gives_nothing(own):
    member = the_role(cast.member(own, Role.BUYER, email="buyer@test.example"))
    auditor = cast.signed_in(cast.member(cast.organization("Audit"), Role.AUDITOR))

    read = auditor.get(page(own), headers=ENGLISH)

    assert "buyer@test.example" in read.text
    assert "Give the role" not in read.text
    assert give(auditor, own, "BUYER").status_code == 404
    assert take(auditor, member).status_code == 403


def test_a_trader_cannot_take_a_duty_away(own):
    duty = the_role(cast.member(own, Role.OPERATOR))

    assert take(cast.signed_in(cast.member(own, Role.BUYER)), duty).status_code == 403
