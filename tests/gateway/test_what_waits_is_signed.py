"""The worker signs records of the register and grants, and keeps them for ever."""

import pytest
from django.db import DatabaseError, connection, transaction

from common import statements, tenancy
from gateway import keys, selectors, services
from gateway.contracts import KeyPurpose
from gateway.models import Disclosure, DueSigning, Entry, SignedStatement
from gateway.rules import keysets
from identity import services as identity
from identity.contracts import ResourceStatus
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def platform(db, key_folder):
    with tenancy.acting_as_platform():
        yield


def sign():
    DueSigning.objects.update(due_at=NOW)
    return services.sign_due(now=NOW)


def test_a_registered_resource_waits_and_gets_a_record_that_its_keyset_verifies():
    resource = factories.ResourceFactory()

    assert sign() == 1

    entry = selectors.entry(resource.identifier)
    record = selectors.statement(entry.record)
    keyset = selectors.own_keyset()
    root = keys.newest_key(KeyPurpose.ROOT)
    statements.require_signature(
        keyset.text, keyset.signatures, {root.name: root.public_key}, name="N00000/root"
    )
    usable = keysets.usable(statements.parse(keyset.text).body, purpose=KeyPurpose.REGISTER, at=NOW)
    statements.require_signature(record.text, record.signatures, usable, name="N00000/register")
    said = statements.parse(record.text)
    assert said.body["code"] == resource.identifier
    assert (said.body["sequence"], said.body["previous"]) == (1, None)
    assert sign() == 0


def test_a_record_hides_the_credit_code_and_whoever_holds_the_salt_proves_it():
    resource = factories.ResourceFactory()
    sign()

    said = statements.parse(selectors.statement(selectors.entry(resource.identifier).record).text)

    assert resource.provider.uscc not in said.body["owner"].values()
    kept = Disclosure.objects.get(code=resource.identifier)
    assert statements.is_disclosed((kept.salt, "uscc", kept.value), said.body["hidden"])
    assert not statements.is_disclosed(("00" * 16, "uscc", kept.value), said.body["hidden"])
    assert len(said.body["hidden"]) == 4


def test_a_change_makes_the_next_record_which_names_the_one_before():
    resource = factories.ResourceFactory()
    sign()
    first = selectors.entry(resource.identifier)

    identity.change_resource_status(
        resource_id=resource.pk, provider_id=resource.provider_id, status=ResourceStatus.SUSPENDED
    )
    sign()

    second = selectors.entry(resource.identifier)
    said = statements.parse(selectors.statement(second.record).text)
    assert (said.body["sequence"], said.body["previous"]) == (2, first.record)
    assert (second.status, second.status_sequence) == ("SUSPENDED", 2)
    old = selectors.statement(first.record)
    assert old is not None
    assert old.sequence == 1


def test_what_is_free_stands_in_no_record():
    resource = factories.ResourceFactory()
    sign()

    identity.observe_capacity({resource.pk: 3000}, at=NOW)

    assert DueSigning.objects.count() == 0


def test_the_set_of_keys_changes_with_the_keys_and_keeps_their_moments():
    first = services.publish_keyset(now=NOW)

    assert services.publish_keyset(now=NOW).digest == first.digest
    keys.add_key(KeyPurpose.ANSWER)
    second = services.publish_keyset(now=NOW)

    before, after = (statements.parse(each.text).body for each in (first, second))
    assert (before["sequence"], after["sequence"]) == (1, 2)
    assert len(after["keys"]) == len(before["keys"]) + 1
    assert [key for key in after["keys"] if key in before["keys"]] == before["keys"]


def test_two_texts_of_one_sequence_are_both_kept_and_the_second_is_marked():
    first, second = (statements.text("record", "R31000", {"n": n}) for n in (1, 2))

    kept = [
        services.keep_statement(
            statements.parse(text),
            text=text,
            signatures=[],
            subject="SP1-A",
            sequence=1,
            now=NOW,
        )
        for text in (first, second, first)
    ]

    assert [is_second for _row, is_second in kept] == [False, True, False]
    assert SignedStatement.objects.filter(subject="SP1-A").count() == 2


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE gateway_statement SET text = 'x'",
        "DELETE FROM gateway_statement",
        "TRUNCATE gateway_statement",
        "DELETE FROM gateway_entry",
        "UPDATE gateway_entry SET sequence = 0",
        "UPDATE gateway_entry SET status_sequence = 0",
        "UPDATE gateway_entry SET resource_id = NULL",
        "UPDATE gateway_entry SET available_milli = total_milli + 1",
        "UPDATE gateway_node SET root_key = decode(repeat('00', 32), 'hex')",
        "UPDATE gateway_node SET epoch = 0",
        "UPDATE gateway_node SET state = 'ADMITTED'",
        "DELETE FROM gateway_node",
        "UPDATE gateway_disclosureseen SET field = 'x'",
        "INSERT INTO gateway_statement SELECT 'sha256:' || repeat('0', 64), type, issuer, subject,"
        " sequence, 'x', signatures, false, kept_at FROM gateway_statement LIMIT 1",
    ],
)
def test_the_database_keeps_what_was_said(attack):
    factories.ResourceFactory()
    sign()

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)


def test_a_tenant_reads_the_register_and_writes_none_of_it():
    resource = factories.ResourceFactory()
    sign()

    with tenancy.acting_as(resource.provider_id):
        assert Entry.objects.filter(code=resource.identifier).exists()
        assert Entry.objects.update(level=3) == 0
        assert Disclosure.objects.count() == 1
    with tenancy.acting_as(factories.BuyerFactory().pk):
        assert Disclosure.objects.count() == 0
