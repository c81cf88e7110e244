#!/usr/bin/env python3
"""
Verify an exported ledger pack, offline and alone: Python 3.11 or newer, no other package.

    python verify_ledger.py PACK.zip [--key NAME+HASH+KEY ...] [--older CHECKPOINT.txt ...] [--json]

It recomputes every hash and the Merkle root (RFC 9162), verifies the signatures of the checkpoint
(Ed25519, C2SP signed note), checks that a checkpoint kept from earlier is a beginning of this log,
replays all transfers against the flows, the holds, the floors and the exported balances, and names
the first record that was altered. Exit code 0: all is well; 1: it is not; 2: wrong use.

Give `--key` (once for each key you trust, or several with a line for each) as you got it from the
market when you first met it; without it the keys in the pack are used and the answer says so.
Entries that were not sealed yet when the pack was made are replayed and counted, but no signature
covers them.
"""

import argparse
import base64
import hashlib
import json
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

FORMAT = "suanpan-ledger-pack/1"
HASH_BYTES = 32
NOTE_SIGNATURE = "— "
ED25519_NOTE_TYPE = b"\x01"
ALTERED_MAX = 10  # records that are named, the first ones


# --- Merkle tree (RFC 9162, section 2.1) -----------------------------------------------------


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash above two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The roots of the full subtrees of a growing log, the largest first."""

    def __init__(self) -> None:
        self.size = 0
        self._roots: list[bytes] = []

    def copy(self) -> "Frontier":
        """Return another frontier in the same state."""
        other = Frontier()
        other.size, other._roots = self.size, list(self._roots)
        return other

    def add(self, *leaves: bytes) -> None:
        """Append the hashes of leaves."""
        roots = self._roots
        for leaf in leaves:
            size, root = self.size, leaf
            while size & 1:
                root = node_hash(roots.pop(), root)
                size >>= 1
            roots.append(root)
            self.size += 1

    def root(self) -> bytes:
        """Return the root of the log as it stands."""
        if not self._roots:
            return hashlib.sha256(b"").digest()
        root = self._roots[-1]
        for left in reversed(self._roots[:-1]):
            root = node_hash(left, root)
        return root


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes | None:
    """Return the root that an inclusion proof leads to, or None if the proof has a wrong shape."""
    if not 0 <= index < size:
        return None
    first, last = index, size - 1
    root = leaf
    for sibling in proof:
        if last == 0:
            return None
        if first & 1 or first == last:
            root = node_hash(sibling, root)
            while not first & 1 and first:
                first >>= 1
                last >>= 1
        else:
            root = node_hash(root, sibling)
        first >>= 1
        last >>= 1
    return root if last == 0 else None


def is_consistent(
    old_size: int, new_size: int, proof: list[bytes], old_root: bytes, new_root: bytes
) -> bool:
    """Return whether a consistency proof shows the old log to be a beginning of the new one."""
    if old_size == new_size:
        return not proof and old_root == new_root
    path = ([old_root] if old_size & (old_size - 1) == 0 else []) + proof
    if not (0 < old_size < new_size and path):
        return False
    first, last = old_size - 1, new_size - 1
    while first & 1:
        first >>= 1
        last >>= 1
    old = new = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not first & 1 and first:
                first >>= 1
                last >>= 1
        else:
            new = node_hash(new, step)
        first >>= 1
        last >>= 1
    return last == 0 and old == old_root and new == new_root


# --- Ed25519 (RFC 8032, section 5.1), for verifying only ---------------------------------------

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT_OF_MINUS_1 = pow(2, (_P - 1) // 4, _P)
Point = tuple[int, int, int, int]


def _recover(encoded: bytes) -> Point | None:
    y = int.from_bytes(encoded, "little")
    sign = y >> 255
    y &= (1 << 255) - 1
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT_OF_MINUS_1 % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


def _add(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _multiply(factor: int, point: Point) -> Point:
    result: Point = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            result = _add(result, point)
        point = _add(point, point)
        factor >>= 1
    return result


_BASE = _recover((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))


def is_signed(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether an Ed25519 signature is the key's for the message."""
    if len(public_key) != HASH_BYTES or len(signature) != 2 * HASH_BYTES or _BASE is None:
        return False
    key, commitment = _recover(public_key), _recover(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or scalar >= _L:
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    left = _multiply(scalar, _BASE)
    right = _add(commitment, _multiply(int.from_bytes(digest, "little") % _L, key))
    return (left[0] * right[2] - right[0] * left[2]) % _P == 0 and (
        left[1] * right[2] - right[1] * left[2]
    ) % _P == 0


# --- Checkpoints (C2SP tlog-checkpoint, signed-note) -------------------------------------------


def key_hash(name: str, public_key: bytes) -> bytes:
    """Return the four bytes that a note names a key by."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519_NOTE_TYPE + public_key).digest()[:4]


def verifier_key(name: str, public_key: bytes) -> str:
    """Return a key as auditors keep it: name, hash and key, joined by plus signs."""
    encoded = base64.b64encode(ED25519_NOTE_TYPE + public_key).decode()
    return f"{name}+{key_hash(name, public_key).hex()}+{encoded}"


def parse_verifier_key(text: str) -> tuple[str, bytes]:
    """
    Return name and public key.

    :raises ValueError: if the text is no such key or contradicts itself
    """
    name, digest, encoded = text.strip().split("+", 2)
    raw = base64.b64decode(encoded, validate=True)
    if raw[:1] != ED25519_NOTE_TYPE or key_hash(name, raw[1:]).hex() != digest:
        message = f"its parts contradict each other: {text}"
        raise ValueError(message)
    return name, raw[1:]


@dataclass(frozen=True)
class Checkpoint:
    """A signed statement: this log has so many entries and this root."""

    origin: str
    size: int
    root: bytes
    body: bytes
    signatures: tuple[tuple[str, bytes], ...]

    @classmethod
    def parse(cls, note: str) -> "Checkpoint":
        """
        Read the text of a checkpoint.

        :raises ValueError: if it is malformed
        """
        body, separator, tail = note.partition("\n\n")
        lines = body.split("\n")
        if not separator or len(lines) < 3 or not lines[1].isascii() or not lines[1].isdigit():
            message = "not a checkpoint"
            raise ValueError(message)
        signatures = []
        for line in tail.splitlines():
            name, _, encoded = line.removeprefix(NOTE_SIGNATURE).partition(" ")
            signatures.append((name, base64.b64decode(encoded, validate=True)))
        root = base64.b64decode(lines[2], validate=True)
        return cls(lines[0], int(lines[1]), root, body.encode() + b"\n", tuple(signatures))

    def signers(self, keys: Iterable[tuple[str, bytes]]) -> list[str]:
        """Return the names of those keys that signed this."""
        return [
            name
            for name, public_key in keys
            for signer, signature in self.signatures
            if signer == name
            and signature[:4] == key_hash(name, public_key)
            and is_signed(public_key, self.body, signature[4:])
        ]


# --- Replaying the entries ---------------------------------------------------------------------


@dataclass
class Account:
    """What an account may do and what it did."""

    asset: str
    kind: str
    sums: list[int] = field(default_factory=lambda: [0, 0, 0, 0])  # dd, cc, dp, cp


class Replay:
    """The state of the ledger, rebuilt from nothing but its entries."""

    def __init__(self) -> None:
        self.kinds: dict[str, str] = {}
        self.classes: dict[str, str] = {}
        self.flows: set[tuple[str, ...]] = set()
        self.accounts: dict[str, Account] = {}
        self.keys: list[tuple[str, bytes]] = []
        self.transfers = 0
        self.faults: list[str] = []
        self._moves: dict[tuple[str, ...], str] = {}  # by kinds, and the first transfer of each
        self._early: dict[tuple[str, str, str, str], str] = {}  # before their accounts
        self._holds: dict[str, tuple[str, ...]] = {}
        self._resolutions: dict[str, tuple[str, ...]] = {}
        self._pending: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])

    def read(self, line: str) -> None:
        """Take one entry in. Entries may come in any order; `finish` compares them."""
        fields = line.split("\t")
        if fields[0] == "transfer":
            self._transfer(fields)
        elif fields[0] == "asset":
            self.classes[fields[1]] = fields[3]
        elif fields[0] == "kind":
            self.kinds[fields[1]] = fields[2]
        elif fields[0] == "flow":
            self.flows.add(tuple(fields[1:5]))
        elif fields[0] == "account":
            self.accounts[fields[1]] = Account(fields[2], fields[3])
        elif fields[0] == "key":
            self.keys.append((fields[1], bytes.fromhex(fields[2])))

    def _transfer(self, fields: list[str]) -> None:
        transfer_id, op, debit, credit, asset, digits, reason, hold = fields[1:9]
        amount = int(digits)
        self.transfers += 1
        if amount <= 0 or debit == credit:
            self.faults.append(f"transfer {transfer_id} moves nothing")
        self._note_move((debit, credit, asset, reason), transfer_id)
        out, into = self._pending[debit], self._pending[credit]
        if op in {"post", "capture"}:
            out[0] += amount
            into[1] += amount
        if op == "hold":
            out[2] += amount
            into[3] += amount
            self._holds[transfer_id] = (debit, credit, digits)
        elif op in {"capture", "release"}:
            if hold in self._resolutions:
                self.faults.append(f"transfer {transfer_id} resolves hold {hold} again")
            self._resolutions[hold] = (transfer_id, op, debit, credit, digits)
        if hold in self._resolutions and hold in self._holds:
            self._resolve(hold)
        elif op == "hold" and transfer_id in self._resolutions:
            self._resolve(transfer_id)

    def _resolve(self, hold: str) -> None:
        debit, credit, held = self._holds.pop(hold)
        transfer_id, op, *sides, digits = self._resolutions[hold]
        self._resolutions[hold] = ("done",)
        if sides != [debit, credit] or int(digits) > int(held):
            self.faults.append(f"transfer {transfer_id} does not match hold {hold}")
        if op == "release" and digits != held:
            self.faults.append(f"transfer {transfer_id} releases another amount than hold {hold}")
        self._pending[debit][2] -= int(held)
        self._pending[credit][3] -= int(held)

    def finish(self) -> None:
        """Compare all moves with accounts and flows, and all balances with their floors."""
        for hold, found in self._resolutions.items():
            if found[0] != "done":
                self.faults.append(f"transfer {found[0]} resolves hold {hold}, which is missing")
        self._check_moves()
        for code, sums in self._pending.items():
            if code in self.accounts:
                self.accounts[code].sums = sums
        for code, account in self.accounts.items():
            self._check_floor(code, account)

    def _note_move(self, sides: tuple[str, str, str, str], first: str) -> None:
        """Keep the first transfer between two kinds, or wait for their accounts."""
        debit, credit, asset, reason = sides
        one, other = self.accounts.get(debit), self.accounts.get(credit)
        if one and other:
            move = (one.asset, one.kind, other.asset, other.kind, asset, reason)
            self._moves.setdefault(move, first)
        else:
            self._early.setdefault(sides, first)

    def _check_moves(self) -> None:
        early, self._early = self._early, {}
        for sides, first in early.items():
            self._note_move(sides, first)
        for first in self._early.values():
            self.faults.append(f"transfer {first} names an account that nothing opened")
        for move, first in self._moves.items():
            self._check_move(move, first)

    def _check_move(self, move: tuple[str, ...], first: str) -> None:
        debit_asset, debit_kind, credit_asset, credit_kind, asset, reason = move
        if not debit_asset == credit_asset == asset:
            self.faults.append(f"transfer {first} leaves its asset, {asset}")
        names = (asset, "*" + self.classes.get(asset, ""))
        if not any((name, debit_kind, credit_kind, reason) in self.flows for name in names):
            self.faults.append(f"transfer {first} follows no flow of {asset}")

    def _check_floor(self, code: str, account: Account) -> None:
        debits, credit_sum, outgoing, incoming = account.sums
        rule = self.kinds.get(account.kind)
        if (rule == "D" and debits + outgoing > credit_sum) or (
            rule == "C" and credit_sum + incoming > debits
        ):
            self.faults.append(f"account {code} is below its floor")

    def totals(self) -> dict[str, list[int]]:
        """Return debits and credits posted, by asset."""
        totals: dict[str, list[int]] = {}
        for account in self.accounts.values():
            sums = totals.setdefault(account.asset, [0, 0])
            sums[0] += account.sums[0]
            sums[1] += account.sums[1]
        return totals


# --- The pack ----------------------------------------------------------------------------------


class Pack:
    """A pack's files, in a ZIP archive or in a folder."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path) if path.is_file() else None
        self._folder = path

    def open(self, name: str) -> IO[bytes]:
        """Open one file of the pack."""
        return self._zip.open(name) if self._zip else (self._folder / name).open("rb")

    def text(self, name: str) -> str:
        """Return the text of a small file."""
        with self.open(name) as file:
            return file.read().decode()

    def lines(self, name: str) -> Iterator[bytes]:
        """Return the lines of a file, one at a time, without their ends."""
        with self.open(name) as file:
            for line in file:
                yield line.removesuffix(b"\n")


def verify(
    pack: Pack, *, trusted: list[tuple[str, bytes]], older: list[Checkpoint]
) -> dict[str, Any]:
    """Return what was found; the pack is well if there are no faults."""
    manifest = json.loads(pack.text("manifest.json"))
    if manifest.get("format") != FORMAT:
        return {"ok": False, "faults": [f"the pack is not of format {FORMAT}"]}
    checkpoint = Checkpoint.parse(pack.text("checkpoint.txt"))
    pack_keys = [parse_verifier_key(line) for line in pack.text("keys.txt").splitlines()]
    faults = _check_signatures(checkpoint, older, trusted or pack_keys)

    replay = Replay()
    faults += _check_entries(pack, checkpoint, older, replay)
    unsealed = 0
    for line in pack.lines("unsealed.txt"):
        replay.read(line.decode())
        unsealed += 1
    replay.finish()
    totals = {
        asset: {"debits": sums[0], "credits": sums[1]}
        for asset, sums in sorted(replay.totals().items())
    }
    faults += replay.faults + _check_balances(pack, replay)
    counts = {"entries": checkpoint.size, "unsealed": unsealed, "accounts": len(replay.accounts)}
    faults += _check_manifest(manifest, counts | {"totals": totals})
    return {
        "ok": not faults,
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "unsealed": unsealed,
        "root": base64.b64encode(checkpoint.root).decode(),
        "keys": "given" if trusted else "from the pack",
        "transfers": replay.transfers,
        "accounts": len(replay.accounts),
        "totals": totals,
        "faults": faults,
    }


def _check_signatures(
    checkpoint: Checkpoint, older: list[Checkpoint], keys: list[tuple[str, bytes]]
) -> list[str]:
    faults = []
    for one in (checkpoint, *older):
        if not one.signers(keys):
            faults.append(f"checkpoint of {one.size} entries: no trusted key signed it")
        if one.origin != checkpoint.origin:
            faults.append(f"checkpoint of {one.size} entries: it is of another log, {one.origin}")
    return faults


def _check_entries(
    pack: Pack, checkpoint: Checkpoint, older: list[Checkpoint], replay: Replay
) -> list[str]:
    """Hash every entry, compare it with its sealed hash, and the roots with the checkpoints."""
    roots = {one.size: one.root for one in (checkpoint, *older)}
    found, sealed = Frontier(), None  # the same log until the first entry that was altered
    faults: list[str] = []
    with pack.open("hashes.bin") as hashes:
        for line in pack.lines("entries.txt"):
            leaf, recorded = leaf_hash(line), hashes.read(HASH_BYTES)
            if leaf != recorded:
                sealed = sealed or found.copy()
                if len(faults) < ALTERED_MAX:
                    faults.append(f"entry {found.size} was altered: {line.decode()}")
            found.add(leaf)
            if sealed:
                sealed.add(recorded)
            replay.read(line.decode())
            if found.size in roots and roots[found.size] != found.root():
                # Where the sealed hashes still lead to the signed root, they are the truth.
                proven = sealed is not None and roots[found.size] == sealed.root()
                faults.append(
                    f"checkpoint of {found.size} entries: the root differs"
                    + ("" if proven else ", and so does that of the sealed hashes")
                )
    missing = [
        f"checkpoint of {size} entries: the pack has {found.size}"
        for size in roots
        if size > found.size
    ]
    if found.size > checkpoint.size:
        missing.append(f"{found.size - checkpoint.size} entries are beyond the checkpoint")
    return faults + missing


def _check_manifest(manifest: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Compare what the pack says of itself with what is in it; an asset may be without accounts."""
    moved = {asset: sums for asset, sums in found["totals"].items() if any(sums.values())}
    told = {asset: sums for asset, sums in manifest["totals"].items() if any(sums.values())}
    said, found = manifest | {"totals": told}, found | {"totals": moved}
    return [
        f"manifest: {name} is {said.get(name)}, the pack has {value}"
        for name, value in found.items()
        if said.get(name) != value
    ]


def _check_balances(pack: Pack, replay: Replay) -> list[str]:
    faults = []
    seen = set()
    for line in pack.lines("balances.tsv"):
        code, *digits = line.decode().split("\t")
        seen.add(code)
        account = replay.accounts.get(code)
        if account is None:
            faults.append(f"balance of {code}: no entry opened this account")
        elif account.sums != [int(text) for text in digits]:
            faults.append(f"balance of {code}: replayed {account.sums}, exported {digits}")
    faults += [f"balance of {code}: missing" for code in replay.accounts if code not in seen]
    faults += [
        f"asset {asset}: debits {debits} and credits {credit} differ"
        for asset, (debits, credit) in replay.totals().items()
        if debits != credit
    ]
    return faults


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else None)
    parser.add_argument("pack", type=Path, help="the exported ZIP file, or its unpacked folder")
    parser.add_argument("--key", action="append", default=[], help="a trusted NAME+HASH+KEY")
    parser.add_argument(
        "--older", action="append", default=[], type=Path, help="a checkpoint kept from earlier"
    )
    parser.add_argument("--json", action="store_true", help="print one object")
    given = parser.parse_args(arguments)
    started = datetime.now().astimezone()
    try:
        trusted = [parse_verifier_key(line) for text in given.key for line in text.split()]
    except ValueError as error:
        parser.error(f"--key: not a key as the market gives it out: {error}")
    try:
        older = [Checkpoint.parse(path.read_text(encoding="utf-8")) for path in given.older]
    except (OSError, ValueError) as error:
        parser.error(f"--older: {error}")
    if not given.pack.exists():
        parser.error(f"there is no {given.pack}")
    try:
        result = verify(Pack(given.pack), trusted=trusted, older=older)
    except (OSError, ValueError, KeyError, IndexError, AttributeError, zipfile.BadZipFile) as error:
        result = {"ok": False, "faults": [f"the pack cannot be read: {error}"]}
    result["seconds"] = round((datetime.now().astimezone() - started).total_seconds(), 3)
    _print(result, as_json=given.json)
    return 0 if result["ok"] else 1


def _print(result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=2) + "\n")
        return
    for fault in result["faults"]:
        sys.stdout.write(f"FAULT  {fault}\n")
    if not result["ok"]:
        return
    sys.stdout.write(
        f"OK     {result['size']} entries sealed, {result['transfers']} transfers,"
        f" {result['accounts']} accounts; root {result['root']};"
        f" signed by keys {result['keys']}; {result['seconds']} s\n"
    )
    if result["unsealed"]:
        sys.stdout.write(f"NOTE   {result['unsealed']} newer entries: no signature covers them\n")
    if result["keys"] != "given":
        sys.stdout.write("NOTE   the keys are the pack's own: give --key with one that you trust\n")


if __name__ == "__main__":
    sys.exit(main())
