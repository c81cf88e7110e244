"""The part of the main job that an authority does afterwards: a change tried, a year reported."""

import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from common.moments import market_date
from marketplace.demo.client import Client, JobFailed

DECIDING_SECONDS: Final = 120
DAYS: Final = 365
SHARE: Final = "0.5"


@dataclass
class PolicyJob:
    """What the issuer of the demo's programme asks of the policy room, over HTTP."""

    clients: Mapping[str, Client]
    facts: MutableMapping[str, Any]

    def try_change(self) -> None:
        """Try another share on the trades of a year beside the rules in force; publish the run."""
        issuer = self.clients["ISSUER"]
        now = datetime.now(UTC)
        run = issuer.post(
            "policy-runs",
            {
                "title": "Half of everything / 一律支持一半",
                "code": self.facts["programme"],
                "rules": self._changed(),
                "starts_at": (now - timedelta(days=DAYS)).isoformat(),
                "ends_at": now.isoformat(),
            },
        )
        seen = issuer.wait_for(
            f"policy-runs/{run['id']}",
            lambda found: found["state"] not in {"QUEUED", "RUNNING"},
            seconds=DECIDING_SECONDS,
        )
        if seen["state"] != "READY":
            message = f"the run was not decided: {seen['state']} {seen['failure']}"
            raise JobFailed(message)
        said = self._verified(issuer.download(f"policy-runs/{run['id']}/download"))
        issuer.post(f"policy-runs/{run['id']}/publication", {})
        after = seen["result"]["versions"]["after"]
        self.facts["workbench"] = {
            "number": seen["number"],
            "run_hash": seen["run_hash"],
            "used_minor": after["used_minor"],
            "left_minor": after["left_minor"],
            "verifier": said,
        }

    def read_report(self) -> None:
        """Read what the programme did this year."""
        today = market_date(datetime.now(UTC))
        report = self.clients["ISSUER"].get(
            f"programmes/{self._programme()['id']}/performance",
            starts_on=f"{today.year}-01-01",
            ends_on=today.isoformat(),
        )
        total = report["total"]
        if total["used_minor"] < self.facts["trade"]["voucher_minor"]:
            message = "the report lacks what the vouchers of this job paid"
            raise JobFailed(message)
        self.facts["performance"] = {
            name: total[name] for name in ("issued_minor", "used_minor", "own_minor")
        }

    def _programme(self) -> dict[str, Any]:
        found = self.clients["ISSUER"].get("programmes")["results"]
        return next(each for each in found if each["code"] == self.facts["programme"])

    def _changed(self) -> dict[str, Any]:
        """Return the rules in force with another share."""
        rules: dict[str, Any] = self._programme()["rules"]
        return rules | {"rates": [each | {"share": SHARE} for each in rules["rates"]]}

    def _verified(self, bundle: bytes) -> list[str]:
        """Decide the run anew from its file, away from the market."""
        with tempfile.TemporaryDirectory() as directory:
            folder = Path(directory)
            with zipfile.ZipFile(BytesIO(bundle)) as opened:
                opened.extractall(folder)
            finished = subprocess.run(  # noqa: S603 - the interpreter and a script of ours
                [sys.executable, "-I", str(folder / "verify_run.py"), str(folder)],
                capture_output=True,
                text=True,
                check=False,
                cwd=folder,
                timeout=DECIDING_SECONDS,
            )
        if finished.returncode:
            message = f"the run is not what its file comes to: {finished.stdout}{finished.stderr}"
            raise JobFailed(message)
        return finished.stdout.strip().splitlines()
