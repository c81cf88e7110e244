"""What the show of seven nodes asks of them, and waits for."""

import base64
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from common.ed25519 import note_key_hash
from embedded.program import PROJECT
from embedded.seven_nodes import LevelProcess

PUSHED_SECONDS_MAX: Final = 60.0


def has_directory(node: LevelProcess, count: int) -> bool:
    """Return whether a node took a directory of so many nodes."""
    try:
        return len(node.manage("peering", "--json", "directory")["nodes"]) == count
    except RuntimeError:
        time.sleep(1)
        return False


def is_pulled(node: LevelProcess) -> bool:
    """Fetch what was granted; a node that is slow is asked again."""
    try:
        return int(node.manage("gateway", "--json", "pull")["grants"]) >= 1
    except RuntimeError:
        time.sleep(1)
        return False


def admit_by_two(at: LevelProcess, other: LevelProcess, *more: str) -> None:
    """Admit a node at another, by its two operators."""
    at.manage(
        "gateway",
        "--json",
        "admit",
        other.code,
        "--name",
        f"Node {other.code}",
        "--root",
        other.root,
        "--url",
        other.url,
        *by_two(at),
        *more,
    )


def admit_peer_by_two(
    at: LevelProcess, other: LevelProcess, *scopes: str, pushes: bool = False
) -> None:
    """Admit a peer at a node, by its two operators."""
    options = [part for scope in scopes for part in ("--scope", scope)]
    options += ["--network", "127.0.0.0/8", "--rate", "200"]
    options += ["--pushes"] if pushes else []
    at.manage("peering", "--json", "admit", other.code, "--url", other.url, *options, *by_two(at))


def by_two(at: LevelProcess) -> list[str]:
    """Return the options that name the two operators of a node."""
    domain = f"{at.code.lower()}.example"
    return ["--proposed-by", f"operator1@{domain}", "--agreed-by", f"operator2@{domain}"]


def pool_prefix(node: LevelProcess) -> str:
    """Return the prefix of a provider that its parent allots first."""
    return f"SP2-{node.plan.parent}-0001-0001"


def held_at(node: LevelProcess, code: str) -> dict[str, Any]:
    """Return what a node has of a code by itself, from a search."""
    rows = []
    for status in ("ACTIVE", "SUSPENDED"):
        path = f"/api/gateway/v1/search?status={status}&limit=200"
        rows += [row for row in node.get(path)[1]["rows"] if row["code"] == code]
    return rows[0] if rows else {"status": {"value": ""}}


def resolve_patiently(node: LevelProcess, code: str) -> tuple[int, dict[str, Any]]:
    """Resolve; a node that did not answer in time is asked again."""
    for _try in range(5):
        status, found = node.resolve(code)
        if status not in (503, 504):
            break
        time.sleep(1)
    return status, found


def drop_first_key(node: LevelProcess) -> None:
    """Take the oldest register key of a node out of its file."""
    file = node.folder / "keys" / "gateway" / "register.keys"
    lines = file.read_text(encoding="ascii").splitlines()
    file.write_text("\n".join(lines[1:]) + "\n", encoding="ascii")


def renamed_at(node: LevelProcess, code: str) -> bool:
    """Return whether a node answers a code with the signed word that it gave way."""
    return "rename" in node.resolve(code)[1]


def status_at(node: LevelProcess, code: str) -> str:
    """Return the status that a node answers; empty if it answers otherwise."""
    status, found = node.resolve(code)
    return str(found["view"]["status"]["value"]) if status == 200 else ""


def said_at(node: LevelProcess, code: str) -> str:
    """Return the status that a node answers, without the proof."""
    status, found = node.get(f"/api/gateway/v1/resolve?code={code}")
    return str(found["view"]["status"]["value"]) if status == 200 else ""


def signer_hash(carried: dict[str, Any]) -> str:
    """Return the eight hexadecimal digits of the key that signed a statement."""
    return base64.b64decode(carried["signatures"][0].split()[2])[:4].hex()


def key_hash_at(key: dict[str, Any]) -> str:
    """Return the eight hexadecimal digits that name a key of a set."""
    return note_key_hash(key["name"], base64.b64decode(key["public_key"])).hex()


def keyset_at(node: LevelProcess) -> dict[str, Any]:
    """Return what a node says of its keys."""
    text = node.get("/api/gateway/v1/keys")[1]["keyset"]["text"]
    return dict(json.loads(text.splitlines()[2]))


def logs_at(witness: LevelProcess) -> list[Any]:
    """Return the logs that a witness watches."""
    found = witness.get("/api/witness/v1/logs")[1]
    return list(found.get("results", found.get("logs", [])))


def conflicts_at(witness: LevelProcess) -> list[Any]:
    """Return what a witness saw that contradicts itself."""
    found = witness.get("/api/witness/v1/conflicts")[1]
    return list(found.get("results", found.get("conflicts", [])))


def verified_offline(file: Path, *pinned: LevelProcess) -> dict[str, Any]:
    """Return what `verify_answer.py` says of a file, with the roots of some nodes pinned."""
    script = PROJECT / "gateway" / "verify_answer.py"
    pins = [part for node in pinned for part in ("--root", f"{node.code}={node.root}")]
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-I", str(script), str(file), *pins, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    return dict(json.loads(done.stdout))


def wait_until(
    is_so: Callable[[], Any], otherwise: str, *, seconds: float = PUSHED_SECONDS_MAX
) -> Any:
    """Wait until something is so, and return it."""
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        found = is_so()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(otherwise)
