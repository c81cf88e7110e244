"""The second wall, generated from the database's own catalogue."""

from pathlib import Path

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction

from common import tenancy
from identity.contracts import Role
from identity.models import ApiKey, Membership
from tests import cast, databases, environment
from tests.identity import foreign

OPEN_TABLES = {
    line.split()[0]: line.split(maxsplit=1)[1]
    for line in (Path(__file__).parent / "open_tables.txt").read_text().splitlines()
    if line and not line.startswith("#")
}

# A partition that the application may only reach through its parent is none of its tables.
EVERY_TABLE = """
    SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity, pg_get_userbyid(c.relowner),
           coalesce((SELECT array_agg(DISTINCT p.polcmd::text) FROM pg_policy p
                     WHERE p.polrelid = c.oid
                       AND p.polroles && ARRAY[0, 'suanpan_app'::regrole::oid]), '{}')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
      AND has_table_privilege('suanpan_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE')
"""


def rows(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


@pytest.mark.django_db
def test_every_table_is_walled_in_or_says_why_not():
    walled = {name for name, is_walled, _owner, _policies in rows(EVERY_TABLE) if is_walled}
    every = {name for name, *_rest in rows(EVERY_TABLE)}

    assert every - walled - OPEN_TABLES.keys() == set(), "neither walled in nor in open_tables.txt"
    assert OPEN_TABLES.keys() - every == set(), "open_tables.txt lists tables that do not exist"
    assert OPEN_TABLES.keys() & walled == set(), "open_tables.txt lists tables that are walled in"


@pytest.mark.django_db
def test_a_walled_table_lets_no_command_through_by_oversight():
    """A policy for every command at once would open writing to whoever may read."""
    for name, is_walled, _owner, policies in rows(EVERY_TABLE):
        assert not is_walled or policies, f"{name} is walled in, but nobody may use it"
        assert "*" not in policies, f"{name}: name the command of each policy"


@pytest.mark.django_db
def test_the_application_owns_nothing_and_bypasses_nothing():
    (role,) = rows(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles"
        " WHERE rolname = current_user"
    )
    owners = {owner for _name, _walled, owner, _policies in rows(EVERY_TABLE)}
    ((is_owner,),) = rows("SELECT pg_has_role(current_user, 'suanpan_owner', 'member')")

    assert role == (False, False, False, False)
    assert owners == {"suanpan_owner"}
    assert is_owner is False


@pytest.mark.django_db
def test_the_application_cannot_open_the_wall():
    for command in (
        "ALTER TABLE identity_apikey DISABLE ROW LEVEL SECURITY",
        "DROP POLICY identity_apikey_read ON identity_apikey",
        "TRUNCATE identity_apikey",
        "SET ROLE suanpan_owner",
    ):
        with pytest.raises(Exception, match=r"must be owner|permission denied"):
            as_application(command)


def as_application(command: str) -> None:
    with psycopg.connect(
        host=environment.SOCKET_DIR, user="suanpan_app", dbname=environment.DATABASE
    ) as direct:
        direct.execute(command)


@pytest.mark.django_db
def test_a_transaction_that_named_nobody_sees_nothing_private():
    owner = cast.organization()
    with tenancy.acting_as_platform():
        foreign.an_api_key(owner)

    assert ApiKey.objects.count() == 0
    assert Membership.objects.count() == 0


@pytest.mark.django_db
def test_a_tenant_sees_its_own_rows_and_writes_no_others():
    acme, zeta = cast.organization("Acme"), cast.organization("Zeta")
    with tenancy.acting_as_platform():
        foreign.an_api_key(acme)
        theirs = foreign.an_api_key(zeta)
    intruder = cast.member(acme, Role.BUYER)

    with tenancy.acting_as(acme.pk):
        seen = set(ApiKey.objects.values_list("organization_id", flat=True))
        changed = ApiKey.objects.filter(pk=theirs).update(revoked_at=cast.NOW)
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Membership.objects.create(organization=zeta, user=intruder, role=Role.OPERATOR)

    assert (seen, changed) == ({acme.pk}, 0)


def test_with_the_wall_taken_down_the_rows_are_seen(fresh_database):
    """The control: these tests can fail. Without the policy the same query sees foreign rows."""
    with tenancy.acting_as_platform():
        foreign.an_api_key(cast.organization())
    assert ApiKey.objects.count() == 0

    with databases.admin(fresh_database) as superuser:
        superuser.execute("ALTER TABLE identity_apikey DISABLE ROW LEVEL SECURITY")

    assert ApiKey.objects.count() == 1
