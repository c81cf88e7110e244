"""A served market whose doorbell is broken: it heals by itself, and readiness tells meanwhile."""

import json
import os
import shutil
import signal
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.platform.conftest import Installation, wait_until

pytestmark = [pytest.mark.services, pytest.mark.slow]
SILENCE_SECONDS = 12
HEALED_SECONDS_MAX = 60


@pytest.fixture(scope="module")
def running(migrated) -> Iterator[Installation]:
    with Installation.copy_of(migrated) as it:
        it.environment["SUANPAN_SILENCE_SECONDS_MAX"] = str(SILENCE_SECONDS)
        it.serve()
        wait_until(lambda: readiness(it)["status"] == "ok", seconds=60)
        yield it


def readiness(running: Installation) -> dict:
    with urllib.request.urlopen(f"{running.url}/readyz", timeout=10) as response:  # noqa: S310
        assert response.status == 200
        return json.load(response)


def rings_since(running: Installation, started_at: float) -> bool:
    """Tell whether every path has been heard since, and all is well."""
    told = readiness(running)
    heard = told["parts"]["rings"]["silent_seconds"].values()
    age = time.monotonic() - started_at
    return told["status"] == "ok" and all(it < age - 2 for it in heard)


def remove(path: Path) -> None:
    shutil.rmtree(path)


def replace(path: Path) -> None:
    shutil.rmtree(path)
    path.write_text("a stranger's")


def shut(path: Path) -> None:
    path.chmod(0)


def litter(path: Path) -> None:
    for number in range(2_000):
        (path / f"{number:020}-strange.suanpan.msg").write_bytes(b"{}")
        (path / f"{number:020}-strange.sweeps.msg").write_bytes(b"\xff")


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        (("queue",), remove),
        (("queue", "queue-control"), remove),
        (("queue-control",), remove),
        (("queue", "queue-control"), replace),
        (("queue", "queue-control"), shut),
        (("queue",), litter),
    ],
    ids=lambda it: getattr(it, "__name__", None) or " and ".join(it),
)
def test_the_doorbell_rings_again_within_a_minute(running, names, fault):
    for name in names:
        fault(running.home / name)
    started_at = time.monotonic()

    wait_until(lambda: rings_since(running, started_at), seconds=HEALED_SECONDS_MAX)


@pytest.mark.parametrize(("service", "lost"), [("worker", {"worker", "rings"}), ("beat", {"beat"})])
def test_a_service_that_hangs_is_told_and_the_web_stays(running, service, lost):
    pid = running.pid_of(service)

    stopped = [pid, *children(pid)]
    for it in stopped:
        os.kill(it, signal.SIGSTOP)
    wait_until(lambda: lost <= ill(running), seconds=SILENCE_SECONDS + 20)

    with urllib.request.urlopen(f"{running.url}/healthz", timeout=10) as health:  # noqa: S310
        assert health.status == 200
    checked = running.run("manage", "check_health")
    output, _ = checked.communicate(timeout=60)
    assert checked.returncode == 1
    assert f"{service}: silent" in output
    for it in stopped:
        os.kill(it, signal.SIGCONT)
    wait_until(lambda: readiness(running)["status"] == "ok", seconds=HEALED_SECONDS_MAX)


def ill(running: Installation) -> set[str]:
    parts = readiness(running)["parts"]
    return {name for name, part in parts.items() if part["status"] != "ok"}


def children(pid: int) -> list[int]:
    return [int(it) for it in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
