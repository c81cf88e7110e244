#!/usr/bin/env python3
"""
Verify cosigned checkpoints of a ledger, offline and alone: Python 3.11 or newer, nothing else.

    python verify_witness.py POLICY.json CHECKPOINT.txt ... [--pack PACK.zip] [--max-age S] [--json]

POLICY.json (`witness-policy/1`) is pinned: kept from when you first met the market. It names the
keys of the log and of its witnesses, and how many of each group are needed. Each CHECKPOINT.txt is
a note as `/api/gateway/v1/checkpoint?witnessed=1` gives it. The script checks the signatures of the
log and of the witnesses (Ed25519; C2SP signed-note, tlog-cosignature), that no two checkpoints
contradict each other, and, with `--pack` (a pack of `export_ledger`), that the entries of the pack
lead to the very roots that were cosigned: who rewrote a ledger and signed it anew is named.
Exit code 0: all is well; 1: it is not; 2: wrong use.
"""

import argparse
import base64
import hashlib
import json
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORMAT = "witness-policy/1"
LOG_TYPE = b"\x01"
WITNESS_TYPE = b"\x04"
SKEW_SECONDS_MAX = 120
_MARK = "— "


# --- Ed25519 (RFC 8032, section 5.1), for verifying only ---------------------------------------

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT_OF_MINUS_1 = pow(2, (_P - 1) // 4, _P)
CurvePoint = tuple[int, int, int, int]


def _point(encoded: bytes) -> CurvePoint | None:
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT_OF_MINUS_1 % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return x, y, 1, x * y % _P


def _sum(one: CurvePoint, other: CurvePoint) -> CurvePoint:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(factor: int, point: CurvePoint) -> CurvePoint:
    result: CurvePoint = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            result = _sum(result, point)
        point, factor = _sum(point, point), factor >> 1
    return result


_BASE_POINT = _point((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))


def signs(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether an Ed25519 signature is the key's for the message."""
    if len(public_key) != 32 or len(signature) != 64 or _BASE_POINT is None:
        return False
    key, commitment = _point(public_key), _point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or scalar >= _L:
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    left = _times(scalar, _BASE_POINT)
    right = _sum(commitment, _times(int.from_bytes(digest, "little") % _L, key))
    return (left[0] * right[2] - right[0] * left[2]) % _P == 0 and (
        left[1] * right[2] - right[1] * left[2]
    ) % _P == 0


# --- Notes -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PinnedKey:
    """A key of the policy: of the log, or of a witness in a group."""

    name: str
    public_key: bytes
    kind: bytes
    group: str = ""

    @classmethod
    def parse(cls, text: str, kind: bytes, group: str = "") -> "PinnedKey":
        """
        Read NAME+HASH+KEY.

        :raises ValueError: if it is of another kind or contradicts itself
        """
        name, digest, encoded = text.strip().split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        key = cls(name, raw[1:], kind, group)
        if raw[:1] != kind or key.hash.hex() != digest:
            message = f"the key of {name} is of another kind, or contradicts itself"
            raise ValueError(message)
        return key

    @property
    def hash(self) -> bytes:
        """Return the four bytes that a note names the key by."""
        return hashlib.sha256(self.name.encode() + b"\n" + self.kind + self.public_key).digest()[:4]


@dataclass(frozen=True)
class CosignedNote:
    """A checkpoint with all lines under it."""

    origin: str
    size: int
    root: bytes
    body: bytes
    lines: tuple[tuple[str, bytes], ...]

    @classmethod
    def parse(cls, text: str) -> "CosignedNote":
        """
        Read a note.

        :raises ValueError: if it is none
        """
        body, separator, tail = text.partition("\n\n")
        fields = body.split("\n")
        if not separator or len(fields) < 3 or not fields[1].isdecimal():
            message = "not a checkpoint"
            raise ValueError(message)
        lines = []
        for line in tail.splitlines():
            name, _, encoded = line.removeprefix(_MARK).partition(" ")
            lines.append((name, base64.b64decode(encoded, validate=True)))
        root = base64.b64decode(fields[2], validate=True)
        return cls(fields[0], int(fields[1]), root, body.encode() + b"\n", tuple(lines))

    def is_from(self, log: PinnedKey) -> bool:
        """Return whether a key of the log signed it."""
        return any(
            name == log.name and raw[:4] == log.hash and signs(log.public_key, self.body, raw[4:])
            for name, raw in self.lines
        )

    def seen_by(self, witness: PinnedKey) -> int | None:
        """Return when a witness cosigned it, in seconds since 1970; None if it did not."""
        for name, raw in self.lines:
            seconds = int.from_bytes(raw[4:12], "big")
            message = f"cosignature/v1\ntime {seconds}\n".encode() + self.body
            is_named = name == witness.name and raw[:4] == witness.hash
            if is_named and signs(witness.public_key, message, raw[12:]):
                return seconds
        return None


# --- Verifying ---------------------------------------------------------------------------------


def check(
    policy: dict[str, Any], notes: list[CosignedNote], *, now: int, age_max: int | None = None
) -> tuple[dict[int, list[str]], list[str]]:
    """Return who cosigned each size, and what is wrong with the checkpoints themselves."""
    logs = [PinnedKey.parse(text, LOG_TYPE) for text in policy["logs"]]
    witnesses = [
        PinnedKey.parse(each["key"], WITNESS_TYPE, each["group"]) for each in policy["witnesses"]
    ]
    named: dict[int, list[str]] = {}
    roots: dict[int, bytes] = {}
    faults = []
    for note in notes:
        seen = {each: note.seen_by(each) for each in witnesses}
        good = [
            each
            for each, seconds in seen.items()
            if seconds is not None
            and seconds <= now + SKEW_SECONDS_MAX
            and (age_max is None or seconds >= now - age_max)
        ]
        named[note.size] = [each.name for each in good]
        if not any(note.origin == log.name and note.is_from(log) for log in logs):
            faults.append(f"checkpoint of {note.size} entries: no pinned key of the log signed it")
        groups = [each.group for each in good]
        faults += [
            f"checkpoint of {note.size} entries: {groups.count(group)} of {least} witnesses needed"
            f" of {group} cosigned it"
            for group, least in policy["needs"].items()
            if groups.count(group) < least
        ]
        if roots.setdefault(note.size, note.root) != note.root:
            faults.append(f"the log {note.origin} signed two histories of {note.size} entries")
    return named, faults


def roots_of(pack: Path, sizes: set[int]) -> Iterator[tuple[int, bytes]]:
    """Yield the roots of the first entries of a pack, at the sizes that are asked for."""
    stack: list[bytes] = []
    size = 0
    with zipfile.ZipFile(pack) as packed, packed.open("entries.txt") as entries:
        for line in entries:
            root = hashlib.sha256(b"\x00" + line.removesuffix(b"\n")).digest()
            rest, size = size, size + 1
            while rest & 1:
                root = hashlib.sha256(b"\x01" + stack.pop() + root).digest()
                rest >>= 1
            stack.append(root)
            if size in sizes:
                whole = stack[-1]
                for left in reversed(stack[:-1]):
                    whole = hashlib.sha256(b"\x01" + left + whole).digest()
                yield size, whole


def check_pack(pack: Path, notes: list[CosignedNote], named: dict[int, list[str]]) -> list[str]:
    """Return which checkpoints the entries of a pack contradict, and who cosigned those."""
    found = dict(roots_of(pack, {note.size for note in notes}))
    faults = []
    for note in notes:
        who = ", ".join(named[note.size]) or "nobody"
        if note.size not in found:
            faults.append(
                f"the log {note.origin} is shorter than the {note.size} entries that {who} cosigned"
            )
        elif found[note.size] != note.root:
            faults.append(
                f"the log {note.origin} was rewritten: its first {note.size} entries are not those"
                f" that {who} cosigned"
            )
    return faults


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else None)
    parser.add_argument("policy", type=Path, help="the witness policy that you pinned")
    parser.add_argument("checkpoint", nargs="+", type=Path, help="a checkpoint with cosignatures")
    parser.add_argument("--pack", type=Path, help="an exported ledger pack (ZIP)")
    parser.add_argument("--max-age", type=int, help="seconds that a cosignature may be old")
    parser.add_argument("--json", action="store_true", help="print one object")
    given = parser.parse_args(arguments)
    try:
        policy = json.loads(given.policy.read_text(encoding="utf-8"))
        notes = [CosignedNote.parse(path.read_text(encoding="utf-8")) for path in given.checkpoint]
        if policy["format"] != FORMAT or not policy["needs"]:
            parser.error(f"the policy is not of format {FORMAT}, or needs nobody")
        named, faults = check(policy, notes, now=int(time.time()), age_max=given.max_age)
        if given.pack:
            faults += check_pack(given.pack, notes, named)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        parser.error(f"cannot be read: {error}")
    result = {"ok": not faults, "witnesses": named, "faults": faults}
    if given.json:
        sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=2) + "\n")
    else:
        lines = [f"FAULT  {fault}" for fault in faults] or [
            f"OK     {size} entries, cosigned by {', '.join(names)}"
            for size, names in named.items()
        ]
        sys.stdout.write("\n".join(lines) + "\n")
    return 0 if not faults else 1


if __name__ == "__main__":
    sys.exit(main())
