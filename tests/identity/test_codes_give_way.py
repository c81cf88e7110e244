"""Codes give way to others and resources have further ones; no code is ever given twice."""

import itertools
import json
import threading
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from common import tenancy
from common.errors import InvalidInput, NotFound
from identity import codes, selectors
from identity import services as identity
from identity.contracts import RenameKind, ResourceStatus, Role
from identity.identifiers.refusals import InvalidIdentifier
from identity.models import ComputeResource
from identity.register_models import CodeAlias, CodeRename
from identity.rules import StatusChangeRefused
from tests import cast


def pool(owner, **facts):
    told = {"name": "A", "resources_max": 100, "now": cast.NOW} | facts
    return identity.allot_pool(organization_id=owner.pk, **told)


def in_pool(owner, made, **facts):
    allotted = identity.allotted_to(prefix=made.prefix, provider_id=owner.pk)
    return cast.resource(owner, allotted=allotted, **facts)


def rename(resource, *to, kind=RenameKind.RENAME, reason="搬迁", owner=None):
    owner_id = owner.pk if owner else resource.provider_id
    with tenancy.acting_as(owner_id):
        return identity.rename_code(
            resource_id=resource.pk,
            provider_id=owner_id,
            to=[getattr(each, "identifier", each) for each in to],
            kind=kind,
            reason=reason,
            now=cast.NOW,
        )


def aliased(owner, made):
    with tenancy.acting_as(owner.pk):
        return identity.allot_aliases(provider_id=owner.pk, prefix=made.prefix, now=cast.NOW)


def test_a_code_gives_way_for_ever_and_leads_to_the_other(db, client):
    acme = cast.organization()
    old, new = cast.resource(acme), in_pool(acme, pool(acme))

    rename(old, new)

    found = selectors.resolve_identifier(old.identifier)
    assert found.status == ResourceStatus.RENAMED
    step = selectors.steps_of(old.pk).get()
    assert (step.status_after, step.reason) == ("RENAMED", "搬迁")
    told = client.get(f"/api/v1/identifiers/{old.identifier}").json()
    assert told["renames"][0]["to_codes"] == [new.identifier]
    shown = client.get(f"/r/{old.identifier}/").text
    assert new.identifier in shown
    for status in set(ResourceStatus) - {ResourceStatus.RENAMED}:
        with tenancy.acting_as(acme.pk), pytest.raises(StatusChangeRefused):
            identity.change_resource_status(resource_id=old.pk, provider_id=acme.pk, status=status)


def test_readers_follow_four_steps_and_say_that_there_are_more(db):
    acme = cast.organization()
    chain = [cast.resource(acme) for _ in range(6)]
    for old, new in itertools.pairwise(chain):
        rename(old, new)

    trail = codes.trail_of(chain[0].identifier)

    assert [each.from_code for each in trail.steps] == [each.identifier for each in chain[:4]]
    assert (trail.ends, trail.is_cut) == ([chain[4].identifier], True)
    assert not codes.trail_of(chain[1].identifier).is_cut
    assert codes.trail_of(chain[5].identifier).steps == []


def test_a_code_is_split_and_merged(db):
    acme = cast.organization()
    first, second, third, fourth = (cast.resource(acme) for _ in range(4))

    rename(first, second, third, kind=RenameKind.SPLIT)
    rename(third, fourth, kind=RenameKind.MERGE)

    assert codes.trail_of(first.identifier).ends == [second.identifier, fourth.identifier]


def test_codes_lead_in_no_circle_and_to_none_that_is_not_there(db):
    acme, other = cast.organization(), cast.organization()
    first, second = cast.resource(acme), cast.resource(acme)
    rename(first, second)

    for to in ([first], [second], ["SP2-R31000-0A7K-0003-A-B-00000001-0"]):
        with pytest.raises(identity.RenameRefused):
            rename(second, *to)
    with pytest.raises(identity.RenameRefused):
        rename(first, second)
    with pytest.raises(NotFound):
        rename(second, first, owner=other)
    for wrong in ([], ["x"] * 2, [str(number) for number in range(17)]):
        with pytest.raises(InvalidInput):
            rename(second, *wrong)
    with pytest.raises(InvalidInput):
        rename(second, cast.resource(acme), reason=" ")


@pytest.mark.parametrize(
    "code",
    [
        "SP2-R31000-0A7K-0003-\u0410-B-00000001-0",
        "SP1-\uff11",
        "\u200fSP1-A",
        "A" * 10_000,
        "a",
        "SP1-%00\x00",
    ],
    ids=["Cyrillic", "full-width", "right-to-left", "10 KB", "lower", "zero"],
)
def test_hostile_codes_are_named_before_anything_is_asked(db, code):
    with pytest.raises((InvalidIdentifier, identity.RenameRefused)):
        rename(cast.resource(cast.organization()), code)


def test_resources_of_layout_1_get_codes_of_layout_2_in_bulk_and_once(db, client):
    acme = cast.organization()
    made = pool(acme)
    olds = [cast.resource(acme) for _ in range(3)]
    own = in_pool(acme, made)

    given = aliased(acme, made)

    assert [each.resource_id for each in given] == [each.pk for each in olds]
    assert aliased(acme, made) == []
    made.refresh_from_db()
    assert made.registered == 4
    assert selectors.resolve_identifier(given[0].code).pk == olds[0].pk
    told = client.get(f"/api/v1/identifiers/{given[0].code}").json()
    assert (told["identifier"], told["aliases"]) == (olds[0].identifier, [given[0].code])
    assert given[0].code in client.get(f"/r/{olds[0].identifier}/").text
    assert in_pool(acme, made).serial == "00000005"  # behind the further codes
    assert own.serial == "00000001"


def test_a_full_pool_gives_no_further_code(db):
    acme = cast.organization()
    made = pool(acme, resources_max=1)
    cast.resource(acme)
    cast.resource(acme)

    with pytest.raises(identity.PoolFull):
        aliased(acme, made)
    with pytest.raises(identity.PoolUnknown):
        aliased(cast.organization(), made)


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE identity_coderename SET to_codes = ARRAY['X']",
        "DELETE FROM identity_coderename",
        "UPDATE identity_codealias SET code = 'X'",
        "DELETE FROM identity_codealias",
        "UPDATE identity_computeresource SET status = 'ACTIVE' WHERE status = 'RENAMED'",
        "UPDATE identity_computeresource SET status = 'RENAMED' WHERE status = 'ACTIVE'",
        "INSERT INTO identity_coderename (id, from_code, to_codes, kind, reason, provider_id,"
        " renamed_at) SELECT gen_random_uuid(), r.identifier, ARRAY[c.from_code], 'rename', 'x',"
        " r.provider_id, now() FROM identity_coderename c JOIN identity_computeresource r"
        " ON r.identifier = c.to_codes[1]",
        "INSERT INTO identity_codealias (id, code, resource_id, organization_id, profile, prefix,"
        " serial, allotted_at) SELECT gen_random_uuid(), r.identifier, a.resource_id,"
        " a.organization_id, '9', a.prefix, '77', now() FROM identity_codealias a"
        " JOIN identity_computeresource r ON r.prefix = a.prefix",
        "UPDATE identity_computeresource SET identifier = a.code FROM identity_codealias a",
    ],
)
def test_the_database_gives_no_code_twice_and_takes_none_back(db, attack):
    acme = cast.organization()
    made = pool(acme)
    first, new = cast.resource(acme), in_pool(acme, made)
    aliased(acme, made)
    rename(first, new)

    with (
        tenancy.acting_as_platform(),
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(attack)


def test_commands_do_both(db):
    acme = cast.organization()
    made, old = pool(acme), cast.resource(acme)

    def call(*arguments):
        out = StringIO()
        call_command(*arguments, "--json", stdout=out)
        return json.loads(out.getvalue())

    given = call("allot_aliases", acme.uscc, "--pool", made.prefix)
    assert list(given["aliases"]) == [old.identifier]
    new = in_pool(acme, made)
    told = call("rename_code", old.identifier, "--to", new.identifier, "--reason", "x")
    assert told["to"] == [new.identifier]


def test_a_provider_does_it_on_a_page_and_registers_in_a_pool(db):
    acme = cast.organization()
    made, old = pool(acme), cast.resource(acme)
    browser = cast.signed_in(cast.member(acme, Role.PROVIDER))
    address = f"/supply/resources/{old.pk}/code/"
    new = in_pool(acme, made)

    assert made.prefix in browser.get("/supply/resources/new/").text
    typed = {"to": new.identifier, "kind": "rename", "reason": "搬迁"}
    wrong = browser.post(address, {"key": str(uuid4()), **typed, "to": "nothing"})
    assert wrong.status_code == 422
    shown = browser.post(address, {"key": str(uuid4()), **typed})
    assert (shown.status_code, CodeRename.objects.count()) == (200, 0)
    seen = shown.context["main"][1].seen
    other = browser.post(address, {"key": str(uuid4()), **typed, "reason": "x", "seen": seen})
    assert (other.status_code, CodeRename.objects.count()) == (200, 0)  # not what was shown
    done = browser.post(address, {"key": str(uuid4()), **typed, "seen": seen})

    assert done.status_code == 302
    assert CodeRename.objects.get().to_codes == [new.identifier]


@pytest.mark.slow
@pytest.mark.usefixtures("fresh_database")
def test_two_register_one_code_at_one_instant_and_one_wins():
    acme = cast.organization()
    made = pool(acme)
    gate, outcomes = threading.Barrier(8), []

    def race(_number):
        try:
            gate.wait()
            in_pool(acme, made, serial="7")
            outcomes.append("in")
        except identity.SerialTaken:
            outcomes.append("taken")
        finally:
            connection.close()

    threads = [threading.Thread(target=race, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["in"] + ["taken"] * 7
    assert ComputeResource.objects.filter(prefix=made.prefix).count() == 1
    assert not CodeAlias.objects.exists()
