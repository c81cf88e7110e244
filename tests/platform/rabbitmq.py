"""A real RabbitMQ of a test's own: from Debian, started on loopback as this user."""

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.platform.conftest import wait_until

PROGRAMS = Path("/usr/lib/rabbitmq/bin")
ROOT = Path(__file__).resolve().parents[2]


class Broker:
    """A RabbitMQ of the test's own."""

    def __init__(self, directory: Path) -> None:
        self.port, self.distribution_port, self.epmd_port = free_ports(3)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(directory),
            "RABBITMQ_NODENAME": f"suanpan{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_MNESIA_BASE": str(directory / "data"),
            "RABBITMQ_LOG_BASE": str(directory / "log"),
            "RABBITMQ_PID_FILE": str(directory / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(directory / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": "/nonexistent",
            "RABBITMQ_CONFIG_FILE": str(ROOT / "deploy" / "rabbitmq" / "suanpan"),
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }
        self.directory = directory
        self.start()

    def start(self) -> None:
        """Start it on what it kept, and wait until it answers."""
        self.process = subprocess.Popen(
            [PROGRAMS / "rabbitmq-server"],
            cwd=self.directory,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        wait_until(lambda: "pid" in self.control("status", "--formatter", "json"), seconds=60)

    def kill(self) -> None:
        """Let it end as by a failure of the machine: it writes nothing more."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def control(self, *arguments: str) -> str:
        done = subprocess.run(
            [PROGRAMS / "rabbitmqctl", "--quiet", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout

    def table(self, what: str, *columns: str) -> list[dict]:
        return json.loads(self.control(what, *columns, "--formatter", "json") or "[]")

    def queue(self) -> dict:
        columns = ("name", "type", "messages_ready", "messages_unacknowledged")
        for row in self.table("list_queues", *columns):
            if row["name"] == "suanpan":
                return row
        return {}

    def stop(self) -> None:
        self.control("stop")
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        subprocess.run(
            ["epmd", "-port", str(self.epmd_port), "-kill"],
            env=self.environment,
            check=False,
            capture_output=True,
        )


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for it in sockets:
        it.bind(("127.0.0.1", 0))
    ports = [it.getsockname()[1] for it in sockets]
    for it in sockets:
        it.close()
    return ports


@contextmanager
def a_broker(directory: Path) -> Iterator[Broker]:
    """Run a broker in a folder; without RabbitMQ the test is skipped, and says why."""
    if not (PROGRAMS / "rabbitmq-server").exists() or shutil.which("epmd") is None:
        pytest.skip("NO RABBITMQ: apt-get install rabbitmq-server, to test the deployed broker")
    it = Broker(directory)
    try:
        yield it
    finally:
        it.stop()
