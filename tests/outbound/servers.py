"""Servers of strangers: real sockets on loopback that answer as they like."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
Answer = Callable[..., None]  # of the connection, and of the request where that is asked for


@dataclass
class Server:
    """What listens, and what it has seen."""

    host: str
    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/hook"


def says(text: bytes) -> Answer:
    """Return the behaviour of a server that always answers the same."""
    return lambda connection: connection.sendall(text)


@contextmanager
def serving(
    answer: Answer,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    with_request: bool = False,
) -> Iterator[Server]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(64)
    server = Server(host, listener.getsockname()[1])
    told = answer if with_request else lambda connection, _request: answer(connection)
    threading.Thread(target=_accept, args=(listener, server, told, tls), daemon=True).start()
    try:
        yield server
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _accept(
    listener: socket.socket, server: Server, answer: Answer, tls: ssl.SSLContext | None
) -> None:
    while True:
        try:
            connection, _peer = listener.accept()
        except OSError:
            return
        server.connections += 1
        threading.Thread(target=_serve, args=(connection, server, answer, tls), daemon=True).start()


def _serve(
    connection: socket.socket, server: Server, answer: Answer, tls: ssl.SSLContext | None
) -> None:
    with contextlib.suppress(OSError), connection:
        if tls is not None:
            connection = tls.wrap_socket(connection, server_side=True)
        connection.settimeout(30)
        request = read_request(connection)
        server.requests.append(request)
        answer(connection, request)
        connection.close()


def read_request(connection: socket.socket) -> bytes:
    """Return a request with its body, by its length."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    while len(body) < length:
        body += _some(connection)
    return head + b"\r\n\r\n" + body


def _some(connection: socket.socket) -> bytes:
    piece = connection.recv(65_536)
    if not piece:
        raise OSError
    return piece
