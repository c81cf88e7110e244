"""
Delivery in the main job: the provider's driver program, registered as providers do.

The program is `suanpan-driver local`, a process beside the provider's machines. The market tells it
what to do; it starts what the order runs, says that it is ready, and that it exited.
"""

import contextlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from common import tenancy
from common.errors import Refusal
from gateway.sensing import services as sensing_services
from identity import selectors as identity_selectors
from marketplace.demo.client import Client, JobFailed
from marketplace.demo.metering_agent import SOURCE

MODE: Final = "READY_TO_BILL"
KIND: Final = "local-1"
LISTEN: Final = "127.0.0.1:8950"
ENDING_SECONDS: Final = 60
LET_IN: Final = shlex.join([sys.executable, str(Path(__file__).with_name("letting_in.py"))])
# Hashes until its time is over; it takes no input.
JOB: Final = (
    'until [ "$(date +%s)" -ge "$1" ]; do head -c 1000000 /dev/zero | sha256sum; sleep 0.05; done'
)


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


def job_until(ends_at: datetime, *, wall_seconds: int) -> dict[str, Any]:
    """Return a job that runs until a moment, as an order tells it."""
    words = ["sh", "-c", JOB, "hash", str(int(ends_at.timestamp()))]
    return {"command": words, "wall_seconds": wall_seconds}


class DriverProgram:
    """The provider's driver for one resource: its process, and what the market knows of it."""

    def __init__(self, *, person: Client, listen: str) -> None:
        self.person, self.listen = person, listen
        self.driver_id = self._secret = ""
        self._folder = tempfile.TemporaryDirectory(prefix="suanpan-driver-")
        self._process: subprocess.Popen[str] | None = None

    def start(self, *, resource_id: str) -> str:
        """
        Register the driver, start its program with the secret, and return its kind.

        :raises JobFailed: if the market refuses it, or the program does not listen
        """
        for known in self.person.get("drivers")["results"]:  # Of earlier runs: nobody answers.
            if known["kind"] == KIND:
                self.person.delete(f"drivers/{known['id']}")
        asked = {"kind": KIND, "resource_id": resource_id, "url": f"http://{self.listen}/"}
        registered = self.person.post("drivers", asked)
        self.driver_id, self._secret = registered["id"], registered["secret"]
        words = ["-m", "suanpan_agent.driving", "local", f"--listen={self.listen}"]
        self._process = subprocess.Popen(  # noqa: S603 - the interpreter and a program of ours
            [sys.executable, *words, f"--folder={self._folder.name}", f"--access={LET_IN}"],
            env={**os.environ, "PYTHONPATH": str(SOURCE), "DRIVER_SECRET": self._secret},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        if not self._process.stdout.readline().startswith("listening"):
            message = f"the driver's program does not listen on {self.listen}"
            raise JobFailed(message)
        return str(registered["kind"])

    def close(self) -> None:
        """End the program, and let the market call it no more."""
        if self.driver_id:
            self._end()
            self.person.delete(f"drivers/{self.driver_id}")
            self.driver_id = ""

    def hand_over(self, place: Path, *, resource_id: str) -> None:
        """End the program, and leave what it knows to who starts it again: it stays registered."""
        self._stop()
        folder = place.with_suffix("")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self._folder.name, folder)
        self._folder.cleanup()
        kept = {
            "listen": self.listen,
            "secret": self._secret,
            "folder": str(folder),
            "resource_id": resource_id,
        }
        place.touch(mode=0o600)
        place.write_text(json.dumps(kept), encoding="utf-8")
        self.driver_id = ""

    def _end(self) -> None:
        self._stop()
        self._folder.cleanup()

    def _stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None


def kept_driver_file() -> Path:
    """Return where an installation keeps the driver that stays after the main job."""
    return Path(settings.STATE_DIR) / "keys" / "demo-driver.json"


def let_market_probe(*, now: datetime) -> bool:
    """Let the market ask the address of the driver that stays, if there is one."""
    with contextlib.suppress(OSError, ValueError, KeyError, Refusal):
        kept = json.loads(kept_driver_file().read_text(encoding="utf-8"))
        with tenancy.acting_as_platform():
            resource = identity_selectors.resource(UUID(kept["resource_id"]))
            sensing_services.ask_address(
                resource_id=resource.pk,
                provider_id=resource.provider_id,
                url=f"http://{kept['listen']}/",
                now=now,
            )
        return True
    return False


def wait_until_over(provider: Client, delivery_id: str) -> dict[str, Any]:
    """
    Wait until the job is over and its driver said that data is wiped; return what is shown of it.

    :raises JobFailed: if that does not come, or nothing ran
    """
    delivery = provider.wait_for(
        f"deliveries/{delivery_id}",
        lambda seen: bool(seen["state"] == "EXITED" and seen["wiped_at"]),
        seconds=ENDING_SECONDS,
    )
    course = provider.get(f"deliveries/{delivery_id}/course")
    (run,) = delivery["runs"]
    return {
        "state": delivery["state"],
        "ran_from": run["starts_at"],
        "ran_until": run["ends_at"],
        "confirmed_by": delivery["confirmed_by"],
        "driver": course["kind"],
        "exit_code": course["exit_code"],
        "steps": [call["step"] for call in course["calls"]],
        "said": [said["word"] for said in course["messages"]],
    }
