"""What is shown with seven nodes, step by step; each is checked."""

import base64
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from common.ed25519 import note_key_hash
from embedded.federation import Show, stop_unless
from embedded.program import PROJECT
from embedded.seven_nodes import OPERATORS_USCC, RESOURCES, LevelProcess, SevenNodes

PUSHED_SECONDS_MAX: Final = 60.0
SUSPENDED_MS_MAX: Final = 2_000
BASE_STEPS: Final = 9  # what all others rest on
PARENT_SCOPES: Final = ("resolve", "directory")
CHILD_SCOPES: Final = ("resolve", "directory", "push", "difference")


class SevenSteps:
    """The steps, in their order."""

    def __init__(self, levels: SevenNodes) -> None:
        self.levels = levels
        self.files = levels.state / "answers"

    def show(self, steps: Show) -> None:
        """Do one step after the other; without the first ones the others mean nothing."""
        for name, run in (
            ("start seven nodes", self.levels.start),
            ("two operators at each", self._operators),
            ("admit along the levels", self._admit),
            ("grants of prefixes", self._grants),
            ("peers, by two persons", self._peers),
            ("directory", self._directory),
            ("register", self._register),
            ("push upward", self._pushed),
            ("resolve from every node", self._resolve),
            ("a rename is followed from every node", self._renamed),
            ("figures of a day arrive with receipts", self._days),
            ("a suspended resource is gone everywhere", self._suspend),
            ("one node down", self._down),
            ("one node forges", self._forge),
            ("one node rewrites its ledger", self._rewrite),
            ("keys are renewed under traffic", self._rotate),
            ("a key is taken back", self._revoke),
            ("a planted hole is found and repaired", self._difference),
            ("a copy takes over", self._epoch),
        ):
            was_good = steps.is_good
            steps.step(name, run)
            is_base = len(steps.steps) <= BASE_STEPS
            if is_base and was_good and not steps.is_good:
                return

    def _operators(self) -> str:
        def appoint(node: LevelProcess) -> None:
            for number in ("1", "2"):
                node.manage(
                    "appoint_operator",
                    f"operator{number}@{node.code.lower()}.example",
                    "--uscc",
                    OPERATORS_USCC,
                    "--name",
                    f"Node {node.code}",
                )

        with ThreadPoolExecutor(len(self.levels.nodes)) as together:
            list(together.map(appoint, self.levels.nodes.values()))
        return f"{2 * len(self.levels.nodes)} persons"

    def _admit(self) -> str:
        nation, count = self.levels.nation, 0
        for node in self.levels.nodes.values():
            if node is nation:
                continue
            above = self.levels.nodes[node.plan.parent]
            prefix = [] if node.plan.uscc else ["--prefix", f"SP2-{node.code}"]
            _admit(nation, node, *prefix, "--below", node.plan.parent)
            _admit(node, nation, *(["--parent"] if above is nation else []))
            count += 2
            if above is not nation:
                _admit(above, node, "--below", above.code, "--prefix", _pool_prefix(node))
                _admit(node, above, "--below", nation.code, "--parent")
                count += 2
            # What a node grants further names the grant that it holds itself.
            self._pull(node)
        return f"{count} admissions, each by two persons"

    def _grants(self) -> str:
        below = [node for node in self.levels.nodes.values() if node is not self.levels.nation]
        for node in below:
            above = self.levels.nodes[node.plan.parent]
            granted = above.get(f"/api/gateway/v1/grants?host={node.code}")[1]["grants"]
            stop_unless(granted, f"{above.code} grants nothing to {node.code}")
        return f"{len(below)} nodes hold theirs, each signed by the node above"

    def _pull(self, node: LevelProcess) -> None:
        """Wait until the node above signed what it grants, and fetch it."""
        above = self.levels.nodes[node.plan.parent]
        path = f"/api/gateway/v1/grants?host={node.code}"
        _wait(lambda: above.get(path)[1]["grants"], f"{above.code} grants nothing to {node.code}")
        _wait(lambda: _is_pulled(node), f"{node.code} holds no grant")

    def _peers(self) -> str:
        count = 0
        for node in self.levels.nodes.values():
            if node is self.levels.nation:
                continue
            above = self.levels.nodes[node.plan.parent]
            _peer(above, node, *CHILD_SCOPES)
            _peer(node, above, *PARENT_SCOPES, pushes=True)
            count += 1
        return f"{count} links, RFC 9421 both ways"

    def _directory(self) -> str:
        nation = self.levels.nation
        listed = nation.manage("peering", "--json", "directory")["nodes"]
        for node in self.levels.nodes.values():
            if node is not nation:
                _wait(
                    lambda node=node: _is_listed(node, len(listed)),  # type: ignore[misc]
                    f"{node.code} has no directory",
                )
        return f"{len(listed)} nodes, signed by {nation.code}/grant, taken by six"

    def _register(self) -> str:
        for node in self.levels.providers:
            made = node.do(
                "register",
                uscc=node.plan.uscc,
                name=f"Provider {node.code}",
                region=node.plan.region,
                count=RESOURCES,
                node=node.plan.parent,
            )
            stop_unless(made["prefix"] == _pool_prefix(node), f"pool {made['prefix']}")
            node.codes, node.prefix = made["codes"], made["prefix"]
        return f"{RESOURCES} resources at each of three providers, such as {node.codes[0]}"

    def _pushed(self) -> str:
        began, nation = time.monotonic(), self.levels.nation
        for node in self.levels.providers:
            for code in (node.codes[0], node.codes[-1]):
                _wait(
                    lambda code=code: _local(nation, code)["status"]["value"] == "ACTIVE",  # type: ignore[misc]
                    f"{code} did not reach {nation.code}",
                )
        _wait(lambda: not self._unsettled(), "something waits without a receipt")
        received = sum(
            row["came"] for row in nation.manage("peering", "--json", "status")["received"]
        )
        refused = sum(
            row["refused"] for row in nation.manage("peering", "--json", "status")["received"]
        )
        stop_unless(not refused, f"{refused} items were refused")
        taken = round((time.monotonic() - began) * 1000)
        return f"{received} statements at {nation.code} over two levels, all receipted, {taken} ms"

    def _unsettled(self) -> int:
        return sum(
            row["waits"]
            for node in self.levels.nodes.values()
            for row in node.manage("peering", "--json", "status")["pushed"]
        )

    def _resolve(self) -> str:
        self.files.mkdir(exist_ok=True)
        verified, levels = 0, 0
        for node in self.levels.nodes.values():
            for owner in self.levels.providers:
                code = owner.codes[1]
                status, found = _patiently(node, code)
                stop_unless(status == 200, f"{node.code} says {status} {found.get('code')}")
                stop_unless(found["view"]["authority"] == owner.code, "another answers")
                self._verify(node, found, f"{node.code}-{owner.code}")
                verified += 1
                levels = max(levels, len(found["grants"]) + 1)
        return f"{verified} answers, each verified offline by verify_answer.py, {levels} levels"

    def _verify(self, asked: LevelProcess, found: dict[str, Any], name: str) -> None:
        file = self.files / f"{name}.json"
        file.write_text(json.dumps(found, ensure_ascii=False))
        said = _verified(file, self.levels.nation, asked)
        stop_unless(said["ok"], f"{name}: {said.get('fault')}")

    def _renamed(self) -> str:
        owner = self.levels.nodes["P00001"]
        old, new = owner.codes[8], owner.codes[9]
        owner.manage("rename_code", old, "--to", new, "--reason", "shown", "--json")
        _wait(lambda: _renamed_at(owner, old), "the rename was not signed")
        lines = 0
        for node in self.levels.nodes.values():
            status, found = _patiently(node, old)
            stop_unless(status == 200, f"{node.code} says {status} {found.get('code')}")
            stop_unless(found.get("followed") == "current", f"{node.code}: {found.get('followed')}")
            stop_unless(found["current"]["view"]["code"] == new, "another code")
            self._verify(node, found, f"renamed-{node.code}")
            lines = len(found["rename"]["signatures"])
        return (
            f"{old} became {new}: {len(self.levels.nodes)} nodes follow it, {lines} lines"
            " (owner and node), each file verified offline"
        )

    def _days(self) -> str:
        nation, owners = self.levels.nation, self.levels.providers
        for owner in owners:
            owner.manage("tell_levels", "--json")

        def told() -> list[dict[str, Any]]:
            nodes = nation.manage("peering", "--json", "totals")["nodes"]
            return [each for each in nodes if each["last_day"]]

        _wait(lambda: len(told()) == len(owners), "the figures did not arrive")
        _wait(lambda: not self._unsettled(), "something waits without a receipt")
        odd = [each["node"] for each in told() if each["differs"] or each["missing"]]
        stop_unless(not odd, f"{odd} do not fit their records")
        said = ", ".join(f"{each['node']} {each['said_milli'] // 1000}" for each in told())
        return f"{nation.code} has {said} cards, receipted on both levels, as in their records"

    def _suspend(self) -> str:
        owner = self.levels.nodes["P00002"]
        code = owner.codes[2]
        for node in self.levels.nodes.values():
            stop_unless(_status(node, code) == "ACTIVE", f"{node.code} knows no active {code}")
        began = time.monotonic()
        owner.do("set_status", code=code, status="SUSPENDED")
        seen: dict[str, int] = {}

        def watch(node: LevelProcess) -> None:
            while time.monotonic() - began < 10:
                if _said(node, code) == "SUSPENDED":
                    seen[node.code] = round((time.monotonic() - began) * 1000)
                    return
                time.sleep(0.2)

        watchers = [
            threading.Thread(target=watch, args=(node,)) for node in self.levels.nodes.values()
        ]
        for watcher in watchers:
            watcher.start()
        for watcher in watchers:
            watcher.join()
        stop_unless(len(seen) == len(self.levels.nodes), f"only {sorted(seen)} saw it")
        worst = max(seen.values())
        stop_unless(worst <= SUSPENDED_MS_MAX, f"{worst} ms")
        nation = self.levels.nation
        _wait(lambda: _local(nation, code)["status"]["value"] == "SUSPENDED", "not pushed")
        pushed = round((time.monotonic() - began) * 1000)
        return f"gone at {len(seen)} nodes within {worst} ms; pushed over two levels in {pushed} ms"

    def _down(self) -> str:
        owner, nation = self.levels.nodes["P00001"], self.levels.nation
        code = owner.codes[3]
        stop_unless(_status(nation, code) == "ACTIVE", "not known before")
        owner.kill()
        time.sleep(1.2)
        status, found = nation.resolve(code)
        stop_unless(status == 200, f"status {status}")
        stop_unless(found["view"]["freshness"] == "stale", found["view"]["freshness"])
        told = found["view"]["heard_at"]
        owner.start()
        owner.wait()

        def is_live() -> bool:
            return bool(nation.resolve(code)[1].get("view", {}).get("freshness") == "live")

        _wait(is_live, "it does not come back", seconds=40)
        return f"{owner.code} killed: {nation.code} says stale, last heard {told}; back: live"

    def _forge(self) -> str:
        owner, nation = self.levels.nodes["P00002"], self.levels.nation
        asker = self.levels.nodes["R52000"]
        code = owner.codes[4]
        owner.kill()
        told = []
        # Under its own keys it is not believed; under the node's, what it says is a circle.
        for mode, folder, expected, reason in (
            ("forge", "", 502, "statement_signature"),
            ("loop", str(owner.folder / "keys" / "gateway"), 508, "referral_loop"),
        ):
            nation.do(
                "fake",
                code=owner.code,
                mode=mode,
                port=owner.port,
                asker=asker.code,
                keys=folder,
            )
            status, found = asker.resolve(code)
            nation.do("unfake", port=owner.port)
            said = found.get("reason", found.get("code"))
            stop_unless((status, said) == (expected, reason), f"{mode}: {status} {said}")
            stop_unless(found.get("node") == owner.code, f"{mode}: names {found.get('node')}")
            told.append(said)
        owner.start()
        owner.wait()
        return (
            f"keys of others: {told[0]}; its own keys, but referring back to {asker.code}:"
            f" {told[1]}; {owner.code} named in both"
        )

    def _rewrite(self) -> str:
        log, witness = self.levels.nodes["P00003"], self.levels.nodes["I65001"]
        log.do("open_books")
        log.do("pay", amount=400)
        key = witness.do("witness_key")
        policy = {"format": "witness-policy/1", "logs": log.do("log_keys")}
        (witness.folder / "policy.json").write_text(json.dumps(policy))
        asked = {"key": key, "group": "parent", "url": f"{witness.url}/api/witness/v1"}
        mine = {"format": "witness-policy/1", "witnesses": [asked], "needs": {"parent": 1}}
        (log.folder / "policy.json").write_text(json.dumps(mine))

        def is_cosigned() -> bool:
            return "— " in str(log.get("/api/gateway/v1/checkpoint?witnessed=1")[1].get("note", ""))

        _wait(lambda: _logs(witness), "nothing was cosigned", seconds=40)
        _wait(is_cosigned, "no checkpoint with a cosignature", seconds=40)
        changed = self.levels.cluster.edit(
            "level_p00003",
            "DELETE FROM ledger_tile",
            "DELETE FROM ledger_checkpoint",
            "UPDATE ledger_transfer SET amount = 399 WHERE amount = 400",
        )
        found = _wait(lambda: _conflicts(witness), "the witness saw nothing", seconds=40)
        return f"{changed} rows edited and sealed anew; {witness.code} names {found[0]['origin']}"

    def _rotate(self) -> str:
        owner, nation = self.levels.nodes["P00001"], self.levels.nation
        refused: list[int] = []
        ended = threading.Event()

        def ask() -> None:
            for code in owner.codes[5:45]:
                if ended.is_set():
                    return
                status, _found = _patiently(nation, code)
                if status != 200:
                    refused.append(status)

        traffic = threading.Thread(target=ask)
        traffic.start()
        for purpose in ("answer", "http", "register"):
            owner.manage("gateway", "--json", "add-key", purpose)
        owner.manage("gateway", "--json", "sign")
        traffic.join()
        ended.set()
        stop_unless(not refused, f"{len(refused)} requests failed: {refused[:3]}")
        keyset = owner.get("/api/gateway/v1/keys")[1]["keyset"]["text"]
        body = json.loads(keyset.splitlines()[2])
        return (
            f"set {body['sequence']} with {len(body['keys'])} keys, 40 answers, none refused;"
            " new keys answer a minute later"
        )

    def _revoke(self) -> str:
        owner, above = self.levels.nodes["P00001"], self.levels.nodes["R31000"]
        code = owner.codes[46]
        listed = _keyset(owner)["keys"]
        old = [
            next(each for each in listed if each["purpose"] == purpose)
            for purpose in ("http", "answer")
        ]
        for each in old:
            owner.manage("peering", "--json", "revoke", each["public_key"], "--reason", "shown")
        began = time.monotonic()
        _wait(lambda: not self._unsettled(), "the revocation was not pushed")
        taken = round((time.monotonic() - began) * 1000)
        gone = {each["public_key"] for each in old}
        said = [e for e in _keyset(owner)["keys"] if e["public_key"] in gone]
        stop_unless(all("revoked_from" in each for each in said), "the set does not say so")
        status, found = above.resolve(code)
        stop_unless(status == 200, f"{above.code} says {status}")
        new = next(each for each in reversed(listed) if each["purpose"] == "answer")
        signer = _signer(found["authority_answer"])
        stop_unless(signer == _hash_of(new), f"{signer} answers")
        return (
            f"revoked_from {said[0]['revoked_from']}, upward in {taken} ms;"
            f" {above.code} believes {owner.code} under its new key {signer}"
        )

    def _difference(self) -> str:
        owner, above = self.levels.nodes["P00002"], self.levels.nodes["R52000"]
        code = owner.codes[7]
        holes = self.levels.cluster.edit(
            "level_r52000",
            f"DELETE FROM gateway_statement WHERE type = 'record' AND subject = '{code}'",
        )
        stop_unless(holes == 1, f"{holes} rows")
        found = owner.manage("peering", "--json", "compare", above.code)
        stop_unless(len(found["missing_above"]) == 1, f"found {found}")
        again = owner.manage("peering", "--json", "compare", above.code)
        stop_unless(not again["missing_above"], "it was not repaired")
        return (
            f"1 of {found['items']} missing at {above.code}, pushed again, both signed; then none"
        )

    def _epoch(self) -> str:
        owner, above = self.levels.nodes["P00003"], self.levels.nodes["I65001"]
        old = f"UPDATE gateway_node SET epoch = 1 WHERE code = '{owner.code}'"
        epoch = owner.manage("peering", "--json", "raise-epoch")["epoch"]
        _wait(lambda: not self._unsettled(), "the new epoch was not pushed")
        owner.manage("peering", "--json", "compare", above.code)
        self.levels.cluster.edit("level_p00003", old)
        try:
            owner.manage("peering", "--json", "compare", above.code)
        except RuntimeError as refused:
            stop_unless("epoch_superseded" in str(refused), str(refused))
        else:
            stop_unless(False, "the old copy was heard")
        return f"epoch {epoch}; the copy before is told epoch_superseded by {above.code}"


def _is_listed(node: LevelProcess, count: int) -> bool:
    try:
        return len(node.manage("peering", "--json", "directory")["nodes"]) == count
    except RuntimeError:
        time.sleep(1)
        return False


def _is_pulled(node: LevelProcess) -> bool:
    """Fetch what was granted; a node that is slow is asked again."""
    try:
        return int(node.manage("gateway", "--json", "pull")["grants"]) >= 1
    except RuntimeError:
        time.sleep(1)
        return False


def _admit(at: LevelProcess, other: LevelProcess, *more: str) -> None:
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
        *_by_two(at),
        *more,
    )


def _peer(at: LevelProcess, other: LevelProcess, *scopes: str, pushes: bool = False) -> None:
    options = [part for scope in scopes for part in ("--scope", scope)]
    options += ["--network", "127.0.0.0/8", "--rate", "200"]
    options += ["--pushes"] if pushes else []
    at.manage("peering", "--json", "admit", other.code, "--url", other.url, *options, *_by_two(at))


def _by_two(at: LevelProcess) -> list[str]:
    domain = f"{at.code.lower()}.example"
    return ["--proposed-by", f"operator1@{domain}", "--agreed-by", f"operator2@{domain}"]


def _pool_prefix(node: LevelProcess) -> str:
    return f"SP2-{node.plan.parent}-0001-0001"


def _local(node: LevelProcess, code: str) -> dict[str, Any]:
    """Return what a node has of a code by itself, from a search."""
    rows = []
    for status in ("ACTIVE", "SUSPENDED"):
        path = f"/api/gateway/v1/search?status={status}&limit=200"
        rows += [row for row in node.get(path)[1]["rows"] if row["code"] == code]
    return rows[0] if rows else {"status": {"value": ""}}


def _patiently(node: LevelProcess, code: str) -> tuple[int, dict[str, Any]]:
    """Resolve; a node that did not answer in time is asked again."""
    for _try in range(5):
        status, found = node.resolve(code)
        if status not in (503, 504):
            break
        time.sleep(1)
    return status, found


def _renamed_at(node: LevelProcess, code: str) -> bool:
    """Return whether a node answers a code with the signed word that it gave way."""
    return "rename" in node.resolve(code)[1]


def _status(node: LevelProcess, code: str) -> str:
    status, found = node.resolve(code)
    return str(found["view"]["status"]["value"]) if status == 200 else ""


def _said(node: LevelProcess, code: str) -> str:
    """Return the status that a node answers, without the proof."""
    status, found = node.get(f"/api/gateway/v1/resolve?code={code}")
    return str(found["view"]["status"]["value"]) if status == 200 else ""


def _signer(carried: dict[str, Any]) -> str:
    """Return the eight hexadecimal digits of the key that signed a statement."""
    return base64.b64decode(carried["signatures"][0].split()[2])[:4].hex()


def _hash_of(key: dict[str, Any]) -> str:
    return note_key_hash(key["name"], base64.b64decode(key["public_key"])).hex()


def _keyset(node: LevelProcess) -> dict[str, Any]:
    text = node.get("/api/gateway/v1/keys")[1]["keyset"]["text"]
    return dict(json.loads(text.splitlines()[2]))


def _logs(witness: LevelProcess) -> list[Any]:
    found = witness.get("/api/witness/v1/logs")[1]
    return list(found.get("results", found.get("logs", [])))


def _conflicts(witness: LevelProcess) -> list[Any]:
    found = witness.get("/api/witness/v1/conflicts")[1]
    return list(found.get("results", found.get("conflicts", [])))


def _verified(file: Path, *pinned: LevelProcess) -> dict[str, Any]:
    script = PROJECT / "gateway" / "verify_answer.py"
    pins = [part for node in pinned for part in ("--root", f"{node.code}={node.root}")]
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-I", str(script), str(file), *pins, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    return dict(json.loads(done.stdout))


def _wait(is_so: Callable[[], Any], otherwise: str, *, seconds: float = PUSHED_SECONDS_MAX) -> Any:
    """Wait until something is so, and return it."""
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        found = is_so()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(otherwise)
