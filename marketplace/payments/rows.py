"""What other rooms may read of this room's tables."""

from datetime import datetime
from typing import Protocol
from uuid import UUID


class MovementRow(Protocol):
    """A movement of money."""

    @property
    def pk(self) -> UUID: ...

    @property
    def number(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def channel(self) -> str: ...

    @property
    def state(self) -> str: ...

    @property
    def organization_id(self) -> UUID: ...

    @property
    def amount_minor(self) -> int: ...

    @property
    def reference(self) -> str: ...

    @property
    def address(self) -> str: ...

    @property
    def failure(self) -> str: ...

    @property
    def requested_at(self) -> datetime: ...

    @property
    def moved_at(self) -> datetime: ...
