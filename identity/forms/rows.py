"""What other rooms read of the answers to a form."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID


class SubmissionRow(Protocol):
    """What was answered."""

    @property
    def pk(self) -> UUID: ...

    @property
    def code(self) -> str: ...

    @property
    def version(self) -> int: ...

    @property
    def answers(self) -> Mapping[str, Any]: ...

    @property
    def files(self) -> Mapping[str, Mapping[str, str]]: ...

    @property
    def submitted_at(self) -> datetime: ...
