"""
The connection itself: to a checked address, within one budget of time and bytes.

httpcore asks its network backend for every connection, so nothing gets past this one; each read and
each write is cut to what is left of the whole. The name of the server stays what certificates are
compared with.
"""

import functools
import ssl
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Any

import httpcore
import httpx
from django.conf import settings

from common.outbound import guard
from common.outbound.contracts import HEAD_BYTES_MAX, Limits
from common.outbound.refusals import ReplyTooLarge, TimedOut


class Budget:
    """What is left of a request's time and of its answer's bytes."""

    def __init__(self, limits: Limits) -> None:
        self._ends_at = time.monotonic() + limits.total_seconds
        self._bytes = limits.reply_bytes_max + HEAD_BYTES_MAX

    def seconds(self, wanted: float | None) -> float:
        """
        Return how long the next step may take.

        :raises TimedOut: if no time is left
        """
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimedOut
        return left if wanted is None else min(left, wanted)

    def spend(self, count: int) -> None:
        """
        Count bytes that arrived.

        :raises ReplyTooLarge: if they are more than were left
        """
        self._bytes -= count
        if self._bytes < 0:
            raise ReplyTooLarge


class _Stream(httpcore.NetworkStream):
    """A connection whose steps are paid from the budget."""

    def __init__(self, inner: httpcore.NetworkStream, budget: Budget) -> None:
        self._inner = inner
        self._budget = budget

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._inner.read(max_bytes, self._budget.seconds(timeout))
        self._budget.spend(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._budget.seconds(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        seconds = self._budget.seconds(timeout)
        inner = self._inner.start_tls(ssl_context, server_hostname, seconds)
        return _Stream(inner, self._budget)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Connects to checked addresses, and to nothing else."""

    def __init__(self, budget: Budget, *, is_plain: bool) -> None:
        self._budget = budget
        self._is_plain = is_plain
        self._system = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = guard.checked_addresses(
            host, port, seconds=self._budget.seconds(timeout), is_plain=self._is_plain
        )
        failed: Exception | None = None
        for address in addresses:
            try:
                stream = self._system.connect_tcp(
                    str(address), port, self._budget.seconds(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return _Stream(stream, self._budget)
        assert failed is not None
        raise failed


class Door(httpx.BaseTransport):
    """What carries one request of an httpx client: one connection, used once."""

    def __init__(self, limits: Limits, *, is_plain: bool) -> None:
        self.budget = Budget(limits)
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls(settings.OUTBOUND_CA_FILE),
            max_connections=1,
            max_keepalive_connections=0,
            http2=False,
            network_backend=_Backend(self.budget, is_plain=is_plain),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; the answer's body is read by whoever asked."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        assert isinstance(request.stream, httpx.SyncByteStream)
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=url,
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        assert isinstance(answer.stream, Iterable)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def close(self) -> None:
        """Close the connection."""
        self._pool.close()

    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self.close()


class _Body(httpx.SyncByteStream):
    """The body of an answer, piece by piece."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Any:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@functools.lru_cache(maxsize=4)
def tls(ca_file: str) -> ssl.SSLContext:
    """Return what servers are verified with: the public authorities, and the operator's own."""
    context = httpx.create_ssl_context(verify=True, trust_env=False)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        context.load_verify_locations(cafile=ca_file)
    return context
