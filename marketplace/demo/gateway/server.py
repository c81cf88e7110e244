"""The test gateway over HTTP: the API, a page on which a test card pays, and what it tells."""

import hashlib
import hmac
import json
import re
import threading
import time
import urllib.request
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from marketplace.demo.gateway import payments
from marketplace.demo.gateway.state import GatewayError, State, Thing

BODY_MAX: Final = 1 << 20
PAUSE_SECONDS: Final = 0.2
TRIES: Final = 20
HANG_SECONDS: Final = 3.0
OLD_SECRET: Final = "whsec_of_another_time"  # noqa: S105 - that it is wrong is its purpose
PAGE: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Test payment</title>
<body><h1>Test gateway 测试支付</h1><p><strong>No money moves here. 不会发生真实扣款。</strong></p>
<p>{amount}</p><form method="post"><label>Card 卡号 <input name="card" value="4242 4242 4242 4242">
</label> <button>Pay 支付</button></form><p>{told}</p></body></html>"""


class Gateway:
    """A server of its own; `url` is what the real client is pointed at."""

    def __init__(self, *, port: int = 0, secret: str = "") -> None:
        self.state = State()
        self.secret = secret
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def serve(self) -> None:
        """Serve and deliver until closed."""
        threading.Thread(target=self._deliver_forever, daemon=True).start()
        self._server.serve_forever()

    def start(self) -> "Gateway":
        """Serve in a thread; nothing is delivered by itself."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def signed(self, event: Thing, *, at: int | None = None) -> tuple[bytes, str]:
        """Return the body of a webhook and its signature."""
        body = json.dumps(event).encode()
        moment = self.state.now() if at is None else at
        if at is None and self.state.mischief.takes("late"):
            moment -= 86_400
        key = OLD_SECRET if self.state.mischief.takes("old_secret") else self.secret
        stamped = str(moment).encode() + b"." + body
        digest = hmac.new(key.encode(), stamped, hashlib.sha256).hexdigest()
        return body, f"t={moment},v1={digest}"

    def take(self) -> list[tuple[bytes, str]]:
        """Return what is to be told now, signed, and forget it."""
        with self.state.lock:
            events, self.state.outbox = self.state.outbox, []
            return [self.signed(each) for each in self.state.mischief.deliveries(events)]

    def _deliver_forever(self) -> None:
        waiting: list[tuple[int, bytes, str]] = []
        while True:
            waiting += [(TRIES, *each) for each in self.take()] if self.state.hook else []
            left = []
            for tries, body, signature in waiting:
                if not self._delivered(body, signature) and tries:
                    left.append((tries - 1, body, signature))
            waiting = left
            time.sleep(PAUSE_SECONDS)

    def _delivered(self, body: bytes, signature: str) -> bool:
        headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
        asked = urllib.request.Request(self.state.hook, body, headers)  # noqa: S310 - ours
        try:
            with urllib.request.urlopen(asked, timeout=HANG_SECONDS) as answer:  # noqa: S310
                return bool(200 <= answer.status < 300)
        except OSError:
            return False


def _handler(gateway: Gateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _Request(gateway, self).answer("GET")

        def do_POST(self) -> None:
            _Request(gateway, self).answer("POST")

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


class _Request:
    def __init__(self, gateway: Gateway, handler: BaseHTTPRequestHandler) -> None:
        self.gateway, self.state, self.handler = gateway, gateway.state, handler
        parts = urlsplit(handler.path)
        self.path, self.query = parts.path, parts.query
        size = min(int(handler.headers.get("Content-Length") or 0), BODY_MAX)
        self.raw = handler.rfile.read(size).decode()

    def answer(self, method: str) -> None:
        """Answer, or misbehave as was asked for."""
        try:
            if self.path.startswith("/pay/"):
                self._page(method)
                return
            if self.path.startswith("/_test/"):
                self._send(200, self._test())
                return
            self._api(method)
        except GatewayError as error:
            self._send(error.status, error.body)

    def _api(self, method: str) -> None:
        mischief = self.state.mischief
        if not self.handler.headers.get("Authorization", "").startswith("Bearer sk_test_"):
            raise GatewayError(401, "Invalid API Key provided")
        if mischief.takes("too_many"):
            raise GatewayError(429, "Too many requests", code="rate_limit")
        key = self.handler.headers.get("Idempotency-Key", "") if method == "POST" else ""
        if method == "POST" and mischief.takes("error_then_success"):
            raise GatewayError(500, "Something went wrong", type="api_error")
        with self.state.lock:
            asked = f"{method} {self.path} {self.raw}"
            status, body = self.state.once(key, asked, lambda: (200, self._act(method)))
        if method == "POST" and mischief.takes("timeout_after_effect"):
            self.handler.connection.close()
            return
        self._send(status, body)

    def _act(self, method: str) -> Thing:
        path = self.path.removeprefix("/v1/").strip("/")
        body = nested(self.raw if method == "POST" else self.query)
        if path in payments.CREATE:
            kind, make = payments.CREATE[path]
            if method == "POST":
                return dict(make(self.state, body, self.gateway.url))
            return self._list(kind, body)
        for prefix, (kind, _make) in payments.CREATE.items():
            if found := re.fullmatch(rf"{prefix}/([^/]+)(/\w+)?", path):
                return self._of_one(method, kind, found[1], found[2] or "", body)
        raise GatewayError(404, f"Unrecognized request URL ({self.path})")

    def _of_one(self, method: str, kind: str, name: str, act: str, body: Thing) -> Thing:
        if (kind, act, method) == ("transfer", "/reversals", "POST"):
            return dict(payments.reverse(self.state, name, body))
        found = self.state.get(kind, name)
        if (kind, act, method) == ("checkout.session", "/expire", "POST"):
            payments.expire_session(self.state, found)
        elif (kind, act, method) == ("payment_intent", "/cancel", "POST"):
            found["status"] = "canceled"
            self.state.tell("payment_intent.canceled", found)
        elif act:
            raise GatewayError(404, f"Unrecognized request URL ({self.path})")
        elif method == "POST":
            found |= body
        return dict(found)

    def _list(self, kind: str, asked: Thing) -> Thing:
        rows = self.state.all(kind)
        since = int(asked.get("created", {}).get("gte", 0))
        rows = [each for each in rows if each["created"] >= since]
        for name in ("payment_intent", "transfer", "charge"):
            if asked.get(name):
                rows = [each for each in rows if each.get(name) == asked[name]]
        if after := asked.get("starting_after"):
            names = [each["id"] for each in rows]
            rows = rows[names.index(after) + 1 :] if after in names else []
        most = int(asked.get("limit", 10))
        return {
            "object": "list",
            "url": self.path,
            "has_more": len(rows) > most,
            "data": rows[:most],
        }

    def _page(self, method: str) -> None:
        session = self.state.get("checkout.session", self.path.removeprefix("/pay/"))
        told = ""
        if method == "POST":
            card = dict(parse_qsl(self.raw)).get("card", "")
            with self.state.lock:
                is_paid = payments.pay(self.state, session, card)
            if is_paid:
                self.handler.send_response(303)
                self.handler.send_header("Location", session["success_url"])
                self.handler.end_headers()
                return
            told = "Declined 已拒绝"
        amount = f"{session['amount_total'] / 100:,.2f} {session['currency'].upper()}"
        page = PAGE.format(amount=escape(amount), told=told).encode()
        self._write(200, page, "text/html; charset=utf-8")

    def _test(self) -> Thing:
        """Do what only tests and demonstrations ask for."""
        asked = json.loads(self.raw or "{}")
        match self.path.removeprefix("/_test/"):
            case "mischief":
                self.state.mischief.ask(asked["what"], int(asked.get("times", 1)))
            case "webhook":
                self.state.hook = asked["url"]
            case "pay":
                session = self.state.get("checkout.session", asked["session"])
                with self.state.lock:
                    paid = payments.pay(self.state, session, asked.get("card", "4242424242424242"))
                return {"paid": paid}
            case _:
                raise GatewayError(404, "no such test")
        return {"ok": True}

    def _send(self, status: int, body: Thing) -> None:
        self._write(status, json.dumps(body).encode(), "application/json")

    def _write(self, status: int, body: bytes, kind: str) -> None:
        self.handler.send_response(status)
        self.handler.send_header("Content-Type", kind)
        self.handler.send_header("Content-Length", str(len(body)))
        self.handler.send_header("Request-Id", "req_test")
        self.handler.end_headers()
        self.handler.wfile.write(body)


def nested(text: str) -> Thing:
    """Return what a form sent, its brackets as objects within objects."""
    result: Thing = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        place = result
        *above, last = re.findall(r"[^\[\]]+", name)
        for each in above:
            place = place.setdefault(each, {})
        place[last] = value
    return result
