"""
A peer that misbehaves, to try a node with: it lies, stalls, floods or forges as it is told.

It serves what a node is asked – keys, codes, the directory – under keys of its own that nobody
should believe, or under given ones where the lie lies elsewhere. No part of a market uses it.
"""

import base64
import json
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common import statements
from gateway.contracts import KeyPurpose
from gateway.rules import keysets

FLOOD_BYTES: Final = 100 * 1024 * 1024
STALL_SECONDS: Final = 30.0
PIECE: Final = b"x" * 65_536
REFERRING: Final = frozenset(
    {
        "foreign_grant",
        "loop",
        "old_grant",
        "same_prefix",
        "split_part",
        "unknown_host",
        "wide_prefix",
    }
)
MODES: Final = (
    "honest",
    "forge",
    "wrong_key",
    "wrong_code",
    "other_record",
    "replay",
    "skew",
    "loop",
    "wide_prefix",
    "same_prefix",
    "split_part",
    "foreign_grant",
    "old_grant",
    "unknown_host",
    "lone_move",
    "forged_move",
    "stall",
    "drip",
    "flood",
    "bomb",
    "deep_json",
    "redirect_inside",
    "redirect_loopback",
    "redirect_mapped",
    "garbage",
    "error_500",
)


class FakePeer:
    """A node's HTTP server that behaves by a mode; `mode` may change while it runs."""

    def __init__(
        self,
        code: str,
        *,
        mode: str = "honest",
        port: int = 0,
        asker: str = "",
        keys: Mapping[KeyPurpose, Ed25519PrivateKey] | None = None,
    ) -> None:
        self.code, self.mode, self.asker = code, mode, asker
        self.grants: dict[str, str] = {}  # prefixes that it names others for, while honest
        self.moves_to = ("SP2-P99998-0001-0001-A-B-00000001-0", "P99998")  # as it claims; whose
        self.keys = {purpose: Ed25519PrivateKey.generate() for purpose in KeyPurpose}
        self.keys |= keys or {}
        self.asked: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self.server.daemon_threads = True

    @property
    def url(self) -> str:
        """Return where it is asked."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def root(self) -> str:
        """Return its root's public key in base64."""
        return base64.b64encode(self._public(KeyPurpose.ROOT)).decode()

    def start(self) -> "FakePeer":
        """Serve in a thread until `stop`."""
        threading.Thread(target=self.server.serve_forever, daemon=True, name="fake-peer").start()
        return self

    def stop(self) -> None:
        """End serving."""
        self.server.shutdown()
        self.server.server_close()

    def keyset(self) -> dict[str, Any]:
        """Return its set of keys as JSON carries it; of one day, it is one text."""
        day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        body = keysets.body(
            self.code,
            epoch=1,
            sequence=day.toordinal(),
            keys=[
                keysets.PublicKey(f"{self.code}/{each.value}", each, self._public(each))
                for each in KeyPurpose
                if each != KeyPurpose.ROOT
            ],
            before=None,
            at=day,
        )
        return self.say("keyset", body or {}, KeyPurpose.ROOT)

    def say(
        self,
        kind: str,
        body: Mapping[str, Any],
        purpose: KeyPurpose,
        key: Ed25519PrivateKey | None = None,
        *,
        issuer: str = "",
    ) -> dict[str, Any]:
        """Return a statement of it as JSON carries it, signed by its key or another."""
        text = statements.text(kind, issuer or self.code, body)
        name = f"{self.code}/{purpose.value}"
        line = statements.sign(text, name, key or self.keys[purpose])
        return {"text": text, "signatures": [line.rstrip("\n")]}

    def resolved(self, code: str, nonce: str) -> dict[str, Any]:
        """Return what it answers about a code, true but for its mode."""
        if self.mode in REFERRING or (self.mode == "honest" and self._granted(code)):
            return {"referral": self._referral(code)}
        stranger = Ed25519PrivateKey.generate()
        at = datetime.now(UTC) - (timedelta(hours=1) if self.mode == "skew" else timedelta())
        said = code[:-1] + "X" if self.mode == "wrong_code" else code
        record = self._record(code, stranger if self.mode == "forge" else None)
        other = self._record(code, None) if self.mode == "other_record" else record
        moment = statements.moment(at)
        row = {
            "authority": self.code,
            "code": said,
            "record": statements.digest(record["text"]),
            "state": {"total": {"milli": 8000}, "available": None},
            "status": {"value": "ACTIVE", "sequence": 1, "since": moment},
        }
        found: dict[str, Any] = {"record": other}
        if self.mode in ("lone_move", "forged_move"):
            found["rename"] = self._move(code, moment)
            told = statements.digest(found["rename"]["text"])
            row["renamed"] = {"statement": told, "to": [self.moves_to[0]]}
            row["status"] = {"value": "RENAMED", "sequence": 2, "since": moment}
        body = {
            "asked": {"nonce": "00" if self.mode == "replay" else nonce},
            "at": moment,
            "row": row,
        }
        key = stranger if self.mode == "wrong_key" else None
        answer = self.say("answer", body, KeyPurpose.ANSWER, key)
        return found | {"answer": answer}

    def _move(self, code: str, moment: str) -> dict[str, Any]:
        """Return its word that a code moved; the other node's line is missing, or of no key."""
        to, receiver = self.moves_to
        body = {
            "at": moment,
            "from": code,
            "kind": "move",
            "owner": None,
            "reason": "claimed",
            "receiver": receiver,
            "record": None,
            "renamed_at": moment,
            "sequence": 1,
            "to": [to],
        }
        said = self.say("rename", body, KeyPurpose.REGISTER)
        if self.mode == "forged_move":
            name, stranger = f"{receiver}/register", Ed25519PrivateKey.generate()
            said["signatures"].append(statements.sign(said["text"], name, stranger).rstrip("\n"))
        return said

    def _record(self, code: str, key: Ed25519PrivateKey | None) -> dict[str, Any]:
        body = {
            "code": code,
            "form": "BARE_METAL",
            "region": "310115",
            "resource_class": "AI",
            "sequence": 1,
            "specification": {"cards": 8, "chip": "H100", "salt": statements.new_salt()},
            "total_milli": 8000,
            "verification": {"level": 2},
        }
        return self.say("record", body, KeyPurpose.REGISTER, key)

    def _granted(self, code: str) -> str:
        """Return the prefix of the code that it granted to another; empty if none."""
        return next((each for each in self.grants if code.startswith(f"{each}-")), "")

    def _referral(self, code: str) -> dict[str, Any]:
        parts = code.split("-")
        prefix = {
            "wide_prefix": parts[0],
            "same_prefix": "-".join(parts[:2]),
            "split_part": code[: code.index(parts[1]) + 3],
            "honest": self._granted(code),
        }.get(self.mode, "-".join(parts[:-2]))
        host = self.grants.get(prefix, self.asker)
        body = {
            "host": "P99998" if self.mode == "unknown_host" else host,
            "not_after": "2021" if self.mode == "old_grant" else "2099-01-01T00:00:00.000Z",
            "not_before": "2020-01-01T00:00:00.000Z",
            "prefix": prefix,
            "sequence": 1,
            "state": "active",
        }
        issuer = "N99999" if self.mode == "foreign_grant" else self.code
        return self.say("grant", body, KeyPurpose.GRANT, issuer=issuer)

    def _public(self, purpose: KeyPurpose) -> bytes:
        return self.keys[purpose].public_key().public_bytes_raw()


def _handler(peer: FakePeer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers each request by the peer's mode."""

        def do_GET(self) -> None:
            """Answer."""
            _answer(peer, self)

        do_POST = do_GET  # noqa: N815 - the name that the server calls

        def log_message(self, *_args: Any) -> None:
            """Write nothing: what was asked stands in `asked`."""

    return Handler


def _answer(peer: FakePeer, handler: BaseHTTPRequestHandler) -> None:
    parts = urlsplit(handler.path)
    peer.asked.append(parts.path)
    behave = _BEHAVIOURS.get(peer.mode)
    is_about_codes = parts.path.endswith("/resolve")
    if behave is not None and is_about_codes:
        try:
            behave(handler)
        except OSError:
            return
        return
    if parts.path.endswith("/keys"):
        _reply(handler, {"keyset": peer.keyset()})
    elif is_about_codes:
        query = parse_qs(parts.query)
        code, nonce = query.get("code", [""])[0], query.get("nonce", [""])[0]
        _reply(handler, peer.resolved(code, nonce))
    else:
        _reply(handler, {"code": "not_found"}, status=404)


def _reply(handler: BaseHTTPRequestHandler, content: Any, status: int = 200) -> None:
    body = json.dumps(content).encode()
    _head(handler, status, {"Content-Length": str(len(body))})
    handler.wfile.write(body)


def _head(handler: BaseHTTPRequestHandler, status: int, headers: Mapping[str, str]) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Connection", "close")
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()


def _stall(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.settimeout(STALL_SECONDS)
    try:
        handler.connection.recv(1)  # Until the asker is gone.
    except OSError:
        return


def _drip(handler: BaseHTTPRequestHandler) -> None:
    _head(handler, 200, {"Content-Length": "100000"})
    ends_at = time.monotonic() + STALL_SECONDS
    while time.monotonic() < ends_at:
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.2)


def _flood(handler: BaseHTTPRequestHandler) -> None:
    _head(handler, 200, {"Content-Length": str(FLOOD_BYTES)})
    for _number in range(FLOOD_BYTES // len(PIECE)):
        handler.wfile.write(PIECE)


def _bomb(handler: BaseHTTPRequestHandler) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = b"".join(packer.compress(PIECE) for _number in range(FLOOD_BYTES // len(PIECE)))
    body += packer.flush()
    _head(handler, 200, {"Content-Encoding": "gzip", "Content-Length": str(len(body))})
    handler.wfile.write(body)


def _says(text: bytes, status: int = 200, **headers: str) -> Callable[..., None]:
    def say(handler: BaseHTTPRequestHandler) -> None:
        _head(handler, status, {**headers, "Content-Length": str(len(text))})
        handler.wfile.write(text)

    return say


_BEHAVIOURS: Final[Mapping[str, Callable[..., None]]] = {
    "stall": _stall,
    "drip": _drip,
    "flood": _flood,
    "bomb": _bomb,
    "deep_json": _says(b'{"answer":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "redirect_inside": _says(b"", 302, Location="http://169.254.169.254/latest/meta-data/"),
    "redirect_loopback": _says(b"", 302, Location="http://127.0.0.1/"),
    "redirect_mapped": _says(b"", 302, Location="http://[::ffff:10.0.0.1]/"),
    "garbage": _says(b"\xff\xfe no JSON"),
    "error_500": _says(b"{}", 500),
}
