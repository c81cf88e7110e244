"""Checkpoints, cosignatures and proofs as texts; nothing of a database."""

import base64
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gateway.witness import policy, rules, verify_witness
from tests.witness.cast import Log, policy_file

SEED = bytes(range(32))
BODY = "p00003.example/ledger\n3\nLXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=\n"
SECONDS = 1_796_112_000
LINE = (
    "— I65001/witness Y3I/xAAAAABrDn6AKYA+LQGCraZ94+V1+x4ZnfEvm+6WCjd7ql7/nVkt3PEHVtqBtWX/3Hj3gqx"
    "svyzex7oFDNNmHPs0L5aINYfgBQ==\n"
)
WITNESS = Ed25519PrivateKey.from_private_bytes(SEED)
KEY = rules.NoteKey("I65001/witness", rules.COSIGNER_KEY, WITNESS.public_key().public_bytes_raw())
HISTORY = Log().grow(600)


def cosigned(log: Log, size: int | None = None, seconds: int = SECONDS) -> str:
    note = log.note(size)
    body = rules.read_note(note).body
    line = rules.cosign(name=KEY.name, private=WITNESS, body=body, seconds=seconds)
    return rules.with_lines(note, [line])


def test_a_cosignature_is_the_published_vector():
    made = rules.cosign(name="I65001/witness", private=WITNESS, body=BODY, seconds=SECONDS)

    assert made == LINE
    assert KEY.hash.hex() == "63723fc4"
    assert rules.line_of(LINE, key=KEY, body=BODY) == (LINE, SECONDS)
    assert rules.read_key(KEY.text) == KEY


@pytest.mark.parametrize("at", [0, 5, 11, 12, 40, 75])
def test_a_flipped_byte_of_a_cosignature_is_none(at):
    name, _, encoded = LINE.removeprefix("— ").partition(" ")
    raw = bytearray(base64.b64decode(encoded))
    raw[at] ^= 1
    line = f"— {name} {base64.b64encode(raw).decode()}\n"

    assert rules.line_of(line, key=KEY, body=BODY) is None


def test_a_signature_of_a_log_is_no_cosignature_nor_the_reverse():
    log = Log(private=WITNESS, origin="I65001/witness").grow(3)
    head = rules.read_note(log.note())
    both = rules.read_note(cosigned(log))

    assert head.is_signed_by(log.key)
    assert head.cosigned_at(KEY) is None
    assert both.cosigned_at(KEY) == SECONDS
    assert not both.is_signed_by(KEY)


def test_lines_of_unknown_types_are_carried_and_prove_nothing():
    log = Log().grow(3)
    strange = "— I65001/witness " + base64.b64encode(b"\x06" * 2_500).decode() + "\n"
    head = rules.read_note(log.note() + strange)

    assert head.is_signed_by(log.key)
    assert head.cosigned_at(KEY) is None


@given(st.integers(0, 600), st.integers(0, 600))
def test_every_true_proof_leads_on(old, new):
    old, new = sorted((old, new))
    asked = rules.read_request(HISTORY.request(old, new))
    root = rules.read_note(HISTORY.note(old)).root

    assert rules.leads_on(
        old_size=old, old_root=root, new_size=new, new_root=asked.head.root, proof=asked.proof
    )


@given(st.integers(1, 599), st.integers(2, 600), st.data())
def test_no_other_proof_does(old, new, data):
    old, new = sorted((old, new))
    asked = rules.read_request(HISTORY.request(old, new))
    proof = list(asked.proof)
    root = rules.read_note(HISTORY.note(old)).root
    kind = data.draw(st.sampled_from(["flip", "drop", "add", "root"]))
    if kind == "flip" and proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        proof[at] = bytes([proof[at][0] ^ 1]) + proof[at][1:]
    elif kind == "drop" and proof:
        proof.pop(data.draw(st.integers(0, len(proof) - 1)))
    elif kind == "add":
        proof.append(root)
    else:
        root = bytes(32)

    assert not rules.leads_on(
        old_size=old, old_root=root, new_size=new, new_root=asked.head.root, proof=proof
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 3\n",
        b"old -1\n\n" + Log().grow(3).note().encode(),
        b"old 03\n\n" + Log().grow(3).note().encode(),
        "old ٣\n\n".encode() + Log().grow(3).note().encode(),
        b"new 3\n\n" + Log().grow(3).note().encode(),
        b"old 0\nAAAA\n\n" + Log().grow(3).note().encode(),
        b"old 0\n" + b"A" * 43 + b"=\n" * 64 + b"\n\n" + Log().grow(3).note().encode(),
        b"old 0\n\n" + Log().grow(3).note().rstrip("\n").encode(),
        b"old 0\n\np/l\n3\nAAAA\n\n\xe2\x80\x94 p/l AAAAAAAA\n",
        b"old 0\n\np/l\n0\n" + b"A" * 43 + b"=\n\n\xe2\x80\x94 p/l AAAAAAAA\n",
        b"\xff\xfe",
    ],
)
def test_what_is_no_request_is_named(body):
    with pytest.raises(rules.MalformedNote):
        rules.read_request(body)


def test_a_policy_counts_fresh_witnesses_by_group():
    groups = {"a": "parent", "b": "siblings", "c": "siblings"}
    asked = {"groups": groups, "now": 1_000, "age_max": 600}
    needs = {"parent": 1, "siblings": 1}

    assert rules.meets(needs, signed={"a": 900, "c": 1_000}, **asked)
    assert not rules.meets(needs, signed={"a": 900}, **asked)
    assert not rules.meets(needs, signed={"a": 399, "b": 1_000}, **asked)  # too old
    assert not rules.meets(needs, signed={"a": 1_121, "b": 1_000}, **asked)  # too far ahead
    assert not rules.meets({"siblings": 2}, signed={"b": 900, "x": 900}, **asked)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "witness-policy/2"},
        {"needs": {"parent": 2}},
        {"needs": {}},
        {"needs": {"nobody": 1}},
        {"max_age_seconds": 0},
        {"more": 1},
        {"logs": [KEY.text]},
        {"witnesses": [{"key": Log().key.text, "group": "parent", "url": "https://w.example"}]},
        {"witnesses": [{"key": KEY.text, "group": "parent", "url": "https://w.example"}] * 2},
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(tmp_path, change):
    witness = {"key": KEY.text, "group": "parent", "url": "https://w.example/api/witness/v1"}
    path = policy_file(tmp_path / "p.json", logs=[Log().key], witnesses=[witness])
    good = json.loads(Path(path).read_text())

    policy.read_policy(json.dumps(good).encode())
    with pytest.raises(policy.PolicyUnusable):
        policy.read_policy(json.dumps(good | change).encode())


@pytest.fixture
def pinned(tmp_path):
    """A pinned policy of a log and one witness, as a client keeps it."""
    log = Log().grow(5)
    witness = {"key": KEY.text, "name": KEY.name, "group": "parent"}
    content = {
        "format": "witness-policy/1",
        "logs": [log.key.text],
        "witnesses": [witness],
        "needs": {"parent": 1},
        "max_age_seconds": 600,
    }
    (tmp_path / "policy.json").write_text(json.dumps(content))
    return log, content, tmp_path


def test_the_script_alone_verifies_a_cosigned_checkpoint(pinned):
    log, _, folder = pinned
    (folder / "note.txt").write_text(cosigned(log, seconds=int(time.time())), encoding="utf-8")
    command = [sys.executable, "-I", verify_witness.__file__, "policy.json", "note.txt", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)

    assert (done.returncode, json.loads(done.stdout)) == (
        0,
        {"ok": True, "witnesses": {"5": [KEY.name]}, "faults": []},
    )


def test_the_script_names_what_is_missing_old_and_forked(pinned):
    log, content, _ = pinned
    read = verify_witness.CosignedNote.parse
    fork = Log(private=log.private).grow(5, mark="other")

    def faults(*notes: str, now: int = SECONDS, age_max: int | None = None) -> list[str]:
        return verify_witness.check(content, [read(n) for n in notes], now=now, age_max=age_max)[1]

    assert faults(cosigned(log)) == []
    assert "0 of 1 witnesses needed of parent" in faults(log.note())[0]
    assert "0 of 1" in faults(cosigned(log), now=SECONDS + 601, age_max=600)[0]
    assert "0 of 1" in faults(cosigned(log), now=SECONDS - 121)[0]
    assert "no pinned key of the log" in faults(cosigned(Log().grow(5)))[0]
    assert "signed two histories of 5 entries" in faults(cosigned(log), cosigned(fork))[0]
