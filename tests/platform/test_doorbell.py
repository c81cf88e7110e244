"""Files of the one-machine doorbell are whole or absent, whoever writes and reads at once."""

import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection, Exchange, Queue
from kombu.transport import filesystem

from tests.platform.test_settings import run

ROOT = Path(__file__).resolve().parents[2]
OURS = "config.doorbell:Transport"
KOMBUS = "kombu.transport.filesystem:Transport"
QUEUE = Queue("suanpan", Exchange("suanpan"), "suanpan")
PUBLISH = """
import sys
from tests.platform.test_doorbell import connect, publish
with connect(sys.argv[1]) as connection:
    publish(connection, sys.argv[2], 100)
"""


def connect(folder: Path | str, transport: str = OURS) -> Connection:
    options = {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": f"{folder}/control",
    }
    return Connection("filesystem://localhost//", transport=transport, transport_options=options)


def publish(connection: Connection, name: str, count: int) -> None:
    producer = connection.Producer()
    for number in range(count):
        producer.publish(f"{name}-{number}", routing_key="suanpan", exchange="suanpan",
                         declare=[QUEUE])  # fmt: skip


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "control").mkdir()
    filesystem.Transport.global_state.clear()  # A process remembers what it has bound.
    return tmp_path


def take_all(connection: Connection) -> list[str]:
    queue = connection.SimpleQueue(QUEUE, no_ack=True)
    taken = []
    while True:
        try:
            taken.append(queue.get(block=False).payload)
        except Empty:
            queue.close()
            return taken


def test_rings_are_heard_once_each_and_in_order(folder):
    with connect(folder) as connection:
        publish(connection, "ring", 5)

        assert take_all(connection) == [f"ring-{number}" for number in range(5)]
        assert take_all(connection) == []
    assert [path.name for path in folder.glob("*")] == ["control"]


def test_four_processes_ring_while_two_listen_and_nothing_is_torn(folder):
    publishers = [
        subprocess.Popen([sys.executable, "-c", PUBLISH, str(folder), f"p{number}"], cwd=ROOT)
        for number in range(4)
    ]
    heard: list[str] = []

    def listen() -> None:
        with connect(folder) as connection:
            while any(publisher.poll() is None for publisher in publishers):
                heard.extend(take_all(connection))
            heard.extend(take_all(connection))

    listeners = [threading.Thread(target=listen) for _ in range(2)]
    for listener in listeners:
        listener.start()
    for listener in listeners:
        listener.join()

    assert [publisher.returncode for publisher in publishers] == [0, 0, 0, 0]
    assert Counter(heard) == Counter(f"p{p}-{n}" for p in range(4) for n in range(100))


def test_a_torn_file_is_a_lost_ring_and_not_the_workers_end(folder):
    with connect(folder) as connection:
        publish(connection, "before", 1)
        (folder / "00000000000000000000-torn.suanpan.msg").write_bytes(b"")
        publish(connection, "after", 1)

        assert take_all(connection) == ["before-0", "after-0"]


def test_without_our_transport_a_torn_file_ends_the_listener(folder):
    """The control: kombu's own transport does what ours is there to prevent."""
    with connect(folder, KOMBUS) as connection:
        (folder / "0_torn.suanpan.msg").write_bytes(b"")

        with pytest.raises(ValueError, match="Expecting value"):
            take_all(connection)


def test_the_one_machine_settings_ring_through_it():
    code = "from django.conf import settings; print(settings.CELERY_BROKER_TRANSPORT)"

    done = run(
        "-c",
        f"import django; django.setup(); {code}",
        DJANGO_SETTINGS_MODULE="config.settings",
        SECRET_KEY="k" * 50,
        DATABASE_URL="postgres://suanpan_app@/suanpan",
    )

    assert done.stdout.strip() == OURS
