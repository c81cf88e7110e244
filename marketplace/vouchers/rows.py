"""What other rooms read of this room's rows, whatever else their tables hold."""

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID


class DraftRow(Protocol):
    """What other rooms read of a draft of a programme."""

    @property
    def pk(self) -> UUID: ...

    @property
    def code(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def rules(self) -> dict[str, Any]: ...

    @property
    def examples(self) -> list[Any]: ...

    @property
    def revision(self) -> int: ...

    @property
    def changed_at(self) -> datetime: ...
