"""The web server's workers: what they refuse before Django sees it is a problem document, too."""

import json
import socket
from contextlib import suppress
from typing import Any, Final

from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine
from gunicorn.workers.gthread import ThreadWorker

# Nothing of the request was read, its language neither: both are told.
REFUSED: Final = {
    LimitRequestLine: (
        414,
        "URI Too Long",
        "uri_too_long",
        "此地址过长。 This address is too long.",
    ),
    LimitRequestHeaders: (
        431,
        "Request Header Fields Too Large",
        "headers_too_large",
        "请求头过大。 The headers are too large.",
    ),
}


class ProblemWorker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """A worker of threads that refuses in the market's own form."""

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """Answer what cannot be read; all but too long heads is answered as gunicorn does."""
        refused = REFUSED.get(type(exc))
        if refused is None:
            super().handle_error(req, client, addr, exc)
            return
        status, title, code, detail = refused
        content = {
            "type": "about:blank",
            "title": title,
            "status": status,
            "code": code,
            "detail": detail,
            "errors": [{"field": None, "code": code, "detail": detail}],
        }
        body = json.dumps(content, ensure_ascii=False).encode()
        head = (
            f"HTTP/1.1 {status} {title}\r\nConnection: close\r\n"
            "Content-Type: application/problem+json; charset=utf-8\r\n"
            f"X-Content-Type-Options: nosniff\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with suppress(OSError):  # Whoever sent it may be gone.
            client.sendall(head.encode() + body)
