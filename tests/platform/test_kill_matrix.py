"""
The main job ends right while its services are killed: each of them, again and again, with -9.

The job is a client over HTTP; it knows nothing of the killing.
"""

import json
import os
import signal
import time

import pytest

from tests.platform.conftest import Installation, wait_until

pytestmark = [pytest.mark.services, pytest.mark.slow]
KILLS = 4
SECONDS_BETWEEN = 7


def kill_repeatedly(installation: Installation, name: str, *, until) -> int:
    """Kill a service a few times while the job runs; return how often it was there to be killed."""
    killed = 0
    while killed < KILLS and not until():
        pid = installation.find(name)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            killed += 1
        time.sleep(SECONDS_BETWEEN)
    return killed


@pytest.mark.parametrize("name", ["worker", "beat", "web", "postgres"])
def test_the_main_job_ends_right_while_a_service_is_killed(installation, name):
    demo = installation.run("demo", "--once", "--json")
    wait_until(lambda: bool(installation.url) or demo.poll() is not None, seconds=180)

    killed = kill_repeatedly(installation, name, until=lambda: demo.poll() is not None)
    output, _ = demo.communicate(timeout=300)

    assert demo.returncode == 0, output
    job = json.loads(output.splitlines()[-1])["job"]
    trade = job["trade"]
    assert killed >= 2
    assert output.count(f"{name} ended (signal SIGKILL); it starts again") == killed
    assert trade["gross_minor"] == trade["voucher_minor"] + trade["cash_minor"] > 0
    assert trade["voucher_minor"] <= job["held"]["voucher_minor"]
    assert trade["cash_minor"] <= job["held"]["cash_minor"]
    assert job["export"]["verifier"][-1] == "VERIFIED"
    assert job["altered"][-1].startswith("NOT VERIFIED")
