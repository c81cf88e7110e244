"""Who did something is told to their own organisation and to oversight; all can verify the rest."""

import csv

import pytest
from django.urls import reverse

from common import doing, tenancy
from common.ids import uuid7
from identity.contracts import Role
from identity.event_names import IdentityEvent
from identity.events import services as events
from identity.events.contracts import Event
from identity.events.models import RecordedEvent
from marketplace.audit.contracts import ExportKind
from tests import cast
from tests.audit.test_documents_are_sealed import bring_everything, exported, proof
from tests.audit.test_exports_are_built import actor, verify
from tests.ledger.conftest import seal_everything

KEPT_APART = ("person", "api_key", "agent", "request_id", "salt")
PERSON, KEY = 41, uuid7()


@pytest.fixture
def parties(fresh_database, settings, tmp_path):
    """A provider, one of whose people did something that concerns a buyer, too; it is sealed."""
    settings.LEDGER_KEYS_FILE = str(tmp_path / "keys")
    provider, buyer = cast.organization("Provider"), cast.organization("Buyer")
    doer = doing.Doer(person_id=PERSON, api_key_id=KEY, organization_id=provider.pk)
    with tenancy.acting_as_platform(), doing.by(doer):
        events.record(
            [
                Event(
                    name=IdentityEvent.MEMBER_INVITED,
                    object_kind="organization",
                    object_id=provider.pk,
                    concerns=[provider.pk, buyer.pk],
                )
            ]
        )
    bring_everything()
    seal_everything()
    return provider, buyer


def rows_of(directory) -> list[dict[str, str]]:
    (file,) = directory.glob("*.csv")
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def told(directory, organization) -> dict[str, str]:
    (row,) = (each for each in rows_of(directory) if each["behalf"] == str(organization.pk))
    return {name: row[name] for name in KEPT_APART}


def test_another_organisation_verifies_an_event_without_being_told_who_did_it(parties, tmp_path):
    provider, buyer = parties
    readers = {
        "buyer": actor(buyer, Role.BUYER),
        "provider": actor(provider, Role.PROVIDER),
        "auditor": actor(),
    }
    found = {
        name: exported(ExportKind.EVENTS, tmp_path, name, who) for name, who in readers.items()
    }

    known = {name: told(directory, provider) for name, directory in found.items()}
    assert known["buyer"] == dict.fromkeys(KEPT_APART, "")
    assert known["provider"] == known["auditor"]
    assert (known["provider"]["person"], known["provider"]["api_key"]) == (str(PERSON), str(KEY))
    for directory in found.values():
        done = verify(directory)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_person_who_was_put_in_anothers_place_is_named_by_the_script(parties, tmp_path):
    provider, _buyer = parties
    directory = exported(ExportKind.EVENTS, tmp_path, who=actor(provider, Role.PROVIDER))
    (file,) = directory.glob("*.csv")
    file.write_bytes(file.read_bytes().replace(f",{PERSON},".encode(), b",42,"))

    done = verify(directory)

    assert done.returncode == 1
    assert "record hashes: 1 altered" in done.stdout


def test_the_salt_is_one_an_event_and_another_for_the_next(parties):
    provider, buyer = parties
    with tenancy.acting_as_platform():
        events.record(
            Event(
                name=IdentityEvent.MEMBER_INVITED,
                object_kind="organization",
                object_id=number,
                concerns=[provider.pk, buyer.pk],
            )
            for number in (1, 2)
        )
        rows = list(RecordedEvent.objects.values_list("id", "salt"))

    assert len({salt for _event, salt in rows}) == len({event for event, _salt in rows})
    assert len(set(rows)) < len(rows)


def test_the_page_and_the_api_of_a_proof_keep_it_apart(parties):
    provider, buyer = parties
    with tenancy.acting_as_platform():
        event = RecordedEvent.objects.filter(behalf_id=provider.pk, place=0).get()
    own, other = (
        cast.member(organization, role)
        for organization, role in ((provider, Role.PROVIDER), (buyer, Role.BUYER))
    )
    page = reverse("portal:document", args=["identity.event", str(event.pk)])

    replies = [proof(who, "identity.event", str(event.pk)).json() for who in (own, other)]
    shown = [cast.signed_in(who).get(page).text for who in (own, other)]

    assert replies[0]["beside"]["person"] == str(PERSON)
    assert replies[1]["beside"] == {}
    assert replies[0]["content"] == replies[1]["content"]
    assert str(KEY) in shown[0]
    assert str(KEY) not in shown[1]
