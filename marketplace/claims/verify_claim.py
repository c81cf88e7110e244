"""
Check the evidence of a voucher claim: `python verify_claim.py PACK.zip`. Needs nothing but Python.

It computes again every hash and every sum from what the pack holds, and says what does not agree.
"""

import base64
import hashlib
import json
import sys
import zipfile
from decimal import Decimal
from typing import Any


def record_hash(content: dict[str, str]) -> str:
    """Return the hash of a record's texts, as the market makes it."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def leaf_root(entry: str, index: int, proof: list[str], size: int) -> str:
    """Return the root that an entry's place and the hashes beside its way lead to (RFC 9162)."""
    node = hashlib.sha256(b"\0" + entry.encode()).digest()
    place, last = index, size - 1
    for each in map(bytes.fromhex, proof):
        if place % 2 or place == last:
            node = hashlib.sha256(b"\1" + each + node).digest()
            while place and not place % 2:
                place, last = place >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\1" + node + each).digest()
        place, last = place >> 1, last >> 1
    return node.hex()


def paid(assets: str, asset: str) -> int:
    """Return what a record says was paid in an asset, in minor units."""
    found = dict(part.split(":") for part in assets.split(";") if part)
    return int(Decimal(found.get(asset, "0")) * 100)


def granted(
    pack: zipfile.ZipFile, manifest: dict[str, Any], line: dict[str, Any], trade: dict[str, str]
) -> int | None:
    """Return what vouchers paid of a trade, or what was decided of one that the buyer paid."""
    if manifest.get("kind") != "REIMBURSEMENT":
        return paid(trade["assets"], manifest["asset"])
    decided = {each["trade"]: each for each in part(pack, manifest, "decisions")}
    found = decided.get(line["trade"])
    if found is None or found["amount_minor"] > found["base_minor"]:
        return None
    amount: int = found["amount_minor"]
    return amount


def check(pack: zipfile.ZipFile) -> list[str]:
    """Return what does not agree; nothing if all does."""
    wrong: list[str] = []
    manifest = json.loads(pack.read("manifest.json"))
    for name, digest in manifest["parts"].items():
        if hashlib.sha256(pack.read(name)).hexdigest() != digest:
            wrong.append(f"{name}: changed")
    trades = {each["number"]: each for each in part(pack, manifest, "trades")}
    wrong += records(part(pack, manifest, "trades"))
    wrong += records(part(pack, manifest, "charges"))
    for line in manifest["lines"]:
        trade = trades.get(line["trade"])
        if trade is None:
            wrong.append(f"{line['trade']}: no such trade")
        elif granted(pack, manifest, line, trade) != line["amount_minor"]:
            wrong.append(f"{line['trade']}: another amount")
    if sum(line["amount_minor"] for line in manifest["lines"]) != manifest["amount_minor"]:
        wrong.append("the lines do not add up to the claim")
    return wrong + seals(part(pack, manifest, "seals"), trades)


def records(found: list[dict[str, str]]) -> list[str]:
    """Return the records that say something else than their hash."""
    wrong = []
    for each in found:
        said = {name: text for name, text in each.items() if name != "content_hash"}
        if record_hash(said) != each["content_hash"]:
            wrong.append(f"{each.get('number', each.get('id'))} has another hash")
    return wrong


def seals(found: list[dict[str, Any]], trades: dict[str, dict[str, str]]) -> list[str]:
    """Return the seals that do not prove their trade."""
    wrong = []
    for each in found:
        _origin, size, root, *_rest = each["checkpoint"].splitlines()
        if leaf_root(each["entry"], each["index"], each["proof"], int(size)) != as_hex(root):
            wrong.append(f"{each['trade']}: its seal leads to another root")
        if trades.get(each["trade"], {}).get("content_hash", "-") not in each["entry"]:
            wrong.append(f"{each['trade']}: its seal is of another record")
    return wrong


def as_hex(root: str) -> str:
    """Return the root of a checkpoint in hexadecimal; it is written in base64."""
    return base64.b64decode(root).hex()


def part(pack: zipfile.ZipFile, manifest: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """Return a part, or nothing where the pack says that it is missing."""
    name = f"parts/{kind}.json"
    found: list[dict[str, Any]] = json.loads(pack.read(name)) if name in manifest["parts"] else []
    return found


def main(path: str) -> int:
    """Say what a pack proves."""
    with zipfile.ZipFile(path) as pack:
        manifest = json.loads(pack.read("manifest.json"))
        wrong = check(pack)
    amount = Decimal(manifest["amount_minor"]).scaleb(-2)
    told = [
        f"{manifest['claim']}: {amount:.2f} of {manifest['programme']}",
        f"missing: {', '.join(manifest['missing']) or 'nothing'}",
        *(f"WRONG {each}" for each in wrong),
        "WRONG" if wrong else "all agrees",
    ]
    sys.stdout.write("\n".join(told) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
