"""
The doorbell of one machine: Celery's filesystem transport, with files that are whole or absent.

Kombu's own opens a file and then writes it, so a worker may read an empty one and stop (issue 1551
of celery/kombu). Here files are written aside and renamed. Folders that vanish, are shut or are
replaced are made again by whoever comes next; bindings that vanish with them are written again from
what each process has declared. A file that is no ring of ours is a lost ring, never a dead worker.

Of rings that say the same about the same, one waits at a time: whoever claims it looks afterwards.
"""

import contextlib
import hashlib
import itertools
import os
import shutil
import stat
import time
from collections import deque
from functools import partial
from pathlib import Path
from queue import Empty
from typing import Any, Final
from uuid import uuid4

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps, loads
from kombu.utils.scheduling import FairCycle

from common.troubles import Trouble
from config import nudges
from config.folders import mend

# The header by which rings say that they say the same (`config.bells`).
SAME: Final = "same"
# Due rows are the promise: rings beyond these, that nobody answers, add nothing.
WAITING_MAX: Final = 2_000

_unread = Trouble("doorbell.folder.unreadable")
_full = Trouble("doorbell.queue.full")
_foreign = Trouble("doorbell.ring.unreadable")


class Channel(filesystem.Channel):
    """A channel that writes in one step and reads what it has claimed alone."""

    def __init__(self, connection: Any, **options: Any) -> None:
        super().__init__(connection, **options)
        self._found: dict[str, deque[Path]] = {}

    def get_table(  # type: ignore[override] # kombu's channels disagree about the type
        self, exchange: str
    ) -> list[filesystem.exchange_queue_t]:
        """Return the queues that are bound to an exchange; write again those that got lost."""
        kept = self._kept_table(exchange)
        declared = (self.state.exchanges or {}).get(exchange, {}).get("table", [])
        lost = [row for row in (filesystem.exchange_queue_t(*it) for it in declared)
                if row not in kept]  # fmt: skip
        if lost:
            write(self._table_file(exchange), dumps([*lost, *kept]))
        return [*lost, *kept]

    def _kept_table(self, exchange: str) -> list[filesystem.exchange_queue_t]:
        try:
            rows = loads(self._table_file(exchange).read_bytes())
            return [filesystem.exchange_queue_t(*row) for row in rows]
        except (OSError, ValueError, TypeError):  # Absent, shut, or no table.
            return []

    def _table_file(self, exchange: str) -> Path:
        return Path(self.control_folder) / f"{exchange}.exchange"

    def _queue_bind(
        self, exchange: str, routing_key: str | None, pattern: str | None, queue: str | None
    ) -> None:
        bound = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        table = self._kept_table(exchange)
        if bound not in table:
            # Two processes that bind at once bind the same: the names are the settings'.
            write(self._table_file(exchange), dumps([bound, *table]))

    def _put(  # type: ignore[override] # kombu's channels disagree about the name
        self, queue: str, payload: Any, **_: Any
    ) -> None:
        folder = Path(self.data_folder_out)
        if _waits(folder, queue, at_least=WAITING_MAX):
            _full.goes_on(queue)
            return
        _full.is_over()
        # Two that say the same: the one that waits is claimed, and acted on, after this moment.
        same = payload.get("headers", {}).get(SAME)
        name = _named(str(same)) if same else f"{time.time_ns():020}-{uuid4()}"
        path = folder / f"{name}.{queue}.msg"
        if not (same and path.exists()):
            write(path, dumps(payload))
        nudges.nudge(Path(self.control_folder))

    def _get(self, queue: str, timeout: float | None = None) -> Any:  # noqa: ARG002 - kombu's
        found = self._found.setdefault(queue, deque())
        if not found:
            found.extend(sorted(_rings(Path(self.data_folder_in), queue)))
        while found:
            payload = self._claim(found.popleft())
            if payload is not None:
                return payload
        raise Empty

    def _claim(self, path: Path) -> Any:
        """Take a ring away from the other workers; return nothing if it is none."""
        claimed = path.with_name(f".{path.name}")
        try:
            path.rename(claimed)
        except OSError:  # Another worker was quicker, or the folder is gone.
            return None
        try:
            seconds_old = time.time() - _plain_file(claimed).st_mtime
            payload = loads(claimed.read_bytes())
            self.message_to_python(payload)
            expires_in = payload["properties"].get("expiration")  # Milliseconds, as AMQP has it.
            is_stale = expires_in is not None and seconds_old * 1000 > int(expires_in)
        except Exception as error:  # Whatever is wrong with it, it is no ring.
            _foreign.goes_on(type(error).__name__)
            return None
        finally:
            _discard(claimed)
        return None if is_stale else payload

    def _size(self, queue: str) -> int:
        return sum(1 for _ in _rings(Path(self.data_folder_in), queue))

    def _purge(self, queue: str) -> int:
        return sum(_discard(path) for path in [*_rings(Path(self.data_folder_in), queue)])


class Transport(filesystem.Transport):
    """
    The transport that the settings name.

    It works with the worker's event loop, as RabbitMQ's does, because only then has each process of
    the pool pipes of its own. Without, all of them read one pipe under one semaphore, and a process
    that is killed while it waits for work – the idle one always does – keeps it for ever.
    """

    Channel = Channel
    implements = filesystem.Transport.implements.extend(asynchronous=True)

    def register_with_event_loop(self, connection: Any, loop: Any) -> None:  # noqa: ARG002
        """Let the loop hear of rings at once, and look for them as often as a blocking reader."""
        options = (self.client.transport_options if self.client else None) or {}
        cycle: FairCycle = self.cycle  # type: ignore[assignment] # set by kombu before this
        hear = partial(self._hear, cycle)
        if folder := options.get("control_folder"):
            ear = nudges.Ear(Path(folder), loop, hear)
            ear.open()
            loop.call_repeatedly(self.polling_interval, ear.open)
        loop.call_repeatedly(self.polling_interval, hear)

    def _hear(self, cycle: FairCycle) -> None:
        """Deliver what waits, up to what the worker may have in hand."""
        with contextlib.suppress(Empty):
            while True:
                cycle.get(self._deliver)


def _named(same: str) -> str:
    """Return the one name of rings that say the same; it sorts before those that are told apart."""
    return f"{0:020}-{hashlib.sha256(same.encode()).hexdigest()[:32]}"


def _rings(folder: Path, queue: str) -> list[Path]:
    """Return the files of a queue; a folder that cannot be read is made again."""
    try:
        with os.scandir(folder) as entries:
            rings = [folder / it.name for it in entries if _is_ring(it.name, queue)]
    except OSError as error:
        _unread.goes_on(error.strerror)
        try:
            mend(folder)
        except OSError:  # Next time, a tenth of a second later.
            return []
        _unread.is_over()
        return []
    return rings


def _waits(folder: Path, queue: str, *, at_least: int) -> bool:
    try:
        with os.scandir(folder) as entries:
            rings = (it for it in entries if _is_ring(it.name, queue))
            return next(itertools.islice(rings, at_least - 1, None), None) is not None
    except OSError:
        return False  # Writing mends the folder, or says what is wrong.


def _is_ring(name: str, queue: str) -> bool:
    return name.endswith(f".{queue}.msg") and not name.startswith(".")


def _plain_file(path: Path) -> os.stat_result:
    """Return a file's status; reading a pipe would wait for ever."""
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        message = f"{path} is no plain file"
        raise ValueError(message)
    return status


def _discard(path: Path) -> bool:
    try:
        path.unlink()
    except IsADirectoryError:
        shutil.rmtree(path, ignore_errors=True)
    except OSError:
        return False
    return True


def write(path: Path, content: str) -> None:
    """Write a file in one step: whoever looks sees all of it, or nothing."""
    try:
        try:
            _write(path, content)
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            mend(path.parent)
            _write(path, content)
    except OSError as error:
        message = f"cannot write {path}"
        raise ChannelError(message) from error


def _write(path: Path, content: str) -> None:
    aside = path.with_name(f".{uuid4()}.part")
    try:
        aside.write_text(content)
        if path.is_dir():  # Of no use where a file belongs.
            path.replace(path.with_name(f".{uuid4()}.set-aside"))
        aside.replace(path)
    except OSError:
        _discard(aside)
        raise
