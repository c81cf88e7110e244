"""An import that is killed at any of its steps is finished by the same command, and acts once."""

import json
import os
import signal
import subprocess
import sys
import time
from decimal import ROUND_HALF_UP, Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from common import tenancy
from marketplace.orders.models import Order
from marketplace.settlement.models import Charge, TradeRecord
from metering.models import Reading
from tests.databases import ROOT
from tests.importing.test_usage_is_imported import HEADER
from tests.settlement.cast import is_balanced

pytestmark = [pytest.mark.slow, pytest.mark.services]
T4_HOUR = Decimal("1.90")  # of the shipped sample prices
PODS = 60


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    nodes, pods = tmp_path / "nodes.csv", tmp_path / "pods.csv"
    lines = [f"node-{number:04d},32000,131072,2,T4" for number in range(40)]
    nodes.write_text("\n".join(["sn,cpu_milli,memory_mib,gpu,model", *lines]))
    lines = [
        f"pod-{n:04d},6000,12288,1,1000,,LS,Running,{n},{n + 997 * (n + 1)},{n}"
        for n in range(PODS)
    ]
    pods.write_text("\n".join([HEADER, *lines]))
    return nodes, pods


def expected_minor() -> int:
    """Return what the pods cost: each one's hours at the price of a card-hour, rounded once."""
    prices = [Decimal(997 * (number + 1)) / 3600 * T4_HOUR for number in range(PODS)]
    return sum(int(price.quantize(Decimal("0.01"), ROUND_HALF_UP) * 100) for price in prices)


def start(pods: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "import_usage", str(pods), "--json"],
        cwd=ROOT,
        env=os.environ | {"CELERY_BROKER_URL": "memory://"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def kill_when(running: subprocess.Popen[str], model: type) -> None:
    """Kill the process once the first rows of a table are committed, or let it end."""
    while running.poll() is None:
        with tenancy.acting_as_platform():
            if model.objects.exists():
                running.send_signal(signal.SIGKILL)
                running.wait()
                return
        time.sleep(0.02)


def test_killed_after_orders_readings_and_charges(fresh_database, files):
    nodes, pods = files
    call_command("import_capacity", str(nodes), stdout=StringIO())

    for model in (Order, Reading, Charge):
        with start(pods) as running:
            kill_when(running, model)
    with start(pods) as done:
        answer = json.loads(done.communicate(timeout=300)[0])

    assert (done.returncode, answer["contracts_settled"], answer["contracts_open"]) == (0, PODS, 0)
    assert answer["gross_minor"] == expected_minor()
    assert answer["balanced"]
    assert is_balanced()
    with tenancy.acting_as_platform():
        assert Order.objects.count() == TradeRecord.objects.count() == PODS
        assert Charge.objects.count() == Reading.objects.count()
