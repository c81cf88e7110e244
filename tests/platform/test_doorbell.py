"""Files of the one-machine doorbell are whole or absent, whoever writes and reads at once."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection, Consumer, Exchange, Queue
from kombu.asynchronous import Hub
from kombu.asynchronous.timer import Timer
from kombu.transport import filesystem

from config import nudges, transport
from tests.platform.test_settings import run

ROOT = Path(__file__).resolve().parents[2]
OURS = "config.transport:Transport"
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


def test_a_workers_loop_hears_every_ring_and_shares_no_pipe(folder):
    heard: list[str] = []
    with (
        closing(Hub(timer=Timer())) as loop,
        connect(folder) as connection,
        connection.channel() as channel,
    ):
        # Else Celery takes a pool whose processes read one pipe under one semaphore.
        assert connection.transport.implements.asynchronous
        publish(connection, "ring", 5)
        with Consumer(channel, [QUEUE], callbacks=[lambda body, _: heard.append(body)],
                      no_ack=True):  # fmt: skip
            connection.register_with_event_loop(loop)
            deadline = time.monotonic() + 10
            while len(heard) < 5 and time.monotonic() < deadline:
                loop.run_once()

    assert heard == [f"ring-{number}" for number in range(5)]


def test_of_rings_that_say_the_same_one_waits_and_the_next_after_it_is_claimed(folder):
    def ring(connection: Connection, same: str) -> None:
        connection.Producer().publish(same, routing_key="suanpan", exchange="suanpan",
                                      declare=[QUEUE], headers={"same": same})  # fmt: skip

    with connect(folder) as connection:
        for _ in range(3):
            ring(connection, "book 1")
            ring(connection, "book 2")
        waited = sorted(take_all(connection))
        ring(connection, "book 1")

        assert waited == ["book 1", "book 2"]
        assert take_all(connection) == ["book 1"]


def test_a_nudge_wakes_who_would_look_only_in_an_hour(folder):
    heard: list[str] = []
    with (
        closing(Hub(timer=Timer())) as loop,
        connect(folder) as connection,
        connect(folder) as other,
        connection.channel() as channel,
        Consumer(channel, [QUEUE], callbacks=[lambda body, _: heard.append(body)], no_ack=True),
    ):
        connection.transport.polling_interval = 3600
        connection.register_with_event_loop(loop)
        publish(other, "ring", 1)
        loop.run_once()

    assert heard == ["ring-0"]


def test_a_pipe_that_vanished_is_made_again_and_what_is_none_is_left_alone(tmp_path):
    heard: list[int] = []
    with closing(Hub(timer=Timer())) as loop:
        ear = nudges.Ear(tmp_path, loop, lambda: heard.append(1))
        ear.open()
        (tmp_path / nudges.NAME).unlink()
        nudges.nudge(tmp_path)  # Nobody listens.
        ear.open()
        nudges.nudge(tmp_path)
        loop.run_once()
        ear.close()
        (tmp_path / nudges.NAME).unlink()
        (tmp_path / nudges.NAME).write_text("a note")
        ear.open()
        nudges.nudge(tmp_path)

    assert heard == [1]
    assert (tmp_path / nudges.NAME).read_text() == "a note"


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


def replaced_by_a_file(path: Path) -> None:
    shutil.rmtree(path)
    path.write_text("a stranger's")


def shut(path: Path) -> None:
    path.chmod(0)


FAULTS = {"removed": shutil.rmtree, "replaced": replaced_by_a_file, "shut": shut}


@pytest.fixture
def doorbell(tmp_path, monkeypatch) -> Iterator[Path]:
    """Run as somebody who is bound by a folder's rights, and yield a place for folders."""
    place = Path(tempfile.mkdtemp(prefix="suanpan-", dir="/tmp"))
    for name in ("queue", "control"):
        (place / name).mkdir(mode=0o700)
    is_root = os.geteuid() == 0
    if is_root:
        for path in (place, place / "queue", place / "control"):
            os.chown(path, 65534, 65534)
        os.seteuid(65534)
    filesystem.Transport.global_state.clear()
    yield place
    if is_root:
        os.seteuid(0)
    shutil.rmtree(place, ignore_errors=True)


def connect_apart(place: Path) -> Connection:
    options = {
        "data_folder_in": str(place / "queue"),
        "data_folder_out": str(place / "queue"),
        "control_folder": str(place / "control"),
    }
    return Connection("filesystem://localhost//", transport=OURS, transport_options=options)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("what", ["queue", "control"])
def test_a_publisher_and_a_listener_that_run_heal_their_folders(doorbell, what, fault):
    with connect_apart(doorbell) as publisher, connect_apart(doorbell) as listener:
        queue = listener.SimpleQueue(QUEUE, no_ack=True)
        publish(publisher, "before", 1)
        assert queue.get(block=False).payload == "before-0"

        FAULTS[fault](doorbell / what)
        publish(publisher, "after", 2)

        assert queue.get(block=False).payload == "after-0"
        assert queue.get(block=False).payload == "after-1"
        queue.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_listener_alone_heals_the_folder_it_polls(doorbell, fault):
    with connect_apart(doorbell) as listener:
        queue = listener.SimpleQueue(QUEUE, no_ack=True)
        FAULTS[fault](doorbell / "queue")

        for _ in range(2):
            with pytest.raises(Empty):
                queue.get(block=False)

        assert os.access(doorbell / "queue", os.R_OK | os.W_OK | os.X_OK)
        queue.close()


def test_what_stood_in_a_folders_place_is_set_aside_and_kept(doorbell):
    replaced_by_a_file(doorbell / "queue")
    with connect_apart(doorbell) as connection:
        publish(connection, "ring", 1)

    (kept,) = doorbell.glob("queue.set-aside-*")
    assert kept.read_text() == "a stranger's"


def without(part: str) -> bytes:
    whole = {
        "body": "W10=",
        "properties": {"delivery_tag": "t", "delivery_info": {}, "body_encoding": "base64"},
    }
    whole["properties"].pop(part, None)
    whole.pop(part, None)
    return json.dumps(whole).encode()


NO_RINGS = {
    "nothing": b"",
    "half": b'{"body": "W1',
    "bytes": b"\xff\xfe\x00",
    "a_list": b"[]",
    "a_number": b"7",
    "null": b"null",
    "an_empty_object": b"{}",
    "no_properties": without("properties"),
    "no_tag": without("delivery_tag"),
    "no_base64": b'{"body": "W1", "properties": {"delivery_tag": "t", "body_encoding": "base64"}}',
    "strange_expiry": b'{"properties": {"delivery_tag": "t", "expiration": "soon"}}',
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("name", NO_RINGS)
def test_a_file_that_is_no_ring_is_skipped_and_the_next_is_heard(folder, name):
    with connect(folder) as connection:
        publish(connection, "before", 1)
        (folder / "00000000000000000000-strange.suanpan.msg").write_bytes(NO_RINGS[name])
        publish(connection, "after", 1)

        assert take_all(connection) == ["before-0", "after-0"]
        assert take_all(connection) == []


def test_folders_links_and_pipes_among_the_rings_hold_nobody_up(folder):
    with connect(folder) as connection:
        publish(connection, "before", 1)
        (folder / "00-folder.suanpan.msg").mkdir()
        (folder / "00-folder.suanpan.msg" / "inside").touch()
        (folder / "00-nowhere.suanpan.msg").symlink_to("/nowhere")
        os.mkfifo(folder / "00-pipe.suanpan.msg")
        (folder / "a stranger's note.txt").touch()

        assert take_all(connection) == ["before-0"]
        assert take_all(connection) == []
    assert (folder / "a stranger's note.txt").exists()


def test_a_queue_that_nobody_empties_takes_so_many_rings_and_no_more(folder, monkeypatch):
    monkeypatch.setattr(transport, "WAITING_MAX", 5)
    with connect(folder) as connection:
        publish(connection, "ring", 20)

        assert take_all(connection) == [f"ring-{number}" for number in range(5)]
        publish(connection, "again", 1)
        assert take_all(connection) == ["again-0"]


def test_a_ring_that_waited_beyond_its_time_is_dropped_by_the_files_age(folder):
    with connect(folder) as connection:
        producer = connection.Producer()
        for number in range(3):
            producer.publish(f"ring-{number}", routing_key="suanpan", exchange="suanpan",
                             declare=[QUEUE], expiration=20)  # fmt: skip
        stale = min(folder.glob("*.msg"))
        os.utime(stale, (time.time() - 30, time.time() - 30))

        assert take_all(connection) == ["ring-1", "ring-2"]


def test_a_thousand_rings_are_taken_with_few_looks_at_the_folder(folder, monkeypatch):
    looks = []
    scan = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: looks.append(path) or scan(path))
    with connect(folder) as connection:
        publish(connection, "ring", 1_000)
        looks.clear()

        assert len(take_all(connection)) == 1_000
    assert len(looks) < 10


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
