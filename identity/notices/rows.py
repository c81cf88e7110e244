"""What other rooms read of this room's rows, whatever else their tables hold."""

from datetime import datetime
from typing import Protocol
from uuid import UUID


class NoticeRow(Protocol):
    """What other rooms read of a notice."""

    @property
    def pk(self) -> UUID: ...

    @property
    def name(self) -> str: ...

    @property
    def topic(self) -> str: ...

    @property
    def object_label(self) -> str: ...

    @property
    def count(self) -> int: ...

    @property
    def happened_at(self) -> datetime: ...

    @property
    def read_at(self) -> datetime | None: ...

    @property
    def answered_at(self) -> datetime | None: ...

    @property
    def remind_at(self) -> datetime | None: ...

    @property
    def reminders(self) -> int: ...
