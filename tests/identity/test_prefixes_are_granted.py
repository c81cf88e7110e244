"""Prefixes are granted in rows that replace each other; what is below one stands with it."""

import json
import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from common import clock, tenancy
from gateway import answering
from identity import allotments, grant_ends
from identity import services as identity
from identity.contracts import GrantLevel, GrantNotFound, GrantState, Role, SecondPersonRequired
from identity.register_models import IdentifierGrant
from marketplace.catalog.models import Listing
from tests import cast
from tests.catalog import supply
from tests.identity import standing

NODE = "R31000"
POOL = "SP2-R31000-0001-0001"
ENGLISH = {"accept-language": "en"}


def pool(owner, **facts):
    told = {"name": "机房", "resources_max": 100, "now": cast.NOW, "node": NODE} | facts
    return identity.allot_pool(organization_id=owner.pk, **told)


def registered(owner, made, **facts):
    allotted = identity.allotted_to(prefix=made.prefix, provider_id=owner.pk)
    return cast.resource(owner, allotted=allotted, **facts)


def granted(prefix):
    return IdentifierGrant.objects.get(prefix=prefix, is_current=True)


def move(prefix, state, reason="电力检修"):
    return identity.move_grant(
        grant_id=granted(prefix).pk, state=state, reason=reason, now=clock.now()
    )


def node_grant(**over):
    draft = {
        "prefix": "SP2-R31000",
        "profile": "2",
        "level": GrantLevel.NODE,
        "issuer": "N00000",
        "subject_node": NODE,
        "name": "Shanghai",
        "rights": ("allot", "answer", "register"),
    }
    return identity.grant_prefix(draft=identity.GrantDraft(**draft | over), now=cast.NOW)


def test_an_owner_and_its_pools_are_granted_one_below_the_other(db):
    acme = cast.organization()
    pool(acme)
    pool(acme, resources_max=7)

    rows = IdentifierGrant.objects.order_by("prefix")
    assert [(each.prefix, each.level, each.depth, each.parent_prefix) for each in rows] == [
        ("SP2-R31000-0001", "owner", 1, ""),
        ("SP2-R31000-0001-0001", "pool", 2, "SP2-R31000-0001"),
        ("SP2-R31000-0001-0002", "pool", 2, "SP2-R31000-0001"),
    ]
    assert granted("SP2-R31000-0001-0002").limits == {"children": 0, "resources": 7}


def test_a_suspended_node_suspends_what_is_three_levels_below(db):
    acme = cast.organization()
    node_grant()
    found = registered(acme, pool(acme))
    code = found.identifier

    move("SP2-R31000", GrantState.SUSPENDED)

    assert answering.known([code])[code].status == "SUSPENDED"
    assert [each.prefix for each in allotments.halted_above(code)] == ["SP2-R31000"]
    with pytest.raises(identity.GrantHalted):
        registered(acme, allotments.pools().get())
    move("SP2-R31000", GrantState.ACTIVE)
    assert answering.known([code])[code].status == "ACTIVE"
    assert registered(acme, allotments.pools().get()).status == "ACTIVE"


def test_listings_below_a_suspended_grant_stop_at_once_and_come_back(db):
    acme = cast.organization()
    pool(acme)
    listing, other = (
        supply.listed(
            acme, facts={"allotted": identity.allotted_to(prefix=POOL, provider_id=acme.pk)}
        ),
        supply.listed(),
    )

    move(POOL, GrantState.SUSPENDED)
    stopped = Listing.objects.get(pk=listing.pk)
    assert (stopped.state, stopped.stopped_code) == ("PAUSED", "resource_suspended")
    assert Listing.objects.get(pk=other.pk).state == "OPEN"
    Listing.objects.filter(pk=listing.pk).update(state="OPEN")
    assert Listing.objects.get(pk=listing.pk).state == "PAUSED"

    move(POOL, GrantState.ACTIVE)
    assert Listing.objects.get(pk=listing.pk).state == "OPEN"


def test_a_pool_is_for_its_regions_and_classes(db):
    acme = cast.organization()
    made = pool(acme, limits={"regions": ["64"], "classes": ["AI"]})

    assert registered(acme, made, region="640500")
    with pytest.raises(identity.LimitsExceeded) as refused:
        registered(acme, made, region="310115")
    assert refused.value.code == "limits_exceeded"


def test_a_node_may_have_only_so_many_below_it(db):
    node_grant(limits={"children": 1})
    pool(cast.organization())

    with pytest.raises(identity.LimitsExceeded):
        pool(cast.organization())


def test_nothing_wider_is_granted_and_no_prefix_twice(db):
    node_grant(limits={"resources": 10}, rights=("allot", "answer"))
    with pytest.raises(identity.GrantOverlap):
        pool(cast.organization())  # the right to register is not the node's
    with pytest.raises(identity.GrantOverlap):
        node_grant(subject_node="R52000")
    assert node_grant().sequence == 1  # the same again is the grant that is there


def test_a_grant_whose_time_is_over_ends_with_all_below_it(db):
    acme, now = cast.organization(), clock.now()
    made = pool(acme, now=now - timedelta(days=3 * 365))
    code = registered(acme, made).identifier

    assert identity.expire_grants(now=now - timedelta(seconds=1)) == 0
    assert identity.expire_grants(now=now) == 2
    assert identity.expire_grants(now=now) == 0

    ended = granted(POOL)
    assert (ended.state, ended.reason, ended.sequence) == ("ENDED", "expired", 2)
    assert answering.known([code])[code].status == "SUSPENDED"
    with pytest.raises(identity.GrantMoveRefused):
        identity.renew_grant(grant_id=ended.pk, now=now)


def test_a_grant_is_renewed_before_its_end(db):
    pool(cast.organization())
    before = granted(POOL)

    after = identity.renew_grant(grant_id=before.pk, now=cast.NOW + timedelta(days=365))

    assert (after.sequence, after.state) == (2, "ACTIVE")
    assert after.not_after - before.not_after == timedelta(days=365)
    assert identity.renew_grant(grant_id=before.pk, now=cast.NOW).not_after == after.not_after


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_whoever_suspends_says_why(db, reason):
    pool(cast.organization())
    with pytest.raises(identity.GrantReasonMissing):
        move(POOL, GrantState.SUSPENDED, reason)


def test_two_operators_end_a_grant_for_good(db):
    acme = cast.organization()
    pool(acme)
    first, second = standing.operators()
    proposed = grant_ends.propose_end(
        grant_id=granted(POOL).pk, reason="退出", by=first, now=cast.NOW
    )

    with pytest.raises(SecondPersonRequired):
        grant_ends.end_grant(
            proposal_id=proposed.id,
            person_id=first.id,
            organization_id=first.organization_id,
            now=cast.NOW,
        )
    ended = grant_ends.end_grant(
        proposal_id=proposed.id,
        person_id=second.pk,
        organization_id=first.organization_id,
        now=cast.NOW,
    )

    assert (ended.state, ended.recorded_by_id, ended.agreed_by_id) == ("ENDED", first.id, second.pk)
    for state in GrantState:
        with pytest.raises(identity.GrantMoveRefused):
            move(POOL, state)
    assert pool(acme).prefix == "SP2-R31000-0001-0002"  # the code is never given again


ROW = """
    INSERT INTO identity_grant (id, profile, prefix, sequence, is_current, level, depth, issuer,
        subject_node, organization_id, name, host, rights, limits, parent_prefix, not_before,
        not_after, state, reason, recorded_at)
    SELECT gen_random_uuid(), '2', '{prefix}', {sequence}, true, 'pool', {depth}, '{issuer}',
        'R31000', organization_id, 'x', 'R31000', ARRAY[{rights}], '{limits}', '{parent}',
        not_before, not_after, '{state}', 'x', now()
    FROM identity_grant WHERE prefix = 'SP2-R31000-0001' AND is_current
"""


def row(**over):
    told = {
        "prefix": "SP2-R31000-0001-0009",
        "sequence": 1,
        "depth": 2,
        "issuer": "R31000",
        "rights": "'answer'",
        "limits": "{}",
        "parent": "SP2-R31000-0001",
        "state": "ACTIVE",
    }
    return ROW.format(**told | over)


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE identity_grant SET state = 'ACTIVE'",
        "UPDATE identity_grant SET is_current = false",
        "DELETE FROM identity_grant",
        "TRUNCATE identity_grant",
        row(sequence=2),
        row(state="SUSPENDED"),
        row(issuer="R52000"),
        row(rights="'allot'"),
        row(parent=""),
        row(parent="SP2-R31000"),
        row(prefix=POOL),
        row(prefix=POOL, sequence=3),
        row(prefix=POOL, sequence=2, state="ENDED"),
        row(prefix=f"{POOL}-A", parent=POOL),
        "UPDATE identity_pool SET resources_max = 1000000",
    ],
)
def test_the_database_keeps_what_was_granted(db, attack):
    pool(cast.organization())

    with (
        tenancy.acting_as_platform(),
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(attack)


def test_the_same_row_without_the_attack_is_taken(db):
    pool(cast.organization())
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(row())
    assert granted("SP2-R31000-0001-0009").depth == 2


def test_a_tenant_reads_grants_and_writes_none(db):
    acme, other = cast.organization(), cast.organization()
    pool(acme)
    with tenancy.acting_as(other.pk), connection.cursor() as cursor:
        assert IdentifierGrant.objects.count() == 2
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(row())


def test_a_command_shows_and_moves_grants(db):
    acme = cast.organization()
    made = pool(acme)

    def call(*arguments):
        out = StringIO()
        call_command("grants", "--json", *arguments, stdout=out)
        return json.loads(out.getvalue())

    assert [each["prefix"] for each in call("list")["grants"]] == [made.prefix, made.prefix[:15]]
    moved = call("suspend", made.prefix, "--reason", "维护")
    assert (moved["state"], moved["sequence"]) == ("SUSPENDED", 2)
    assert call("resume", made.prefix, "--reason", "好了")["state"] == "ACTIVE"
    assert call("renew", made.prefix)["sequence"] == 4
    assert call("expire") == {"ended": 0}
    with pytest.raises(CommandError, match="grant_not_found"):
        call("renew", "SP2-R31000-0009")


def test_what_is_not_there_is_not_found(db):
    with pytest.raises(GrantNotFound):
        identity.renew_grant(grant_id=cast.organization().pk, now=cast.NOW)


@pytest.mark.slow
@pytest.mark.usefixtures("fresh_database")
def test_64_allotments_race_for_the_last_four_owners_of_a_node():
    node_grant(limits={"children": 4})
    owners = [cast.organization() for _ in range(64)]
    gate, outcomes = threading.Barrier(64), []

    def race(owner):
        try:
            gate.wait()
            pool(owner)
            outcomes.append("granted")
        except identity.LimitsExceeded:
            outcomes.append("full")
        finally:
            connection.close()

    threads = [threading.Thread(target=race, args=[owner]) for owner in owners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["full"] * 60 + ["granted"] * 4


def test_every_answer_says_that_the_grant_above_does_not_hold(db, client):
    acme = cast.organization()
    code = registered(acme, pool(acme)).identifier

    def told():
        return (
            client.get(f"/api/v1/identifiers/{code}").json()["status"],
            answering.known([code])[code].status,
            "SP2-R31000-0001-0001" in client.get(f"/r/{code}/", headers=ENGLISH).content.decode()
            and "does not hold" in client.get(f"/r/{code}/", headers=ENGLISH).content.decode(),
        )

    assert told() == ("ACTIVE", "ACTIVE", False)
    before = clock.now()
    move(POOL, GrantState.SUSPENDED)

    assert told() == ("SUSPENDED", "SUSPENDED", True)
    assert answering.known([code])[code].status_since >= before
    move(POOL, GrantState.ACTIVE)
    assert told() == ("ACTIVE", "ACTIVE", False)


def test_lists_cards_exports_and_programs_say_the_state_that_counts(db):
    acme = cast.organization()
    made = pool(acme)
    inside, outside = registered(acme, made), cast.resource(acme)
    browser = cast.signed_in(cast.member(acme, Role.PROVIDER))
    move(made.prefix.rpartition("-")[0], GrantState.SUSPENDED)

    def listed(**asked):
        found = browser.get("/api/v1/resources", asked).json()["results"]
        return {row["id"]: (row["status"], row["own_status"]) for row in found}

    halted, active = (str(each.pk) for each in (inside, outside))
    assert listed() == {halted: ("SUSPENDED", "ACTIVE"), active: ("ACTIVE", "ACTIVE")}
    assert set(listed(status="SUSPENDED")) == {halted}
    assert set(listed(status="ACTIVE")) == {active}
    one = browser.get(f"/api/v1/resources/{halted}").json()
    assert one["status"] == "SUSPENDED"
    page = browser.get(
        "/supply/resources/", {"status": "ACTIVE"}, headers={"accept-language": "en"}
    )
    assert (outside.identifier in page.text, inside.identifier in page.text) == (True, False)
    file = browser.get("/supply/resources/", {"export": "csv"}, headers={"accept-language": "en"})
    rows = b"".join(file.streaming_content).decode() if file.streaming else file.text
    said = {each: next(x for x in rows.splitlines() if each in x) for each in (inside.identifier,)}
    assert "Suspended" in said[inside.identifier]
    grants = browser.get("/api/v1/identifier-grants").json()["results"]
    told = {row["prefix"]: (row["state"], row["counted_state"]) for row in grants}
    assert told[made.prefix] == ("ACTIVE", "SUSPENDED")
    halted_grants = browser.get("/api/v1/identifier-grants", {"state": "SUSPENDED"}).json()
    assert {row["prefix"] for row in halted_grants["results"]} == set(told)
