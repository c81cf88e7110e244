"""
A provider's driver as the market meets it: a real HTTP server, which misbehaves on command.

It keeps what it was told by delivery, compares every signature with that of the standard's library,
and writes the messages that such a driver would send; the test brings them to the market.
"""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

from standardwebhooks import Webhook

_names = count(1)


@dataclass
class FakeProvider:
    """What it was told, and how it answers: `answers` by step, in place of 200."""

    url: str = ""
    secret: str = ""
    told: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    bodies: list[dict[str, Any]] = field(default_factory=list)
    names: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    answers: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)  # steps whose connection is closed unanswered
    delay: float = 0.0

    def take(self, headers: dict[str, str], body: str) -> tuple[int, dict[str, Any]] | None:
        """Return the answer to a call; None if there is none."""
        content = json.loads(body)
        if self.secret:
            at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), tz=UTC)
            signature = Webhook(self.secret).sign(headers["webhook-id"], at, body)
            if signature not in headers["webhook-signature"].split(" "):
                return 401, {}
        step = content["type"].removeprefix("driver.").upper()
        delivery = content["data"].get("delivery_id", "")
        self.told[delivery].append(step)
        self.names[delivery, step].add(headers["webhook-id"])
        self.bodies.append(content)
        time.sleep(self.delay)
        if step in self.silent:
            return None
        return self.answers.get(step, (200, {}))

    def message(
        self,
        delivery_id: object,
        word: str,
        *,
        at: datetime,
        name: str = "",
        secret: str = "",
        **data: Any,
    ) -> tuple[dict[str, str], bytes]:
        """Return header fields and body of a signed message."""
        name = name or f"msg_{next(_names)}"
        body = json.dumps({"type": word, "data": {"delivery_id": str(delivery_id), **data}})
        signature = Webhook(secret or self.secret).sign(name, at, body)
        stamp = str(int(at.timestamp()))
        headers = {"webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": signature}
        return headers, body.encode()


@contextmanager
def serving() -> Iterator[FakeProvider]:
    """Serve one on loopback."""
    fake = FakeProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            answer = fake.take({name.lower(): v for name, v in self.headers.items()}, body)
            if answer is None:
                self.close_connection = True
                return
            status, content = answer
            sent = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_address[1]}/driver"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
