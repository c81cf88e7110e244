"""
What a way of paying is to the market: a protocol; `config` says which channels there are.

A channel talks to somebody else's system and knows no table. Each call names the movement, so that
a call that is repeated, because nobody knows what became of it, acts once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from marketplace.payments.contracts import PayChannel


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """What a channel is asked to do; `id` is that of the movement, and the idempotency key."""

    id: UUID
    number: str
    organization_id: UUID
    amount_minor: int
    currency: str
    asked_at: datetime
    now: datetime
    is_again: bool = False  # Nobody knows what became of an earlier try.
    source_reference: str = ""  # what the money came by, for what goes back to it
    payee_reference: str = ""  # to whom a payout goes
    return_to: str = ""  # where a payer's browser goes afterwards


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a channel made of it: its own name for it, and where a payer goes on."""

    reference: str
    address: str = ""


class NewsKind(StrEnum):
    """What somebody else's system says of money."""

    PAID = "PAID"
    CANCELLED = "CANCELLED"
    REFUNDED = "REFUNDED"
    RETURNED = "RETURNED"  # a refund that came back
    TRANSFERRED = "TRANSFERRED"  # a payout reached a provider's account there
    REVERSED = "REVERSED"  # a payout came back
    TO_BANK = "TO_BANK"  # what the gateway keeps was sent to the market's bank
    DISPUTED = "DISPUTED"
    NOTHING = "NOTHING"


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What was told, or found, of one object of the other system."""

    kind: NewsKind
    reference: str
    movement_id: UUID | None = None
    payment: str = ""  # the payment that it is about
    amount_minor: int = 0
    currency: str = ""
    is_ours: bool = True  # of this market's account, and of its mode: live or test


@dataclass(frozen=True, slots=True)
class Known:
    """What the market knows of what it sent."""

    id: UUID
    reference: str


class EventRefused(Exception):  # noqa: N818 - it is an answer
    """What was told is not signed, not of now, or not readable; `problem` says which."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class ChannelUnavailable(Exception):  # noqa: N818 - it is tried again
    """The other system did not answer, or not so that anybody knows what it did: ask again."""


class ChannelRefused(Exception):  # noqa: N818 - it is an answer
    """The other system said no, for good; `code` is its reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class PaymentChannel(Protocol):
    """A way of paying."""

    def open_top_up(self, order: Instruction) -> Sent:
        """
        Let somebody pay in.

        :raises ChannelUnavailable: if nobody knows what became of it
        :raises ChannelRefused: if it will never be done
        """

    def refund(self, order: Instruction) -> Sent:
        """
        Send money back to what it came by.

        :raises ChannelUnavailable: if nobody knows what became of it
        :raises ChannelRefused: if it will never be done
        """

    def transfer(self, order: Instruction) -> Sent:
        """
        Send money to a provider.

        :raises ChannelUnavailable: if nobody knows what became of it
        :raises ChannelRefused: if it will never be done
        """

    def look(self, known: Known) -> list[News]:
        """
        Return how what was sent stands there now.

        :raises ChannelUnavailable, ChannelRefused: if it cannot be seen
        """

    def since(self, moment: datetime) -> Iterator[News]:
        """
        Yield everything that moved there since a moment.

        :raises ChannelUnavailable, ChannelRefused: if it cannot be seen
        """

    def read_event(self, body: bytes, signature: str, *, now: datetime) -> tuple[str, str, News]:
        """
        Return an event's identifier, its type, and what it tells.

        :raises EventRefused: if nobody who may has signed it, or not at about this time
        """


_channels: Final[dict[PayChannel, PaymentChannel]] = {}


def install(channels: Iterable[tuple[PayChannel, PaymentChannel]]) -> None:
    """Make the channels known, once, when the program starts."""
    _channels.clear()
    _channels.update(channels)


def channel(name: str) -> PaymentChannel | None:
    """Return a channel that something can be sent by; None where there is none."""
    return _channels.get(PayChannel(name))
