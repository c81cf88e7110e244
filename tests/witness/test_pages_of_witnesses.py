"""The page of witnesses shows both sides and the evidence; the public board names witnesses."""

import base64

import pytest

from common import clock, tenancy
from gateway.witness.models import (
    ConflictKind,
    Cosignature,
    LogConflict,
    WitnessedLog,
    WitnessStanding,
)
from gateway.witness.rules import COSIGNER_KEY, NoteKey
from identity.contracts import Role
from ledger import selectors as ledger_selectors
from marketplace.bulletin import boards
from tests import cast
from tests.witness.cast import policy_file

pytestmark = pytest.mark.django_db
KEY = NoteKey("R31000/witness", COSIGNER_KEY, bytes(range(32)))
PAGE = "/ledger/witnesses/"


@pytest.fixture
def auditor(client):
    client.force_login(cast.member(cast.organization("Audit office"), Role.AUDITOR))
    client.cookies["django_language"] = "en"
    return client


def test_without_a_policy_the_page_says_what_to_do(auditor):
    text = auditor.get(PAGE).content.decode()

    assert "No witness is named" in text
    assert "Nothing contradicts it" in text
    assert PAGE in auditor.get("/ledger/").content.decode()


def test_a_policy_that_cannot_be_used_stops_no_page(auditor, settings, tmp_path):
    (tmp_path / "p.json").write_text("{}")
    settings.WITNESS_POLICY_FILE = str(tmp_path / "p.json")

    assert auditor.get(PAGE).status_code == 200
    assert auditor.get("/api/gateway/v1/witness-policy").status_code == 503


def test_witnesses_evidence_and_the_public_line_are_shown(auditor, settings, tmp_path, monkeypatch):
    url = "https://r31000.example/api/witness/v1"
    settings.WITNESS_POLICY_FILE = policy_file(
        tmp_path / "p.json", witnesses=[{"key": KEY.text, "group": "parent", "url": url}]
    )
    now = clock.now()
    root = base64.b64encode(bytes(32)).decode()
    note = f"p/ledger\n7\n{root}\n\n— p/ledger AAAAAAAA\n"
    monkeypatch.setattr(ledger_selectors, "checkpoint_note", {7: note}.get)
    with tenancy.acting_as_platform():
        Cosignature.objects.create(
            size=7, witness=KEY.name, line="— R31000/witness x\n", signed_at=now, received_at=now
        )
        WitnessStanding.objects.create(witness=KEY.name, size=7, cosigned_at=now, asked_at=now)
        WitnessedLog.objects.create(
            origin="q/ledger", size=9, root=bytes(32), note="n", cosigned_at=now
        )
        LogConflict.objects.create(
            origin="q/ledger",
            kind=ConflictKind.FORKED,
            held_size=9,
            held_note="n",
            offered_size=9,
            offered_root=b"\x01" * 32,
            offered_note="m",
            found_at=now,
        )
    boards.take(now=now)

    text = auditor.get(PAGE).content.decode()
    assert KEY.name in text
    assert "up to date" in text
    assert "q/ledger" in text
    assert "two roots of one size, both signed" in text
    auditor.logout()
    auditor.cookies["django_language"] = "en"
    assert "Witnessed by" in auditor.get("/").content.decode()
