"""
Signed statements: what one node says, as exact bytes that anybody verifies before reading them.

A text has three lines, each ended by a line feed: `suanpan-statement/1 TYPE`, the issuer's code,
and the canonical JSON of an object. Signatures are note lines over the whole text (C2SP
signed-note); the digest is the leaf hash of RFC 9162, so one value names a statement and proves it
in a log. The first line holds a space, which no log's origin does: no statement passes for a
checkpoint, nor the reverse. Pure: keys come from whoever calls.
"""

import base64
import binascii
import hashlib
import json
import re
import secrets
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils.translation import gettext_lazy as _

from common import ed25519
from common.canonical import canonical_json, decimal_text
from common.errors import InvalidInput, Refusal

FORMAT: Final = "suanpan-statement/1"
BODY_BYTES_MAX: Final = 64 * 1024
DEPTH_MAX: Final = 16
INTEGER_MAX: Final = 2**53 - 1  # what every reader of JSON keeps exactly
SIGNATURES_MAX: Final = 4
DIGEST_PREFIX: Final = "sha256:"
SALT_BYTES: Final = 16
HIDDEN_MULTIPLE: Final = 4
# Statements that may be written; a reader refuses every other type.
TYPES: Final = frozenset(
    {
        "abort",
        "answer",
        "binding",
        "charge",
        "commit",
        "difference",
        "directory",
        "equivocation",
        "grant",
        "keyset",
        "negative",
        "netting",
        "node-request",
        "offer",
        "placement",
        "receipt",
        "record",
        "rekey",
        "rename",
        "renewal",
        "reservation",
        "status",
        "totals",
    }
)
# Those that are leaves of the register's log.
LOGGED_TYPES: Final = frozenset(
    {"binding", "directory", "equivocation", "grant", "keyset", "record", "rename", "status"}
)
_ISSUER: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.:-]{0,63}")
_KEY_NAME: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.:/_-]{0,99}")
_SIGNATURE_LINE: Final = re.compile(r"— ([^\s+]{1,100}) ([0-9A-Za-z+/]{8,4096}={0,2})\n?")
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_MEMBER: Final = re.compile(r"[ -~]{1,100}")
# Controls, halves of pairs, and separators that some readers take for the end of a line.
_BARRED: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


class StatementMalformed(InvalidInput):
    """The text is no statement, or not in the one writing that a statement has."""

    code = "statement_malformed"
    sentence = _("This is no statement in its one writing: %(reason)s.")

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)


class StatementTooLarge(Refusal):
    """The body, or the number of its signatures, is beyond what a verifier reads."""

    code = "too_large"
    status = 413
    sentence = _("A statement holds at most %(bytes)s bytes and %(signatures)s signatures.")

    def __init__(self) -> None:
        super().__init__(bytes=BODY_BYTES_MAX, signatures=SIGNATURES_MAX)


class StatementSignature(Refusal):
    """A signature is not its key's, or the one that is needed is missing."""

    code = "statement_signature"
    status = 422
    sentence = _("The statement bears no good signature of %(key)s.")


@dataclass(frozen=True, slots=True)
class SaidStatement:
    """
    A statement as read: who says what.

    `body` is the parsed object with unknown members kept; `digest` is `sha256:` and 64 digits.
    """

    type: str
    issuer: str
    body: Mapping[str, Any]
    digest: str


def text(statement_type: str, issuer: str, body: Mapping[str, Any]) -> str:
    """
    Write a statement: times in UTC with milliseconds, numbers with a fraction as text, NFC.

    :raises StatementMalformed: on a type, issuer or value that no statement has
    :raises StatementTooLarge: if the body has more than 64 KiB
    """
    written = canonical_json(_plain(body, 1)).decode()
    found = f"{FORMAT} {statement_type}\n{issuer}\n{written}\n"
    parse(found)
    return found


def digest(statement: str) -> str:
    """Return the name of a statement, which is its leaf hash: `sha256:` and 64 digits."""
    return DIGEST_PREFIX + hashlib.sha256(b"\x00" + statement.encode()).hexdigest()


def parse(statement: str) -> SaidStatement:
    """
    Read a text, which must be in its one writing; verify its signatures before you believe it.

    :raises StatementMalformed: with the reason, on anything else than `text` writes
    :raises StatementTooLarge: if the body has more than 64 KiB
    """
    if len(statement) > BODY_BYTES_MAX + 200:
        raise StatementTooLarge
    lines = statement.split("\n")
    if len(lines) != 4 or lines[3]:
        raise StatementMalformed("three lines")
    form, _space, kind = lines[0].partition(" ")
    if form != FORMAT or kind not in TYPES:
        raise StatementMalformed("type")
    if not _ISSUER.fullmatch(lines[1]):
        raise StatementMalformed("issuer")
    return SaidStatement(kind, lines[1], _body(lines[2]), digest(statement))


def sign(statement: str, name: str, private_key: Ed25519PrivateKey) -> str:
    """
    Return the signature line, ended by a line feed, of a key for a text.

    :raises StatementMalformed: if no key can have this name
    """
    if not _KEY_NAME.fullmatch(name):
        raise StatementMalformed("key name")
    public_key = private_key.public_key().public_bytes_raw()
    raw = ed25519.note_key_hash(name, public_key) + private_key.sign(statement.encode())
    return f"— {name} {base64.b64encode(raw).decode()}\n"


def verify(
    statement: str,
    lines: Collection[str],
    keys: Mapping[str, bytes | Collection[bytes]],
) -> tuple[str, ...]:
    """
    Return the names of the keys that signed, in the order of the lines.

    Each line costs at most one verification: only a key with its name and hash is tried. `keys`
    are the public keys by name, several where they overlap. Lines of other keys are passed over.

    :raises StatementMalformed: if a line is no signature line
    :raises StatementTooLarge: if there are more than four lines
    :raises StatementSignature: if a line is not what its key signs
    """
    if len(lines) > SIGNATURES_MAX:
        raise StatementTooLarge
    message = statement.encode()
    found = []
    for line in lines:
        name, key_hash, signature = read_line(line)
        public_key = _key_of(keys.get(name, ()), name, key_hash)
        if public_key is None:
            continue
        if not ed25519.is_signature(signature, public_key=public_key, message=message):
            raise StatementSignature(key=name)
        found.append(name)
    return tuple(dict.fromkeys(found))


def require_signature(
    statement: str,
    lines: Collection[str],
    keys: Mapping[str, bytes | Collection[bytes]],
    *,
    name: str,
) -> None:
    """
    Check that a key of this name signed.

    :raises StatementSignature: if none did
    :raises StatementMalformed, StatementTooLarge: as `verify`
    """
    if name not in verify(statement, lines, keys):
        raise StatementSignature(key=name)


def read_line(line: str) -> tuple[str, bytes, bytes]:
    """
    Return the key's name, its hash of four bytes, and the signature of whatever length.

    :raises StatementMalformed: if this is no signature line
    """
    found = _SIGNATURE_LINE.fullmatch(line)
    if found is None:
        raise StatementMalformed("signature line")
    name, encoded = found.groups()
    try:
        raw = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise StatementMalformed("signature line") from error
    if base64.b64encode(raw).decode() != encoded:
        raise StatementMalformed("signature line")
    return name, raw[:4], raw[4:]


def new_salt() -> str:
    """Return a salt: 16 random bytes as 32 hexadecimal digits."""
    return secrets.token_hex(SALT_BYTES)


def commitment(salt: str, name: str, value: Any) -> str:
    """Return what stands in a record for a field that not everybody may see."""
    return hashlib.sha256(canonical_json([salt, name, _plain(value, 2)])).hexdigest()


def hidden(disclosures: Iterable[tuple[str, str, Any]]) -> list[str]:
    """
    Return the commitments of (salt, name, value), sorted: their order tells nothing.

    Give decoys, (salt, "", None), until `decoys_missing` is 0, so that their number tells little.
    """
    return sorted(commitment(*each) for each in disclosures)


def decoys_missing(number: int) -> int:
    """Return how many decoys fill so many hidden fields up to a multiple of four."""
    return -number % HIDDEN_MULTIPLE


def is_disclosed(disclosure: tuple[str, str, Any], commitments: Collection[str]) -> bool:
    """Return whether a disclosure belongs to a record: its commitment stands there."""
    return commitment(*disclosure) in commitments


def moment(value: datetime) -> str:
    """Return a time as statements write it: UTC, with milliseconds."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _key_of(named: bytes | Collection[bytes], name: str, key_hash: bytes) -> bytes | None:
    for key in [named] if isinstance(named, bytes) else named:
        if ed25519.note_key_hash(name, key) == key_hash:
            return key
    return None


def _plain(value: Any, depth: int) -> Any:
    if isinstance(value, str | Decimal | UUID | datetime):
        return _as_text(value)
    if isinstance(value, Mapping):
        _require_depth(depth)
        return {str(name): _plain(item, depth + 1) for name, item in value.items()}
    if isinstance(value, list | tuple):
        _require_depth(depth)
        return [_plain(item, depth + 1) for item in value]
    if value is None or isinstance(value, bool | int):
        return value
    raise StatementMalformed(type(value).__name__)


def _as_text(value: str | Decimal | UUID | datetime) -> str:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, Decimal):
        return decimal_text(value)
    return unicodedata.normalize("NFC", str(value))


def _body(line: str) -> dict[str, Any]:
    if len(line.encode(errors="surrogatepass")) > BODY_BYTES_MAX:
        raise StatementTooLarge
    _require_shallow(line)
    try:
        value = json.loads(
            line,
            object_pairs_hook=_object,
            parse_float=_no_number,
            parse_constant=_no_number,
            parse_int=_integer,
        )
    except ValueError as error:
        raise StatementMalformed("JSON") from error
    if not isinstance(value, dict):
        raise StatementMalformed("object")
    _require_plain_text(value)
    if canonical_json(value).decode() != line:
        raise StatementMalformed("canonical")
    return value


def _require_shallow(line: str) -> None:
    """Count brackets before anything is parsed: no reader is driven into recursion."""
    depth = 0
    for character in _STRING.sub("", line):
        if character in "[{":
            depth += 1
            _require_depth(depth)
        elif character in "]}":
            depth -= 1


def _require_depth(depth: int) -> None:
    if depth > DEPTH_MAX:
        raise StatementMalformed("depth")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise StatementMalformed("duplicate member")
    if not all(_MEMBER.fullmatch(name) for name in found):
        raise StatementMalformed("member name")
    return found


def _no_number(written: str) -> Any:
    raise StatementMalformed(f"number {written[:20]}")


def _integer(written: str) -> int:
    if len(written) > 17 or abs(number := int(written)) > INTEGER_MAX:
        raise StatementMalformed("number")
    return number


def _require_plain_text(value: Any) -> None:
    for each in _strings(value):
        if not unicodedata.is_normalized("NFC", each):
            raise StatementMalformed("NFC")
        if any(unicodedata.category(character) in _BARRED for character in each):
            raise StatementMalformed("control character")


def _strings(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
