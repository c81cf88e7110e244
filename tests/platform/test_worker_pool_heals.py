"""A process of the worker's pool is killed or stopped while it waits or works: rings are heard."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.platform.conftest import Installation, wait_until
from tests.platform.storm import children_of
from tests.platform.test_storm_of_kills import query, status

pytestmark = pytest.mark.services
HEARD_SECONDS_MAX = 60
WELL_SECONDS_MAX = 90


def rings_are_heard_since(market: Installation, moment: object) -> bool:
    heard = query(market, "SELECT heard_at FROM pulse_ring")
    return len(heard) == 3 and all(at > moment for (at,) in heard)


@pytest.fixture
def served(installation: Installation) -> Installation:
    installation.run("serve")
    wait_until(lambda: status(installation) == "ok", seconds=180)
    return installation


@pytest.mark.parametrize("rounds", [1, pytest.param(10, marks=pytest.mark.slow)])
def test_killing_any_process_of_the_pool_leaves_the_others_at_work(served, rounds):
    worker = served.pid_of("worker")
    for _ in range(rounds):
        for one in children_of(worker):  # One of them waits for the next job just now.
            (moment,) = query(served, "SELECT clock_timestamp()")[0]
            os.kill(one, signal.SIGKILL)
            wait_until(
                lambda since=moment: rings_are_heard_since(served, since),
                seconds=HEARD_SECONDS_MAX,
            )

    assert served.pid_of("worker") == worker


@pytest.mark.slow
@pytest.mark.parametrize("whom", ["one", "all", "worker"])
def test_whoever_is_stopped_goes_on(served, whom):
    worker = served.pid_of("worker")
    pool = children_of(worker)
    stopped = {"one": pool[:1], "all": pool, "worker": [worker]}[whom]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)

    # It stops only when it would have its next turn on the processor.
    wait_until(lambda: all(is_stopped(pid) for pid in stopped), seconds=15)
    at = time.monotonic()
    (moment,) = query(served, "SELECT clock_timestamp()")[0]
    wait_until(
        lambda: (
            rings_are_heard_since(served, moment) and not any(is_stopped(pid) for pid in stopped)
        ),
        seconds=WELL_SECONDS_MAX,
    )
    sys.stdout.write(f"\nstopped {whom}: well after {time.monotonic() - at:.0f} s\n")


def is_stopped(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    except OSError:
        return False
