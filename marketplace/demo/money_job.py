"""
The money of the main job: a top-up by test card, a payout run, a voucher claim that is paid.

It goes on where an earlier job was killed: what waits is finished before anything new is begun.
"""

import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from common import tabular
from common.moments import market_date
from marketplace.demo.client import Client, JobFailed, pay_by_card

TOP_UP_MINOR: Final = 2_000_00
TEST_CARD: Final = "4242 4242 4242 4242"
PAYING_SECONDS: Final = 60
ENDING_SECONDS: Final = 60
THRESHOLD_MINOR: Final = 1_00
CHECKING_SECONDS: Final = 60
BANK_FILE: Final = tabular.Layout(
    "bank file",
    ("reference", "amount"),
    ("payee", "account", "bank_code", "bank", "currency", "remark"),
)
TOTAL: Final = "TOTAL"  # the bank file's last row


@dataclass
class MoneyJob:
    """The steps that move money in and out, by the people who may: of finance and issuers, two."""

    base_url: str
    clients: Mapping[str, Client]
    facts: dict[str, Any]
    run: dict[str, Any] = field(default_factory=dict)
    claim: dict[str, Any] = field(default_factory=dict)
    evidence: bytes = b""

    # --- In --------------------------------------------------------------------------------
    def top_up(self) -> None:
        """Pay in by a test card, where the market is connected to the test gateway."""
        buyer = self.clients["BUYER"]
        told = buyer.get("payment-details")
        if not (told["takes_cards"] and told["is_test"]):
            self.facts["top_up"] = {"state": "NO_TEST_GATEWAY"}
            return
        asked = buyer.post("top-ups", {"amount_minor": TOP_UP_MINOR})
        path = f"movements/{asked['id']}"
        opened = buyer.wait_for(path, lambda seen: bool(seen["address"]), seconds=PAYING_SECONDS)
        pay_by_card(opened["address"], card=TEST_CARD)
        done = buyer.wait_for(path, lambda seen: seen["state"] == "DONE", seconds=PAYING_SECONDS)
        self.facts["top_up"] = _some(done, "number", "state", "amount_minor", "reference")

    # --- Out -------------------------------------------------------------------------------
    def propose_payouts(self) -> None:
        """Let one clerk propose to pay what providers earned before today."""
        finance = self.clients["FINANCE"]
        known = finance.get("payout-runs")["results"]
        if known and known[0]["state"] != "DONE":
            self.run = known[0]
            return
        body = {
            "until": market_date(datetime.now(UTC)).isoformat(),
            "threshold_minor": THRESHOLD_MINOR,
        }
        try:
            waiting = finance.post("payout-runs", body)
        except JobFailed as failed:
            # What was earned today is paid tomorrow: an earlier job of this day paid the rest.
            if "nothing_to_pay" not in str(failed) or not known:
                raise
            self.run = known[0]
            return
        runs = finance.get("payout-runs")["results"]
        self.run = next(each for each in runs if each["proposal_id"] == waiting["proposal_id"])

    def approve_payouts(self) -> None:
        """Let another clerk approve the run as it was proposed."""
        if self.run["state"] != "PROPOSED":
            return
        second = self.clients["FINANCE2"]
        waiting = second.get(f"approvals/{self.run['proposal_id']}")
        second.post(f"approvals/{waiting['id']}/approve", {"content_hash": waiting["content_hash"]})
        self._read_run()

    def send_payouts(self) -> None:
        """Hand the run's file to the bank: its control totals are those of the run."""
        rows = self._bank_file()
        total = sum(_minor(each["amount"]) for each in rows)
        if (len(rows), total) != (self.run["payouts"], self.run["amount_minor"]):
            message = f"the bank file does not add up to the run: {len(rows)} payouts, {total}"
            raise JobFailed(message)
        if self.run["state"] == "APPROVED":
            self.clients["FINANCE"].post(f"payout-runs/{self.run['id']}/send")
            self._read_run()

    def confirm_payouts(self) -> None:
        """Import the bank's statement of what it paid; the run ends by it."""
        finance = self.clients["FINANCE"]
        day = market_date(datetime.now(UTC)).isoformat()
        if self.run["state"] == "SENT":
            rows = self._bank_file()
            lines = [f"{day},-{each['amount']},{each['reference']}\n" for each in rows]
            raw = "".join(["date,amount,text\n", *lines]).encode()
            finance.upload(f"bank-statements?name={self.run['number']}.csv", raw)
        path = f"payout-runs/{self.run['id']}"
        self.run = finance.wait_for(
            path, lambda seen: seen["state"] == "DONE", seconds=ENDING_SECONDS
        )
        self.facts["payout_run"] = _some(self.run, "number", "state", "payouts", "amount_minor")

    def _bank_file(self) -> list[dict[str, str]]:
        address = f"{self.base_url}/finance/payouts/{self.run['id']}/file/csv/"
        raw = self.clients["FINANCE"].download(address)
        table = tabular.Table(tabular.Lines(io.BytesIO(raw)), BANK_FILE)
        rows = [dict(row.cells) for row in table if isinstance(row, tabular.Record)]
        return [each for each in rows if each["reference"] != TOTAL]

    def _read_run(self) -> None:
        self.run = self.clients["FINANCE"].get(f"payout-runs/{self.run['id']}")

    # --- Vouchers --------------------------------------------------------------------------
    def submit_claim(self) -> None:
        """Claim from the programme what its vouchers paid, with the evidence for it."""
        provider = self.clients["PROVIDER_PERSON"]
        programmes = self.clients["ISSUER"].get("programmes")["results"]
        code = self.facts["programme"]
        programme = next(each for each in programmes if each["code"] == code)
        open_claims = [
            each
            for each in provider.get("voucher-claims")["results"]
            if each["programme_id"] == programme["id"]
            and each["state"] in {"SUBMITTED", "CHECKED", "INSTRUCTED"}
        ]
        self.claim = (
            open_claims[0]
            if open_claims
            else provider.post("voucher-claims", {"programme_id": programme["id"]})
        )
        self.evidence = provider.download(f"voucher-claims/{self.claim['id']}/evidence")

    def check_claim(self) -> None:
        """Let the programme's people verify the evidence offline, and accept the claim."""
        said = self._verified()
        if self.claim["state"] == "SUBMITTED":
            self._step("ISSUER", "check", {})
        self.facts["evidence"] = said.strip().splitlines()

    def instruct_claim(self) -> None:
        """Hand the accepted claim to the payer."""
        if self.claim["state"] == "CHECKED":
            issuer = self.clients["ISSUER"]
            issuer.post("voucher-claim-batches", {"batch": f"B-{uuid4().hex[:10].upper()}"})
            self.claim = issuer.get(f"voucher-claims/{self.claim['id']}")

    def pay_claim(self) -> None:
        """Let another person confirm that the payer paid; the ledger is settled by it."""
        self._step("ISSUER2", "paid", {"payment_reference": f"PAY-{self.claim['number']}"})
        self.facts["claim"] = _some(
            self.claim, "number", "state", "claimed_minor", "accepted_minor", "payment_reference"
        )

    def _step(self, who: str, name: str, body: Mapping[str, Any]) -> None:
        self.claim = self.clients[who].post(f"voucher-claims/{self.claim['id']}/{name}", body)

    def _verified(self) -> str:
        """Run the pack's own script as the programme's people would: away from the market."""
        with tempfile.TemporaryDirectory() as directory:
            pack = Path(directory) / "claim.zip"
            pack.write_bytes(self.evidence)
            script = Path(directory) / "verify_claim.py"
            script.write_bytes(_member(self.evidence, script.name))
            finished = subprocess.run(  # noqa: S603 - the interpreter and a script of ours
                [sys.executable, "-I", str(script), str(pack)],
                capture_output=True,
                text=True,
                check=False,
                cwd=directory,
                timeout=CHECKING_SECONDS,
            )
        said = finished.stdout + finished.stderr
        if finished.returncode != 0:
            message = f"the evidence does not agree (exit {finished.returncode}): {said}"
            raise JobFailed(message)
        return said


def _member(pack: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(pack)) as opened:
        return opened.read(name)


def _minor(amount: str) -> int:
    return int(Decimal(amount).scaleb(2))


def _some(record: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: record[name] for name in names}
