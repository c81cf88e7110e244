"""
Attacks in raw SQL under the application's role: whoever smuggles a statement in has no more.

Each line is what somebody would try who can send any statement through the application's own
connection, but does not hold the secret key of its programs.
"""

from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest
from django.contrib.auth.hashers import identify_hasher
from django.db import connection, transaction
from django.test import Client

from common import seals, tenancy
from identity.contracts import Role
from identity.models import ApiKey, Membership, User
from tests import cast, databases, environment
from tests.identity import foreign

PASSWORD = "correct horse battery staple"
REFUSED = (
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.UndefinedTable,
)


@dataclass(frozen=True)
class Attack:
    """Statements, and what each of them must do: be refused, or find or change nothing."""

    name: str
    statement: str
    acts_for: str = ""


ATTACKS = [
    Attack(
        "make oneself operator as the market",
        "INSERT INTO identity_membership (organization_id, user_id, role, created_at)"
        " VALUES ('{acme}', {person}, 'OPERATOR', now())",
        "*",
    ),
    Attack(
        "make oneself operator as one's own organisation",
        "INSERT INTO identity_membership (organization_id, user_id, role, created_at)"
        " VALUES ('{acme}', {person}, 'OPERATOR', now())",
        "{acme}",
    ),
    Attack(
        "turn a role into another",
        "UPDATE identity_membership SET role = 'OPERATOR' WHERE user_id = {person}",
        "{acme}",
    ),
    Attack("throw out the others", "DELETE FROM identity_membership RETURNING id", "{acme}"),
    Attack("become administrator", "UPDATE identity_user SET is_superuser = true"),
    Attack("become staff", "UPDATE identity_user SET is_staff = true WHERE id = {person}"),
    Attack(
        "enter an administrator",
        "INSERT INTO identity_user (email, password, name, language, is_active, is_staff,"
        " is_superuser, date_joined)"
        " VALUES ('x@test.example', '!', '', 'en', true, true, true, now())",
    ),
    Attack(
        "enter a person with a password of one's own",
        "INSERT INTO identity_user (email, password, name, language, is_active, is_staff,"
        " is_superuser, date_joined)"
        " VALUES ('x@test.example', 'argon2$mine', '', 'en', true, false, false, now())",
    ),
    Attack("read password hashes", "SELECT hash FROM identity_passwordhash"),
    Attack(
        "find a password hash in the person's row",
        "SELECT password FROM identity_user WHERE password LIKE '%argon2%'",
    ),
    Attack(
        "ask for a hash without the seal",
        "SELECT 1 WHERE identity_password({person}, 'guess') IS NOT NULL",
    ),
    Attack("exchange a password", "UPDATE identity_user SET password = 'argon2$mine' RETURNING id"),
    Attack("take over an address", "UPDATE identity_user SET email = 'me@evil.example'"),
    Attack("lock somebody out", "UPDATE identity_user SET is_active = false"),
    Attack("remove a person", "DELETE FROM identity_user WHERE id = {person}"),
    Attack(
        "give a person a second address",
        'INSERT INTO account_emailaddress (email, verified, "primary", user_id)'
        " VALUES ('me@evil.example', true, false, {person})",
    ),
    Attack("read second factors", "SELECT data FROM mfa_authenticator"),
    Attack("remove second factors", "DELETE FROM mfa_authenticator RETURNING id"),
    Attack(
        "give a person a factor of one's own",
        "INSERT INTO mfa_authenticator (type, data, user_id, created_at)"
        " VALUES ('totp', '{{}}', {person}, now())",
    ),
    Attack("act as the whole market", "SELECT id FROM identity_apikey", "*"),
    Attack(
        "guess the seal of the market",
        "SELECT id FROM identity_apikey",
        "0" * 64,
    ),
    Attack(
        "show a hash that the database knows in place of its seal",
        "SELECT id FROM identity_apikey",
        "{digest}",
    ),
    Attack(
        "exchange the seals",
        "CREATE OR REPLACE FUNCTION suanpan_seals(name text)"
        " RETURNS text[] LANGUAGE sql IMMUTABLE RETURN ARRAY['mine']",
    ),
    Attack(
        "put a function before the market's own",
        "CREATE FUNCTION public.sha256(bytea) RETURNS bytea LANGUAGE sql RETURN $1",
    ),
    Attack(
        "make a key of another's duties",
        "INSERT INTO identity_apikey (id, name, prefix, secret_hash, roles, scopes, created_at,"
        " expires_at, created_by_id, organization_id) VALUES (gen_random_uuid(), 'x', 'spn_x',"
        " repeat('0', 64), '{{OPERATOR}}', '{{organizations:write}}', now(), now() + '1 day',"
        " {person}, '{acme}')",
        "{acme}",
    ),
    Attack(
        "widen a key", "UPDATE identity_apikey SET roles = '{{OPERATOR}}' RETURNING id", "{acme}"
    ),
    Attack(
        "prolong a key",
        "UPDATE identity_apikey SET expires_at = now() + '10 years' RETURNING id",
        "{acme}",
    ),
    Attack(
        "wake a revoked key",
        "UPDATE identity_apikey SET revoked_at = NULL RETURNING id",
        "{acme}",
    ),
    Attack(
        "register an agent that signs for a provider",
        "INSERT INTO identity_meteringagent (id, name, key_id, public_key, created_at,"
        " organization_id) VALUES (gen_random_uuid(), 'x', repeat('0', 16), '\\x00', now(),"
        " '{acme}')",
        "{acme}",
    ),
    Attack(
        "attest oneself as small",
        "INSERT INTO identity_smecertificate (id) VALUES (gen_random_uuid())",
        "{acme}",
    ),
    Attack(
        "give an organisation another's code",
        "UPDATE identity_organization SET uscc = 'X' RETURNING id",
        "{acme}",
    ),
    Attack("remove a resource", "DELETE FROM identity_computeresource", "{acme}"),
    Attack(
        "forge a reply",
        "UPDATE identity_idempotencyrecord SET body = '{{}}' RETURNING id",
        "{acme}",
    ),
    Attack("become the owner", "SET ROLE suanpan_owner"),
    Attack("become a superuser", "SET SESSION AUTHORIZATION postgres"),
    Attack("read files of the server", "SELECT pg_read_file('PG_VERSION')"),
    Attack("run a program", "COPY (SELECT 1) TO PROGRAM 'true'"),
    Attack("leave triggers out", "SET session_replication_role = replica"),
    Attack("mark all migrations as done", "DELETE FROM django_migrations RETURNING id"),
    Attack(
        "grant a permission",
        "INSERT INTO identity_user_user_permissions (user_id, permission_id) VALUES ({person}, 1)",
    ),
]


@pytest.fixture(scope="module")
def market(django_db_setup, django_db_blocker):
    """A committed market with one of everything that is worth an attack."""
    with django_db_blocker.unblock():
        connection.close()
        databases.clone(environment.DATABASE)
        acme = cast.organization("Acme")
        person = cast.member(acme, Role.BUYER)
        person.set_password(PASSWORD)
        person.save()
        cast.member(acme, Role.AUDITOR)
        with tenancy.acting_as_platform():
            foreign.an_api_key(acme)
        cast.resource(acme)
        yield acme, person
        connection.close()
        databases.drop(environment.DATABASE)


@pytest.fixture
def raw(market):
    with psycopg.connect(
        host=environment.SOCKET_DIR, user="suanpan_app", dbname=environment.DATABASE
    ) as direct:
        yield direct
        direct.rollback()


def try_it(raw: psycopg.Connection, attack: Attack, market) -> int:
    """Return how many rows an attack reached."""
    acme, person = market
    digest = raw.execute("SELECT (suanpan_seals('platform'))[1]").fetchone()[0]
    facts = {"acme": acme.pk, "person": person.pk, "digest": digest}
    tenant = attack.acts_for.format(**facts)
    raw.execute("SELECT set_config('suanpan.tenant', %s, true)", [tenant])
    return max(raw.execute(attack.statement.format(**facts)).rowcount, 0)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_in_sql_is_refused_or_reaches_nothing(raw, market, attack):
    try:
        reached = try_it(raw, attack, market)
    except REFUSED:
        return
    assert reached == 0


def test_the_market_is_there_to_be_attacked(raw, market):
    """The control: with the seal, and as the tenant, the same statements reach what is there."""
    seal = tenancy.as_stated(tenancy.PLATFORM)
    assert try_it(raw, Attack("", "SELECT id FROM identity_apikey", seal), market) == 1
    assert try_it(raw, Attack("", "SELECT id FROM identity_apikey", "{acme}"), market) == 1
    assert try_it(raw, Attack("", "SELECT id FROM identity_membership", "{acme}"), market) == 3
    raw.execute("SELECT set_config('suanpan.sign_in', %s, true)", [seals.seal(seals.SIGN_IN)])
    assert try_it(raw, Attack("", "SELECT data FROM mfa_authenticator"), market) == 1


def test_the_applications_own_ways_still_work(market, django_db_blocker):
    """The other control: sign-in, roles, keys and sessions work under the same role."""
    acme, person = market
    with django_db_blocker.unblock():
        browser = Client()
        credentials = {"login": person.email, "password": PASSWORD}
        assert browser.post("/accounts/login/", credentials).status_code == 302
        assert browser.get("/api/v1/me").json()["user"]["email"] == person.email
        again = User.objects.get(pk=person.pk)
        assert again.last_login is not None
        assert again.check_password(PASSWORD)
        assert not again.check_password("another")
        invited = browser.post(
            f"/api/v1/organizations/{acme.pk}/members",
            {"email": "new@test.example", "role": "BUYER"},
            content_type="application/json",
        )
        assert invited.status_code == 201
        with tenancy.acting_as_platform():
            assert Membership.objects.filter(user__email="new@test.example").count() == 1
            assert ApiKey.objects.count() == 1


def test_a_password_is_kept_where_the_row_is_not(market, django_db_blocker):
    _acme, person = market
    with django_db_blocker.unblock():
        row = User.objects.get(pk=person.pk)
        with databases.admin(environment.DATABASE) as superuser:
            (kept,) = superuser.execute(
                "SELECT hash FROM identity_passwordhash WHERE user_id = %s", [person.pk]
            ).fetchone()

    assert row.password.startswith("kept$")
    assert identify_hasher(kept).algorithm == "argon2"


def test_a_copied_session_opens_nothing(market, django_db_blocker):
    """Neither the key that the table holds nor another session's data makes a session."""
    acme, person = market
    with django_db_blocker.unblock(), transaction.atomic():
        theirs = cast.signed_in(person)
        assert theirs.get("/api/v1/me").status_code == 200
        stranger = cast.signed_in(cast.member(acme, Role.BUYER))
        key = theirs.cookies["sessionid"].value
        with connection.cursor() as cursor:
            cursor.execute("SELECT session_key FROM django_session")
            stored = [row[0] for row in cursor.fetchall()]
            assert key not in stored
            thief = Client()
            for found in stored:
                thief.cookies["sessionid"] = found
                assert thief.get("/api/v1/me").status_code == 401
            cursor.execute(
                "UPDATE django_session SET session_data = ("
                " SELECT session_data FROM django_session WHERE session_key = %s)",
                [theirs.session._rows(key).get().session_key],
            )
        assert theirs.get("/api/v1/me").status_code == 200
        assert stranger.get("/api/v1/me").status_code == 401
        transaction.set_rollback(True)


def test_another_secret_key_opens_nothing_until_the_owner_has_installed_it(
    settings, market, django_db_blocker
):
    earlier = settings.SECRET_KEY
    settings.SECRET_KEY = "another key, long enough to be one, of fifty characters or so"

    with django_db_blocker.unblock():
        with tenancy.acting_as_platform():
            assert ApiKey.objects.count() == 0
        settings.SECRET_KEY_FALLBACKS = [earlier]
        seals.install(Owner(environment.DATABASE))
        with tenancy.acting_as_platform():
            assert ApiKey.objects.count() == 1
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = earlier, []
        with tenancy.acting_as_platform():
            assert ApiKey.objects.count() == 1


class Owner:
    """The owner's connection, as `migrate --database owner` has it."""

    def __init__(self, database: str) -> None:
        self.database = database

    @contextmanager
    def cursor(self):
        with (
            psycopg.connect(
                host=environment.SOCKET_DIR, user="suanpan_owner", dbname=self.database
            ) as direct,
            direct.cursor() as cursor,
        ):
            yield cursor
