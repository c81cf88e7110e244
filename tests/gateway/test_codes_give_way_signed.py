"""Codes that gave way are signed for their owner and by the node, followed, and checked offline."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from common import clock, statements, tenancy
from gateway import keys, selectors, services
from gateway.breaker import breaker
from gateway.contracts import KeyPurpose, OwnerKeyRefused, OwnerLineRefused
from gateway.models import DueSigning
from gateway.rules import owners, renames
from identity import services as identity
from identity.contracts import RenameKind
from tests import factories
from tests.factories import NOW

RESOLVE = "/api/gateway/v1/resolve"
SCRIPT = Path(__file__).resolve().parents[2] / "gateway" / "verify_answer.py"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def node(key_folder):
    breaker.reset()
    with tenancy.acting_as_platform():
        services.publish_keyset(now=clock.now())


def sign():
    with tenancy.acting_as_platform():
        DueSigning.objects.update(due_at=NOW)
        while services.sign_due(now=clock.now()):
            DueSigning.objects.update(due_at=NOW)


def registered(count=1):
    owner = factories.OrganizationFactory()
    made = [factories.ResourceFactory(provider=owner) for _ in range(count)]
    sign()
    return made


def rename(resource, *to, kind=RenameKind.RENAME, reason="a new layout"):
    with tenancy.acting_as_platform():
        identity.rename_code(
            resource_id=resource.pk,
            provider_id=resource.provider_id,
            to=[each.identifier for each in to],
            kind=kind,
            reason=reason,
            now=clock.now(),
        )
    sign()


def resolved(client, code, **more):
    reply = client.get(RESOLVE, {"code": code, "proof": "1", **more})
    assert reply.status_code == 200, reply.json()
    return reply.json()


def checked(content, tmp_path):
    file = tmp_path / "answer.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    root = keys.newest_key(KeyPurpose.ROOT)
    pin = f"N00000={base64.b64encode(root.public_key).decode()}"
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(file), "--root", pin, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(done.stdout)


def test_a_record_is_signed_for_its_owner_by_a_key_that_the_node_bound(client, tmp_path):
    (resource,) = registered()

    found = checked(resolved(client, resource.identifier), tmp_path)

    name = owners.owner_name("N00000", resource.provider_id)
    assert found["ok"], found
    assert found["owner"] == {"custody": "custodial", "name": name}
    assert resource.provider.uscc not in name


def test_a_code_that_gave_way_is_answered_with_what_it_became_and_checked(client, tmp_path):
    old, middle, new = registered(3)
    rename(old, middle)
    rename(middle, new, reason="twice,\nin two lines")

    content = resolved(client, old.identifier)

    assert content["view"]["outcome"] == "renamed"
    assert content["followed"] == "current"
    last = content["current"]["current"]
    assert (last["view"]["code"], last["view"]["outcome"]) == (new.identifier, "found")
    found = checked(content, tmp_path)
    assert found["ok"], found
    assert found["renamed"]["signed"]
    assert found["renamed"]["owner"]["custody"] == "custodial"
    assert found["current"]["current"]["code"] == new.identifier
    said = statements.parse(content["current"]["rename"]["text"])
    assert said.body["reason"] == "twice, in two lines"


def test_what_was_spoilt_of_a_rename_is_found(client, tmp_path):
    old, new, other = registered(3)
    rename(old, new)
    content = resolved(client, old.identifier)

    elsewhere = json.loads(json.dumps(content))
    elsewhere["rename"]["text"] = content["rename"]["text"].replace(
        new.identifier, other.identifier
    )
    without_node = json.loads(json.dumps(content))
    without_node["rename"]["signatures"] = content["rename"]["signatures"][1:]
    forged_owner = json.loads(json.dumps(content))
    name = content["rename"]["signatures"][1].split()[1]
    forged_owner["rename"]["signatures"][1] = statements.sign(
        content["rename"]["text"], name, Ed25519PrivateKey.generate()
    ).strip()
    other_current = json.loads(json.dumps(content))
    other_current["current"] = resolved(client, other.identifier)

    other_view = json.loads(json.dumps(content))
    other_view["view"]["status"]["value"] = "ACTIVE"

    assert checked(other_view, tmp_path)["rule"] == "other_view"
    assert checked(elsewhere, tmp_path)["rule"] == "other_rename"
    assert checked(without_node, tmp_path)["rule"] == "statement_signature"
    assert checked(forged_owner, tmp_path)["rule"] == "statement_signature"
    assert not checked(other_current, tmp_path)["ok"]


def test_a_further_code_is_answered_with_the_record_that_names_it(client, tmp_path):
    (resource,) = registered()
    pool = identity.allot_pool(
        organization_id=resource.provider_id, name="pool", resources_max=10, now=clock.now()
    )
    with tenancy.acting_as_platform():
        (alias,) = identity.allot_aliases(
            provider_id=resource.provider_id, prefix=pool.prefix, now=clock.now()
        )
    sign()

    content = resolved(client, alias.code)

    assert content["view"]["outcome"] == "alias"
    assert content["view"]["first_code"] == resource.identifier
    found = checked(content, tmp_path)
    assert found["ok"], found
    batch = client.get("/api/gateway/v1/search").json()
    assert [row["code"] for row in batch["rows"]] == [resource.identifier]


def test_five_steps_circles_and_several_ends_are_told_apart():
    def step(code, *to):
        return renames.unsigned(code, to, kind="rename", reason="", at=NOW)

    def followed(*steps):
        known = {each.from_code: each for each in steps}
        return renames.follow("A", lambda codes: {c: known[c] for c in codes if c in known})

    four = followed(step("A", "B"), step("B", "C"), step("C", "D"), step("D", "E"))
    five = followed(*(step(a, b) for a, b in zip("ABCDE", "BCDEF", strict=True)))
    circle = followed(step("A", "B"), step("B", "A"))
    split = followed(step("A", "B", "C"), step("C", "D"))

    assert (four.ends, four.outcome) == (("E",), "followed")
    assert (five.ends, five.outcome) == (("E",), "renamed_too_often")
    assert (circle.ends, circle.outcome) == ((), "rename_loop")
    assert (split.ends, split.outcome) == (("B", "D"), "followed")
    assert followed().ends == ()


def proven(resource, key):
    encoded = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    name = owners.owner_name("N00000", resource.provider_id)
    proof = key.sign(owners.proof_text(name, encoded).encode())
    return name, encoded, base64.b64encode(proof).decode()


def signature_of(key, text):
    return base64.b64encode(key.sign(text.encode())).decode()


def add(resource, key, **over):
    _name, encoded, proof = proven(resource, key)
    given = {"public_key": encoded, "proof": proof, "by_id": None, "now": clock.now()} | over
    with tenancy.acting_as(resource.provider_id):
        return services.add_owner_key(organization_id=resource.provider_id, **given)


def test_an_owner_with_a_key_of_its_own_signs_after_the_node(client, tmp_path):
    (resource,) = registered()
    key = Ed25519PrivateKey.generate()
    add(resource, key)
    with tenancy.acting_as_platform():
        identity.change_resource_status(
            resource_id=resource.pk, provider_id=resource.provider_id, status="SUSPENDED"
        )
    sign()
    assert checked(resolved(client, resource.identifier), tmp_path)["owner"] is None

    with tenancy.acting_as(resource.provider_id):
        (waiting,) = selectors.waiting_for_owner(resource.provider_id)
        signed = [(waiting.digest, signature_of(key, waiting.text))]
        for _twice in range(2):
            done = services.sign_as_owner(
                organization_id=resource.provider_id, signatures=signed, now=clock.now()
            )
        assert done == 0
        assert selectors.waiting_for_owner(resource.provider_id) == []

    found = checked(resolved(client, resource.identifier), tmp_path)
    assert found["ok"], found
    name = owners.owner_name("N00000", resource.provider_id)
    assert found["owner"] == {"custody": "own", "name": name}


def test_many_lines_of_an_owner_cost_no_more_statements_than_one():
    resource, *_others = registered(4)
    key = Ed25519PrivateKey.generate()
    add(resource, key)

    def asked(texts):
        signed = [(each.digest, signature_of(key, each.text)) for each in texts]
        with CaptureQueriesContext(connection) as captured:
            kept = services.sign_as_owner(
                organization_id=resource.provider_id, signatures=signed, now=clock.now()
            )
        assert kept == len(texts)
        return len(captured)

    with tenancy.acting_as(resource.provider_id):
        first, *rest = selectors.waiting_for_owner(resource.provider_id)
        assert len(rest) == 3
        assert asked([first]) == asked(rest)


def test_keys_that_are_not_shown_to_be_theirs_and_lines_of_others_are_refused():
    (resource,) = registered()
    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    _name, _encoded, proof_of_another = proven(resource, other)

    for over in ({"proof": proof_of_another}, {"public_key": "AA=="}, {"proof": "%"}):
        with pytest.raises(OwnerKeyRefused):
            add(resource, key, **over)
    made = add(resource, key)
    with pytest.raises(OwnerKeyRefused):
        add(resource, key)
    (stranger,) = registered()
    record = selectors.entry(stranger.identifier).record
    text = selectors.statement(record).text
    with tenancy.acting_as(resource.provider_id):
        for digest, signature in (
            (record, signature_of(key, text)),
            (selectors.entry(resource.identifier).record, signature_of(key, text)),
            (selectors.entry(resource.identifier).record, "%"),
        ):
            with pytest.raises(OwnerLineRefused):
                services.sign_as_owner(
                    organization_id=resource.provider_id,
                    signatures=[(digest, signature)],
                    now=clock.now(),
                )
        services.end_owner_key(
            organization_id=resource.provider_id, key_id=made.pk, now=clock.now()
        )


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE gateway_ownerkey SET public_key = decode(repeat('00', 32), 'hex')",
        "UPDATE gateway_ownerkey SET custody = 'own'",
        "DELETE FROM gateway_ownerkey",
        "DELETE FROM gateway_entryalias",
        "INSERT INTO gateway_ownerkey SELECT gen_random_uuid(), owner, public_key, custody,"
        " begun_at, ended_at, added_by_id, organization_id FROM gateway_ownerkey LIMIT 1",
    ],
)
def test_the_database_keeps_the_keys_of_owners(attack):
    registered()

    with (
        pytest.raises(DatabaseError),
        tenancy.acting_as_platform(),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(attack)
