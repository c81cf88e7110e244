"""A node gives owners codes and pools; what is in a pool is counted by the database."""

import json
import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from common import tenancy
from common.errors import InvalidInput, NotFound
from identity import rules, selectors
from identity import services as identity
from identity.contracts import ResourceStatus
from identity.identifiers.refusals import InvalidIdentifier
from identity.models import ComputeResource
from identity.register_models import Pool
from tests import cast

NODE = "R31000"


def pool(owner, *, resources_max=100, node=NODE):
    return identity.allot_pool(
        organization_id=owner.pk, name="机房", resources_max=resources_max, now=cast.NOW, node=node
    )


def registered(owner, made, **facts):
    allotted = identity.allotted_to(prefix=made.prefix, provider_id=owner.pk)
    return cast.resource(owner, allotted=allotted, **facts)


def test_codes_are_given_one_after_the_other(db):
    acme, other = cast.organization(), cast.organization()

    prefixes = [pool(who).prefix for who in (acme, acme, other, acme)]

    assert prefixes == [
        "SP2-R31000-0001-0001",
        "SP2-R31000-0001-0002",
        "SP2-R31000-0002-0001",
        "SP2-R31000-0001-0003",
    ]
    assert [each.prefix for each in selectors.pools_of(other.pk)] == ["SP2-R31000-0002-0001"]


def test_a_pool_counts_what_is_in_it_up_to_its_limit(db):
    acme = cast.organization()
    made = pool(acme, resources_max=2)

    codes = [registered(acme, made).identifier for _ in range(2)]
    with pytest.raises(identity.PoolFull) as refused:
        registered(acme, made)

    made.refresh_from_db()
    assert [code[:29] for code in codes] == [f"{made.prefix}-A-B-0000"] * 2
    assert (made.registered, refused.value.code) == (2, "pool_full")


def test_nobody_registers_in_a_pool_of_others(db):
    acme, other = cast.organization(), cast.organization()
    made = pool(acme)

    with pytest.raises(identity.PoolUnknown):
        identity.allotted_to(prefix=made.prefix, provider_id=other.pk)
    with pytest.raises(DatabaseError), transaction.atomic():
        cast.resource(
            other,
            allotted=identity.Allotted(
                "2", {"node": NODE, "owner": made.owner_code.code, "pool": made.code}
            ),
        )


@pytest.mark.parametrize("resources_max", [0, -1, 1_000_001])
def test_a_pool_holds_something(db, resources_max):
    with pytest.raises(InvalidInput):
        pool(cast.organization(), resources_max=resources_max)


def test_a_node_has_its_form_and_an_owner_exists(db):
    acme = cast.organization()
    with pytest.raises(InvalidIdentifier):
        pool(acme, node="X31000")
    acme.pk = type(acme)().pk
    with pytest.raises(NotFound):
        pool(acme)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE identity_pool SET registered = 0",
        "UPDATE identity_pool SET resources_max = 9",
        "DELETE FROM identity_pool",
        "DELETE FROM identity_ownercode",
        "UPDATE identity_ownercode SET code = '9999'",
        "UPDATE identity_resourceevent SET reason = ''",
        "DELETE FROM identity_resourceevent",
        "INSERT INTO identity_resourceevent (resource_id, sequence, status_before, status_after,"
        " reason, effective_at) SELECT id, 9, 'ACTIVE', 'ACTIVE', '', now()"
        " FROM identity_computeresource",
    ],
)
def test_what_is_allotted_and_what_happened_stays(db, statement):
    acme = cast.organization()
    registered(acme, pool(acme))
    with (
        tenancy.acting_as_platform(),
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_an_owner_allots_itself_nothing(db):
    acme = cast.organization()
    made = pool(acme)
    made.pk, made.code, made.prefix = Pool().pk, "0009", "SP2-R31000-0001-0009"

    with (
        tenancy.acting_as(acme.pk),
        pytest.raises(DatabaseError),
        transaction.atomic(),
    ):
        made.save(force_insert=True)


def test_every_step_is_kept_with_its_reason(db):
    acme = cast.organization()
    found = cast.resource(acme)
    steps = [("SUSPENDED", "电力检修"), ("ACTIVE", ""), ("WITHDRAWN", "sold")]
    with tenancy.acting_as(acme.pk):
        for status, reason in steps:
            identity.change_resource_status(
                resource_id=found.pk,
                provider_id=acme.pk,
                status=ResourceStatus(status),
                reason=reason,
            )

    kept = [(it.sequence, it.status_after, it.reason) for it in selectors.steps_of(found.pk)]
    assert kept == [(3, "WITHDRAWN", "sold"), (2, "ACTIVE", ""), (1, "SUSPENDED", "电力检修")]


@pytest.mark.parametrize("before", ResourceStatus)
@pytest.mark.parametrize("after", ResourceStatus)
def test_the_database_knows_the_steps_that_the_rules_know(db, before, after):
    found = cast.resource(cast.organization(), status=before)
    is_known = before == after or after in rules.STATUS_CHANGES[before]
    changed = ComputeResource.objects.filter(pk=found.pk)

    with tenancy.acting_as_platform():
        if is_known:
            changed.update(status=after)
        else:
            with pytest.raises(DatabaseError), transaction.atomic():
                changed.update(status=after)
    assert selectors.steps_of(found.pk).count() == (is_known and before != after)


def test_a_command_allots(db):
    acme, out = cast.organization(), StringIO()
    call_command("allot_pool", acme.uscc, "--name", "A", "--node", NODE, "--json", stdout=out)

    assert json.loads(out.getvalue()) == {
        "prefix": "SP2-R31000-0001-0001",
        "resources_max": 10_000,
    }
    with pytest.raises(CommandError):
        call_command("allot_pool", "91640500Y4CL12TH3M", "--name", "A", "--node", NODE)


@pytest.mark.slow
@pytest.mark.usefixtures("fresh_database")
def test_16_threads_race_for_the_last_four_places_of_a_pool():
    acme = cast.organization()
    made = pool(acme, resources_max=4)
    gate, outcomes = threading.Barrier(16), []

    def race(number):
        try:
            gate.wait()
            registered(acme, made, serial=str(number + 1))
            outcomes.append("in")
        except identity.PoolFull:
            outcomes.append("full")
        finally:
            connection.close()

    threads = [threading.Thread(target=race, args=[number]) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["full"] * 12 + ["in"] * 4
