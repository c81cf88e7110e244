"""An installation of its own for a test that starts, kills or stops services."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import pytest

from embedded import processes
from embedded.home import Home
from embedded.program import PROJECT
from tests import environment
from tests.platform.acknowledgements import Acknowledgements

SETTINGS_OF_THE_TEST_RUN = {
    "CELERY_BROKER_URL",
    "DATABASE_OWNER_URL",
    "DATABASE_URL",
    "LOG_LEVEL",
    "SECRET_KEY",
    "SUANPAN_METRICS_DIR",
    "SUANPAN_TLS",
}


class Installation:
    """What a user has who runs bin/serve: a terminal, a state directory, an address."""

    def __init__(self, directory: Path) -> None:
        self.home = Home(directory)
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if name not in SETTINGS_OF_THE_TEST_RUN
        } | {
            "PYTHONPYCACHEPREFIX": environment.bytecode_of_services(),
            "SUANPAN_STATE_DIR": str(directory),
        }
        self.terminals: list[subprocess.Popen[str]] = []

    @classmethod
    @contextmanager
    def copy_of(cls, migrated: Path) -> Iterator[Self]:
        directory = reachable_directory()
        subprocess.run(["cp", "-a", f"{migrated}/.", str(directory)], check=True)
        it = cls(directory)
        try:
            yield it
        finally:
            it.remove()

    def run(self, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "embedded", *arguments],
            cwd=PROJECT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.terminals.append(process)
        return process

    def serve(self) -> tuple[subprocess.Popen[str], float]:
        """Start serving; return the process and the seconds until it answered."""
        started_at = time.monotonic()
        (self.home / "running.json").unlink(missing_ok=True)
        process = self.run("serve")
        wait_until(lambda: self.is_ready() or process.poll() is not None, seconds=60)
        assert process.poll() is None, process.communicate()[0]
        return process, time.monotonic() - started_at

    @property
    def url(self) -> str:
        return str(self.home.running().get("url", ""))

    def is_ready(self) -> bool:
        if not self.url:
            return False
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as response:  # noqa: S310
                return response.status == 200
        except OSError:
            return False

    def pids(self) -> set[int]:
        data_dir = (self.home / "postgres").resolve() / "data"
        return set(processes.leftovers(state_dir=self.home.directory, working_in=data_dir))

    def find(self, service: str) -> int | None:
        """Return the pid of a service's first process: the one that the supervisor started."""
        program = {
            "beat": "celery -A config beat",
            "postgres": "bin/postgres",
            "web": "gunicorn",
            "worker": "celery -A config worker",
        }[service]
        for pid in sorted(self.pids()):
            try:
                stat = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
                command = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(stat[1]) == self.home.running()["pid"] and program in command:
                return pid
        return None

    def pid_of(self, service: str) -> int:
        pid = self.find(service)
        assert pid is not None, f"{service} does not run"
        return pid

    def remove(self) -> None:
        for process in self.terminals:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
        data_dir = (self.home / "postgres").resolve() / "data"
        processes.end_leftovers(state_dir=self.home.directory, working_in=data_dir)
        shutil.rmtree(self.home.directory, ignore_errors=True)


def wait_until(condition, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.1)


@pytest.fixture
def directory() -> Iterator[Path]:
    """Yield a short directory that PostgreSQL's user can reach."""
    path = reachable_directory()
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated() -> Path:
    """Return the state directory of an installation that has its tables and does not run."""
    directory, done = environment.SHARED / "migrated", environment.SHARED / "migrated.done"
    with (environment.SHARED / "migrated.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # One worker makes it, others wait for it.
        if not done.exists():
            directory.mkdir(mode=0o711, exist_ok=True)
            made = Installation(directory).run("manage", "check")
            output, _ = made.communicate(timeout=900)
            assert made.returncode == 0, output
            done.touch()
    return directory


@pytest.fixture
def installation(migrated: Path) -> Iterator[Installation]:
    with Installation.copy_of(migrated) as it:
        yield it


@pytest.fixture
def kept(tmp_path) -> Iterator[Acknowledgements]:
    """Yield a file of answers that lies outside the market."""
    it = Acknowledgements(tmp_path / "acknowledged.jsonl")
    yield it
    it.close()


@pytest.fixture
def free_port() -> int:
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return int(it.getsockname()[1])


def reachable_directory() -> Path:
    path = Path(tempfile.mkdtemp(prefix="suanpan-", dir="/tmp"))
    path.chmod(0o711)
    return path
