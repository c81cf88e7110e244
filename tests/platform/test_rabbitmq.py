"""
The deployed settings and a real RabbitMQ: quorum queues, confirms, late acknowledgement.

RabbitMQ comes from Debian (`rabbitmq-server`) and is started here, on loopback, as this user.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from kombu import Connection

from tests import databases, environment
from tests.platform.conftest import wait_until
from tests.platform.rabbitmq import Broker, a_broker, free_ports

pytestmark = [pytest.mark.services, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
TASK = "metering.tasks.close_due_windows"


@pytest.fixture(scope="module")
def broker(tmp_path_factory) -> Iterator[Broker]:
    with a_broker(tmp_path_factory.mktemp("rabbitmq")) as it:
        yield it


@pytest.fixture
def deployed(broker, tmp_path) -> dict[str, str]:
    """Return the variables of docker-compose.yml's worker, with secrets in files."""
    secrets = {
        "SECRET_KEY": "s" * 60 + "0123456789",
        "DATABASE_URL": environment.database_url("suanpan_app", environment.DATABASE),
        "CELERY_BROKER_URL": broker.url,
    }
    variables = {"PATH": os.environ["PATH"], "SUANPAN_STATE_DIR": str(tmp_path)}
    for name, value in secrets.items():
        path = tmp_path / name.lower()
        path.write_text(value)
        variables[f"{name}_FILE"] = str(path)
    return variables


def start_worker(variables: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    options = ["--concurrency=1", "--loglevel=INFO", "--without-gossip", "--without-mingle"]
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "config", "worker", *options],
            cwd=ROOT,
            env=variables,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def end(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def publish(variables: dict[str, str]) -> subprocess.Popen[str]:
    """Ring once from a process with the deployed settings; it says `confirmed` and waits."""
    code = (
        "import sys, django; django.setup(); from config.celery import app; "
        f"app.send_task({TASK!r}); print('confirmed', flush=True); sys.stdin.read()"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=variables | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_ring_goes_through_a_quorum_queue_and_is_confirmed(
    broker, deployed, fresh_database, tmp_path
):
    log = tmp_path / "worker.log"
    worker = start_worker(deployed, log)
    wait_until(lambda: "ready." in log.read_text(), seconds=60)

    publisher = publish(deployed)
    assert publisher.stdout.readline() == "confirmed\n"
    channels = broker.table("list_channels", "confirm", "consumer_count")
    publisher.communicate("")

    wait_until(lambda: f'"task":"{TASK}"' in log.read_text(), seconds=30)
    wait_until(lambda: "succeeded" in log.read_text(), seconds=30)
    assert broker.queue()["type"] == "quorum"
    assert any(channel["confirm"] for channel in channels)
    assert broker.queue()["messages_ready"] == 0
    end(worker)


def test_a_ring_in_the_hands_of_a_killed_worker_is_delivered_again(
    broker, deployed, fresh_database, tmp_path
):
    first, second = tmp_path / "first.log", tmp_path / "second.log"
    worker = start_worker(deployed, first)
    wait_until(lambda: "ready." in first.read_text(), seconds=60)
    os.killpg(worker.pid, signal.SIGSTOP)  # It takes nothing more, and confirms nothing.
    publisher = publish(deployed)
    publisher.communicate("")
    wait_until(lambda: broker.queue()["messages_unacknowledged"] == 1, seconds=30)

    end(worker)
    wait_until(lambda: broker.queue()["messages_ready"] == 1, seconds=30)
    worker = start_worker(deployed, second)

    wait_until(lambda: "succeeded" in second.read_text(), seconds=60)
    wait_until(lambda: broker.queue()["messages_unacknowledged"] == 0, seconds=30)
    assert "succeeded" not in first.read_text()
    end(worker)


def test_a_broker_that_is_gone_is_an_error_for_the_publisher_not_a_silence(deployed, tmp_path):
    (nowhere,) = free_ports(1)
    (tmp_path / "celery_broker_url").write_text(f"amqp://guest:guest@127.0.0.1:{nowhere}//")

    started_at = time.monotonic()
    publisher = publish(deployed)
    output, _ = publisher.communicate("", timeout=60)

    assert output == ""
    assert publisher.returncode != 0
    assert time.monotonic() - started_at < 30


@pytest.fixture
def served(broker, deployed, fresh_database, tmp_path) -> Iterator[Path]:
    """Run a worker and beat with the deployed settings; yield beat's log."""
    worker_log, beat_log = tmp_path / "worker.log", tmp_path / "beat.log"
    worker = start_worker(deployed, worker_log)
    with beat_log.open("ab") as output:
        beat = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "config", "beat", "--pidfile="],
            cwd=ROOT,
            env=deployed,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    wait_until(lambda: heard_since(0), seconds=60)
    yield beat_log
    end(worker)
    end(beat)


def heard_since(moment: float) -> bool:
    """Tell whether beat's canaries came through both queues after a moment."""
    with databases.application(environment.DATABASE) as connection:
        rows = connection.execute(
            "SELECT extract(epoch FROM min(heard_at)), count(*) FROM pulse_ring"
        ).fetchone()
    return rows[1] == 2 and float(rows[0]) > moment


def delete_queues(broker: Broker) -> None:
    for name in ("suanpan", "sweeps"):
        broker.control("delete_queue", name)


def delete_exchanges(broker: Broker) -> None:
    with Connection(broker.url) as connection, connection.channel() as channel:
        for name in ("suanpan", "sweeps"):
            channel.exchange_delete(name)


def close_connections(broker: Broker) -> None:
    broker.control("close_all_connections", "a test")


def forget_everything(broker: Broker) -> None:
    for command in ("stop_app", "reset", "start_app"):
        broker.control(command)


@pytest.mark.parametrize(
    "fault", [delete_queues, delete_exchanges, close_connections, forget_everything]
)
def test_the_broker_may_lose_what_it_was_told_and_rings_arrive_again(broker, served, fault):
    fault(broker)
    done_at = time.time()

    wait_until(lambda: heard_since(done_at + 1), seconds=60)
