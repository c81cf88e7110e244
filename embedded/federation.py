"""
Nodes on one machine: `python -m embedded.federation`, seven of them; `--nodes 2` for two.

Seven are told of in `embedded.seven_steps`. Of two, each is a market of its own with its own
database, keys, worker and web. The steps are those of a stranger: each is done over HTTP or by a
command, checked, and told in a line. What is believed at the end is checked by a script that
imports nothing of ours.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from embedded.program import PROJECT

STATE: Final = PROJECT / ".suanpan" / "federation"
START_SECONDS_MAX: Final = 180
SIGNED_SECONDS_MAX: Final = 30
FIRST_PORT: Final = 8100
CREDIT_CODE: Final = "91350100M000100Y43"


@dataclass
class FederationNode:
    """One node: its folder, its port, and the supervisor that serves it."""

    code: str
    port: int
    others: tuple[int, ...]
    process: "subprocess.Popen[bytes] | None" = None
    root: str = ""

    @property
    def url(self) -> str:
        """Return where it is asked."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """Return the settings that make it this node."""
        allowed = ",".join(f"127.0.0.1:{port}" for port in self.others)
        kept = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
        return kept | {
            "SUANPAN_STATE_DIR": str(STATE / self.code),
            "SUANPAN_NODE_KIND": self.code[0],
            "SUANPAN_NODE_CODE": self.code,
            "LEDGER_ORIGIN": f"{self.code.lower()}.example/ledger",
            "OUTBOUND_ALLOWED": allowed,
            "SUANPAN_MFA_REQUIRED": "false",
        }

    def start(self) -> None:
        """Start its services; they end with this process."""
        (STATE / self.code).mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "embedded", "serve", "--port", str(self.port)]
        log = (STATE / f"{self.code}.log").open("ab")
        self.process = subprocess.Popen(  # noqa: S603 - ours
            command, cwd=PROJECT, env=self.environment(), stdout=log, stderr=log
        )

    def wait(self) -> None:
        """Wait until it may be asked."""
        ends_at = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < ends_at:
            if self.process is not None and self.process.poll() is not None:
                message = f"{self.code} ended; see {STATE / self.code}.log"
                raise SystemExit(message)
            try:
                self.get("/livez")
            except OSError:
                time.sleep(0.3)
            else:
                return
        message = f"{self.code} did not start; see {STATE / self.code}.log"
        raise SystemExit(message)

    def stop(self) -> None:
        """End its services."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)

    def get(self, path: str) -> dict[str, Any]:
        """Ask it over HTTP."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=10) as reply:  # noqa: S310
            return dict(json.loads(reply.read()))

    def manage(self, *arguments: str) -> dict[str, Any]:
        """Run one of its commands; what it says as JSON is returned."""
        done = subprocess.run(  # noqa: S603 - ours
            [sys.executable, "-m", "embedded", "manage", *arguments],
            cwd=PROJECT,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            message = f"{self.code}: {' '.join(arguments[:3])}: {done.stderr.strip()[-400:]}"
            raise RuntimeError(message)
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        return dict(json.loads(lines[-1])) if lines else {}


class Show:
    """The steps: each is one line with how long it took, and what proves it."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.steps: list[dict[str, Any]] = []

    def step(self, name: str, run: Callable[[], str]) -> None:
        """Do a step and tell of it; one that fails is told and ends nothing."""
        began = time.monotonic()
        try:
            proof, is_good = run(), True
        except (AssertionError, RuntimeError, OSError, KeyError, ValueError) as error:
            proof, is_good = f"{type(error).__name__}: {error}", False
        taken = round((time.monotonic() - began) * 1000)
        self.steps.append({"step": name, "ok": is_good, "ms": taken, "proof": proof})
        if not self.as_json:
            mark = "ok  " if is_good else "FAIL"
            sys.stdout.write(f"{mark} {taken:>6} ms  {name}: {proof}\n")
            sys.stdout.flush()

    @property
    def is_good(self) -> bool:
        """Return whether every step was."""
        return all(step["ok"] for step in self.steps)


class TwoNodes:
    """Grant, register, refer, verify, and find a flipped byte."""

    def __init__(self, nation: FederationNode, region: FederationNode) -> None:
        self.nation, self.region = nation, region
        self.code = self.prefix = ""
        self.file = STATE / "answer.json"

    def show(self, steps: Show) -> None:
        """Do one step after the other, until one fails."""
        for name, run in (
            ("start", self._start),
            ("operators", self._operators),
            ("register", self._register),
            ("admit", self._admit),
            ("grant", self._grant),
            ("resolve by one referral", self._resolve),
            ("verify offline", self._verify),
            ("a flipped byte is refused", self._flip),
        ):
            steps.step(name, run)
            if not steps.is_good:
                return

    def _start(self) -> str:
        for node in (self.nation, self.region):
            node.start()
        for node in (self.nation, self.region):
            node.wait()
            node.manage("gateway", "--json", "make-keys")
            node.root = node.manage("gateway", "--json", "status")["root"]
        pins = [f"{node.code} {node.root[:8]}…" for node in (self.nation, self.region)]
        return f"roots {' and '.join(pins)}"

    def _operators(self) -> str:
        for node in (self.nation, self.region):
            for number in ("1", "2"):
                node.manage(
                    "appoint_operator",
                    f"operator{number}@{node.code.lower()}.example",
                    "--uscc",
                    CREDIT_CODE,
                    "--name",
                    f"Node {node.code}",
                )
        return "two persons at each"

    def _register(self) -> str:
        made = self.region.manage("gateway_sample", "--json")
        self.code, self.prefix = made["code"], made["prefix"]
        return str(made["code"])

    def _admit(self) -> str:
        admit_node(self.nation, self.region, "--prefix", self.prefix)
        admit_node(self.region, self.nation, "--parent")
        return f"{self.nation.code} grants {self.prefix} to {self.region.code}"

    def _grant(self) -> str:
        ends_at = time.monotonic() + SIGNED_SECONDS_MAX
        while time.monotonic() < ends_at:
            if self.nation.get(f"/api/gateway/v1/grants?host={self.region.code}")["grants"]:
                break
            time.sleep(0.2)
        held = self.region.manage("gateway", "--json", "pull")["grants"]
        stop_unless(held >= 1, "no grant came")
        return f"{held} signed by {self.nation.code}/grant, pulled by {self.region.code}"

    def _resolve(self) -> str:
        query = urllib.parse.urlencode({"code": self.code, "proof": "1"})
        found = self.nation.get(f"/api/gateway/v1/resolve?{query}")
        view = found["view"]
        stop_unless(view["authority"] == self.region.code, f"authority {view['authority']}")
        stop_unless(view["countersigned"], "not countersigned")
        self.file.write_text(json.dumps(found, ensure_ascii=False))
        return f"asked {self.nation.code}, answered by {view['authority']}, {view['freshness']}"

    def _verify(self) -> str:
        done = check(self.file, self.nation)
        stop_unless(done["ok"], str(done.get("fault")))
        return (
            f"offline, with the root of {self.nation.code} alone: {done['signatures']} signatures"
        )

    def _flip(self) -> str:
        faults = []
        text = self.file.read_text()
        for number, was in enumerate(re.findall(r'milli\\":([0-9]+)', text)[:2]):
            spoilt = STATE / f"flipped-{number}.json"
            spoilt.write_text(text.replace(f'milli\\":{was}', f'milli\\":9{was}'))
            done = check(spoilt, self.nation)
            stop_unless(not done["ok"], "a flipped byte was believed")
            faults.append(done["fault"])
        stop_unless(bool(faults), "nothing to flip")
        return str(faults[0])


def admit_node(at: FederationNode, other: FederationNode, *more: str) -> None:
    """Let two persons of one node admit another."""
    domain = f"{at.code.lower()}.example"
    options = ["--name", f"Node {other.code}", "--root", other.root, "--url", other.url]
    options += ["--proposed-by", f"operator1@{domain}", "--agreed-by", f"operator2@{domain}"]
    at.manage("gateway", "--json", "admit", other.code, *options, *more)


def check(file: Path, pinned: FederationNode) -> dict[str, Any]:
    """Verify a file by the script that imports nothing of ours."""
    script = PROJECT / "gateway" / "verify_answer.py"
    pin = f"{pinned.code}={pinned.root}"
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-I", str(script), str(file), "--root", pin, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    return dict(json.loads(done.stdout))


def stop_unless(is_so: object, otherwise: str) -> None:
    """Stop the step unless something is so."""
    if not is_so:
        raise AssertionError(otherwise)


def main(arguments: list[str]) -> int:
    """Show the nodes; 0 if every check held."""
    from embedded.seven_nodes import PLANS, SevenNodes
    from embedded.seven_steps import SevenSteps

    parser = argparse.ArgumentParser(prog="bin/federation", description=__doc__)
    parser.add_argument("--nodes", type=int, choices=[2, 7], default=7)
    parser.add_argument("--json", action="store_true", help="print one summary object")
    parser.add_argument("--keep", action="store_true", help="go on serving until Ctrl-C")
    parser.add_argument("--port", type=int, default=FIRST_PORT)
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    STATE.mkdir(parents=True, exist_ok=True)
    ports = (options.port, options.port + 1)
    nation = FederationNode("N00000", ports[0], ports)
    region = FederationNode("R31000", ports[1], ports)
    show = Show(as_json=options.json)
    seven: SevenNodes | None = None
    try:
        if options.nodes == len(PLANS):
            seven = SevenNodes(STATE / "seven", options.port)
            SevenSteps(seven).show(show)
        else:
            TwoNodes(nation, region).show(show)
        if options.json:
            sys.stdout.write(json.dumps({"ok": show.is_good, "steps": show.steps}) + "\n")
            sys.stdout.flush()
        while options.keep and show.is_good:
            time.sleep(1)
    except KeyboardInterrupt:
        pass
    finally:
        for node in (nation, region):
            node.stop()
        if seven is not None:
            seven.stop()
    return 0 if show.is_good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
