"""
Verify a statement away from the market: `python3 verify_statement.py STATEMENT.json`.

It needs Python and nothing else. It computes the hash of the lines and of the statement, adds the
lines up by account, and compares opening, lines and closing. Compare the hash that it prints with
the one on the paper, or with what the market's public page says.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def problems(told: dict[str, Any]) -> Iterator[str]:
    """Yield what does not agree."""
    document = told["document"]
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if hashlib.sha256(text.encode()).hexdigest() != told["content_hash"]:
        yield "the statement's texts do not have its hash"
    lines = told["lines"]
    joined = "\n".join("\t".join(line) for line in lines)
    if hashlib.sha256(joined.encode()).hexdigest() != document["lines_hash"]:
        yield "the lines do not have their hash"
    if len(lines) != int(document["lines"]):
        yield f"there are {len(lines)} lines, not {document['lines']}"
    yield from _sums(lines, json.loads(document["balances"]))


def _sums(lines: list[list[str]], balances: list[dict[str, Any]]) -> Iterator[str]:
    sums: dict[str, int] = {}
    for line in lines:
        sums[line[1]] = sums.get(line[1], 0) + int(line[4])
    for balance in balances:
        moved = sums.pop(balance["account"], 0)
        if balance["opening_minor"] + moved != balance["closing_minor"]:
            yield f"{balance['account']} does not add up"
    for account in sums:
        yield f"{account} has lines and no balance"


def main(path: str) -> int:
    """Say what was found; 0 if all agrees, 1 if not, 2 if it is no statement."""
    try:
        told = json.loads(Path(path).read_text(encoding="utf-8"))
        found = list(problems(told))
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        sys.stdout.write(f"this is no statement: {error}\n")
        return 2
    for each in found:
        sys.stdout.write(f"FAILED: {each}\n")
    if found:
        return 1
    document = told["document"]
    sums = "{opening} + {added} {taken} = {closing}".format_map(document)
    sys.stdout.write(f"OK: {document['number']}, {document['lines']} lines, {sums}\n")
    sys.stdout.write(f"hash: {told['content_hash']}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[-1]))
