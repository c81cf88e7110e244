"""Workers that are killed with -9 while they tell: at least once, and each object in its order."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import cast, environment
from tests.webhooks.cast import deliveries, endpoint, happens, receiver

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.services
THINGS, EACH, WORKERS, KILLS = 4, 12, 2, 8
PATIENCE_SECONDS = 120


def start(database: str) -> subprocess.Popen:
    told = {
        "DATABASE_URL": environment.database_url("suanpan_app", database),
        "OUTBOUND_ALLOWED": "127.0.0.0/8",
        "WEBHOOKS_REQUEST_SECONDS": "1",
        "WEBHOOKS_RUNS_MAX": str(WORKERS),
        "LOG_LEVEL": "CRITICAL",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "tests.webhooks.worker"], cwd=ROOT, env=os.environ | told
    )


def test_killed_workers_lose_nothing_and_keep_the_order(fresh_database):
    chance = random.Random(7)  # noqa: S311 - it only chooses whom to kill
    acme = cast.organization("Acme")
    workers = [start(fresh_database) for _each in range(WORKERS)]
    try:
        with receiver() as told:
            told.delay = 0.05
            endpoint(acme, told.url, "identity.member.invited")
            for number in range(EACH):
                for thing in range(THINGS):
                    happens(acme, thing=f"{thing}", n=number)
            kills = 0
            ends_at = time.monotonic() + PATIENCE_SECONDS
            while time.monotonic() < ends_at:
                if kills < KILLS and told.got:
                    place = chance.randrange(WORKERS)
                    workers[place].send_signal(signal.SIGKILL)
                    workers[place].wait()
                    workers[place] = start(fresh_database)
                    kills += 1
                time.sleep(0.5 + chance.random())
                if kills == KILLS and not deliveries(state="WAITING"):
                    break
            heard = told.heard()
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()

    assert kills == KILLS
    assert {each.state for each in deliveries()} == {"DELIVERED"}
    for thing in range(THINGS):
        numbers = [number for each, number in heard if each == f"{thing}"]
        first_times = list(dict.fromkeys(numbers))
        assert first_times == list(range(EACH))
