"""
What a way of paying is to the market: a protocol; `config` says which channels there are.

A channel talks to somebody else's system and knows no table. Each call names the movement, so that
a call that is repeated, because nobody knows what became of it, acts once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
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
    source_reference: str = ""  # what the money came by, for what goes back to it
    payee_reference: str = ""  # to whom a payout goes
    return_to: str = ""  # where a payer's browser goes afterwards


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a channel made of it: its own name for it, and where a payer goes on."""

    reference: str
    address: str = ""


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


_channels: Final[dict[PayChannel, PaymentChannel]] = {}


def install(channels: Iterable[tuple[PayChannel, PaymentChannel]]) -> None:
    """Make the channels known, once, when the program starts."""
    _channels.clear()
    _channels.update(channels)


def channel(name: str) -> PaymentChannel | None:
    """Return a channel that something can be sent by; None where there is none."""
    return _channels.get(PayChannel(name))
