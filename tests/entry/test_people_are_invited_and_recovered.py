"""Invitations lapse, addresses are proved, lost second factors take two operators."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from django.utils import timezone

from common import seals, tenancy
from common.errors import InvalidInput
from identity.approvals.contracts import Person
from identity.contracts import Role, SecondPersonRequired
from identity.entry import selectors, services
from identity.entry.contracts import (
    AddressChangeOver,
    AddressTaken,
    InvitationNotFound,
    InvitationOver,
    InvitationSentJustNow,
    InvitationState,
    NothingToRecover,
    PersonUnknown,
)
from identity.entry.models import Invitation
from identity.models import Membership, User
from tests import cast
from tests.identity import standing

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def acme():
    return cast.organization("Acme")


def invited(acme, email="new@test.example", now=None):
    services.invite(
        organization_id=acme.pk, email=email, role=Role.BUYER, now=now or timezone.now()
    )
    with tenancy.acting_as_platform():
        return Invitation.objects.get(organization=acme, user__email=email)


def holds(acme, email="new@test.example"):
    with tenancy.acting_as_platform():
        return Membership.objects.filter(organization=acme, user__email=email).exists()


def test_an_invitation_that_nobody_answers_lapses_with_its_role(acme):
    now = timezone.now()
    found = invited(acme, now=now)
    assert holds(acme)
    assert services.settle_invitations(now=now + 13 * DAY) == 0

    assert services.settle_invitations(now=now + 14 * DAY) == 1

    with tenancy.acting_as_platform():
        found.refresh_from_db()
    assert found.state == InvitationState.EXPIRED
    assert not holds(acme)


def test_who_signed_in_keeps_the_role(acme):
    now = timezone.now()
    found = invited(acme, now=now)
    User.objects.filter(pk=found.user_id).update(last_login=now + DAY)

    services.settle_invitations(now=now + 20 * DAY)

    with tenancy.acting_as_platform():
        found.refresh_from_db()
    assert found.state == InvitationState.ACCEPTED
    assert holds(acme)
    with pytest.raises(InvitationOver):
        services.withdraw(organization_id=acme.pk, invitation_id=found.pk, now=now)


def test_a_letter_is_sent_again_within_bounds(acme, django_capture_on_commit_callbacks):
    now = timezone.now()
    found = invited(acme, now=now)
    facts = {"organization_id": acme.pk, "invitation_id": found.pk}

    with pytest.raises(InvitationSentJustNow):
        services.resend(**facts, now=now + timedelta(minutes=5))
    with django_capture_on_commit_callbacks(execute=True):
        for hour in range(1, 5):
            services.resend(**facts, now=now + timedelta(hours=hour))
    with pytest.raises(InvitationSentJustNow):
        services.resend(**facts, now=now + DAY)
    assert len(mail.outbox) == 4
    with pytest.raises(InvitationNotFound):
        services.resend(**facts | {"organization_id": cast.organization().pk}, now=now)


def test_a_withdrawn_invitation_takes_the_role_with_it(acme):
    found = invited(acme)
    facts = {"organization_id": acme.pk, "invitation_id": found.pk, "now": timezone.now()}

    services.withdraw(**facts)

    assert not holds(acme)
    with pytest.raises(InvitationOver):
        services.withdraw(**facts)


def test_its_keepers_act_on_a_page_and_over_http(acme):
    keeper = cast.signed_in(cast.member(acme, Role.BUYER))
    stranger = cast.signed_in(cast.member(cast.organization("Other"), Role.BUYER))
    path = f"/api/v1/organizations/{acme.pk}/invitations"
    made = keeper.post(
        f"/api/v1/organizations/{acme.pk}/members",
        {"email": "new@test.example", "role": "BUYER"},
        content_type="application/json",
    )
    assert made.status_code == 201

    [row] = keeper.get(path).json()["results"]

    assert (row["email"], row["state"]) == ("new@test.example", "WAITING")

    def act(move):
        return keeper.post(f"{path}/{row['id']}/{move}", content_type="application/json")

    assert act("withdraw").json()["state"] == "WITHDRAWN"
    assert act("resend").status_code == 409
    assert stranger.get(path).status_code == 404
    assert "new@test.example" in keeper.get(f"/organizations/{acme.pk}/invitations/").text
    assert stranger.get(f"/organizations/{acme.pk}/invitations/").status_code == 404


def link_of(letter):
    return re.search(r"/accounts/address/[^\s]+", letter.body)[0].rstrip(".")


def test_an_address_is_proved_by_its_letter_and_both_are_told(
    acme, django_capture_on_commit_callbacks
):
    person = cast.member(acme, Role.BUYER)
    former, browser = person.email, cast.signed_in(person)
    assert browser.get("/api/v1/me").status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        services.ask_address_change(
            user_id=person.pk, email="Fresh@test.example", now=timezone.now()
        )
    told, proof = mail.outbox
    assert (told.to, proof.to) == ([former], ["fresh@test.example"])
    link, stranger = link_of(proof), Client()
    assert stranger.get(link).status_code == 200  # Looking changes nothing.
    assert User.objects.get(pk=person.pk).email == former

    with django_capture_on_commit_callbacks(execute=True):
        done = stranger.post(link)

    assert done.status_code == 302
    assert User.objects.get(pk=person.pk).email == "fresh@test.example"
    with seals.signing_in():
        assert EmailAddress.objects.get(user=person).email == "fresh@test.example"
    assert {letter.to[0] for letter in mail.outbox[2:]} == {former, "fresh@test.example"}
    assert browser.get("/api/v1/me").status_code == 401
    assert stranger.post(link).status_code == 422  # A link is good once.


def test_a_link_is_good_for_a_day_and_the_last_one_counts(acme):
    person, now = cast.member(acme, Role.BUYER), timezone.now()
    with pytest.raises(InvalidInput):
        services.ask_address_change(user_id=person.pk, email=person.email, now=now)
    with pytest.raises(AddressChangeOver):
        services.confirm_address_change(token="x" * 40, now=now)
    services.ask_address_change(user_id=person.pk, email="a@test.example", now=now)
    assert services.forget_address_changes(now=now + DAY) == 1


def test_an_address_in_use_is_told_to_nobody_and_never_taken(
    acme, django_capture_on_commit_callbacks
):
    person, other = cast.member(acme, Role.BUYER), cast.member(acme, Role.BUYER)
    with django_capture_on_commit_callbacks(execute=True):
        services.ask_address_change(user_id=person.pk, email=other.email, now=timezone.now())
    assert [letter.to[0] for letter in mail.outbox] == [person.email]
    with django_capture_on_commit_callbacks(execute=True):
        services.ask_address_change(
            user_id=person.pk, email="late@test.example", now=timezone.now()
        )
    token = link_of(mail.outbox[-1]).split("/")[3]
    User.objects.create_user("late@test.example")
    with pytest.raises(AddressTaken):
        services.confirm_address_change(token=token, now=timezone.now())


def test_the_page_asks_who_somebody_is_again(acme):
    person = cast.member(acme, Role.BUYER)
    with seals.signing_in():
        person.set_password("a long and good one")
        person.save()
    browser = cast.signed_in(person)

    reply = browser.get("/accounts/address/")

    assert reply.status_code == 302
    assert reply["Location"].startswith("/accounts/reauthenticate/")


def test_two_operators_take_a_lost_factor_away(acme, django_capture_on_commit_callbacks):
    by, second = standing.operators()
    person = cast.member(acme, Role.AUDITOR)
    browser = cast.signed_in(person)
    assert browser.get("/api/v1/me").json()["roles"] == ["AUDITOR"]
    asked = {"email": person.email, "reason": "showed the passport", "now": timezone.now()}
    proposed = services.propose_recovery(**asked, by=by)
    facts = {"proposal_id": proposed.id, "now": timezone.now()}
    for barred in (by, Person(person.pk, acme.pk)):
        with pytest.raises(SecondPersonRequired):
            services.confirm_recovery(
                **facts, person_id=barred.id, organization_id=barred.organization_id
            )

    with django_capture_on_commit_callbacks(execute=True):
        services.confirm_recovery(**facts, person_id=second.pk, organization_id=by.organization_id)

    with seals.signing_in():
        assert not Authenticator.objects.filter(user=person).exists()
    assert mail.outbox[-1].to == [person.email]
    assert browser.get("/api/v1/me").status_code == 401  # Signed out.
    assert cast.signed_in(person).get("/api/v1/me").json()["withheld_roles"] == ["AUDITOR"]
    with pytest.raises(NothingToRecover):
        services.propose_recovery(**asked, by=by)
    with pytest.raises(PersonUnknown):
        services.propose_recovery(**asked | {"email": "x@test.example"}, by=by)


def test_the_selector_shows_members_their_own_alone(acme):
    invited(acme)
    with tenancy.acting_as(cast.organization("Other").pk):
        assert not Invitation.objects.exists()
    assert selectors.connection_of("x@nowhere.example") is None
