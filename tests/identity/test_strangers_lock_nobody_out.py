"""Guessing is held up where it comes from; the owner gets in, and is told nothing of others."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client

from identity.contracts import Role
from tests import cast
from tests.identity.test_sign_in_is_strong import (
    PASSWORD,
    a_person,
    activate,
    code,
    is_signed_in,
    sign_in,
)

WRONG = "wrong password here"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def counted(settings, tmp_path):
    """Let rate limits count, as they do outside of tests."""
    settings.CACHES = {
        "default": {
            "BACKEND": "common.file_cache.SharedFileCache",
            "LOCATION": str(tmp_path / "cache"),
        }
    }


def at(address):
    """Return a browser at an address."""
    return Client(REMOTE_ADDR=address)


@pytest.mark.django_db
def test_a_strangers_guesses_do_not_lock_the_owner_out(counted):
    person = a_person(Role.BUYER)
    stranger, owner = at("203.0.113.7"), at("198.51.100.1")
    answers = [sign_in(stranger, person.email, WRONG) for _n in range(6)]

    sign_in(owner, person.email)

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 300
    assert is_signed_in(owner)


@pytest.mark.django_db
def test_another_port_of_the_host_header_is_no_second_chance(counted):
    person = a_person(Role.BUYER)
    stranger = at("203.0.113.7")

    answers = [
        sign_in(stranger, person.email, WRONG, HTTP_HOST=f"127.0.0.1:{8000 + n}").status_code
        for n in range(6)
    ]

    assert answers == [200] * 5 + [429]


@pytest.fixture
def besieged(counted, settings):
    """Let the slow bound of an account be reached by three attempts, each from elsewhere."""
    settings.ACCOUNT_RATE_LIMITS = {
        "login": "100/m/ip",
        "login_failed": "10/m/ip,5/5m/key",
        "login_failed_account": "3/h/key",
    }

    def besiege(person):
        for n in range(4):
            sign_in(at(f"203.0.113.{n}"), person.email, WRONG)

    return besiege


@pytest.mark.django_db
def test_many_addresses_are_held_up_together(besieged):
    person = a_person(Role.BUYER)
    besieged(person)

    last = sign_in(at("203.0.113.99"), person.email, WRONG)
    right = sign_in(at("203.0.113.98"), person.email)

    assert (last.status_code, right.status_code) == (429, 429)
    assert int(last["Retry-After"]) > 0


@pytest.mark.django_db
def test_a_browser_that_the_account_knows_is_let_in_all_the_same(besieged):
    person = a_person(Role.BUYER)
    own = at("198.51.100.1")
    sign_in(own, person.email)
    own.post("/accounts/logout/")
    besieged(person)
    own.defaults["REMOTE_ADDR"] = "203.0.113.1"  # Even from an address that guessed.

    sign_in(own, person.email)

    assert is_signed_in(own)


@pytest.mark.django_db
def test_a_forged_note_makes_no_browser_known(besieged):
    person = a_person(Role.BUYER)
    own = at("198.51.100.1")
    sign_in(own, person.email)
    besieged(person)
    stranger = at("203.0.113.77")
    stranger.cookies["known_browser"] = own.cookies["known_browser"].value[:-2] + "xx"

    assert sign_in(stranger, person.email).status_code == 429


@pytest.mark.django_db
def test_a_right_password_with_its_factor_gets_in_from_anywhere(besieged):
    person = a_person(Role.BUYER)
    own = at("198.51.100.1")
    sign_in(own, person.email)
    secret = activate(own)
    besieged(person)
    elsewhere = at("192.0.2.5")

    asked = sign_in(elsewhere, person.email)
    assert asked["Location"].startswith("/accounts/2fa/authenticate/")
    Authenticator.objects.filter(user=person).update(last_used_at=None)
    elsewhere.post("/accounts/2fa/authenticate/", {"code": code(secret, steps=1)})

    assert sign_in(at("192.0.2.6"), person.email, WRONG).status_code == 429


COUNT = """
import django; django.setup()
from django.test import RequestFactory
from allauth.core.exceptions import ImmediateHttpResponse
from identity import attempts
taken = 0
for _n in range(4):
    request = RequestFactory().post("/accounts/login/", REMOTE_ADDR="203.0.113.7")
    try:
        attempts.take(request, "somebody@test.example")
        taken += 1
    except ImmediateHttpResponse as refused:
        assert refused.response.status_code == 429
print(taken)
"""


def test_processes_count_together(tmp_path):
    environment = os.environ | {
        "CACHE_URL": f"filecache://{tmp_path}/cache",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ALLOWED_HOSTS": "testserver",
    }
    running = [
        subprocess.Popen(
            [sys.executable, "-c", COUNT],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _n in range(2)
    ]

    taken = [int(process.communicate(timeout=120)[0]) for process in running]

    assert sum(taken) == 5


# --- Letters -----------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("host", ["127.0.0.1:6666", "localhost:81", "testserver:4444"])
def test_links_in_letters_name_the_markets_own_address(client, settings, host):
    settings.PUBLIC_URL = "https://market.example"
    person = a_person(Role.BUYER)

    for address in (person.email, "nobody@test.example"):
        client.post("/accounts/password/reset/", {"email": address}, HTTP_HOST=host)

    assert len(mail.outbox) == 2
    for letter in mail.outbox:
        text = letter.subject + letter.body
        assert host not in text
        links = re.findall(r"https?://[^/\s]+", text)
        assert set(links) <= {"https://market.example"}
    assert "https://market.example/accounts/password/reset/key/" in mail.outbox[0].body


@pytest.mark.django_db
def test_a_strangers_reset_request_does_not_bar_the_second_factor(client):
    person = a_person(Role.AUDITOR, second_factor=False)
    Client().post("/accounts/password/reset/", {"email": person.email})
    assert EmailAddress.objects.filter(user=person, verified=False).exists()

    sign_in(client, person.email)
    activate(client)

    assert client.get("/api/v1/me").json()["roles"] == ["AUDITOR"]


@pytest.mark.django_db
def test_the_second_factor_is_set_up_after_a_forgotten_password(client):
    person = a_person(Role.AUDITOR, second_factor=False)
    client.post("/accounts/password/reset/", {"email": person.email})
    link = re.search(r"https?://[^/]+(/accounts/\S+)", mail.outbox[-1].body)[1]
    form = client.get(link, follow=True)
    chosen = {"password1": PASSWORD, "password2": PASSWORD}
    client.post(form.redirect_chain[-1][0], chosen)
    sign_in(client, person.email)

    activate(client)

    assert client.get("/api/v1/me").json()["withheld_roles"] == []


@pytest.mark.django_db
def test_an_invitation_tells_nobody_who_is_known(django_capture_on_commit_callbacks):
    acme = cast.organization()
    owner = cast.signed_in(cast.member(acme, Role.BUYER))
    known = cast.member(cast.organization("Elsewhere"), Role.BUYER, email="known@test.example")
    known.name = "Somebody Well-Known"
    known.save()

    def invite(email):
        with django_capture_on_commit_callbacks(execute=True):
            return owner.post(
                f"/api/v1/organizations/{acme.pk}/members",
                {"email": email, "role": "BUYER"},
                content_type="application/json",
            )

    replies = [invite("known@test.example"), invite("fresh@test.example")]

    assert [reply.status_code for reply in replies] == [201, 201]
    first, second = (reply.json() for reply in replies)
    assert first.keys() == second.keys()
    assert "Somebody" not in str(replies[0].content)
    letters = [letter.body.replace(letter.to[0], "…") for letter in mail.outbox]
    assert letters[0] == letters[1]
    listed = owner.get(f"/api/v1/organizations/{acme.pk}/members").json()["results"]
    assert "Somebody Well-Known" not in str(listed)
