"""The log's side: witnesses are asked after each seal, silence is told, rewriting is named."""

import json
import subprocess
import sys
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import ProgrammingError, connection
from django.test import Client

from common import clock, outbound, tenancy
from gateway import keys
from gateway.contracts import KeyPurpose
from gateway.witness import rules, services, verify_witness
from gateway.witness.models import Cosignature, LogConflict, WitnessStanding
from ledger import packs, sealing
from ledger import selectors as ledger_selectors
from ledger import services as ledger
from tests import databases
from tests.ledger.conftest import (
    committed_database,
    install_small_chart,
    move,
    seal_everything,
    tampered,
)
from tests.witness.cast import event_names, policy_file

__all__ = ["committed_database"]
ORIGIN = "p00003.example/ledger"


class Wire:
    """Carries requests to the witness's own address in this process; counts and may break."""

    def __init__(self) -> None:
        self.asked = 0
        self.failure: Exception | None = None

    def ask(self, request, *, limits):
        assert not connection.in_atomic_block, "asked inside a transaction"
        self.asked += 1
        if self.failure:
            raise self.failure
        reply = Client().post(
            urlsplit(request.url).path, data=request.body, content_type="application/octet-stream"
        )
        headers = {name.lower(): value for name, value in reply.items()}
        return outbound.Reply(reply.status_code, headers, reply.content)


@pytest.fixture
def wire(monkeypatch) -> Wire:
    wire = Wire()
    monkeypatch.setattr(outbound, "ask", wire.ask)
    return wire


@pytest.fixture
def books(committed_database, tmp_path, settings, wire):
    """A sealed ledger whose policy names one witness, which knows the ledger's key."""
    settings.LEDGER_KEYS_FILE = str(tmp_path / "ledger-keys")
    settings.LEDGER_ORIGIN = ORIGIN
    settings.GATEWAY_KEYS_DIR = str(tmp_path / "keys")
    settings.SUANPAN_NODE_CODE = "I65001"
    settings.WITNESS_HIGH_WATER_FILE = str(tmp_path / "high-water.json")
    keys.make_missing()
    with tenancy.acting_as_platform():
        is_new = ledger_selectors.head() is None
    if is_new:
        install_small_chart()
    pay(400)
    with tenancy.acting_as_platform():
        log_keys = [rules.read_key(text) for text in packs.public_keys()]
    key = keys.newest_key(KeyPurpose.WITNESS)
    witness = rules.NoteKey(key.name, rules.COSIGNER_KEY, key.public_key)
    url = "https://i65001.example/api/witness/v1"
    settings.WITNESS_POLICY_FILE = policy_file(
        tmp_path / "policy.json",
        logs=log_keys,
        witnesses=[{"key": witness.text, "group": "parent", "url": url}],
    )
    yield witness
    with databases.admin(committed_database) as admin:
        admin.execute("SET session_replication_role = replica")
        for table in ("witnessedlog", "logconflict", "cosignature", "witnessstanding"):
            admin.execute(f"DELETE FROM witness_{table}")


def pay(*amounts: int) -> None:
    ledger.post(transfers=[move("bank", "acme", amount, "deposit") for amount in amounts])
    seal_everything()


def test_each_checkpoint_is_cosigned_and_served(books, wire, client):
    now = clock.now()
    services.ask_witnesses(now=now)
    services.ask_witnesses(now=now)
    assert wire.asked == 1  # what was cosigned is not asked about again
    pay(5, 6)
    services.ask_witnesses(now=now + timedelta(seconds=4))
    assert wire.asked == 1  # at most once in five seconds
    services.ask_witnesses(now=now + timedelta(seconds=5))

    found = client.get("/api/gateway/v1/checkpoint?witnessed=1").json()
    head = rules.read_note(found["note"])
    assert head.cosigned_at(books) is not None
    assert (found["size"], found["witnesses"], found["is_met"]) == (head.size, [books.name], True)
    assert head.size == sealing.last_sealed()[0]
    assert client.get("/api/gateway/v1/checkpoint?witnessed=2").status_code == 400


def test_a_witness_that_knows_more_than_was_noted_names_its_size(books, wire):
    services.ask_witnesses(now=clock.now())
    with tenancy.acting_as_platform():
        WitnessStanding.objects.update(size=0)
    pay(7)
    services.ask_witnesses(now=clock.now() + timedelta(seconds=10))

    assert wire.asked == 3  # from nothing, told 409, and again from the size that it named
    with tenancy.acting_as_platform():
        assert WitnessStanding.objects.get().refusal == ""


def test_silence_is_told_after_a_minute_and_after_ten_once_each(books, wire):
    wire.failure = outbound.OutboundRefused()
    begun = clock.now() - timedelta(seconds=720)
    for seconds in (0, 30, 61, 70, 601, 700):
        services.ask_witnesses(now=begun + timedelta(seconds=seconds))
    names = event_names()
    assert names.count("witness.cosignature.late") == 1
    assert names.count("witness.cosignature.missing") == 1

    wire.failure = None
    services.ask_witnesses(now=clock.now() + timedelta(seconds=130))
    assert standing().refusal == "clock_differs"  # the witness's clock, or ours
    with tenancy.acting_as_platform():
        WitnessStanding.objects.update(asked_at=begun)
    services.ask_witnesses(now=clock.now())
    assert (standing().refusal, standing().told) == ("", 0)
    assert event_names().count("witness.cosignature.back") == 1


def standing() -> WitnessStanding:
    with tenancy.acting_as_platform():
        return WitnessStanding.objects.get()


@pytest.mark.parametrize("grown", [False, True], ids=["as long as before", "longer"])
def test_a_ledger_that_its_owner_rewrote_and_sealed_anew_is_named(
    books, wire, committed_database, tmp_path, client, grown
):
    now = clock.now()
    services.ask_witnesses(now=now)
    policy = client.get("/api/gateway/v1/witness-policy").json()
    (tmp_path / "pinned.json").write_text(json.dumps(policy))
    note = client.get("/api/gateway/v1/checkpoint?witnessed=1").json()["note"]
    (tmp_path / "note.txt").write_text(note, encoding="utf-8")
    assert verdict(tmp_path, export(tmp_path)) == (0, [])

    wipe = "DELETE FROM ledger_checkpoint"
    edit = "UPDATE ledger_transfer SET amount = 399 WHERE amount = 400"
    with (
        tampered(committed_database, "ledger_tile", "DELETE FROM ledger_tile"),
        tampered(committed_database, "ledger_checkpoint", wipe),
        tampered(committed_database, "ledger_transfer", edit),
    ):
        if grown:
            ledger.post(transfers=[move("bank", "acme", 9, "deposit")])
        seal_everything()
        services.ask_witnesses(now=now + timedelta(seconds=10))
        pack = export(tmp_path)

    with tenancy.acting_as_platform():
        (found,) = LogConflict.objects.all()
        refusal = WitnessStanding.objects.get().refusal
    assert (found.origin, found.kind) == (ORIGIN, "UNPROVEN" if grown else "FORKED")
    assert refusal == "not_continued"
    named = "witness.log.unproven" if grown else "witness.log.forked"
    assert {"witness.checkpoint.refused", named} <= set(event_names())
    code, faults = verdict(tmp_path, pack)
    assert code == 1
    assert f"the log {ORIGIN} was rewritten" in faults[0]
    assert "I65001/witness cosigned" in faults[0]


def export(folder):
    packs.export(folder / "pack.zip")
    return folder / "pack.zip"


def verdict(folder, pack) -> tuple[int, list[str]]:
    command = [sys.executable, "-I", verify_witness.__file__, "pinned.json", "note.txt"]
    done = subprocess.run(
        [*command, "--pack", str(pack), "--json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    return done.returncode, json.loads(done.stdout)["faults"]


def test_a_cosignature_is_never_changed(books, wire):
    services.ask_witnesses(now=clock.now())
    with pytest.raises(ProgrammingError, match="permission denied"), tenancy.acting_as_platform():
        Cosignature.objects.update(line="x")
