"""The sealed log: order, proofs, checkpoints, tampering, keys."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from uuid import UUID

import pymerkle
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import override_settings
from django.utils import timezone

from common import tenancy
from ledger import account_pages, merkle, packs, sealing, selectors, verification, verify_ledger
from ledger import services as ledger
from ledger.contracts import derived_id
from ledger.models import Checkpoint
from tests import databases
from tests.ledger.conftest import install_small_chart, move, seal_everything, tampered

HALF_A_YEAR = timedelta(days=183)


@pytest.fixture(scope="module")
def log(committed_database, tmp_path_factory):
    """A committed ledger with 702 transfers, sealed under two checkpoints; yields the key file."""
    keys = tmp_path_factory.mktemp("ledger") / "keys"
    with override_settings(LEDGER_KEYS_FILE=str(keys), LEDGER_ORIGIN="test.example/ledger"):
        install_small_chart()
        old = timezone.now() - HALF_A_YEAR
        ledger.post(
            transfers=[
                *(move("bank", "acme", 1_000, "deposit") for _ in range(400)),
                move("bank", "acme", 7, "deposit", id=derived_id(old, "old"), effective_at=old),
            ]
        )
        hold = move("acme", "provider", 500, "order", reference='tab\tquote"行', meta={"b": [1]})
        ledger.hold(transfers=[hold])
        seal_everything()
        ledger.post(transfers=[move("acme", "provider", 10, "order") for _ in range(298)])
        ledger.capture(transfers=[move("acme", "provider", 400, "order", hold_id=hold.id)])
        ledger.post(transfers=[move("provider", "fee", 30, "fee")])
        seal_everything()
        yield keys


def post_one() -> None:
    ledger.post(transfers=[move("bank", "acme", 5, "deposit")])


def run_script(*arguments) -> tuple[int, dict]:
    done = subprocess.run(
        [sys.executable, "-I", packs.SCRIPT, *map(str, arguments), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout)


@pytest.mark.django_db
def test_an_entry_is_looked_for_in_its_tile_when_transactions_get_one_digit_more():
    with tenancy.acting_as_platform():
        for number, xid in enumerate(("999", "1000")):
            first = sealing.LogPosition(xid, 0, UUID(int=1))
            hashes = bytes(merkle.TILE_BYTES)
            sealing._write_tile(0, number, hashes, is_new=True, first=first)

        for number, xid in enumerate(("999", "1000")):
            index, _first = sealing._tile_of(sealing.LogPosition(xid, 1, UUID(int=9)))
            assert index == number * merkle.TILE_HASHES


def test_a_sound_ledger_verifies_inside_and_outside(log, tmp_path):
    post_one()  # not sealed yet
    found = verification.verify()

    assert found.faults == []
    assert (found.unsealed, found.transfers) == (1, 703)
    assert found.checkpoints >= 2

    summary = packs.export(tmp_path / "pack.zip")
    code, result = run_script(tmp_path / "pack.zip", "--key", packs.public_keys()[0])

    assert (code, result["faults"]) == (0, [])
    assert result["size"] == summary.size == found.sealed
    assert result["transfers"] == 703
    assert result["totals"]["CNY"] == {"debits": 403_422, "credits": 403_422}
    assert result["keys"] == "given"


@pytest.mark.parametrize("partition", ["this month", "months ago"])
def test_a_superusers_edit_is_named_by_both_verifiers(log, committed_database, tmp_path, partition):
    """One amount, edited in the partition itself, wherever the log has the transfer."""
    (tmp_path / "older.txt").write_text(selectors.head().note, encoding="utf-8")
    table = "ledger_transfer_before"
    if partition == "this month":
        table = f"ledger_transfer_{timezone.now():%Y_%m}"
    with databases.admin(committed_database) as admin:
        query = f"SELECT id FROM {table} WHERE op = 0 ORDER BY xid, id LIMIT 1 OFFSET %s"
        (victim,) = admin.execute(query, [0 if partition == "months ago" else 300]).fetchone()
    with tenancy.acting_as_platform():
        ids = [entry.position.id for entry in sealing.every_entry()]
        index = ids.index(victim)

    with tampered(
        committed_database,
        "ledger_transfer",
        f"UPDATE {table} SET amount = amount + 1 WHERE id = '{victim}'",
    ):
        found = verification.verify()
        packs.export(tmp_path / "pack.zip")
    code, result = run_script(tmp_path / "pack.zip", "--older", tmp_path / "older.txt")

    named = f"entry {index} was altered"
    assert any(fault.startswith(named) and str(victim) in fault for fault in found.faults)
    assert code == 1
    assert result["faults"][0].startswith(f"{named}: transfer\t{victim}")


def test_a_rewritten_log_is_not_the_one_an_auditor_kept(log, committed_database, tmp_path):
    """Even who rewrites rows, tiles and checkpoint with the true key is found by the old note."""
    (tmp_path / "older.txt").write_text(selectors.head().note, encoding="utf-8")
    wipe = "DELETE FROM ledger_checkpoint"
    edit = "UPDATE ledger_transfer SET amount = 399 WHERE amount = 400 AND op = 2"
    with (
        tampered(committed_database, "ledger_tile", "DELETE FROM ledger_tile"),
        tampered(committed_database, "ledger_checkpoint", wipe),
        tampered(committed_database, "ledger_transfer", edit),
    ):
        seal_everything()
        packs.export(tmp_path / "pack.zip")

    code, result = run_script(tmp_path / "pack.zip", "--older", tmp_path / "older.txt")

    assert code == 1
    assert any("the root differs" in fault for fault in result["faults"])


@pytest.mark.parametrize(
    ("table", "statement", "promise"),
    [
        (
            "balance",
            "UPDATE ledger_balance SET credits_posted = credits_posted + 1 WHERE rule = 'D'",
            "balances equal a replay",
        ),
        (
            "balance",
            "UPDATE ledger_balance SET debits_posted = credits_posted + 1 WHERE rule = 'D'",
            "no account is below its floor",
        ),
        (
            "balance",
            "UPDATE ledger_balance SET credits_pending = 1, credits_posted = 9223372036854775807"
            " WHERE rule = 'C'",
            "no account is below its floor",
        ),
        (
            "hold",
            "UPDATE ledger_hold SET resolved_by = NULL WHERE resolved_by IS NOT NULL",
            "holds are resolved",
        ),
        ("balance", "DELETE FROM ledger_balance", "every account has a balance"),
        ("account", "UPDATE ledger_account SET code = 'evil' WHERE code = 'acme'", "was altered"),
        ("transfer", "DELETE FROM ledger_transfer WHERE op = 2", "was altered"),
        (
            "transfer",
            "UPDATE ledger_transfer SET amount = 0 WHERE op = 2",
            "every transfer keeps the rules of its own",
        ),
        (
            "tile",
            "UPDATE ledger_tile SET hashes = set_byte(hashes, 7, get_byte(hashes, 7) # 1)"
            " WHERE level = 0 AND number = 1",
            "was altered",
        ),
        (
            "checkpoint",
            "UPDATE ledger_checkpoint SET note = replace(note, E'\\n\\n', E' \\n\\n')",
            "it cannot be read",
        ),
        ("flow", "DELETE FROM ledger_flow", "every transfer follows a flow"),
        (
            "account_page",
            "UPDATE ledger_account_page SET debits_posted = debits_posted + 100",
            "pages tell what their transfers moved",
        ),
        (
            "account_page",
            "UPDATE ledger_account_page SET transfers = array_replace(transfers, transfers[1],"
            " transfers[2]) WHERE cardinality(transfers) > 1",
            "pages tell what their transfers moved",
        ),
        (
            "account_page",
            "UPDATE ledger_account_page SET transfers = transfers[2:2] || transfers[1:1]"
            " || transfers[3:] WHERE cardinality(transfers) > 1",
            "pages tell what their transfers moved, in order",
        ),
        ("definition", "UPDATE ledger_definition SET line = line || 'x'", "was altered"),
    ],
)
def test_verify_ledger_finds_what_was_tampered_with(
    log, committed_database, table, statement, promise
):
    while account_pages.extend():
        pass
    with tampered(committed_database, f"ledger_{table}", statement):
        faults = verification.verify().faults

    assert any(promise in fault for fault in faults)
    assert verification.verify().faults == []


def rewritten(pack: Path, name: str, change: Callable[[str], str]) -> Path:
    """Return a copy of a pack in which one file is changed."""
    copy = pack.with_name("changed.zip")
    with zipfile.ZipFile(pack) as old, zipfile.ZipFile(copy, "w") as new:
        for item in old.namelist():
            text = old.read(item)
            new.writestr(item, change(text.decode()) if item == name else text)
    return copy


def test_the_script_says_what_no_signature_covers(log, tmp_path):
    post_one()
    seal_everything()
    post_one()
    packs.export(tmp_path / "pack.zip")

    code, result = run_script(tmp_path / "pack.zip")

    assert (code, result["unsealed"]) == (0, 1)
    done = subprocess.run(
        [sys.executable, "-I", packs.SCRIPT, tmp_path / "pack.zip"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "NOTE   1 newer entries: no signature covers them" in done.stdout
    seal_everything()


@pytest.mark.parametrize(
    ("old", "new"),
    [('"debits": ', '"debits": 1'), ('"entries": ', '"entries": 1'), ('"accounts": ', '"x": ')],
)
def test_a_manifest_that_says_something_else_is_a_fault(log, tmp_path, old, new):
    packs.export(tmp_path / "pack.zip")
    changed = rewritten(
        tmp_path / "pack.zip", "manifest.json", lambda text: text.replace(old, new, 1)
    )

    code, result = run_script(changed)

    assert code == 1
    assert all(fault.startswith("manifest: ") for fault in result["faults"])


def test_several_keys_may_come_in_one_argument(log, tmp_path):
    packs.export(tmp_path / "pack.zip")
    other = verify_ledger.verifier_key("other", bytes(32))
    both = "\n".join([other, *packs.public_keys()])

    assert run_script(tmp_path / "pack.zip", "--key", both)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.zip"], "there is no nowhere.zip"),
        (["PACK", "--key", "hello"], "not a key"),
        (["PACK", "--older", "nowhere.txt"], "nowhere.txt"),
    ],
)
def test_wrong_use_of_the_script_is_told_from_a_fault(log, tmp_path, arguments, said):
    packs.export(tmp_path / "pack.zip")
    done = subprocess.run(
        [
            sys.executable,
            packs.SCRIPT,
            *(one.replace("PACK", str(tmp_path / "pack.zip")) for one in arguments),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert said in done.stderr


def test_roots_and_proofs_agree_with_another_implementation(log):
    with tenancy.acting_as_platform():
        lines = [entry.line.encode() for entry in sealing.every_entry()]
        oracle = pymerkle.InmemoryTree(algorithm="sha256")
        for line in lines:
            oracle.append_entry(line)
        sizes = list(Checkpoint.objects.order_by("size").values_list("size", flat=True))[-2:]
        for size in sizes:
            assert merkle.root(size, sealing.read_tile) == oracle.get_root(size)
        for index in range(3, sizes[-1], 17):
            proof = merkle.inclusion_proof(index, sizes[-1], sealing.read_tile)
            root = verify_ledger.root_from_inclusion(
                verify_ledger.leaf_hash(lines[index]), index, sizes[-1], proof
            )
            assert root == oracle.get_root(sizes[-1])
        proof = merkle.consistency_proof(*sizes, sealing.read_tile)

    roots = [oracle.get_root(size) for size in sizes]
    assert verify_ledger.is_consistent(*sizes, proof, *roots)
    assert not verify_ledger.is_consistent(*sizes, proof, roots[1], roots[0])
    assert not verify_ledger.is_consistent(*sizes, proof[:-1], *roots)


def test_an_entry_is_found_in_the_log(log):
    with tenancy.acting_as_platform():
        entries = list(sealing.every_entry())
        assert sealing.index_of(entries[0].position) == 0
        assert sealing.index_of(entries[555].position) == 555
    post_one()
    with tenancy.acting_as_platform():
        assert sealing.index_of(list(sealing.every_entry())[-1].position) is None


def test_two_keys_sign_while_one_replaces_the_other(log):
    old_key = packs.public_keys()[0]
    call_command("rotate_ledger_key", stdout=StringIO())
    post_one()
    seal_everything()  # publishes the new key
    post_one()
    seal_everything()

    both = verify_ledger.Checkpoint.parse(selectors.head().note)
    new_key = packs.public_keys()[1]
    assert both.signers([verify_ledger.parse_verifier_key(old_key)]) == ["test.example/ledger"]
    assert both.signers([verify_ledger.parse_verifier_key(new_key)]) == ["test.example/ledger"]

    log.write_text(log.read_text().splitlines()[1] + "\n")
    post_one()
    seal_everything()

    alone = verify_ledger.Checkpoint.parse(selectors.head().note)
    assert alone.signers([verify_ledger.parse_verifier_key(old_key)]) == []
    assert alone.signers([verify_ledger.parse_verifier_key(new_key)]) == ["test.example/ledger"]
    assert verification.verify().faults == []
    assert oct(log.stat().st_mode & 0o777) == "0o600"


def test_what_still_runs_is_not_sealed_and_nothing_slips_in_before(log, committed_database):
    """A transaction that began earlier and commits later is sealed after its commit, in order."""
    seal_everything()
    with databases.admin(committed_database) as slow:
        slow.execute("BEGIN")
        slow.execute("SELECT pg_current_xact_id()")
        post_one()

        assert sealing.seal() == 0

        slow.execute("COMMIT")
    assert seal_everything() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_tile SET hashes = '\\x00' || hashes WHERE level = 0",
        "UPDATE ledger_tile SET hashes = substr(hashes, 1, 32) WHERE level = 0",
        "INSERT INTO ledger_tile (level, number, hashes) SELECT 1, 5, hashes FROM ledger_tile"
        " WHERE level = 1",
        "INSERT INTO ledger_checkpoint (size, root, last_xid, last_rank, last_id, note)"
        " SELECT size, root, last_xid, last_rank, last_id, note FROM ledger_checkpoint LIMIT 1",
        "DELETE FROM ledger_tile",
        "DELETE FROM ledger_checkpoint",
        "UPDATE ledger_checkpoint SET note = ''",
    ],
)
def test_a_tile_only_grows_and_checkpoints_only_advance(log, statement):
    with (
        pytest.raises(DatabaseError, match=r"permission denied|grows|follow|covers|append-only"),
        transaction.atomic(),
        tenancy.acting_as_platform(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_a_restored_database_that_counts_anew_is_noticed(log, committed_database):
    ahead = "UPDATE ledger_checkpoint SET last_xid = '99999999999'"
    with (
        tampered(committed_database, "ledger_checkpoint", ahead),
        pytest.raises(sealing.SealBehind),
    ):
        sealing.seal()


@pytest.mark.parametrize("size", [0, 1, 2, 31])
def test_the_scripts_own_ed25519_agrees_with_cryptography(size):
    private = Ed25519PrivateKey.from_private_bytes(bytes([size] * 32))
    public, message = private.public_key().public_bytes_raw(), b"m" * size
    signature = private.sign(message)

    assert verify_ledger.is_signed(public, message, signature)
    assert not verify_ledger.is_signed(public, message + b"!", signature)
    for place in (0, 31, 32, 63):
        broken = bytearray(signature)
        broken[place] ^= 4
        assert not verify_ledger.is_signed(public, message, bytes(broken))


def test_the_command_says_ok_and_exits_zero(log):
    out = StringIO()
    call_command("verify_ledger", stdout=out)

    assert "OK" in out.getvalue()


DEFINED = [
    "asset\tCNY\t2\tmoney",
    "asset\tVCH\t2\tvoucher",
    "kind\tcash\tD\tfalse",
    "kind\tbank\tN\tfalse",
    "flow\t*money\tbank\tcash\tdeposit",
    "flow\tCNY\tcash\tbank\tpayout",
    "account\tb\tCNY\tbank\t-",
    "account\ta\tCNY\tcash\t-",
    "account\tv\tVCH\tcash\t-",
]


def entry(key, op, debit, credit, amount, reason, hold="-", asset="CNY") -> str:
    return "\t".join(
        ["transfer", key, op, debit, credit, asset, str(amount), reason, hold] + ["-"] * 7
    )


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        ([entry("1", "post", "b", "a", 5, "deposit")], None),
        ([entry("1", "post", "b", "a", 5, "gift")], "transfer 1 follows no flow of CNY"),
        ([entry("1", "post", "b", "v", 5, "deposit")], "transfer 1 leaves its asset, CNY"),
        ([entry("1", "post", "b", "z", 5, "deposit")], "transfer 1 names an account"),
        ([entry("1", "post", "a", "b", 5, "payout")], "account a is below its floor"),
        ([entry("1", "hold", "a", "b", 5, "payout")], "account a is below its floor"),
        ([entry("1", "post", "b", "a", 0, "deposit")], "transfer 1 moves nothing"),
        ([entry("1", "capture", "b", "a", 5, "deposit", "9")], "resolves hold 9, which is missing"),
        (
            [
                entry("2", "capture", "b", "a", 5, "deposit", "1"),
                entry("1", "hold", "b", "a", 7, "deposit"),
            ],
            None,
        ),
        (
            [
                entry("1", "hold", "b", "a", 7, "deposit"),
                entry("2", "capture", "b", "a", 8, "deposit", "1"),
            ],
            "transfer 2 does not match hold 1",
        ),
        (
            [
                entry("1", "hold", "b", "a", 7, "deposit"),
                entry("2", "release", "b", "a", 6, "deposit", "1"),
            ],
            "releases another amount",
        ),
        (
            [
                entry("1", "hold", "b", "a", 7, "deposit"),
                entry("2", "release", "b", "a", 7, "deposit", "1"),
                entry("3", "capture", "b", "a", 7, "deposit", "1"),
            ],
            "transfer 3 resolves hold 1 again",
        ),
    ],
)
@pytest.mark.parametrize("definitions_first", [True, False])
def test_the_script_replays_entries_in_any_order(entries, fault, definitions_first):
    replay = verify_ledger.Replay()
    for line in [*DEFINED, *entries] if definitions_first else [*entries, *DEFINED]:
        replay.read(line)
    replay.finish()

    if fault is None:
        assert replay.faults == []
    else:
        assert any(fault in found for found in replay.faults)
