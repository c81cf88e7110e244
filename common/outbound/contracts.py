"""What is sent, what comes back, and how far either may go."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

URL_LENGTH_MAX: Final = 2_000
REQUEST_BYTES_MAX: Final = 8 * 1024 * 1024
HEAD_BYTES_MAX: Final = 64 * 1024  # of an answer: status, header fields, 1xx answers before it


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a request may take, in whole and in its steps, and how much may come back."""

    connect_seconds: float = 5.0
    read_seconds: float = 10.0  # between two pieces of the answer
    total_seconds: float = 15.0  # from the first look at the name to the last byte
    reply_bytes_max: int = 1024 * 1024  # as sent, and unpacked


@dataclass(frozen=True, slots=True)
class Request:
    """One request to somebody else's server."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered. Header names are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool = False

    @property
    def is_success(self) -> bool:
        """Whether the server said that it took the request."""
        return 200 <= self.status < 300
