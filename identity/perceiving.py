"""What a room above perceives of a resource now; the resolver asks, and knows nobody above."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

StateReader = Callable[[UUID, datetime], Mapping[str, Any] | None]


def _nobody(resource_id: UUID, at: datetime) -> None:  # noqa: ARG001 - a StateReader
    return None


_reader: StateReader = _nobody


def install(reader: StateReader) -> None:
    """Let a room above tell what it perceives."""
    global _reader  # noqa: PLW0603 - set once, when the rooms are wired
    _reader = reader


def state_of_resource(resource_id: UUID, at: datetime) -> Mapping[str, Any] | None:
    """Return what is perceived of a resource at a moment; None where nobody perceives."""
    return _reader(resource_id, at)
