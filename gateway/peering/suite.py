"""
The conformance suite: what a node must answer, asked over HTTP as a stranger asks.

It needs an address and nothing else; with a node's code and a key that the other side admitted as a
peer's, the signed cases run, too. Each case is one request or a few, and says what it saw.
"""

import base64
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common import outbound, statements
from common.errors import Refusal
from gateway.contracts import KeyPurpose
from gateway.peering.rules import httpsig
from gateway.rules import keysets

LIMITS: Final = outbound.Limits(total_seconds=10.0, reply_bytes_max=16 * 1024 * 1024)
BAD_CODE: Final = "SP2-R31000-0A7K-0003-A-B-00000002-0"  # its check character is of another
SPOILT: Final = {
    "A02": ("full-width digits", BAD_CODE.replace("2-0", "２-0")),
    "A03": ("homoglyphs", BAD_CODE.replace("-A-", "-\u0410-")),
    "A05": ("right-to-left mark", BAD_CODE + "\u200f"),
    "A06": ("escaped zero", BAD_CODE + "%00"),
    "A07": ("ten kilobytes", "SP2-" + "A" * 10_000),
    "A08": ("a slip of one digit", BAD_CODE),
}


class CaseFailed(Exception):  # noqa: N818 - a finding about the other side, no error of ours
    """A case saw something else than it must."""


@dataclass(frozen=True, slots=True)
class SuiteTarget:
    """Whom the suite asks, and as whom."""

    url: str
    code: str = ""  # one that the node answers for
    node: str = ""  # as which admitted peer
    key: Ed25519PrivateKey | None = None


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What a case saw."""

    id: str
    name: str
    ok: bool
    seen: str
    ms: int


def run(target: SuiteTarget, *, only: str = "") -> dict[str, Any]:
    """Run the cases that apply; return the report."""
    results = [each for each in _results(target) if not only or each.id == only]
    return {
        "format": "suanpan-conformance/1",
        "url": target.url,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "passed": sum(each.ok for each in results),
        "failed": sum(not each.ok for each in results),
        "skipped": [] if target.key else ["D: no key of an admitted peer was given"],
        "cases": [
            {"id": e.id, "name": e.name, "ok": e.ok, "seen": e.seen, "ms": e.ms} for e in results
        ],
    }


def _results(target: SuiteTarget) -> Iterator[CaseResult]:
    for case_id, name, check in _cases(target):
        began = time.monotonic()
        try:
            seen, ok = check(), True
        except CaseFailed as failed:
            seen, ok = str(failed), False
        except Refusal as refusal:
            seen, ok = refusal.code, False
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            seen, ok = f"unreadable: {type(error).__name__}", False
        yield CaseResult(case_id, name, ok, seen, round((time.monotonic() - began) * 1000))


def _cases(target: SuiteTarget) -> Iterator[tuple[str, str, Callable[[], str]]]:
    suite = _Suite(target)
    for case_id, (name, code) in SPOILT.items():
        yield case_id, name, lambda code=code: suite.refuses_code(code)  # type: ignore[misc]
    yield "C25", "set of keys is signed by its root", suite.keyset_is_signed
    yield "C30", "statements are in their one writing", suite.keyset_is_canonical
    yield "D35", "no signature", lambda: suite.peer_refuses({}, 401, "signature_missing")
    yield "D40", "another host", suite.other_host
    yield "D43", "unknown key", suite.unknown_key
    yield "E48", "a batch of strangers", suite.batch_is_closed
    yield "E49", "unknown code is denied", suite.negative
    yield "E51", "a nonce is no more than hexadecimal", suite.bad_nonce
    yield "F64", "a forged cursor", suite.forged_cursor
    yield "J92", "a witness refuses what is no checkpoint", suite.witness_malformed
    if target.code:
        yield "E46", "one code, its nonce and its validator", suite.resolves
        yield "E50", "the answer is about the code", suite.answers_the_code
    if target.key is not None:
        yield "D36", "replay", suite.replay
        yield "D37", "of another time", suite.expired
        yield "D38", "body swapped", suite.swapped_body
        yield "D41", "a component missing", suite.missing_component
        yield "H75", "a gap, and no push", suite.push_gap


class _Suite:
    """The checks, each returning what it saw."""

    def __init__(self, target: SuiteTarget) -> None:
        self.target = target
        self.authority = urlsplit(target.url).netloc

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any, Mapping[str, str]]:
        sent = {"content-type": "application/json"} if body else {}
        request = outbound.Request(
            method, f"{self.target.url}{path}", sent | dict(headers or {}), body
        )
        reply = outbound.ask(request, limits=LIMITS)
        try:
            return reply.status, json.loads(reply.body or b"null"), reply.headers
        except ValueError:
            return reply.status, None, reply.headers

    def expect(self, found: tuple[int, Any, Mapping[str, str]], status: int, code: str = "") -> str:
        told = found[1].get("code", "") if isinstance(found[1], dict) else ""
        if found[0] != status or (code and told != code):
            message = f"{found[0]} {told}, not {status} {code}".strip()
            raise CaseFailed(message)
        return f"{found[0]} {told}".strip()

    def refuses_code(self, code: str) -> str:
        path = f"/api/gateway/v1/resolve?code={quote(code, safe='')}"
        status, content, _headers = self.ask("GET", path)
        told = content.get("code", "") if isinstance(content, dict) else ""
        if status not in (400, 414) or (status == 400 and not told.startswith("identifier")):
            message = f"{status} {told}, not a refusal that names the slip"
            raise CaseFailed(message)
        return f"{status} {told}"

    def keyset(self) -> tuple[Mapping[str, Any], Any]:
        status, content, _headers = self.ask("GET", "/api/gateway/v1/keys")
        if status != 200:
            message = f"{status} at /keys"
            raise CaseFailed(message)
        return content, statements.parse(content["keyset"]["text"])

    def keyset_is_signed(self) -> str:
        content, said = self.keyset()
        root = base64.b64decode(content["pin"]["public_key"], validate=True)
        name = f"{said.issuer}/root"
        signed = content["keyset"]
        statements.require_signature(signed["text"], signed["signatures"], {name: root}, name=name)
        usable = keysets.usable(said.body, purpose=KeyPurpose.ANSWER, at=datetime.now(UTC))
        if not usable:
            message = "no key signs answers"
            raise CaseFailed(message)
        return f"{said.issuer}: {len(said.body['keys'])} keys"

    def keyset_is_canonical(self) -> str:
        _content, said = self.keyset()
        return str(said.digest)

    def peer_refuses(self, headers: Mapping[str, str], status: int, code: str) -> str:
        found = self.ask("GET", PEER_PATH, headers=headers)
        return self.expect(found, status, code)

    def signed(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        at: int = 0,
        authority: str = "",
        key: Ed25519PrivateKey | None = None,
        nonce: str = "",
    ) -> dict[str, str]:
        bare, _mark, query = path.partition("?")
        node = self.target.node or "P99999"
        headers = {"suanpan-node": node, "suanpan-epoch": "1"}
        if body:
            headers["content-type"] = "application/json"
        message = httpsig.HttpMessage(
            method, authority or self.authority, bare, query, headers, body
        )
        added = httpsig.sign(
            message,
            key_name=f"{node}/http",
            private=key or self.target.key or Ed25519PrivateKey.generate(),
            now=at or int(time.time()),
            nonce=nonce or statements.new_salt(),
        )
        return headers | added

    def other_host(self) -> str:
        headers = self.signed("GET", PEER_PATH, authority="evil.example")
        status, content, _headers = self.ask("GET", PEER_PATH, headers=headers)
        told = content.get("code", "") if isinstance(content, dict) else ""
        if status not in (401, 403, 421):
            message = f"{status} {told}: taken"
            raise CaseFailed(message)
        return f"{status} {told}"

    def unknown_key(self) -> str:
        stranger = Ed25519PrivateKey.generate()
        found = self.ask("GET", PEER_PATH, headers=self.signed("GET", PEER_PATH, key=stranger))
        if found[0] not in (401, 403):
            message = f"{found[0]}: taken"
            raise CaseFailed(message)
        return self.expect(found, found[0])

    def batch_is_closed(self) -> str:
        found = self.ask("POST", "/api/gateway/v1/batch", b'{"codes":["x"]}')
        if found[0] not in (401, 403):
            message = f"{found[0]}: open to strangers"
            raise CaseFailed(message)
        return self.expect(found, found[0])

    def negative(self) -> str:
        found = self.ask("GET", f"/api/gateway/v1/resolve?code={UNKNOWN}&nonce=00ff&follow=0")
        told = self.expect(found, 404)
        if found[1]["code"] not in ("identifier_unknown", "no_authority"):
            raise CaseFailed(told)
        return told

    def bad_nonce(self) -> str:
        path = f"/api/gateway/v1/resolve?code={UNKNOWN}&nonce=zz"
        return self.expect(self.ask("GET", path), 400, "invalid_nonce")

    def forged_cursor(self) -> str:
        path = "/api/gateway/v1/search?cursor=forged"
        return self.expect(self.ask("GET", path), 400, "invalid_cursor")

    def witness_malformed(self) -> str:
        return self.expect(self.ask("POST", "/api/witness/v1/add-checkpoint", b"nothing"), 400)

    def resolves(self) -> str:
        nonce = statements.new_salt()
        path = f"/api/gateway/v1/resolve?code={quote(self.target.code)}"
        found = self.ask("GET", f"{path}&nonce={nonce}")
        self.expect(found, 200)
        said = statements.parse(found[1]["answer"]["text"])
        if said.body["asked"]["nonce"] != nonce:
            message = "the answer holds another nonce"
            raise CaseFailed(message)
        first = self.ask("GET", path)
        tag = first[2].get("etag", "")
        again = self.ask("GET", path, headers={"if-none-match": tag})
        if not tag or again[0] not in (200, 304):
            message = f"validator {tag!r}, then {again[0]}"
            raise CaseFailed(message)
        return f"200, {tag}, then {again[0]}"

    def answers_the_code(self) -> str:
        path = f"/api/gateway/v1/resolve?code={quote(self.target.code)}&follow=0"
        found = self.ask("GET", path)
        self.expect(found, 200)
        if "referral" in found[1]:
            return "a referral"
        row = statements.parse(found[1]["answer"]["text"]).body["row"]
        if row["code"] != self.target.code:
            message = f"about {row['code']}"
            raise CaseFailed(message)
        return str(row["status"]["value"])

    def replay(self) -> str:
        headers = self.signed("GET", PEER_PATH)
        first = self.ask("GET", PEER_PATH, headers=headers)
        if first[0] not in (200, 404):
            message = f"the first is refused: {self.expect(first, first[0])}"
            raise CaseFailed(message)
        return self.expect(self.ask("GET", PEER_PATH, headers=headers), 401, "signature_replayed")

    def expired(self) -> str:
        for at in (int(time.time()) - 100, int(time.time()) + 100):
            headers = self.signed("GET", PEER_PATH, at=at)
            told = self.peer_refuses(headers, 401, "signature_expired")
        return told

    def swapped_body(self) -> str:
        headers = self.signed("POST", "/api/peer/v1/push", b'{"a":1}')
        found = self.ask("POST", "/api/peer/v1/push", b'{"a":2}', headers)
        return self.expect(found, 401, "signature_invalid")

    def missing_component(self) -> str:
        headers = self.signed("GET", PEER_PATH)
        headers["signature-input"] = headers["signature-input"].replace('"@query" ', "")
        return self.peer_refuses(headers, 401, "signature_invalid")

    def push_gap(self) -> str:
        item = json.dumps({"text": "nothing", "signatures": []})
        body = f'{{"dataset":"register","first":999999999,"items":[{item}]}}'.encode()
        headers = self.signed("POST", "/api/peer/v1/push", body)
        found = self.ask("POST", "/api/peer/v1/push", body, headers)
        if found[0] == 403:
            return self.expect(found, 403, "right_missing")
        return self.expect(found, 409, "sequence_gap")


UNKNOWN: Final = "SP2-R31000-0A7K-0003-A-B-00000001-0"
PEER_PATH: Final = f"/api/peer/v1/resolve?code={UNKNOWN}&nonce=00ff"
