"""Eight threads post while PostgreSQL is stopped dead and backends are killed: nothing is lost."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.postgres import Cluster

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = [pytest.mark.slow, pytest.mark.services]


class Server:
    """A durable cluster that can be stopped as by a power cut."""

    def __init__(self, directory: Path) -> None:
        self.cluster = Cluster(directory / "postgres")
        self.cluster.make()
        self.log = (directory / "log").open("ab")
        self.start()

    def start(self) -> None:
        self.cluster.forget_dead_postmaster()
        self.process = subprocess.Popen(
            self.cluster.command(),
            stdout=self.log,
            stderr=self.log,
            cwd=self.cluster.data_dir.parent,
            **self.cluster.account.popen_arguments(),
        )
        self.cluster.wait(is_alive=lambda: self.process.poll() is None)

    def crash(self) -> None:
        """Do what `pg_ctl stop -m immediate` does: no checkpoint, no farewell."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()

    def kill_a_backend(self, chance: random.Random) -> None:
        with self.cluster.connect() as admin:
            pids = admin.execute(
                "SELECT pid FROM pg_stat_activity WHERE usename = 'suanpan_app'"
            ).fetchall()
            if pids:
                admin.execute("SELECT pg_terminate_backend(%s)", chance.choice(pids))


@pytest.fixture
def server() -> Iterator[Server]:
    directory = Path(tempfile.mkdtemp(prefix="suanpan-storm-"))
    directory.chmod(0o755)
    made = Server(directory)
    yield made
    made.process.send_signal(signal.SIGQUIT)
    made.process.wait()
    made.log.close()
    shutil.rmtree(directory, ignore_errors=True)


def wait_for_lines(path: Path, more: int, storm: subprocess.Popen) -> None:
    """Wait until so many more transfers are acknowledged."""

    def count() -> int:
        return path.read_text().count("\n") if path.exists() else 0

    wanted = count() + more
    while count() < wanted and storm.poll() is None:
        time.sleep(0.05)


def test_crashes_lose_nothing_and_repeat_nothing(server, tmp_path):
    server.cluster.prepare_database("storm")
    environment = os.environ | {
        "DATABASE_URL": server.cluster.url("storm", "suanpan_app"),
        "DATABASE_OWNER_URL": server.cluster.url("storm", "suanpan_owner"),
        "LEDGER_KEYS_FILE": str(tmp_path / "keys"),
        "PYTHONPATH": str(ROOT),
    }
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--database", "owner", "--verbosity", "0"],
        cwd=ROOT,
        env=environment,
        check=True,
    )
    storm = subprocess.Popen(
        [sys.executable, "-m", "tests.ledger.storm", str(tmp_path)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    chance = random.Random(3)  # noqa: S311
    wait_for_lines(tmp_path / "acknowledged", 50, storm)
    for _ in range(3):
        for _ in range(4):
            time.sleep(0.5)
            server.kill_a_backend(chance)
        server.crash()
        server.start()
        wait_for_lines(tmp_path / "acknowledged", 50, storm)
    (tmp_path / "stop").touch()
    out, errors = storm.communicate(timeout=300)

    assert storm.returncode == 0, errors[-3000:]
    found = json.loads(out)
    assert found["faults"] == []
    assert found["crossings"] == 0  # batches that locked each other
    assert found["resent"] > 0
    assert found["refused"] > 0
    acknowledged = set((tmp_path / "acknowledged").read_text().split())
    assert len(acknowledged) > 200
    with server.cluster.connect("storm") as admin:
        kept = {str(row[0]) for row in admin.execute("SELECT id FROM ledger_transfer")}
    assert acknowledged <= kept
