"""OAuth 2.0, client credentials: a key is a client, and its tokens end with it."""

import base64
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from common import tenancy
from identity import services as identity
from identity.contracts import KeyKind, Role
from identity.entry import services
from identity.entry.models import AccessToken
from identity.models import Membership
from tests import cast
from tests.identity import standing

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def acme():
    return cast.organization("Platform")


@pytest.fixture
def maker(acme):
    return cast.member(acme, Role.PROVIDER)


def key_of(acme, maker, **changes):
    now = timezone.now()
    facts = {
        "organization_id": acme.pk,
        "created_by": maker.pk,
        "name": "platform",
        "roles": [Role.PROVIDER],
        "scopes": ["organizations:read", "metering:write"],
        "now": now,
        "expires_at": now + timedelta(days=1),
    }
    with tenancy.acting_as_platform():
        return identity.create_api_key(**facts | changes)


def ask(client, issued, **changes):
    sent = {
        "grant_type": "client_credentials",
        "client_id": str(issued.key.pk),
        "client_secret": issued.secret,
    }
    fields = {name: value for name, value in (sent | changes).items() if value is not None}
    body = "&".join(f"{name}={value}" for name, value in fields.items())
    return client.post("/oauth/token", body, content_type=FORM)


def me(client, token):
    return client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})


def test_a_program_gets_a_token_of_minutes_for_some_of_its_scopes(client, acme, maker):
    issued = key_of(acme, maker)

    reply = ask(client, issued, scope="organizations:read")

    told = reply.json()
    assert (reply.status_code, reply["Cache-Control"]) == (200, "no-store")
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 900)
    seen = me(client, told["access_token"]).json()
    assert seen["scopes"] == ["organizations:read"]
    assert seen["organization"]["id"] == str(acme.pk)
    with tenancy.acting_as_platform():
        assert told["access_token"] not in str(AccessToken.objects.values_list())


def test_the_header_says_who_asks_as_well(client, acme, maker):
    issued = key_of(acme, maker)
    pair = base64.b64encode(f"{issued.key.pk}:{issued.secret}".encode()).decode()
    body = "grant_type=client_credentials"

    reply = client.post(
        "/oauth/token", body, content_type=FORM, headers={"Authorization": f"Basic {pair}"}
    )

    assert me(client, reply.json()["access_token"]).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": None}, 400, "unsupported_grant_type"),
        ({"client_secret": "spn_wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_id": None}, 401, "invalid_client"),
        ({"scope": "orders:write"}, 400, "invalid_scope"),
        ({"scope": "%E7%AE%97"}, 400, "invalid_request"),
        ({"scope": "x" * 5000}, 400, "invalid_request"),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_the_standard(
    client, acme, maker, changes, status, error
):
    reply = ask(client, key_of(acme, maker), **changes)

    assert (reply.status_code, reply.json()) == (status, {"error": error})
    with tenancy.acting_as_platform():
        assert not AccessToken.objects.exists()


def test_a_body_of_another_kind_or_said_twice_is_no_request(client, acme, maker):
    issued = key_of(acme, maker)
    twice = f"grant_type=client_credentials&client_id={issued.key.pk}&client_id=x"

    assert client.post("/oauth/token", {"grant_type": "x"}).json()["error"] == "invalid_request"
    assert client.post("/oauth/token", twice, content_type=FORM).status_code == 400
    assert client.get("/oauth/token").status_code == 405


def test_a_token_ends_with_its_key_its_person_its_organisation_and_its_time(client, acme, maker):
    now = timezone.now()

    def works():
        return me(client, token).status_code

    issued = key_of(acme, maker)
    token = ask(client, issued).json()["access_token"]
    assert works() == 200
    identity.revoke_api_key(organization_id=acme.pk, key_id=issued.key.pk, now=now)
    assert works() == 401

    token = ask(client, key_of(acme, maker)).json()["access_token"]
    by, second = standing.operators()
    standing.suspend(acme, by=by, second=second, at=now)
    assert works() == 403
    standing.reinstate(acme, by=by, second=second, at=now)
    assert works() == 200
    with tenancy.acting_as_platform():
        held = Membership.objects.get(user=maker, organization=acme)
        identity.remove_member(organization_id=acme.pk, user_id=maker.pk, role=Role(held.role))
    assert works() == 401
    with tenancy.acting_as_platform():
        identity.add_member(organization_id=acme.pk, user_id=maker.pk, role=Role.PROVIDER)
    assert works() == 200
    identity.close_accounts(emails=[maker.email])
    assert works() == 401


def test_a_token_that_is_over_opens_nothing_and_is_forgotten(acme, maker):
    issued, now = key_of(acme, maker), timezone.now()
    given = services.issue_token(
        client_id=str(issued.key.pk),
        client_secret=issued.secret,
        scope="",
        address="127.0.0.1",
        now=now - timedelta(seconds=901),
    )
    from identity.entry import selectors

    with tenancy.acting_as_platform():
        assert selectors.token_actor(secret=given.secret, now=now, address="") is None
    assert services.forget_tokens(now=now) == 1


def test_the_client_keeps_its_name_when_its_secret_is_rotated(client, acme, maker):
    former, now = key_of(acme, maker), timezone.now()
    with tenancy.acting_as(acme.pk):
        issued = identity.rotate_api_key(
            organization_id=acme.pk,
            key_id=former.key.pk,
            person_id=maker.pk,
            former_ends_at=now + timedelta(hours=1),
            now=now,
        )

    assert ask(client, issued, client_id=str(former.key.pk)).status_code == 200
    assert ask(client, former, client_id=str(issued.key.pk)).status_code == 401
    assert ask(client, former).json()["expires_in"] <= 900


def test_a_key_for_other_networks_gets_no_token(client, acme, maker):
    issued = key_of(acme, maker, networks=["203.0.113.0/24"])

    assert ask(client, issued).json() == {"error": "invalid_client"}


def test_a_client_ends_its_own_tokens_alone(client, acme, maker):
    mine, other = key_of(acme, maker), key_of(acme, maker, kind=KeyKind.ORGANIZATION)
    token = ask(client, mine).json()["access_token"]

    def revoke(issued):
        body = f"token={token}&client_id={issued.key.pk}&client_secret={issued.secret}"
        return client.post("/oauth/revoke", body, content_type=FORM)

    assert revoke(other).status_code == 200
    assert me(client, token).status_code == 200
    assert revoke(mine).status_code == 200
    assert me(client, token).status_code == 401


def test_where_tokens_are_given_is_published(client):
    told = client.get("/.well-known/oauth-authorization-server", headers={"Host": "localhost"})

    assert told.json()["grant_types_supported"] == ["client_credentials"]
    assert "localhost" not in told.json()["token_endpoint"] or "127.0.0.1" in told.json()["issuer"]


def test_the_database_gives_no_token_more_than_its_key(acme, maker):
    issued = key_of(acme, maker)
    line = (
        "INSERT INTO entry_accesstoken (id, organization_id, key_id, token_hash, scopes,"
        " issued_at, expires_at) VALUES (uuidv7(), '{org}', '{key}', repeat('a', 64), '{scopes}',"
        " now(), now() + interval '{life}')"
    )
    facts = {"org": acme.pk, "key": issued.key.pk, "scopes": "{metering:write}", "life": "5 min"}
    other = cast.organization("Other")
    with tenancy.acting_as_platform():
        for changed in (
            {"scopes": "{orders:write}"},
            {"life": "2 hours"},
            {"org": other.pk},
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                connection.cursor().execute(line.format(**facts | changed))
        connection.cursor().execute(line.format(**facts))
        with pytest.raises(DatabaseError), transaction.atomic():
            connection.cursor().execute("UPDATE entry_accesstoken SET scopes = '{}'")
