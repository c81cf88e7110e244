"""The sealer and the offline script have code of their own, and agree with the world's vectors."""

import json
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

from ledger import hashing, merkle, packs, verify_ledger
from marketplace.audit import bundle, manifest, seal_file, verify_export

GOLDEN = json.loads(Path(__file__).with_name("golden_hashes.json").read_text())
BOTH = pytest.mark.parametrize("side", [hashing, verify_ledger], ids=["sealer", "script"])


def leaves(side: ModuleType) -> list[bytes]:
    return [side.leaf_hash(bytes.fromhex(leaf)) for leaf in GOLDEN["leaves"]]


@BOTH
def test_leaves_are_hashed_as_the_standard_says(side):
    assert [leaf.hex() for leaf in leaves(side)] == GOLDEN["leaf_hashes"]


@BOTH
def test_two_leaves_have_the_root_of_the_standard(side):
    assert side.node_hash(*leaves(side)[:2]).hex() == GOLDEN["roots"][1]


@BOTH
@pytest.mark.parametrize("key", GOLDEN["keys"], ids=lambda key: key["name"])
def test_keys_are_named_as_the_format_says(side, key):
    public = bytes.fromhex(key["public_key"])

    assert side.key_hash(key["name"], public).hex() == key["key_hash"]
    assert side.verifier_key(key["name"], public) == key["verifier_key"]


def test_the_sealers_tiles_have_the_roots_of_the_standard():
    tiles: dict[tuple[int, int], bytes] = {}
    roots = []

    def read(level: int, number: int) -> bytes:
        return tiles[level, number]

    for size, leaf in enumerate(leaves(hashing)):
        changed = merkle.append(size, [leaf], read)
        tiles |= {place: tile for place, (tile, _had) in changed.items()}
        roots.append(merkle.root(size + 1, read).hex())

    assert roots == GOLDEN["roots"]


def test_the_scripts_frontier_has_the_roots_of_the_standard():
    frontier = verify_ledger.Frontier()
    roots = []
    for leaf in leaves(verify_ledger):
        frontier.add(leaf)
        roots.append(frontier.root().hex())

    assert roots == GOLDEN["roots"]


def test_an_altered_leaf_alters_every_later_root():
    altered = verify_ledger.Frontier()
    altered.add(verify_ledger.leaf_hash(b"altered"))
    roots = [altered.root().hex()]
    for leaf in leaves(verify_ledger)[1:]:
        altered.add(leaf)
        roots.append(altered.root().hex())

    assert all(one != other for one, other in zip(roots, GOLDEN["roots"], strict=True))
    assert all(one != other for one, other in pairwise(roots))


def test_both_sides_call_formats_and_parts_by_the_same_names():
    assert packs.FORMAT == verify_ledger.FORMAT
    assert hashing.HASH_BYTES == verify_ledger.HASH_BYTES
    assert hashing.NOTE_SIGNATURE == verify_ledger.NOTE_SIGNATURE
    assert (manifest.FORMAT, manifest.FORMAT_WITH_DERIVED) == verify_export.FORMATS
    assert seal_file.FORMAT == verify_export.SEAL_FORMAT
    for name in ("MANIFEST", "SIGNATURE", "SUBJECT"):
        assert getattr(bundle, name) == getattr(verify_export, name)
    assert packs.SCRIPT.name == verify_export.LEDGER_VERIFIER
