"""
The month of the main job: its statements are issued and verified, and two persons close it.

It goes on where an earlier job was killed: a month that was proposed is approved, one that is
closed stays so.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from marketplace.demo.client import Client, JobFailed
from marketplace.statements import verify_statement

ISSUING_SECONDS: Final = 150
CHECKING_SECONDS: Final = 60
SIDES: Final = {"BUYER": "BUYER", "PROVIDER": "PROVIDER_PERSON"}


@dataclass
class MonthJob:
    """The steps that state and close the last month that is over: by finance, two."""

    clients: Mapping[str, Client]
    facts: dict[str, Any]
    statements: dict[str, dict[str, Any]] = field(default_factory=dict)
    month: str = ""

    def take_statements(self) -> None:
        """Wait until buyer and provider have their statements: opening and lines make closing."""
        for side, who in SIDES.items():
            seen = self.clients[who].wait_for(
                f"issued-statements?side={side}",
                lambda page: bool(_counting(page)),
                seconds=ISSUING_SECONDS,
            )
            told = _counting(seen)[0]
            moved = told["added_minor"] + told["taken_minor"]
            if told["opening_minor"] + moved != told["closing_minor"]:
                message = f"{told['number']} does not add up"
                raise JobFailed(message)
            self.statements[side] = told
        self.month = self.statements["BUYER"]["starts_on"]
        self.facts["statements"] = [
            {name: told[name] for name in ("number", "side", "starts_on", "lines", "closing_minor")}
            for told in self.statements.values()
        ]

    def verify_statements(self) -> None:
        """Verify each file away from the market, then ask the public page for its hash."""
        said = []
        for side, who in SIDES.items():
            told, client = self.statements[side], self.clients[who]
            raw = client.download(f"issued-statements/{told['id']}/file?form=json")
            said.append(_verified(raw))
            proof = client.get(
                f"statement-proofs/{told['number']}", hash=json.loads(raw)["content_hash"]
            )
            if not proof["is_same"]:
                message = f"the market does not know the hash of {told['number']}"
                raise JobFailed(message)
        self.facts["statements_verified"] = said

    def propose_closing(self) -> None:
        """Let one clerk propose to close the month, once nothing of its checklist is open."""
        finance = self.clients["FINANCE"]
        month = self.month[:7]
        checks = finance.wait_for(
            f"book-closings/{month}/checklist",
            lambda lines: not any(line["open"] for line in lines if line["name"] == "statements"),
            seconds=ISSUING_SECONDS,
        )
        self.facts["checklist"] = {line["name"]: line["open"] for line in checks}
        if self._closing() is None:
            finance.post("book-closings", {"month": self.month})

    def approve_closing(self) -> None:
        """Let another clerk approve it: nothing takes effect in the month any more."""
        closing = self._closing() or {}
        if closing.get("state") == "PROPOSED":
            second = self.clients["FINANCE2"]
            waiting = second.get(f"approvals/{closing['proposal_id']}")
            body = {"content_hash": waiting["content_hash"]}
            second.post(f"approvals/{waiting['id']}/approve", body)
            closing = self._closing() or {}
        if closing.get("state") != "CLOSED":
            message = f"{self.month[:7]} was not closed"
            raise JobFailed(message)
        self.facts["closing"] = {name: closing[name] for name in ("month", "state", "trial_hash")}

    def _closing(self) -> dict[str, Any] | None:
        known = self.clients["FINANCE"].get("book-closings")["results"]
        return next((each for each in known if each["month"] == self.month), None)


def _counting(page: Any) -> list[dict[str, Any]]:
    """Return the statements that count, the newest first."""
    return [each for each in page["results"] if each["is_live"]]


def _verified(raw: bytes) -> str:
    """Run the script that the documentation names, as anybody would: without the market."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "statement.json"
        file.write_bytes(raw)
        finished = subprocess.run(  # noqa: S603 - the interpreter and a script of ours
            [sys.executable, "-I", verify_statement.__file__, str(file)],
            capture_output=True,
            text=True,
            check=False,
            cwd=directory,
            timeout=CHECKING_SECONDS,
        )
    said = finished.stdout + finished.stderr
    if finished.returncode != 0:
        message = f"a statement does not agree (exit {finished.returncode}): {said}"
        raise JobFailed(message)
    return said.strip().splitlines()[0]
