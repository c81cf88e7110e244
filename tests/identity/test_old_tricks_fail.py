"""Old tricks at the door: each is refused, and says so."""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from common import seals, tenancy
from identity import services as identity
from identity.contracts import Role
from identity.models import Membership
from tests import cast

pytestmark = pytest.mark.django_db
PASSWORD = "a long and good one"


@pytest.fixture
def person():
    found = cast.member(cast.organization("Acme"), Role.BUYER)
    with seals.signing_in():
        found.set_password(PASSWORD)
        found.save()
    return found


def test_a_link_of_a_forgotten_password_is_good_once(person):
    Client().post(reverse("account_reset_password"), {"email": person.email})
    link = re.search(r"/accounts/password/reset/key/[^\s/]+/", mail.outbox[-1].body)[0]

    def choose(browser, password):
        form = browser.get(link, follow=True)
        address = form.redirect_chain[-1][0] if form.redirect_chain else link
        return browser.post(address, {"password1": password, "password2": password})

    assert choose(Client(), "the first new password").status_code == 302
    again = Client().get(link, follow=True)
    assert "password1" not in again.text
    choose(Client(), "the second new password")
    person.refresh_from_db()
    assert person.check_password("the first new password")


def test_a_changed_password_ends_the_link_too(person):
    Client().post(reverse("account_reset_password"), {"email": person.email})
    link = re.search(r"/accounts/password/reset/key/[^\s/]+/", mail.outbox[-1].body)[0]
    with seals.signing_in():
        person.set_password("changed in between")
        person.save()

    assert "password1" not in Client().get(link, follow=True).text


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "a b", "[::1"])
def test_a_host_that_is_not_ours_is_refused(client, host):
    reply = client.get("/accounts/login/", headers={"Host": host})

    assert reply.status_code == 400
    assert "evil" not in reply.text


def test_a_forwarded_host_is_nobodys_host(client):
    reply = client.get(
        "/.well-known/oauth-authorization-server",
        headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"},
    )

    assert "evil" not in reply.text


@pytest.fixture
def counted(settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "x"}
    }
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login_failed": "3/m/ip"}
    cache.clear()
    yield
    cache.clear()


def guess(number):
    return Client().post(
        reverse("account_login"),
        {"login": f"nobody{number}@test.example", "password": "wrong"},
        headers={
            "X-Forwarded-For": f"203.0.113.{number}",
            "Forwarded": f"for=203.0.113.{number}",
            "X-Real-IP": f"203.0.113.{number}",
        },
    )


def test_forged_addresses_are_no_further_chances(counted):
    answers = [guess(number).status_code for number in range(1, 7)]

    assert answers[-1] == 429


def test_a_forged_address_opens_no_key_for_other_networks(person):
    from datetime import timedelta

    from django.utils import timezone

    now, held = timezone.now(), Membership
    with tenancy.acting_as_platform():
        organization_id = held.objects.get(user=person).organization_id
        issued = identity.create_api_key(
            organization_id=organization_id,
            created_by=person.pk,
            name="robot",
            roles=[Role.BUYER],
            scopes=["organizations:read"],
            networks=["203.0.113.0/24"],
            now=now,
            expires_at=now + timedelta(days=1),
        )
    reply = Client().get(
        "/api/v1/me",
        headers={"Authorization": f"Bearer {issued.secret}", "X-Forwarded-For": "203.0.113.9"},
    )

    assert (reply.status_code, reply.json()["code"]) == (403, "key_network_refused")


def test_the_open_session_of_who_lost_a_role_ends_with_the_next_request(person):
    browser = cast.signed_in(person)
    assert browser.get("/wallet/").status_code == 200
    with tenancy.acting_as_platform():
        held = Membership.objects.get(user=person)
        identity.remove_member(
            organization_id=held.organization_id, user_id=person.pk, role=Role.BUYER
        )

    assert browser.get("/wallet/").status_code == 403
    assert browser.get("/api/v1/me").status_code == 403
    assert browser.post("/api/v1/orders", {}, content_type="application/json").status_code == 403


def test_the_open_session_of_who_was_closed_ends_with_the_next_request(person):
    browser = cast.signed_in(person)
    assert browser.get("/wallet/").status_code == 200

    identity.close_accounts(emails=[person.email])

    assert browser.get("/wallet/").status_code == 302
    assert browser.get("/api/v1/me").status_code == 401
