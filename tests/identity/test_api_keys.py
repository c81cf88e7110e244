from datetime import timedelta

import pytest
from django.utils import timezone

from common import seals, tenancy
from common.errors import Forbidden
from identity import services as identity
from identity.contracts import Role
from identity.models import ApiKey, Membership, User
from tests import cast

pytestmark = pytest.mark.django_db


def a_key(organization, *roles, scopes=("organizations:read",), lives=timedelta(days=1), **fields):
    """Return a new key of a person who holds the roles."""
    maker = cast.member(organization, *roles, **fields)
    now = timezone.now()
    with tenancy.acting_as_platform():
        return identity.create_api_key(
            organization_id=organization.pk,
            created_by=maker.pk,
            name="robot",
            roles=roles,
            scopes=scopes,
            now=now,
            expires_at=now + lives,
        )


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


def test_a_key_acts_for_its_organisation(client):
    acme = cast.organization()
    issued = a_key(acme, Role.BUYER)

    me = client.get("/api/v1/me", headers=bearer(issued.secret)).json()

    assert me["organization"]["id"] == str(acme.pk)
    assert (me["user"], me["roles"], me["scopes"]) == (None, ["BUYER"], ["organizations:read"])


@pytest.mark.parametrize("form", ["bearer {}", "BEARER  {}", " Bearer {} "])
def test_the_scheme_is_read_as_rfc_9110_has_it(client, form):
    issued = a_key(cast.organization(), Role.BUYER)

    reply = client.get("/api/v1/me", headers={"Authorization": form.format(issued.secret)})

    assert reply.status_code == 200


def test_only_the_hash_is_kept():
    issued = a_key(cast.organization(), Role.BUYER)

    with tenancy.acting_as_platform():
        row = ApiKey.objects.values().get(pk=issued.key.pk)
    assert issued.secret not in str(row)
    assert row["prefix"] == issued.secret[:10]


def use(client, secret):
    return client.get("/api/v1/me", headers=bearer(secret))


@pytest.mark.parametrize("secret", ["", "spn_unknown", "x" * 5000, "名前", "spn_ two words"])
def test_an_unknown_key_is_refused(client, secret):
    reply = use(client, secret.encode().decode("latin-1"))

    assert (reply.status_code, reply.json()["code"]) == (401, "invalid_api_key")


def test_a_revoked_key_is_refused(client):
    acme = cast.organization()
    issued = a_key(acme, Role.BUYER)
    with tenancy.acting_as_platform():
        identity.revoke_api_key(organization_id=acme.pk, key_id=issued.key.pk, now=timezone.now())

    assert use(client, issued.secret).status_code == 401


def test_an_expired_key_is_refused(client, time_machine):
    issued = a_key(cast.organization(), Role.BUYER)
    assert use(client, issued.secret).status_code == 200

    time_machine.move_to(timezone.now() + timedelta(days=1, seconds=1))

    assert use(client, issued.secret).status_code == 401


def test_a_key_loses_what_its_maker_loses(client):
    acme = cast.organization()
    issued = a_key(acme, Role.BUYER, Role.PROVIDER)
    with tenancy.acting_as_platform():
        Membership.objects.filter(organization=acme, role=Role.PROVIDER).delete()

    assert use(client, issued.secret).json()["roles"] == ["BUYER"]

    with seals.signing_in():
        User.objects.update(is_active=False)
    assert use(client, issued.secret).status_code == 401


def test_a_key_waits_for_its_makers_second_factor(client):
    issued = a_key(cast.organization(), Role.AUDITOR, Role.BUYER, second_factor=False)

    assert use(client, issued.secret).json()["roles"] == ["BUYER"]


def test_nobody_hands_on_a_role_they_do_not_hold():
    acme = cast.organization()
    buyer = cast.member(acme, Role.BUYER)
    now = timezone.now()

    with tenancy.acting_as_platform(), pytest.raises(Forbidden):
        identity.create_api_key(
            organization_id=acme.pk,
            created_by=buyer.pk,
            name="robot",
            roles=[Role.AUDITOR],
            scopes=["exports:read"],
            now=now,
            expires_at=now + timedelta(days=1),
        )


@pytest.mark.parametrize("lives", [timedelta(0), timedelta(seconds=-1), timedelta(days=367)])
def test_a_key_ends_in_bounded_time(lives):
    with pytest.raises(identity.InvalidExpiry):
        a_key(cast.organization(), Role.BUYER, lives=lives)


def make(browser, **changes):
    wish = {
        "name": "robot",
        "roles": ["BUYER"],
        "scopes": ["organizations:read"],
        "expires_at": (timezone.now() + timedelta(days=9)).isoformat(),
    }
    return browser.post("/api/v1/api-keys", wish | changes, content_type="application/json")


def test_the_secret_is_shown_once(client):
    browser = cast.signed_in(cast.member(cast.organization(), Role.BUYER))

    made = make(browser)

    assert made.status_code == 201
    assert made["Cache-Control"] == "no-store"
    assert use(client, made.json()["secret"]).status_code == 200
    (listed,) = browser.get("/api/v1/api-keys").json()["results"]
    assert "secret" not in listed
    assert made.json()["secret"] not in str(listed)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"scopes": ["everything:write"]}, 400, "unknown_scope"),
        ({"scopes": []}, 400, "min_length"),
        ({"roles": ["AUDITOR"]}, 403, "permission_denied"),
        ({"roles": ["KING"]}, 400, "invalid_choice"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 400, "invalid_expiry"),
        ({"surprise": 1}, 400, "unknown_field"),
        ({"name": "a\x00b"}, 400, "parse_error"),
        ({"name": 5}, 400, "invalid"),
    ],
)
def test_a_key_that_cannot_be_is_refused(changes, status, code):
    browser = cast.signed_in(cast.member(cast.organization(), Role.BUYER))

    reply = make(browser, **changes)

    assert (reply.status_code, reply.json()["code"]) == (status, code)
    with tenancy.acting_as_platform():
        assert not ApiKey.objects.exists()


def test_no_key_makes_another(client):
    issued = a_key(cast.organization(), Role.BUYER)
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {issued.secret}"

    assert make(client).status_code == 403


def test_revoking_ends_the_key_at_once(client):
    browser = cast.signed_in(cast.member(cast.organization(), Role.BUYER))
    made = make(browser).json()

    assert browser.delete(f"/api/v1/api-keys/{made['id']}").status_code == 204

    assert use(client, made["secret"]).status_code == 401


def test_a_session_must_show_its_csrf_token():
    from django.test import Client

    careful = Client(enforce_csrf_checks=True)
    careful.force_login(cast.member(cast.organization(), Role.BUYER))

    reply = make(careful)

    assert (reply.status_code, reply.json()["code"]) == (403, "permission_denied")
    assert reply["Content-Type"] == "application/problem+json"
