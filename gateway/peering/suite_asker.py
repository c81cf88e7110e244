"""Who asks for the conformance suite: requests as a stranger or a peer sends them."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final
from urllib.parse import quote, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common import outbound, statements
from gateway.contracts import KeyPurpose
from gateway.peering.fake import FakePeer
from gateway.peering.rules import httpsig
from gateway.peering.suite_data import SignedHow, SuiteAttempt
from gateway.peering.suite_items import faulty_item

LIMITS: Final = outbound.Limits(total_seconds=10.0, reply_bytes_max=16 * 1024 * 1024)
ADDRESS_LENGTH_MAX: Final = 2_000  # what the door out takes
PATIENCE_SECONDS: Final = 61
TURNS: Final = 3
CIRCUIT_SECONDS: Final = 15.5
UNKNOWN: Final = "SP2-R31000-0A7K-0003-A-B-00000001-0"
ENDED: Final = "SP1-91640500Y4CL12TH3M-I64-510122-A-B-NH1S004096-00000001-A"  # its region ended
PEER_PATH: Final = f"/api/peer/v1/resolve?code={UNKNOWN}&nonce=00ff"
PUSH_PATH: Final = "/api/peer/v1/push"
Found = tuple[int, Any, Mapping[str, str]]


class CaseFailed(Exception):  # noqa: N818 - a finding about the other side, no error of ours
    """A case saw something else than it must."""


@dataclass(frozen=True, slots=True)
class SuiteTarget:
    """Whom the suite asks, as whom, and with what."""

    url: str
    code: str = ""  # one that the node answers for
    node: str = ""  # as which admitted peer
    key: Ed25519PrivateKey | None = None  # its http key
    liar: FakePeer | None = None  # that peer's server, with all of its keys
    under: str = ""  # a code below a prefix that was granted to it
    token: str = ""  # an API key, scope gateway:read
    log_origin: str = ""
    log_key: Ed25519PrivateKey | None = None
    with_slow: bool = True

    def gives(self) -> frozenset[str]:
        """Return what cases may need."""
        given = {
            "url": True,
            "code": bool(self.code),
            "peer": self.key is not None,
            "liar": self.liar is not None and bool(self.under),
            "token": bool(self.token),
            "log": self.log_key is not None,
        }
        return frozenset(need for need, is_there in given.items() if is_there)


def must_hold(is_so: object, message: str) -> None:
    """
    Let a case go on if something is so.

    :raises CaseFailed: with the message
    """
    if not is_so:
        raise CaseFailed(message)


def told_code(found: Found) -> str:
    """Return the code of a problem; empty if it is none."""
    content = found[1]
    return str(content.get("code", "")) if isinstance(content, Mapping) else ""


@dataclass
class Asker:
    """Asks a node, and compares what comes back."""

    target: SuiteTarget
    last_liar: float = 0.0
    kept: dict[str, Any] = field(default_factory=dict)

    @property
    def authority(self) -> str:
        """Return the host and port that the node is asked under."""
        return urlsplit(self.target.url).netloc

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Found:
        """Ask, and read the reply's JSON if it is any; wait where the node says how long."""
        reply = self.bytes_of(method, path, body, headers)
        try:
            return reply.status, json.loads(reply.body or b"null"), reply.headers
        except (ValueError, RecursionError):
            return reply.status, None, reply.headers

    def bytes_of(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> outbound.Reply:
        """Ask, and return the reply as it is."""
        sent = {"content-type": "application/json"} if body else {}
        request = outbound.Request(
            method, f"{self.target.url}{path}", sent | dict(headers or {}), body
        )
        for _turn in range(TURNS):
            reply = _sent(request)
            wait = reply.headers.get("retry-after", "")
            if reply.status != 429 or not wait.isdigit() or int(wait) > PATIENCE_SECONDS:
                break
            time.sleep(int(wait) + 0.1)
        return reply

    def expect(self, found: Found, status: int, code: str = "") -> str:
        """Return what was found, which must be of this status and code."""
        return self.among(found, (status,), (code,) if code else ())

    def among(self, found: Found, status: Sequence[int], code: Sequence[str] = ()) -> str:
        """Return what was found, which must be one of these; no code given, any."""
        told = told_code(found)
        if found[0] not in status or (code and told not in code):
            wanted = f"{'|'.join(map(str, status))} {'|'.join(code)}".strip()
            message = f"{found[0]} {told}, not {wanted}"
            raise CaseFailed(message)
        return f"{found[0]} {told}".strip()

    def attempt(self, tried: SuiteAttempt) -> str:
        """Send what a row says; return what came back, which must be what it says."""
        if tried.codes:
            seen = [self._refuses(code, tried) for code in tried.codes]
            return "; ".join(dict.fromkeys(seen))
        if tried.push:
            return self._push(tried)
        if tried.liar:
            return self._lie(tried)
        body = filled(tried.body).encode()
        headers = dict(tried.headers)
        if tried.signed is not None:
            headers |= self.signed_as(tried, tried.signed)
        found = self.ask(tried.ask, filled(tried.path), body, headers)
        return self.among(found, tried.status, tried.code)

    def resolve(self, code: str, more: str = "") -> Found:
        """Resolve a code as everybody may."""
        return self.ask("GET", f"/api/gateway/v1/resolve?code={quote(code, safe='')}{more}")

    def _refuses(self, code: str, tried: SuiteAttempt) -> str:
        return self.among(self.resolve(filled(code), "&follow=0"), tried.status, tried.code)

    # --- As an admitted peer ---

    def signed(
        self, method: str, path: str, body: bytes = b"", how: SignedHow | None = None
    ) -> dict[str, str]:
        """Return the headers of a request as the peer signs it."""
        how = how or SignedHow()
        bare, _mark, query = path.partition("?")
        node = self.target.node or "P99999"
        headers = {"suanpan-node": node, "suanpan-epoch": how.epoch}
        if body:
            headers["content-type"] = "application/json"
        message = httpsig.HttpMessage(
            method, how.authority or self.authority, bare, query, headers, body
        )
        added = httpsig.sign(
            message,
            key_name=f"{node}/{how.purpose}",
            private=self.target.key or Ed25519PrivateKey.generate(),
            now=int(time.time()) + how.at,
            nonce=statements.new_salt(),
        )
        if how.spoil[0]:
            added["signature-input"] = added["signature-input"].replace(*how.spoil)
        if how.second_label:
            added["signature-input"] += ', n2=("@method")'
        return headers | added

    def signed_as(self, tried: SuiteAttempt, how: SignedHow) -> dict[str, str]:
        """Return the headers of a row's request, signed as the row says."""
        body = tried.body if how.body is None else how.body
        return self.signed(tried.ask, filled(how.path or tried.path), body.encode(), how)

    def push(self, items: Sequence[Mapping[str, Any]], *, first: int = 0) -> Found:
        """Push items under the next numbers, or under `first`."""
        body = json.dumps(
            {"dataset": "register", "first": first or self.next_number(), "items": items}
        ).encode()
        return self.ask("POST", PUSH_PATH, body, self.signed("POST", PUSH_PATH, body))

    def next_number(self) -> int:
        """Return the number that the node expects of this peer next."""
        found = self.push([{"text": "nothing", "signatures": []}], first=999_999_999)
        self.expect(found, 409, "sequence_gap")
        return int(found[1]["expected"])

    def _push(self, tried: SuiteAttempt) -> str:
        found = self.push(
            [faulty_item(tried.push, node=self.target.node, key=self._register_key())]
        )
        self.expect(found, 200)
        said = statements.parse(found[1]["receipt"]["text"])
        codes = [each["code"] for each in said.body["refused"]]
        must_hold(len(codes) == 1 and codes[0] in tried.refused, f"{codes}, not {tried.refused}")
        return f"refused: {codes[0]}"

    def _register_key(self) -> Ed25519PrivateKey | None:
        return self.target.liar.keys[KeyPurpose.REGISTER] if self.target.liar else None

    # --- Behind a peer that lies ---

    def _lie(self, tried: SuiteAttempt) -> str:
        liar = self.target.liar
        assert liar is not None
        self._pause()
        liar.mode = tried.liar
        began = time.monotonic()
        try:
            found = self.resolve(self.target.under)
            if not tried.stale and _is_passed_over(found):
                time.sleep(CIRCUIT_SECONDS)
                found = self.resolve(self.target.under)
        finally:
            liar.mode = "honest"
        taken = round((time.monotonic() - began) * 1000)
        must_hold(not tried.ms or taken <= tried.ms, f"after {taken} ms, not {tried.ms}")
        if tried.stale and found[0] == 200:
            must_hold(found[1]["view"]["freshness"] == "stale", "a lie is answered as fresh")
            return f"{tried.liar}: stale"
        told = self.among(found, tried.status)
        reason = str(found[1].get("reason", ""))
        wanted = not tried.reason or reason in tried.reason
        must_hold(wanted, f"{told} {reason}, not {tried.reason}")
        must_hold(found[1].get("node", liar.code) == liar.code, "another node is blamed")
        return f"{tried.liar}: {told} {reason}".strip()

    def _pause(self) -> None:
        """Once, see the peer believed while it is honest; what it said is live for a second."""
        if "honest" not in self.kept:
            found = self.resolve(self.target.under)
            self.expect(found, 200)
            self.kept["honest"] = True
        time.sleep(max(0.0, self.last_liar + 1.05 - time.monotonic()) if self.last_liar else 1.05)
        self.last_liar = time.monotonic()


def _is_passed_over(found: Found) -> bool:
    """Return whether the node asks the peer no more for a while, and says so or what it kept."""
    if found[0] == 200:
        return bool(found[1]["view"]["freshness"] == "stale")
    return told_code(found) == "peer_circuit_open"


def _sent(request: outbound.Request) -> outbound.Reply:
    """Send by the one door; an address that is too long for it, by hand: the length is tried."""
    if len(request.url) <= ADDRESS_LENGTH_MAX:
        return outbound.ask(request, limits=LIMITS)
    parts = urlsplit(request.url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc, timeout=LIMITS.total_seconds)
    try:
        connection.request(request.method, request.url.partition(parts.netloc)[2])
        reply = connection.getresponse()
        headers = {name.lower(): value for name, value in reply.getheaders()}
        return outbound.Reply(reply.status, headers, reply.read(LIMITS.reply_bytes_max))
    except (OSError, HTTPException) as error:
        message = f"no answer to a long address: {type(error).__name__}"
        raise CaseFailed(message) from error
    finally:
        connection.close()


def filled(text: str) -> str:
    """Return a row's text with its marks replaced."""
    marks = {"{10k}": "A" * 10_000, "{unknown}": UNKNOWN, "{ended}": ENDED}
    for mark, value in marks.items():
        text = text.replace(mark, value)
    return text
