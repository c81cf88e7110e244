"""Two beat processes ring at once while the main job is done: each thing is done once."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from embedded.program import PROJECT
from marketplace.demo.main_job import WINDOWS, MainJob
from tests.platform.conftest import Installation, wait_until
from tests.platform.test_storm_of_kills import assert_balanced, query, status

pytestmark = [pytest.mark.services, pytest.mark.slow]
ONCE = {
    "settled": "SELECT state FROM orders_order WHERE id = '{}'",
    "charge": "SELECT count(*), count(DISTINCT usage_id) FROM settlement_charge c"
    " JOIN settlement_contract t ON t.id = c.contract_id WHERE t.order_id = '{}'",
    "trade record": "SELECT count(*) FROM settlement_traderecord r"
    " JOIN settlement_contract t ON t.id = r.contract_id WHERE t.order_id = '{}'",
    "allocation": "SELECT count(*) FROM catalog_allocation WHERE order_id = '{}'",
}


@pytest.fixture
def served(installation: Installation) -> Installation:
    made = installation.run("manage", "load_sample")
    assert made.wait(timeout=900) == 0, made.communicate()[0]
    installation.run("serve", "--demo")
    wait_until(lambda: status(installation) == "ok", seconds=180)
    return installation


@pytest.fixture
def second_beat(served: Installation) -> Iterator[subprocess.Popen[bytes]]:
    beat = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "config", "beat", "--loglevel=WARNING"],
        cwd=PROJECT,
        env=served.environment,
    )
    yield beat
    beat.kill()
    beat.wait()


def test_a_period_is_cleared_charged_and_settled_once(served, second_beat):
    accounts = json.loads((served.home / "keys" / "demo-accounts.json").read_text())
    job = MainJob(
        served.url,
        accounts["accounts"],
        accounts["password"],
        step=lambda _: nullcontext(),
        driver_listen=served.home.running()["driver_listen"],
    )
    done = threading.Event()
    killer = threading.Thread(target=kill_the_first_beat, args=(served, done), daemon=True)
    killer.start()
    job.run()
    done.set()
    killer.join()
    time.sleep(15)  # Either beat has rung for everything again, with nothing left to do.

    assert second_beat.poll() is None
    counted = {name: query(served, sql.format(job.facts["order_id"])) for name, sql in ONCE.items()}
    assert counted == {
        "allocation": [(1,)],
        "trade record": [(1,)],
        "charge": [(WINDOWS, WINDOWS)],
        "settled": [("SETTLED",)],
    }
    assert_balanced(served)


def kill_the_first_beat(market: Installation, done: threading.Event) -> None:
    """Kill one of the two again and again: each start rings for everything at once."""
    while not done.wait(5):
        pid = market.find("beat")
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
