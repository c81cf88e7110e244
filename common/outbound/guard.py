"""From a name to the addresses that a connection may go to."""

import contextlib
import queue
import socket
import threading
from typing import Final

from django.conf import settings

from common import networks
from common.networks import Address, Allowed
from common.outbound.refusals import AddressRefused, NameUnknown, TimedOut

ADDRESSES_MAX: Final = 4  # tried of one name


def checked_addresses(host: str, port: int, *, seconds: float, is_plain: bool) -> list[Address]:
    """
    Resolve a name once and return its addresses, each of which may be connected to.

    One address that is refused refuses them all: who owns the name chose them together. Without
    TLS, and at ports where no web server listens, only what an operator allows is reached.

    :raises AddressRefused: if one of them is not public
    :raises NameUnknown: if there are none
    """
    found = _resolved(host, port, seconds)
    is_open = not is_plain and networks.is_public_port(port)
    for address in found:
        if is_allowed(address, port) or (is_open and networks.is_public(address)):
            continue
        raise AddressRefused(field="url")
    return found[:ADDRESSES_MAX]


def is_allowed(address: Address, port: int) -> bool:
    """Return whether an operator allows an address on purpose."""
    allowed: tuple[Allowed, ...] = settings.OUTBOUND_ALLOWED
    reached = networks.unwrapped(address)
    return any(entry.covers(reached, port) for entry in allowed)


def _resolved(host: str, port: int, seconds: float) -> list[Address]:
    """Ask the system's resolver, which knows no deadline, from a thread that can be left alone."""
    answers: queue.SimpleQueue[list[Address]] = queue.SimpleQueue()

    def look_up() -> None:
        found: list[Address] = []
        with contextlib.suppress(OSError, UnicodeError, ValueError):
            for *_kind, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
                found.append(networks.parse(str(where[0])))
        answers.put(list(dict.fromkeys(found)))

    threading.Thread(target=look_up, daemon=True, name="outbound-resolver").start()
    try:
        found = answers.get(timeout=max(seconds, 0.001))
    except queue.Empty as error:
        raise TimedOut from error
    if not found:
        raise NameUnknown
    return found
