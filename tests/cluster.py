"""
A PostgreSQL cluster for one test run, kept from run to run so that its template stays migrated.

It is not durable: tests of crashes start services of their own, benchmarks ask for a durable one.
It lies in memory where there is room: a copy of a database is two thousand small files, which cost
a disk's file system twenty times what they cost there.
"""

import fcntl
import hashlib
import itertools
import os
import shutil
import signal
from pathlib import Path
from typing import TextIO

from embedded import processes
from embedded.postgres import NOT_DURABLE, Cluster
from embedded.program import PROJECT
from embedded.supervisor import Service, Supervisor

MEMORY = Path("/dev/shm")  # noqa: S108 - whose directory it is, is checked
MEMORY_BYTES_MIN = 3 * 1024**3
# What is logged of copies would otherwise fill more memory than they do.
IN_MEMORY = NOT_DURABLE | {"max_wal_size": "512MB"}
_supervisor = Supervisor(print)
_locks: list[TextIO] = []


def start(*, durable: bool = False) -> str:
    """Start the first cluster that no other run uses; return its socket directory."""
    memory = None if durable else _memory()
    directory = _claim(memory or PROJECT / ".suanpan-tests" / ("durable" if durable else "quick"))
    cluster = Cluster(
        directory / "postgres", None if durable else IN_MEMORY if memory else NOT_DURABLE
    )
    cluster.make()

    def clear() -> None:
        processes.end_leftovers(state_dir=directory, working_in=cluster.data_dir)
        cluster.forget_dead_postmaster()

    child = _supervisor.start(
        Service(
            name="postgres",
            command=cluster.command(),
            log=directory / "postgres.log",
            directory=cluster.data_dir,
            environment={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            stop_signal=signal.SIGINT,
            account=cluster.account,
            before_start=clear,
        )
    )
    cluster.wait(is_alive=child.is_alive)
    return str(cluster.socket_dir)


def stop() -> None:
    """Stop the cluster, if this process started it."""
    _supervisor.stop()
    while _locks:
        _locks.pop().close()


def _memory() -> Path | None:
    """Return this checkout's directory in memory; None without room, or if it is another's."""
    digest = hashlib.sha256(os.fsencode(PROJECT)).hexdigest()[:12]
    ours = MEMORY / f"suanpan-tests-{os.geteuid()}-{digest}"
    try:
        if shutil.disk_usage(MEMORY).free < MEMORY_BYTES_MIN:
            return None
        ours.mkdir(mode=0o711, exist_ok=True)
        return ours if ours.lstat().st_uid == os.geteuid() else None
    except OSError:
        return None


def _claim(base: Path) -> Path:
    for number in itertools.count(1):
        directory = base / str(number)
        directory.mkdir(mode=0o711, parents=True, exist_ok=True)
        lock = (directory / "lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        _locks.append(lock)
        return directory
    raise AssertionError
