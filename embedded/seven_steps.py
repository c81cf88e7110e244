"""What is shown with seven nodes, step by step; each is checked."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from embedded.federation import Show, stop_unless
from embedded.level_checks import (
    admit_by_two,
    admit_peer_by_two,
    conflicts_at,
    drop_first_key,
    has_directory,
    held_at,
    is_pulled,
    key_hash_at,
    keyset_at,
    logs_at,
    pool_prefix,
    renamed_at,
    resolve_patiently,
    said_at,
    signer_hash,
    status_at,
    verified_offline,
    wait_until,
)
from embedded.seven_nodes import OPERATORS_USCC, RESOURCES, LevelProcess, SevenNodes

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
            ("a code moves from one provider's node to another", self._moved),
            ("figures of a day arrive with receipts", self._days),
            ("a suspended resource is gone everywhere", self._suspend),
            ("one node down", self._down),
            ("one node forges", self._forge),
            ("one node claims moves that the other did not sign", self._forge_move),
            ("one node rewrites its ledger", self._rewrite),
            ("keys are renewed under traffic", self._rotate),
            ("what moved is borne out by the new keys", self._renewed),
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
            admit_by_two(nation, node, *prefix, "--below", node.plan.parent)
            admit_by_two(node, nation, *(["--parent"] if above is nation else []))
            count += 2
            if above is not nation:
                admit_by_two(above, node, "--below", above.code, "--prefix", pool_prefix(node))
                admit_by_two(node, above, "--below", nation.code, "--parent")
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
        wait_until(
            lambda: above.get(path)[1]["grants"], f"{above.code} grants nothing to {node.code}"
        )
        wait_until(lambda: is_pulled(node), f"{node.code} holds no grant")

    def _peers(self) -> str:
        count = 0
        for node in self.levels.nodes.values():
            if node is self.levels.nation:
                continue
            above = self.levels.nodes[node.plan.parent]
            admit_peer_by_two(above, node, *CHILD_SCOPES)
            admit_peer_by_two(node, above, *PARENT_SCOPES, pushes=True)
            count += 1
        return f"{count} links, RFC 9421 both ways"

    def _directory(self) -> str:
        nation = self.levels.nation
        listed = nation.manage("peering", "--json", "directory")["nodes"]
        for node in self.levels.nodes.values():
            if node is not nation:
                wait_until(
                    lambda node=node: has_directory(node, len(listed)),  # type: ignore[misc]
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
            stop_unless(made["prefix"] == pool_prefix(node), f"pool {made['prefix']}")
            node.codes, node.prefix = made["codes"], made["prefix"]
        return f"{RESOURCES} resources at each of three providers, such as {node.codes[0]}"

    def _pushed(self) -> str:
        began, nation = time.monotonic(), self.levels.nation
        for node in self.levels.providers:
            for code in (node.codes[0], node.codes[-1]):
                wait_until(
                    lambda code=code: held_at(nation, code)["status"]["value"] == "ACTIVE",  # type: ignore[misc]
                    f"{code} did not reach {nation.code}",
                )
        wait_until(lambda: not self._unsettled(), "something waits without a receipt")
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
                status, found = resolve_patiently(node, code)
                stop_unless(status == 200, f"{node.code} says {status} {found.get('code')}")
                stop_unless(found["view"]["authority"] == owner.code, "another answers")
                self._verify(node, found, f"{node.code}-{owner.code}")
                verified += 1
                levels = max(levels, len(found["grants"]) + 1)
        return f"{verified} answers, each verified offline by verify_answer.py, {levels} levels"

    def _verify(self, asked: LevelProcess, found: dict[str, Any], name: str) -> dict[str, Any]:
        file = self.files / f"{name}.json"
        file.write_text(json.dumps(found, ensure_ascii=False))
        said = verified_offline(file, self.levels.nation, asked)
        stop_unless(said["ok"], f"{name}: {said.get('fault')}")
        return said

    def _renamed(self) -> str:
        owner = self.levels.nodes["P00001"]
        old, new = owner.codes[8], owner.codes[9]
        owner.manage("rename_code", old, "--to", new, "--reason", "shown", "--json")
        wait_until(lambda: renamed_at(owner, old), "the rename was not signed")
        wait_until(lambda: not self._unsettled(), "something waits without a receipt")
        lines = 0
        for node in self.levels.nodes.values():
            status, found = resolve_patiently(node, old)
            stop_unless(status == 200, f"{node.code} says {status} {found.get('code')}")
            stop_unless(found.get("followed") == "current", f"{node.code}: {found.get('followed')}")
            stop_unless(found["current"]["view"]["code"] == new, "another code")
            self._verify(node, found, f"renamed-{node.code}")
            lines = len(found["rename"]["signatures"])
        return (
            f"{old} became {new}: {len(self.levels.nodes)} nodes follow it, {lines} lines"
            " (owner and node), each file verified offline"
        )

    def _moved(self) -> str:
        giver, taker = self.levels.nodes["P00001"], self.levels.nodes["P00003"]
        old, new = giver.codes[10], taker.codes[10]
        began = time.monotonic()
        taker.manage("move_code", new, "--expect", old, "--json")
        giver.manage("move_code", old, "--to", new, "--reason", "shown", "--json")
        wait_until(lambda: renamed_at(giver, old), "the move was not signed")
        taken = round((time.monotonic() - began) * 1000)
        self._follow_move(old, taker.code, new, "moved")
        wait_until(lambda: not self._unsettled(), "something waits without a receipt")
        nation = self.levels.nation
        refused = nation.manage("peering", "--json", "status")["received"]
        stop_unless(not sum(row["refused"] for row in refused), "the move was refused above")
        return (
            f"{old} of {giver.code} became {new} of {taker.code} in {taken} ms; all"
            f" {len(self.levels.nodes)} nodes follow it, both nodes' lines verified offline"
        )

    def _follow_move(self, old: str, receiver: str, new: str, name: str) -> None:
        """Resolve a code that moved at every node, and verify each answer offline."""
        for node in self.levels.nodes.values():
            status, found = resolve_patiently(node, old)
            stop_unless(status == 200, f"{node.code} says {status} {found.get('code')}")
            stop_unless(found.get("followed") == "current", f"{node.code}: {found.get('followed')}")
            current = found["current"]["view"]
            stop_unless((current["authority"], current["code"]) == (receiver, new), "another")
            said = self._verify(node, found, f"{name}-{node.code}")
            stop_unless(said["renamed"]["countersigned"] is True, f"{node.code}: one line alone")

    def _renewed(self) -> str:
        giver, taker = self.levels.nodes["P00001"], self.levels.nodes["P00003"]
        digest = giver.resolve(giver.codes[10])[1]["view"]["renamed"]["statement"]
        path = f"/api/gateway/v1/renewals/{digest.removeprefix('sha256:')}"
        began = time.monotonic()
        taker.manage("gateway", "--json", "add-key", "register")
        taker.manage("gateway", "--json", "sign")
        for node in (giver, taker):
            self._end_register_key(node, path)
        wait_until(lambda: not self._unsettled(), "something waits without a receipt")
        taken = round((time.monotonic() - began) * 1000)
        self._follow_move(giver.codes[10], taker.code, taker.codes[10], "renewed")
        return (
            f"the register keys of {giver.code} and {taker.code} that signed the move are over;"
            f" {len(self.levels.nodes)} nodes still follow it, verified offline, after {taken} ms"
        )

    def _end_register_key(self, node: LevelProcess, renewal: str) -> None:
        """Take the oldest register key out of use, once the newer ones bear out what it signed."""
        wait_until(lambda: node.get(renewal)[0] == 200, f"{node.code} renewed nothing")
        drop_first_key(node)
        node.manage("gateway", "--json", "sign")
        stop_unless(keyset_at(node).get("past"), f"{node.code} keeps no old key")

    def _days(self) -> str:
        nation, owners = self.levels.nation, self.levels.providers
        for owner in owners:
            owner.manage("tell_levels", "--json")

        def told() -> list[dict[str, Any]]:
            nodes = nation.manage("peering", "--json", "totals")["nodes"]
            return [each for each in nodes if each["last_day"]]

        wait_until(lambda: len(told()) == len(owners), "the figures did not arrive")
        wait_until(lambda: not self._unsettled(), "something waits without a receipt")
        odd = [each["node"] for each in told() if each["differs"] or each["missing"]]
        stop_unless(not odd, f"{odd} do not fit their records")
        said = ", ".join(f"{each['node']} {each['said_milli'] // 1000}" for each in told())
        return f"{nation.code} has {said} cards, receipted on both levels, as in their records"

    def _suspend(self) -> str:
        owner = self.levels.nodes["P00002"]
        code = owner.codes[2]
        for node in self.levels.nodes.values():
            stop_unless(status_at(node, code) == "ACTIVE", f"{node.code} knows no active {code}")
        began = time.monotonic()
        owner.do("set_status", code=code, status="SUSPENDED")
        seen: dict[str, int] = {}

        def watch(node: LevelProcess) -> None:
            while time.monotonic() - began < 10:
                if said_at(node, code) == "SUSPENDED":
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
        wait_until(lambda: held_at(nation, code)["status"]["value"] == "SUSPENDED", "not pushed")
        pushed = round((time.monotonic() - began) * 1000)
        return f"gone at {len(seen)} nodes within {worst} ms; pushed over two levels in {pushed} ms"

    def _down(self) -> str:
        owner, nation = self.levels.nodes["P00001"], self.levels.nation
        code = owner.codes[3]
        stop_unless(status_at(nation, code) == "ACTIVE", "not known before")
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

        wait_until(is_live, "it does not come back", seconds=40)
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

    def _forge_move(self) -> str:
        owner, nation = self.levels.nodes["P00002"], self.levels.nation
        asker, other = self.levels.nodes["R52000"], self.levels.nodes["P00003"]
        code, told = owner.codes[6], []
        owner.kill()
        # Under the node's own keys: what it claims of the other node is all that is wrong.
        for mode in ("lone_move", "forged_move"):
            nation.do(
                "fake",
                code=owner.code,
                mode=mode,
                port=owner.port,
                asker=asker.code,
                keys=str(owner.folder / "keys" / "gateway"),
                moves_to=(other.codes[11], other.code),
            )
            status, found = asker.resolve(code)
            nation.do("unfake", port=owner.port)
            said = (status, found.get("reason", found.get("code")), found.get("node"))
            stop_unless(said == (502, "not_countersigned", owner.code), f"{mode}: {said}")
            told.append(str(said[1]))
        owner.start()
        owner.wait()
        return (
            f"a move to {other.code} without its line: {told[0]}; with a line by another key:"
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

        wait_until(lambda: logs_at(witness), "nothing was cosigned", seconds=40)
        wait_until(is_cosigned, "no checkpoint with a cosignature", seconds=40)
        changed = self.levels.cluster.edit(
            "level_p00003",
            "DELETE FROM ledger_tile",
            "DELETE FROM ledger_checkpoint",
            "UPDATE ledger_transfer SET amount = 399 WHERE amount = 400",
        )
        found = wait_until(lambda: conflicts_at(witness), "the witness saw nothing", seconds=40)
        return f"{changed} rows edited and sealed anew; {witness.code} names {found[0]['origin']}"

    def _rotate(self) -> str:
        owner, nation = self.levels.nodes["P00001"], self.levels.nation
        refused: list[int] = []
        ended = threading.Event()

        def ask() -> None:
            for code in owner.codes[5:45]:
                if ended.is_set():
                    return
                status, _found = resolve_patiently(nation, code)
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
        listed = keyset_at(owner)["keys"]
        old = [
            next(each for each in listed if each["purpose"] == purpose)
            for purpose in ("http", "answer")
        ]
        for each in old:
            owner.manage("peering", "--json", "revoke", each["public_key"], "--reason", "shown")
        began = time.monotonic()
        wait_until(lambda: not self._unsettled(), "the revocation was not pushed")
        taken = round((time.monotonic() - began) * 1000)
        gone = {each["public_key"] for each in old}
        said = [e for e in keyset_at(owner)["keys"] if e["public_key"] in gone]
        stop_unless(all("revoked_from" in each for each in said), "the set does not say so")
        status, found = above.resolve(code)
        stop_unless(status == 200, f"{above.code} says {status}")
        new = next(each for each in reversed(listed) if each["purpose"] == "answer")
        by = signer_hash(found["authority_answer"])
        stop_unless(by == key_hash_at(new), f"{by} answers")
        return (
            f"revoked_from {said[0]['revoked_from']}, upward in {taken} ms;"
            f" {above.code} believes {owner.code} under its new key {by}"
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
        wait_until(lambda: not self._unsettled(), "the new epoch was not pushed")
        owner.manage("peering", "--json", "compare", above.code)
        self.levels.cluster.edit("level_p00003", old)
        try:
            owner.manage("peering", "--json", "compare", above.code)
        except RuntimeError as refused:
            stop_unless("epoch_superseded" in str(refused), str(refused))
        else:
            stop_unless(False, "the old copy was heard")
        return f"epoch {epoch}; the copy before is told epoch_superseded by {above.code}"
