"""What other rooms read of an event, whatever else its table holds."""

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID


class EventRow(Protocol):
    """Something that was recorded."""

    @property
    def id(self) -> UUID: ...

    @property
    def name(self) -> str: ...

    @property
    def object_kind(self) -> str: ...

    @property
    def object_id(self) -> str: ...

    @property
    def object_label(self) -> str: ...

    @property
    def facts(self) -> dict[str, Any]: ...

    @property
    def happened_at(self) -> datetime: ...

    @property
    def recorded_at(self) -> datetime: ...

    @property
    def person_id(self) -> int | None: ...

    @property
    def behalf_id(self) -> UUID | None: ...
