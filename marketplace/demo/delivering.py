"""
Delivery in the main job: a driver beside the provider's machines that really runs a bounded job.

It hears of an order, starts a process, says that it is ready once the process says so, and that it
exited once it has. What it may run is fixed here: a sum that ends by itself.
"""

import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from marketplace.demo.client import Client, JobFailed

MODE: Final = "READY_TO_BILL"
ASKED_SECONDS: Final = 60
OVER_SECONDS: Final = 60
# Says "ready", then counts until its time is over; it takes no input and writes nothing else.
JOB: Final = """
import sys, time
print("ready", flush=True)
until, total = float(sys.argv[1]), 0
while time.time() < until:
    total += sum(range(10_000))
    time.sleep(0.05)
"""


def have_policy(clients: Mapping[str, Client]) -> str:
    """Let two operators publish that orders are charged from readiness on, if nobody has yet."""
    operator = clients["OPERATOR"]
    known = operator.get("delivery-policies")["results"]
    if not known:
        waiting = operator.post(
            "delivery-policies", {"mode": MODE, "starts_at": None, "basis": "The sample market"}
        )
        second = clients["OPERATOR2"]
        proposal = second.get(f"approvals/{waiting['proposal_id']}")
        second.post(
            f"approvals/{proposal['id']}/approve", {"content_hash": proposal["content_hash"]}
        )
        known = operator.get("delivery-policies")["results"]
    return str(known[0]["mode"])


class LocalDriver:
    """Delivers one order by a process on this machine."""

    def __init__(self, provider: Client) -> None:
        self.provider = provider
        self._process: subprocess.Popen[bytes] | None = None
        self._delivery_id = ""

    def deliver(self, order_id: str, *, until: datetime) -> dict[str, Any]:
        """
        Start the job of an order, and say that it is ready once it runs.

        :raises JobFailed: if the market asks for no delivery, or the job does not start
        """
        asked = self.provider.wait_for(
            f"deliveries?order={order_id}",
            lambda seen: bool(seen["results"]),
            seconds=ASKED_SECONDS,
        )
        self._delivery_id = asked["results"][0]["id"]
        self._say("CONNECT")
        self._process = subprocess.Popen(  # noqa: S603 - the interpreter and a text of ours
            [sys.executable, "-I", "-c", JOB, str(until.timestamp())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline().strip() != b"ready":
            message = "the local driver's job did not start"
            raise JobFailed(message)
        return self._say("READY")

    def finish(self) -> dict[str, Any]:
        """
        Wait until the job is over and the market has closed the delivery; say that data is wiped.

        :raises JobFailed: if the job failed, or the delivery is not over
        """
        assert self._process is not None
        if status := self._process.wait(timeout=OVER_SECONDS):
            message = f"the local driver's job failed: {status}"
            raise JobFailed(message)
        self.provider.wait_for(
            f"deliveries/{self._delivery_id}",
            lambda seen: seen["state"] == "EXITED",
            seconds=OVER_SECONDS,
        )
        return self._say("WIPE")

    def close(self) -> None:
        """End the job, whatever became of it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _say(self, move: str) -> dict[str, Any]:
        said: dict[str, Any] = self.provider.post(
            f"deliveries/{self._delivery_id}/moves", {"move": move}
        )
        return said


def told(delivery: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is shown of a delivery: when it ran, and by whom that was confirmed."""
    (run,) = delivery["runs"]
    return {
        "state": delivery["state"],
        "ran_from": run["starts_at"],
        "ran_until": run["ends_at"],
        "confirmed_by": delivery["confirmed_by"],
    }
