"""Asking another server, and telling it something."""

import ssl
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

import httpcore
import httpx
from django.conf import settings
from django.db import connections

from common.outbound import guard
from common.outbound.contracts import REQUEST_BYTES_MAX, URL_LENGTH_MAX, Limits, Reply, Request
from common.outbound.refusals import (
    AddressInvalid,
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
from common.outbound.wire import Door

_EITHER_FORM: Final = 32 + zlib.MAX_WBITS  # gzip or zlib, whichever the bytes are
HOST_LENGTH_MAX: Final = 253
LABEL_LENGTH_MAX: Final = 63
_PACKED: Final = frozenset({"gzip", "x-gzip", "deflate"})
USER_AGENT: Final = "Suanpan/1 (+%s)"


def ask(request: Request, *, limits: Limits | None = None) -> Reply:
    """
    Send a request and return the whole answer.

    :raises OutboundRefused: if the address is refused, or there is no whole answer
    :raises InsideTransaction: if the caller holds a transaction open
    """
    return _exchange(request, limits or Limits(), _whole)


def deliver(request: Request, *, limits: Limits | None = None) -> Reply:
    """
    Send a request and return the status and the beginning of the answer.

    Once the status is there the other side has decided: what comes after it, too slowly, without
    end or broken, is cut off and changes nothing.

    :raises OutboundRefused: if the address is refused, or there is no status
    :raises InsideTransaction: if the caller holds a transaction open
    """
    return _exchange(request, limits or Limits(), _beginning)


def check_address(url: str, *, seconds: float = 2.0) -> None:
    """
    Look at an address that somebody wants to have called later; nothing is sent.

    A name that is not known yet may be known by then, and is checked again with every request; one
    without TLS is taken only where it is known to lead to what an operator allows.

    :raises AddressInvalid: if it is none
    :raises HostNotAscii: if its server is named in letters outside ASCII
    :raises AddressRefused: if it leads where requests must not go
    """
    parsed = _parsed(url)
    if not urlsplit(url).netloc.isascii():
        raise HostNotAscii(field="url")
    try:
        guard.checked_addresses(
            _host(parsed), _port(parsed), seconds=seconds, is_plain=parsed.scheme == "http"
        )
    except (NameUnknown, TimedOut) as error:
        if parsed.scheme == "http":
            raise AddressInvalid(field="url") from error


Reading = Callable[[httpx.Response, int], Reply]


def _exchange(request: Request, limits: Limits, read: Reading) -> Reply:
    _require_no_transaction()
    url = _parsed(request.url)
    if len(request.body) > REQUEST_BYTES_MAX:
        message = f"a request of {len(request.body)} bytes"
        raise ValueError(message)
    # An answer in one piece of plain bytes is asked for; what comes packed is unpacked bounded.
    headers = {"User-Agent": USER_AGENT % settings.PUBLIC_URL, "Accept-Encoding": "identity"}
    timeout = httpx.Timeout(limits.read_seconds, connect=limits.connect_seconds)
    with (
        _worded(),
        Door(limits, is_plain=url.scheme == "http") as door,
        httpx.Client(transport=door, timeout=timeout, trust_env=False) as client,
        client.stream(
            request.method, url, headers={**headers, **request.headers}, content=request.body
        ) as response,
    ):
        if 300 <= response.status_code < 400:
            raise Redirected
        return read(response, limits.reply_bytes_max)


def _require_no_transaction() -> None:
    if any(connection.in_atomic_block for connection in connections.all(initialized_only=True)):
        message = "a request to another server inside a database transaction"
        raise InsideTransaction(message)


def _parsed(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError, ValueError, TypeError) as error:
        raise AddressInvalid(field="url") from error
    is_plain_text = url.isprintable() and not any(mark in url for mark in " \\#")
    is_web = parsed.scheme in ("https", "http") and not parsed.userinfo
    is_place = is_web and _is_host(_host(parsed)) and 0 < _port(parsed) < 65_536
    if not is_place or not is_plain_text or len(url) > URL_LENGTH_MAX:
        raise AddressInvalid(field="url")
    return parsed


def _is_host(host: str) -> bool:
    """Return whether a text is short enough for a name in each of its parts; none may be empty."""
    parts = host.removesuffix(".").split(".")
    return len(host) <= HOST_LENGTH_MAX and all(0 < len(part) <= LABEL_LENGTH_MAX for part in parts)


def _host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")


def _port(url: httpx.URL) -> int:
    return url.port if url.port is not None else {"https": 443, "http": 80}[url.scheme]


@contextmanager
def _worded() -> Iterator[None]:
    """Turn what the libraries raise into refusals with stable codes."""
    try:
        yield
    except OutboundRefused:
        raise
    except (httpcore.TimeoutException, httpx.TimeoutException) as error:
        raise TimedOut from error
    except httpcore.ConnectError as error:
        raise (TlsFailed if _is_tls(error) else Unreachable) from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError, zlib.error) as error:
        raise ReplyUnreadable from error


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _whole(response: httpx.Response, bytes_max: int) -> Reply:
    """
    Return an answer with all of its body.

    :raises ReplyTooLarge: if there is more than was asked for
    """
    body = b"".join(_pieces(response, bytes_max))
    return Reply(response.status_code, _headers(response), body)


def _beginning(response: httpx.Response, bytes_max: int) -> Reply:
    """Return an answer with as much of its body as comes in time and has room."""
    body = bytearray()
    is_cut = False
    try:
        with _worded():
            for piece in _pieces(response, bytes_max):
                body += piece
    except OutboundRefused:
        is_cut = True
    return Reply(response.status_code, _headers(response), bytes(body), is_cut)


def _headers(response: httpx.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _pieces(response: httpx.Response, bytes_max: int) -> Iterator[bytes]:
    """Return the body's pieces, unpacked; a piece that goes beyond the bound ends it."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in _PACKED | {"", "identity"}:
        raise ReplyUnreadable
    unpack = zlib.decompressobj(_EITHER_FORM) if encoding in _PACKED else None
    left = bytes_max
    for raw in response.iter_raw():
        piece = raw if unpack is None else unpack.decompress(raw, left + 1)
        yield piece[:left]
        left -= len(piece)
        if left < 0 or (unpack is not None and unpack.unconsumed_tail):
            raise ReplyTooLarge
