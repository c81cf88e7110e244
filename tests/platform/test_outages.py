"""A part that is full or away is a 503 that says when to come again, and nothing is lost."""

import contextlib
import errno
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.cache import caches
from django.db import DatabaseError, InternalError, OperationalError
from django.test import Client
from django.urls import include, path

from common.outages import Outage, outage_of
from common.redaction import redacted
from embedded.logfile import LogFile, LogPump
from tests.platform.conftest import wait_until

BYTES = 1024 * 1024


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """Yield a file system of one mebibyte."""
    place = Path(tempfile.mkdtemp(prefix="suanpan-disk-", dir="/tmp"))
    command = ["mount", "-t", "tmpfs", "-o", f"size={BYTES},mode=0700", "tmpfs", str(place)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        place.rmdir()
        pytest.skip(f"NO SMALL DISK: mount is not possible here ({done.stderr.strip()})")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)
    place.rmdir()


@pytest.fixture
def log_file(small_disk) -> Iterator[Callable[[Path], LogFile]]:
    """Yield what opens logs; they are closed before their disk goes."""
    opened: list[LogFile] = []

    def open_log(path: Path) -> LogFile:
        opened.append(LogFile(path))
        return opened[-1]

    yield open_log
    for log in opened:
        log.close()


def fill(disk: Path) -> Path:
    """Leave no byte on a disk; return what takes the room."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"0" * 4096)
    return filler


def from_database(kind: type[Exception], cause: Exception | None) -> Exception:
    error = kind("secret detail")
    error.__cause__ = cause
    return error


FAILURES = {
    "no room": (OSError(errno.ENOSPC, "x"), Outage.STORAGE_FULL),
    "quota": (OSError(errno.EDQUOT, "x"), Outage.STORAGE_FULL),
    "read-only": (OSError(errno.EROFS, "x"), Outage.STORAGE),
    "broken disk": (OSError(errno.EIO, "x"), Outage.STORAGE),
    "too many files": (OSError(errno.EMFILE, "x"), Outage.STORAGE),
    "shut": (PermissionError(errno.EACCES, "x"), Outage.STORAGE),
    "database full": (
        from_database(OperationalError, psycopg.errors.DiskFull("x")),
        Outage.STORAGE_FULL,
    ),
    "database gone": (from_database(OperationalError, None), Outage.DATABASE),
    "database restarts": (
        from_database(OperationalError, psycopg.errors.CannotConnectNow("x")),
        Outage.DATABASE,
    ),
    "read-only database": (
        from_database(InternalError, psycopg.errors.ReadOnlySqlTransaction("x")),
        Outage.DATABASE,
    ),
}


def view(request, name):
    raise FAILURES[name][0]


def view_of_session(request, name):
    """Fail as Django's session middleware does when the row could not be written."""
    error = SessionInterrupted("The request's session was deleted")
    error.__context__ = FAILURES[name][0]
    raise error


handler400 = "config.failures.bad_request"
handler500 = "config.failures.server_error"
urlpatterns = [
    path("fails/<str:name>", view),
    path("api/fails/<str:name>", view),
    path("session/<str:name>", view_of_session),
    path("", include("config.urls")),
]


@pytest.mark.django_db
@pytest.mark.urls(__name__)
@pytest.mark.parametrize("name", FAILURES)
@pytest.mark.parametrize("prefix", ["/fails", "/api/fails", "/session"])
def test_a_part_that_is_away_is_a_503_that_says_when_to_come_again(name, prefix):
    reply = Client(raise_request_exception=False).get(f"{prefix}/{name}")

    assert reply.status_code == 503
    assert int(reply["Retry-After"]) > 0
    assert "secret detail" not in reply.content.decode()
    if prefix.startswith("/api"):
        assert reply.json()["code"] == FAILURES[name][1].value


@pytest.mark.parametrize(
    "error",
    [
        ValueError("x"),
        FileNotFoundError(errno.ENOENT, "x"),
        from_database(DatabaseError, psycopg.errors.UndefinedColumn("x")),
        from_database(InternalError, psycopg.errors.InternalError_("x")),
    ],
)
def test_a_fault_of_the_program_is_none(error):
    assert outage_of(error) is None


def test_a_cause_is_found_through_what_others_made_of_it():
    inner, middle, outer = OSError(errno.ENOSPC, "x"), ValueError("x"), RuntimeError("x")
    middle.__cause__, outer.__context__ = inner, middle

    assert outage_of(outer) is Outage.STORAGE_FULL


@pytest.mark.django_db
def test_signing_in_with_a_full_cache_is_asked_to_come_again(small_disk, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "common.file_cache.SharedFileCache",
            "LOCATION": str(small_disk / "cache"),
        }
    }
    caches["default"].set("a", 1)
    filler = fill(small_disk)
    client = Client(raise_request_exception=False)
    form = {"login": "ada@example.org", "password": "wrong password"}

    refused = client.post("/accounts/login/", form)
    filler.unlink()
    answered = client.post("/accounts/login/", form)

    assert refused.status_code == 503
    assert refused["Retry-After"] == "30"
    assert answered.status_code == 200


def test_a_log_on_a_full_disk_loses_lines_and_says_so_when_it_heals(
    log_file, small_disk, monkeypatch
):
    monkeypatch.setattr("embedded.logfile.RETRY_SECONDS", 0.0)
    log = log_file(small_disk / "logs" / "web.log")
    log.write(b"before\n")
    filler = fill(small_disk)

    for _ in range(100):
        log.write(b"x" * 8192 + b"\n")
    filler.unlink()
    log.write(b"after\n")

    written = (small_disk / "logs" / "web.log").read_text()
    assert written.startswith("before\n")
    assert "bytes of this log were lost: No space left on device]\nafter\n" in written
    told = int(re.search(r"\n\[(\d+) bytes", written)[1])
    assert told + written.count("x") + written.count("x\n") >= 100 * 8193


def read_only(folder: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)


def test_a_log_on_a_disk_that_turned_read_only_goes_on_afterwards(
    log_file, small_disk, monkeypatch
):
    monkeypatch.setattr("embedded.logfile.RETRY_SECONDS", 0.0)
    log = log_file(small_disk / "web.log")
    log.close()
    read_only(small_disk)

    log.write(b"lost\n")
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    log.write(b"after\n")

    assert (small_disk / "web.log").read_text() == (
        "\n[5 bytes of this log were lost: Read-only file system]\nafter\n"
    )


def test_a_log_whose_folder_vanished_or_was_replaced_is_written_anew(log_file, tmp_path):
    folder = tmp_path / "logs"
    log = log_file(folder / "web.log")
    log.write(b"one\n")
    (folder / "web.log").unlink()
    folder.rmdir()
    log.write(b"two\n")
    assert (folder / "web.log").read_text() == "two\n"

    (folder / "web.log").unlink()
    folder.rmdir()
    folder.write_text("a stranger's")
    log.write(b"three\n")
    assert (folder / "web.log").read_text() == "three\n"


def test_a_log_that_has_grown_large_is_set_aside_while_the_service_runs(
    log_file, tmp_path, monkeypatch
):
    monkeypatch.setattr("embedded.logfile.BYTES_MAX", 1_000)
    log = log_file(tmp_path / "web.log")

    for number in range(100):
        log.write(f"{number:050}\n".encode())

    assert (tmp_path / "web.log").stat().st_size <= 1_100
    assert (tmp_path / "web.log.1").stat().st_size <= 1_100


def test_a_service_that_writes_to_a_full_log_is_never_held_up(small_disk):
    fill(small_disk)
    pump = LogPump.started(small_disk / "web.log")

    for _ in range(64):
        os.write(pump.writing, b"y" * (BYTES // 8) + b"\n")  # Eight times what the pipe holds.

    (small_disk / "filler").unlink()
    os.write(pump.writing, b"healed\n")

    def has_healed() -> bool:
        os.write(pump.writing, b"healed\n")
        return "healed" in (small_disk / "web.log").read_text()

    (small_disk / "web.log").touch()
    wait_until(has_healed, seconds=10)
    pump.close()


def test_a_line_without_end_is_cut_and_searched_quickly():
    started_at = time.monotonic()

    for letters in ("y", "/", "a-", "x@", "://", "?a=", "token ", "(=)"):
        assert len(redacted(letters * 500_000)) < 20_000

    assert time.monotonic() - started_at < 5


def test_no_secret_reaches_a_services_log(tmp_path):
    pump = LogPump.started(tmp_path / "web.log")
    os.write(pump.writing, b"Authorization: Bear")
    os.write(pump.writing, b"er hunter2-Zq9x\nada@example.org \xff\nlast line without end")
    pump.close()

    assert (tmp_path / "web.log").read_text() == (
        "Authorization: …\n… \\xff\nlast line without end"
    )
