"""What is signed is the bytes: a statement has one writing, and every other is refused by name."""

import base64
import json
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from common import ed25519, statements
from common.statements import StatementMalformed, StatementSignature, StatementTooLarge
from tests import gateway_vectors

ROOT = Path(__file__).resolve().parents[1]
VECTORS = json.loads((ROOT / "identity/identifiers/data/gateway-vectors.json").read_text())
SIGNED = {each["name"]: each for each in VECTORS["statements"] if "text" in each}
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
PUBLIC = KEY.public_key().public_bytes_raw()
NAME = "R31000/register"
KEYS = {NAME: PUBLIC}
TEXT = statements.text("record", "R31000", {"code": "X-1", "sequence": 1, "name": "算力"})


def raw(body: str, *, kind: str = "record", issuer: str = "R31000") -> str:
    return f"suanpan-statement/1 {kind}\n{issuer}\n{body}\n"


def read(statement: str, lines: list[str], keys: dict[str, bytes]) -> None:
    statements.parse(statement)
    statements.verify(statement, lines, keys)


def test_the_published_vectors_are_what_the_product_computes():
    assert {key: VECTORS[key] for key in gateway_vectors.vectors()} == gateway_vectors.vectors()


@pytest.mark.parametrize("vector", SIGNED.values(), ids=list(SIGNED))
def test_the_published_statements_are_written_signed_and_named_alike(vector):
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vector["seed_hex"]))
    public = key.public_key().public_bytes_raw()
    said = statements.parse(vector["text"])

    assert statements.text(said.type, said.issuer, said.body) == vector["text"]
    assert said.digest == "sha256:" + vector["digest_hex"]
    assert statements.sign(vector["text"], vector["key_name"], key) == vector["signature_line"]
    assert ed25519.note_key_hash(vector["key_name"], public).hex() == vector["key_hash_hex"]
    assert statements.verify(
        vector["text"], [vector["signature_line"]], {vector["key_name"]: public}
    ) == (vector["key_name"],)
    if "disclosure" in vector:
        assert statements.commitment(*vector["disclosure"]) == vector["commitment_hex"]
        assert statements.is_disclosed(tuple(vector["disclosure"]), said.body["hidden"])


@pytest.mark.parametrize(
    "vector", [it for it in VECTORS["statements"] if not it["valid"]], ids=lambda it: it["name"]
)
def test_the_published_slips_are_refused_by_name(vector):
    of = SIGNED[vector["of"]]
    public = base64.b64decode(of["public_key_base64"])
    changed = of["text"].replace(*vector["replace"])
    assert changed != of["text"]

    with pytest.raises((StatementMalformed, StatementSignature)) as refused:
        read(changed, [of["signature_line"]], {of["key_name"]: public})

    assert refused.value.code == vector["error"]


def test_times_numbers_and_names_have_one_writing():
    east = timezone(timedelta(hours=8))
    decomposed = unicodedata.normalize("NFD", "é")
    one = {"at": datetime(2026, 12, 1, 8, tzinfo=east), "pue": Decimal("1.250"), "n": decomposed}
    two = {"n": "é", "pue": Decimal("1.25"), "at": datetime(2026, 12, 1, tzinfo=UTC)}

    assert statements.text("record", "R31000", one) == statements.text("record", "R31000", two)
    assert '"at":"2026-12-01T00:00:00.000Z"' in statements.text("record", "R31000", one)


REFUSED = {
    "duplicate member": raw('{"a":1,"a":1}'),
    "duplicate member inside": raw('{"a":{"b":1,"b":2}}'),
    "float": raw('{"a":1.0}'),
    "exponent": raw('{"a":1e400}'),
    "NaN": raw('{"a":NaN}'),
    "infinity": raw('{"a":-Infinity}'),
    "number beyond 2^53": raw('{"a":9007199254740992}'),
    "ten thousand digits": raw('{"a":' + "1" * 10_000 + "}"),
    "minus zero": raw('{"a":-0}'),
    "17 levels": raw('{"a":' + "[" * 16 + "]" * 16 + "}"),
    "60,000 levels": raw('{"a":' + "[" * 60_000),
    "spaces": raw('{"a": 1}'),
    "unsorted": raw('{"b":1,"a":1}'),
    "escaped": raw('{"a":"\\u7b97"}'),
    "NFD": raw('{"a":"' + unicodedata.normalize("NFD", "é") + '"}'),
    "control": raw('{"a":"\\u0001"}'),
    "half a pair": raw('{"a":"\\ud800"}'),
    "line separator": raw('{"a":"\u2028"}'),
    "foreign member name": raw('{"名":1}'),
    "list": raw("[1]"),
    "number": raw("1"),
    "nothing": raw(""),
    "unknown type": raw("{}", kind="promise"),
    "no type": "suanpan-statement/1\nR31000\n{}\n",
    "other version": "suanpan-statement/2 record\nR31000\n{}\n",
    "issuer with a space": raw("{}", issuer="R31 000"),
    "no issuer": raw("{}", issuer=""),
    "Cyrillic issuer": raw("{}", issuer="Р31000"),
    "carriage returns": raw("{}").replace("\n", "\r\n"),
    "no end": raw("{}")[:-1],
    "a line more": raw("{}") + "\n",
    "checkpoint": "market.example/ledger\n3\nLXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=\n",
}


@pytest.mark.parametrize("statement", REFUSED.values(), ids=list(REFUSED))
def test_every_other_writing_is_refused(statement):
    with pytest.raises(StatementMalformed) as refused:
        statements.parse(statement)

    assert (refused.value.code, refused.value.status) == ("statement_malformed", 400)


def test_a_statement_has_16_levels_and_64_kib():
    deep = '{"a":' + "[" * 15 + "]" * 15 + "}"
    full = '{"a":"' + "x" * (64 * 1024 - 8) + '"}'

    assert statements.parse(raw(deep)).body
    assert statements.parse(raw(full)).body
    with pytest.raises(StatementTooLarge) as refused:
        statements.parse(raw(full.replace("x", "xx", 1)))
    assert (refused.value.code, refused.value.status) == ("too_large", 413)
    with pytest.raises(StatementTooLarge):
        statements.parse(raw("x" * 10_000_000))


@pytest.mark.parametrize("value", [1.5, {1}, object(), float("nan")])
def test_what_has_no_form_is_not_written(value):
    with pytest.raises(StatementMalformed):
        statements.text("record", "R31000", {"a": [value]})


def test_a_byte_changed_in_any_line_is_found():
    line = statements.sign(TEXT, NAME, KEY)
    for at in range(len(TEXT)):
        changed = TEXT[:at] + chr(ord(TEXT[at]) ^ 1) + TEXT[at + 1 :]
        with pytest.raises(StatementSignature):
            statements.verify(changed, [line], KEYS)


def test_keys_overlap_and_each_line_is_tried_against_one():
    """A hundred keys of one name cost no verification more than one."""
    many = [
        Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32).public_key().public_bytes_raw()
        for n in range(100)
    ]
    line = statements.sign(TEXT, NAME, KEY)

    assert statements.verify(TEXT, [line], {NAME: [*many, PUBLIC]}) == (NAME,)
    assert statements.verify(TEXT, [line], {NAME: many}) == ()
    assert statements.verify(TEXT, [line], {"R52000/register": PUBLIC}) == ()


def test_lines_of_strangers_and_of_other_kinds_are_passed_over():
    stranger = statements.sign(TEXT, "P00001/register", OTHER)
    longer = f"— {NAME} {base64.b64encode(bytes(2 + 2420)).decode()}\n"  # another kind of key
    line = statements.sign(TEXT, NAME, KEY)

    assert statements.verify(TEXT, [stranger, longer, line], KEYS) == (NAME,)
    statements.require_signature(TEXT, [stranger, line], KEYS, name=NAME)
    with pytest.raises(StatementSignature) as refused:
        statements.require_signature(TEXT, [stranger], KEYS, name=NAME)
    assert (refused.value.code, refused.value.status) == ("statement_signature", 422)


def test_five_lines_are_not_read():
    line = statements.sign(TEXT, NAME, KEY)

    assert statements.verify(TEXT, [line] * 4, KEYS) == (NAME,)
    with pytest.raises(StatementTooLarge):
        statements.verify(TEXT, [line] * 5, KEYS)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "R31000/register AAAA",
        "— R31000/register",
        "— a b c",
        "— a AAAA=AAAA",
        "— a AAAAAAAAB===",
    ],
)
def test_what_is_no_line_is_named(line):
    with pytest.raises(StatementMalformed):
        statements.verify(TEXT, [line], KEYS)


def test_signatures_and_keys_are_strict():
    """A scalar that is not reduced, and keys that anybody signs for, are refused."""
    line = statements.sign(TEXT, NAME, KEY)
    _name, key_hash, signature = statements.read_line(line)
    scalar = int.from_bytes(signature[32:], "little") + ed25519.GROUP_ORDER
    unreduced = key_hash + signature[:32] + scalar.to_bytes(32, "little")
    again = f"— {NAME} {base64.b64encode(unreduced).decode()}\n"
    with pytest.raises(StatementSignature):
        statements.verify(TEXT, [again], KEYS)

    for y in ed25519.SMALL_ORDER_Y:
        for weak in (y.to_bytes(32, "little"), (y | 1 << 255).to_bytes(32, "little")):
            anybodys = ed25519.note_key_hash("N/root", weak) + weak + bytes(32)
            forged = f"— N/root {base64.b64encode(anybodys).decode()}\n"
            with pytest.raises(StatementSignature):
                statements.verify(TEXT, [forged], {"N/root": weak})
    assert not ed25519.is_public_key((ed25519.FIELD_PRIME + 3).to_bytes(32, "little"))


def test_a_hidden_field_is_told_by_its_salt_alone():
    salts = [f"{n:032x}" for n in range(4)]
    fields = [(salts[0], "uscc", "91640500Y4CL12TH3M"), (salts[1], "site", "机房 3")]
    decoys = [(salt, "", None) for salt in salts[2:]]
    assert len(decoys) == statements.decoys_missing(len(fields))
    there = statements.hidden(fields + decoys)

    assert there == sorted(there)
    assert all(statements.is_disclosed(field, there) for field in fields)
    assert not statements.is_disclosed((salts[1], "uscc", "91640500Y4CL12TH3M"), there)
    assert not statements.is_disclosed((salts[0], "site", "91640500Y4CL12TH3M"), there)
    assert statements.is_disclosed((salts[1], "site", "机房 3"), there)
    assert [statements.decoys_missing(n) for n in (0, 1, 4, 5)] == [0, 3, 0, 3]
    assert len({statements.new_salt() for _ in range(50)}) == 50


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text('abcz_ "\\', min_size=1, max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(body=st.dictionaries(st.sampled_from(["a", "b", "code"]), VALUES, max_size=3))
def test_what_is_written_is_read_back_and_written_alike(body):
    written = statements.text("grant", "N00000", body)
    said = statements.parse(written)

    assert statements.text("grant", "N00000", said.body) == written
    assert (said.type, said.issuer) == ("grant", "N00000")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_no_text_makes_anything_but_a_refusal(noise):
    for statement in (noise, raw(noise), raw('{"a":"' + noise + '"}')):
        try:
            statements.parse(statement)
        except (StatementMalformed, StatementTooLarge):
            continue
