"""What the test gateway knows: objects by kind, replies by key, and what it tells of them."""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from marketplace.demo.gateway.mischief import Mischief

Thing = dict[str, Any]
ACCOUNT: Final = "acct_test"
PREFIXES: Final = {
    "customer": "cus",
    "payment_intent": "pi",
    "charge": "ch",
    "refund": "re",
    "checkout.session": "cs_test",
    "account": "acct",
    "transfer": "tr",
    "transfer_reversal": "trr",
    "payout": "po",
    "dispute": "du",
    "event": "evt",
    "balance_transaction": "txn",
}


class GatewayError(Exception):
    """What the API answers instead of an object."""

    def __init__(self, status: int, message: str, **facts: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "type": "invalid_request_error"} | facts}


@dataclass
class State:
    """The whole of a gateway's memory."""

    kinds: dict[str, dict[str, Thing]] = field(default_factory=dict)
    replies: dict[str, tuple[str, int, Thing]] = field(default_factory=dict)
    outbox: list[Thing] = field(default_factory=list)  # events that nobody was told of yet
    mischief: Mischief = field(default_factory=Mischief)
    lock: threading.RLock = field(default_factory=threading.RLock)
    hook: str = ""
    shift: int = 0  # seconds by which its clock is ahead
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def now(self) -> int:
        """Return the gateway's time."""
        return int(time.time()) + self.shift

    def make(self, kind: str, facts: Thing) -> Thing:
        """Keep a new object and return it."""
        name = f"{PREFIXES[kind]}_{next(self._numbers):06d}{int(time.time() * 1000):x}"
        made = {"id": name, "object": kind, "created": self.now(), "livemode": False} | facts
        self.kinds.setdefault(kind, {})[name] = made
        return made

    def all(self, kind: str) -> list[Thing]:
        """Return the objects of a kind, newest first."""
        return list(reversed(self.kinds.get(kind, {}).values()))

    def get(self, kind: str, name: str) -> Thing:
        """
        Return an object.

        :raises GatewayError: if there is none
        """
        found = self.kinds.get(kind, {}).get(name)
        if found is None:
            raise GatewayError(404, f"No such {kind}: '{name}'", code="resource_missing")
        return found

    def tell(self, name: str, about: Thing) -> None:
        """Put an event into the outbox, as the object is at this moment."""
        event = self.make(
            "event",
            {"type": name, "data": {"object": dict(about)}, "api_version": "test", "account": None},
        )
        self.outbox.append(self.mischief.spoiled(event))

    def once(self, key: str, asked: str, act: Callable[[], tuple[int, Thing]]) -> tuple[int, Thing]:
        """
        Answer a key as it was answered first.

        :raises GatewayError: if the key stood for something else
        """
        if not key:
            return act()
        if key in self.replies:
            before, status, body = self.replies[key]
            if before != asked:
                told = "Keys for idempotent requests can only be used with the same parameters."
                raise GatewayError(400, told, type="idempotency_error")
            return status, body
        status, body = act()
        self.replies[key] = (asked, status, body)
        return status, body
