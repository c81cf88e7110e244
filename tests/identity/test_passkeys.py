"""Passkeys: registered, named, removed; they sign in alone, and after a password."""

import json

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from common import seals
from identity.contracts import Role
from tests import cast
from tests.identity.soft_key import SoftKey, text
from tests.identity.test_sign_in_is_strong import PASSWORD, a_person, is_signed_in, sign_in

ADD = "/accounts/2fa/webauthn/add/"
SIGN = "/accounts/2fa/webauthn/login/"
SECOND = "/accounts/2fa/authenticate/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def named(settings):
    settings.PUBLIC_URL = "http://localhost"
    cache.clear()


@pytest.fixture
def person():
    return a_person(Role.AUDITOR, second_factor=False)


def register(client: Client, key: SoftKey, name="Laptop", **headers):
    """Register a passkey as a person does who has just shown the password again."""
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    options = client.get(ADD, **headers).context["js_data"]["creation_options"]
    body = {"name": name, "passwordless": "on", "credential": json.dumps(key.made(_plain(options)))}
    return client.post(ADD, body)


def _plain(options):
    """Return options as a browser reads them."""
    return json.loads(json.dumps(dict(options), default=_open))


def _open(one):
    return text(one) if isinstance(one, bytes) else dict(one)


def by_passkey(client: Client, key: SoftKey, path=SIGN):
    options = client.get(path, headers={"Accept": "application/json"}).json()["request_options"]
    return client.post(path, {"credential": json.dumps(key.signed(options))})


@pytest.fixture
def key(client, person):
    key = SoftKey()
    sign_in(client, person.email)
    assert register(client, key).status_code == 302
    return key


def test_adding_one_asks_who_it_is(client, person):
    sign_in(client, person.email)

    asked = client.get(ADD)

    assert asked["Location"].startswith("/accounts/reauthenticate/")


def test_a_passkey_opens_the_account_and_the_duties(client, key):
    assert client.get("/api/v1/me").json()["roles"] == ["AUDITOR"]
    other = Client()

    by_passkey(other, key)

    assert is_signed_in(other)
    assert other.get("/api/v1/me").json()["roles"] == ["AUDITOR"]


def test_after_the_password_it_is_the_second_step(client, person, key):
    other = Client()
    asked = sign_in(other, person.email)
    assert asked["Location"].startswith(SECOND)
    assert not is_signed_in(other)

    options = other.get(SECOND).context["js_data"]["request_options"]
    other.post(SECOND, {"credential": json.dumps(key.signed(_plain(options)))})

    assert is_signed_in(other)


def test_an_answer_opens_once(client, key):
    other = Client()
    options = other.get(SIGN, headers={"Accept": "application/json"}).json()["request_options"]
    answer = {"credential": json.dumps(key.signed(options))}
    other.post(SIGN, answer)
    assert is_signed_in(other)
    other.post("/accounts/logout/")

    other.post(SIGN, answer)

    assert not is_signed_in(other)


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://localhost.evil.example"},
        {"origin": "https://evil.example"},
        {"rp": "evil.example"},
        {"secret": SoftKey().secret},
        {"id": b"another"},
    ],
)
def test_what_another_site_or_device_answers_opens_nothing(client, key, wrong):
    other = Client()
    forged = SoftKey(secret=key.secret, user_handle=key.user_handle)
    for name, value in wrong.items():
        setattr(forged, name, value)

    by_passkey(other, forged)

    assert not is_signed_in(other)


def test_a_forged_host_does_not_change_for_whom_it_is_good(client, person, settings):
    settings.ALLOWED_HOSTS = ["*"]
    sign_in(client, person.email)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    page = client.get(ADD, headers={"Host": "evil.example"})

    assert page.context["js_data"]["creation_options"]["publicKey"]["rp"]["id"] == "localhost"


def test_it_is_named_and_removed_by_its_person_alone(client, key):
    with seals.signing_in():
        [made] = Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN)
    path = f"/accounts/2fa/webauthn/keys/{made.pk}"
    stranger = cast.signed_in(cast.member(cast.organization("Other"), Role.BUYER))
    assert stranger.post(f"{path}/remove/").status_code in {302, 403, 404}

    client.post(f"{path}/edit/", {"name": "Old laptop"})
    assert "Old laptop" in client.get("/accounts/2fa/webauthn/").text
    client.post(f"{path}/remove/")

    assert "Old laptop" not in client.get("/accounts/2fa/webauthn/").text
    other = Client()
    by_passkey(other, key)
    assert not is_signed_in(other)
    assert client.get("/api/v1/me").json()["withheld_roles"] == ["AUDITOR"]


def test_who_left_is_not_let_in_by_a_passkey(client, person, key):
    cast.leaves(person)
    other = Client()

    by_passkey(other, key)

    assert not is_signed_in(other)
