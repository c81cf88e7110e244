"""
Rings say that there is work, by a name; who listens is the wiring's business (`config.bells`).

The work is a row that was committed before the ring is sent. A ring carries names and no facts, and
may be lost, doubled or late: sweepers find what is due.
"""

from collections.abc import Mapping
from typing import Protocol

import structlog
from django.db import transaction

logger = structlog.get_logger(__name__)
Name = int | str


class RingLostError(Exception):
    """The ring could not be sent; nothing else is wrong."""


class RingSender(Protocol):
    """Sends a ring to everyone who listens."""

    def __call__(self, bell: str, names: Mapping[str, Name]) -> None:
        """
        Send it.

        :raises RingLostError: if it cannot be sent now
        """


def _nobody(bell: str, names: Mapping[str, Name]) -> None:  # noqa: ARG001 - a RingSender
    message = "no sender is installed"
    raise RingLostError(message)


_sender: RingSender = _nobody


def install(sender: RingSender) -> None:
    """Let rings be sent by this sender, for the whole process."""
    global _sender  # noqa: PLW0603 - the one hook of the wiring
    _sender = sender


def ring(bell: str, **names: Name) -> None:
    """Ring once what was written is committed; what is rolled back rings nobody."""

    def send() -> None:
        try:
            _sender(bell, names)
        except RingLostError as error:
            logger.warning("common.ring.lost", bell=bell, reason=str(error))

    transaction.on_commit(send, robust=True)
