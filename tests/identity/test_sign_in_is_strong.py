import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.hashers import identify_hasher
from django.core import mail
from django.core.cache import cache
from django.db import connections
from django.test import Client

from common import seals
from common.file_cache import SharedFileCache
from identity.contracts import Role
from identity.models import User
from tests import cast

LOGIN = "/accounts/login/"
PASSWORD = "correct horse battery staple"


@pytest.fixture
def counted(settings, tmp_path):
    """Let rate limits count, as they do outside of tests."""
    settings.CACHES = {
        "default": {
            "BACKEND": "common.file_cache.SharedFileCache",
            "LOCATION": str(tmp_path / "cache"),
        }
    }


def a_person(*roles: Role, **fields: object) -> User:
    user = cast.member(cast.organization(), *roles, **fields)
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(client, email, password=PASSWORD, **headers):
    return client.post(LOGIN, {"login": email, "password": password}, **headers)


def is_signed_in(client) -> bool:
    return client.get("/api/v1/me").status_code == 200


@pytest.mark.django_db
def test_passwords_are_kept_as_argon2id():
    stored = a_person(Role.BUYER).password

    assert identify_hasher(stored).algorithm == "argon2"
    assert "argon2id" in stored
    assert PASSWORD not in stored


@pytest.mark.django_db
def test_the_right_password_opens_and_a_new_session_begins(client):
    person = a_person(Role.BUYER)
    client.get(LOGIN)
    session = client.session
    session["before"] = True
    session.save()
    before = session.session_key

    reply = sign_in(client, person.email)

    assert reply.status_code == 302
    assert is_signed_in(client)
    assert client.session.session_key != before


@pytest.mark.django_db
def test_a_wrong_password_and_an_unknown_address_look_alike(client):
    person = a_person(Role.BUYER)

    wrong = sign_in(client, person.email, "wrong password here")
    unknown = sign_in(client, "nobody@test.example", "wrong password here")

    def shown(reply, email):
        page = re.sub(r'(csrfmiddlewaretoken" value=")[^"]+|nonce="[^"]+"', r"\1", reply.text)
        return page.replace(email, "somebody")

    assert (wrong.status_code, unknown.status_code) == (200, 200)
    assert shown(wrong, person.email) == shown(unknown, "nobody@test.example")
    assert not is_signed_in(client)


@pytest.mark.django_db
def test_a_person_who_left_cannot_sign_in(client):
    person = a_person(Role.BUYER)
    cast.leaves(person)

    sign_in(client, person.email)

    assert not is_signed_in(client)


@pytest.mark.django_db
def test_guessing_one_account_is_stopped_even_with_the_right_password(client, counted):
    person = a_person(Role.BUYER)
    for _attempt in range(5):
        sign_in(client, person.email, "wrong password here")

    sign_in(client, person.email)

    assert not is_signed_in(client)


@pytest.mark.django_db
def test_an_attempt_beyond_the_limit_is_not_hashed(client, counted, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login": "3/m/ip", "login_failed": "2/m/key"}
    person = a_person(Role.BUYER)
    began = time.perf_counter()
    first = sign_in(client, person.email, "wrong password here")
    hashing = time.perf_counter() - began
    for _attempt in range(3):
        sign_in(client, person.email, "wrong password here")

    began = time.perf_counter()
    last = sign_in(client, person.email, "wrong password here")

    assert (first.status_code, last.status_code) == (200, 429)
    assert time.perf_counter() - began < hashing


def test_attempts_at_once_are_counted_together(fresh_database, counted, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login": "4/m/ip", "login_failed": "4/m/ip"}
    person = a_person(Role.BUYER)

    def attempt(_number):
        try:
            return sign_in(Client(), person.email, "wrong password here").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(16)))

    assert set(answers) <= {200, 429}
    assert answers.count(200) <= 4


def test_only_one_of_many_adds_wins(tmp_path):
    shared = SharedFileCache(str(tmp_path), {})

    with ThreadPoolExecutor(8) as pool:
        wins = list(pool.map(lambda number: shared.add("lock", number, 60), range(64)))

    assert wins.count(True) == 1
    shared.delete("lock")
    assert shared.add("lock", "again", timeout=0.01)
    time.sleep(0.02)
    assert shared.add("lock", "after it ended", 60)
    assert shared.get("lock") == "after it ended"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.django_db
def test_strangers_make_no_accounts(client):
    wish = {"email": "stranger@test.example", "password1": PASSWORD, "password2": PASSWORD}

    client.get("/accounts/signup/")
    client.post("/accounts/signup/", wish)

    assert not User.objects.filter(email="stranger@test.example").exists()


@pytest.mark.django_db
def test_a_forgotten_password_tells_nobody_who_has_an_account(client):
    person = a_person(Role.BUYER)

    known = client.post("/accounts/password/reset/", {"email": person.email})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@test.example"})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert mail.outbox[0].to == [person.email]


@pytest.mark.django_db
def test_an_invited_person_opens_the_account_by_the_letter(client):
    owner = cast.signed_in(cast.member(acme := cast.organization(), Role.BUYER))
    invited = owner.post(
        f"/api/v1/organizations/{acme.pk}/members",
        {"email": "new@test.example", "role": "BUYER"},
        content_type="application/json",
    )
    assert invited.status_code == 201
    assert not is_signed_in(client)

    client.post("/accounts/password/reset/", {"email": "new@test.example"})
    link = re.search(r"https?://[^/]+(/accounts/\S+)", mail.outbox[-1].body)[1]
    form = client.get(link, follow=True)
    client.post(
        form.redirect_chain[-1][0],
        {"password1": "staple battery 9", "password2": "staple battery 9"},
    )
    sign_in(client, "new@test.example", "staple battery 9")

    assert client.get("/api/v1/me").json()["organization"]["id"] == str(acme.pk)


def activate(client) -> str:
    """Set up a second factor as a person does; return its secret."""
    asked = client.get("/accounts/2fa/totp/activate/")
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.get("/accounts/2fa/totp/activate/")
    secret = client.session["mfa.totp.secret"]
    reply = client.post("/accounts/2fa/totp/activate/", {"code": code(secret)})
    assert reply.status_code == 302
    return secret


def code(secret: str, *, steps: int = 0) -> str:
    left = 30 - time.time() % 30
    if left < 3:  # a code that ends before it is read is refused
        time.sleep(left)
    return totp.format_hotp_value(
        totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time())) + steps)
    )


@pytest.mark.django_db
def test_a_second_factor_opens_the_duties_and_is_asked_for_from_then_on(client):
    person = a_person(Role.AUDITOR, second_factor=False)
    sign_in(client, person.email)
    assert client.get("/api/v1/me").json()["withheld_roles"] == ["AUDITOR"]

    secret = activate(client)

    assert client.get("/api/v1/me").json()["roles"] == ["AUDITOR"]
    with seals.signing_in():
        kept = Authenticator.objects.get(user=person, type=Authenticator.Type.TOTP).data["secret"]
    assert secret not in kept
    client.logout()
    asked = sign_in(client, person.email)
    assert asked["Location"].startswith("/accounts/2fa/authenticate/")
    assert not is_signed_in(client)
    cache.clear()
    client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert not is_signed_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": code(secret)})
    assert is_signed_in(client)


@pytest.mark.django_db
def test_a_recovery_code_opens_once(client):
    person = a_person(Role.BUYER)
    sign_in(client, person.email)
    activate(client)
    client.post("/accounts/2fa/recovery-codes/generate/")
    page = client.get("/accounts/2fa/recovery-codes/download/").text
    spare = page.split()[0]

    for expected in (True, False):
        client.logout()
        sign_in(client, person.email)
        client.post("/accounts/2fa/authenticate/", {"code": spare})
        assert is_signed_in(client) is expected


@pytest.mark.django_db
def test_a_replaced_secret_key_still_opens_second_factors(settings):
    from allauth.mfa.adapter import get_adapter

    kept = get_adapter().encrypt("JBSWY3DPEHPK3PXP")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, long enough to be one, of fifty characters or so"

    assert get_adapter().decrypt(kept) == "JBSWY3DPEHPK3PXP"


@pytest.mark.django_db
def test_a_code_that_opened_once_opens_nothing_again(client, counted):
    person = a_person(Role.BUYER)
    sign_in(client, person.email)
    typed = {"code": code(activate(client), steps=0)}
    client.logout()
    cache.clear()  # The code that switched the app on counts as used.

    for expected in (True, False):
        sign_in(client, person.email)
        refused = client.post("/accounts/2fa/authenticate/", typed)
        assert is_signed_in(client) is expected
        client.logout()
    assert refused.context["form"].errors.keys() == {"code"}
