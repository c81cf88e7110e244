"""
The one guarded door out: every request that the market sends passes here.

Whoever names an address may mean us: a machine behind our firewall, our own database, the metadata
service of a cloud. So a name is resolved once, every address that it has is checked, and the
connection goes to a checked address. No redirect is followed, no proxy of the environment is used,
time and bytes are bounded, and nothing waits for others inside a transaction.
"""

from common.outbound.contracts import Limits, Reply, Request
from common.outbound.refusals import (
    AddressInvalid,
    AddressRefused,
    HostNotAscii,
    InsideTransaction,
    NameUnknown,
    OutboundRefused,
    Redirected,
    ReplyTooLarge,
    ReplyUnreadable,
    TimedOut,
    TlsFailed,
    Unreachable,
)
from common.outbound.sending import ask, check_address, deliver

__all__ = [
    "AddressInvalid",
    "AddressRefused",
    "HostNotAscii",
    "InsideTransaction",
    "Limits",
    "NameUnknown",
    "OutboundRefused",
    "Redirected",
    "Reply",
    "ReplyTooLarge",
    "ReplyUnreadable",
    "Request",
    "TimedOut",
    "TlsFailed",
    "Unreachable",
    "ask",
    "check_address",
    "deliver",
]
