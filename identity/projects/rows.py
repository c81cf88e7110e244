"""What other rooms read of a project's row."""

from datetime import datetime
from typing import Protocol
from uuid import UUID


class ProjectRow(Protocol):
    """A project."""

    @property
    def pk(self) -> UUID: ...

    @property
    def code(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def state(self) -> str: ...

    @property
    def organization_id(self) -> UUID: ...

    @property
    def opened_at(self) -> datetime: ...
