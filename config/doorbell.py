"""
The doorbell of one machine: Celery's filesystem transport, with files that are whole or absent.

Kombu's own opens a file and then writes it, so a worker may read an empty one and stop (issue 1551
of celery/kombu). Here files are written aside and renamed. An unreadable file is a lost ring.
"""

import time
from pathlib import Path
from queue import Empty
from typing import Any
from uuid import uuid4

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps, loads


class Channel(filesystem.Channel):
    """A channel that writes in one step and reads what it has claimed alone."""

    def get_table(  # type: ignore[override] # kombu's channels disagree about the type
        self, exchange: str
    ) -> list[filesystem.exchange_queue_t]:
        """Return the queues that are bound to an exchange."""
        try:
            rows = loads(self._table_file(exchange).read_bytes())
        except FileNotFoundError:
            return []
        return [filesystem.exchange_queue_t(*row) for row in rows]

    def _table_file(self, exchange: str) -> Path:
        return Path(self.control_folder) / f"{exchange}.exchange"

    def _queue_bind(
        self, exchange: str, routing_key: str | None, pattern: str | None, queue: str | None
    ) -> None:
        bound = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        table = self.get_table(exchange)
        if bound not in table:
            # Two processes that bind at once bind the same: the names are the settings'.
            write(self._table_file(exchange), dumps([bound, *table]))

    def _put(  # type: ignore[override] # kombu's channels disagree about the name
        self, queue: str, payload: Any, **_: Any
    ) -> None:
        folder = Path(self.data_folder_out)
        write(folder / f"{time.time_ns():020}-{uuid4()}.{queue}.msg", dumps(payload))

    def _get(self, queue: str, timeout: float | None = None) -> Any:  # noqa: ARG002 - kombu's
        for path in sorted(Path(self.data_folder_in).glob(f"[!.]*.{queue}.msg")):
            claimed = path.with_name(f".{path.name}")
            try:
                path.rename(claimed)
            except FileNotFoundError:  # Another worker was quicker.
                continue
            content = claimed.read_bytes()
            claimed.unlink()
            try:
                return loads(content)
            except ValueError:
                continue
        raise Empty


class Transport(filesystem.Transport):
    """The transport that the settings name."""

    Channel = Channel


def write(path: Path, content: str) -> None:
    """Write a file in one step: whoever looks sees all of it, or nothing."""
    aside = path.with_name(f".{uuid4()}.part")
    try:
        aside.write_text(content)
        aside.replace(path)
    except OSError as error:
        message = f"cannot write {path}"
        raise ChannelError(message) from error
