"""Checks of the conformance suite that take several steps, by the names that its rows give."""

import base64
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common import statements
from common.errors import Refusal
from gateway.batching import tree_root
from gateway.contracts import KeyPurpose
from gateway.peering.suite_asker import (
    PEER_PATH,
    UNKNOWN,
    Asker,
    Found,
    SuiteTarget,
    must_hold,
    told_code,
)
from gateway.peering.suite_items import faulty_item
from gateway.peering.suite_logs import LogInMemory
from gateway.rules import keysets
from identity.identifiers import vectors

SCRIPT: Final = Path(__file__).parents[1] / "verify_answer.py"
ACCEPTS: Final = timedelta(seconds=30)
PAGES_MAX: Final = 50
WALKED_MAX: Final = 2_000
WITNESS: Final = "/api/witness/v1/add-checkpoint"
BATCH: Final = "/api/gateway/v1/batch"
SEARCH: Final = "/api/gateway/v1/search"
GOOD: Final = (
    "SP2-R31000-0A7K-0003-A-B-00000001-0",
    "SP2-R52000-000C-0001-G-V-0000002Z-N",
    "SP1-91640500Y4CL12TH3M-I64-640500-A-B-NH1S004096-00000001-Q",
)


# --- A: identifiers ---------------------------------------------------------------------------
def published(asker: Asker) -> str:
    """Ask each published code: the good are read, the bad refused by their name."""
    listed = json.loads(vectors.published_vectors())["identifiers"]
    for each in listed:
        if not each["code"]:
            continue
        found = asker.resolve(each["code"], "&follow=0")
        told = told_code(found)
        if each["valid"]:
            must_hold(found[0] in (200, 404), f"{each['code']}: {found[0]} {told}")
        else:
            right = told in (each["error"], "query_too_long") or found[0] == 414
            must_hold(right, f"{each['name']}: {found[0]} {told}, not {each['error']}")
    return f"{len(listed)} codes"


def slips(asker: Asker) -> str:
    """Change one character at each place of three codes: each is refused as a code."""
    tried = 0
    for code in GOOD:
        for at, character in enumerate(code):
            other = "1" if character != "1" else "2"
            found = asker.resolve(code[:at] + other + code[at + 1 :], "&follow=0")
            told = told_code(found)
            is_right = found[0] == 400 and told.startswith("identifier_")
            must_hold(is_right, f"{code} at {at}: {found[0]} {told}")
            tried += 1
    return f"{tried} slips"


def texts_are_nfc(asker: Asker) -> str:
    """Read the node's set of keys, which must be in its one writing."""
    return str(_keyset(asker)[1].digest)


# --- B, C: what is signed ---------------------------------------------------------------------
def _keyset(asker: Asker) -> tuple[Mapping[str, Any], statements.SaidStatement]:
    if "keyset" not in asker.kept:
        found = asker.ask("GET", "/api/gateway/v1/keys")
        asker.expect(found, 200)
        asker.kept["keyset"] = found[1], statements.parse(found[1]["keyset"]["text"])
    return asker.kept["keyset"]  # type: ignore[no-any-return]


def _verified(asker: Asker, carried: Mapping[str, Any], purpose: KeyPurpose) -> Mapping[str, Any]:
    """Return the body of a statement that the node's key for a purpose signed."""
    _content, keys = _keyset(asker)
    usable = keysets.usable(keys.body, purpose=purpose, at=datetime.now(UTC))
    name = f"{keys.issuer}/{purpose.value}"
    statements.require_signature(carried["text"], carried["signatures"], usable, name=name)
    return statements.parse(carried["text"]).body


def keyset_is_signed(asker: Asker) -> str:
    """Verify the set of keys under its root, and see that a byte flipped in a line is found."""
    content, said = _keyset(asker)
    root = base64.b64decode(content["pin"]["public_key"], validate=True)
    name = f"{said.issuer}/root"
    text, lines = content["keyset"]["text"], content["keyset"]["signatures"]
    statements.require_signature(text, lines, {name: root}, name=name)
    usable = keysets.usable(said.body, purpose=KeyPurpose.ANSWER, at=datetime.now(UTC))
    must_hold(usable, "no key signs answers")
    for old, new in ((" keyset", " keysat"), (said.issuer, "Z00000"), ('"epoch"', '"epich"')):
        try:
            spoilt = text.replace(old, new)
            statements.require_signature(spoilt, lines, {name: root}, name=name)
        except Refusal:
            continue
        must_hold(is_so=False, message=f"{old.strip()} changed, and the signature holds")
    return f"{said.issuer}: {len(said.body['keys'])} keys"


def passport(asker: Asker) -> str:
    """Fetch a code's file and verify it offline, by the script that strangers use."""
    found = asker.resolve(asker.target.code, "&proof=1&nonce=00ff")
    asker.expect(found, 200)
    pin = _keyset(asker)[0]["pin"]
    node = pin["name"].partition("/")[0]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answer.json"
        file.write_text(json.dumps(found[1]), encoding="utf-8")
        root = f"{node}={pin['public_key']}"
        command = [sys.executable, str(SCRIPT), str(file), "--root", root, "--json"]
        done = subprocess.run(  # noqa: S603 - our own script
            command, capture_output=True, text=True, timeout=60, check=False
        )
    told = json.loads(done.stdout)
    must_hold(told["ok"], str(told.get("fault")))
    return f"{told['code']} is {told['status']}"


def statement_as_checkpoint(asker: Asker) -> str:
    """Offer a statement where a checkpoint belongs."""
    content, _said = _keyset(asker)
    text = content["keyset"]["text"] + "\n" + content["keyset"]["signatures"][0] + "\n"
    found = asker.ask("POST", WITNESS, f"old 0\n\n{text}".encode())
    return asker.among(found, (400, 404), ("checkpoint_malformed", "log_unknown"))


def hides(asker: Asker) -> str:
    """See that nothing hidden is told unasked."""
    nonce = statements.new_salt()
    found = asker.resolve(asker.target.code, f"&nonce={nonce}")
    asker.expect(found, 200)
    must_hold(not found[1].get("disclosures"), "disclosures are told to a stranger")
    must_hold("no-store" in found[2].get("cache-control", ""), "an answer with a nonce may be kept")
    if found[1].get("record"):
        body = statements.parse(found[1]["record"]["text"]).body
        must_hold("uscc" not in body, "the record names the credit code")
    asked = asker.ask("GET", f"/api/gateway/v1/disclosures?code={asker.target.code}")
    return asker.among(asked, (401, 403))


# --- D: transport -----------------------------------------------------------------------------
def forwarded(asker: Asker) -> str:
    """See that forged headers of a proxy change no answer."""
    plain = asker.ask("GET", "/api/gateway/v1/keys")
    forged = asker.ask(
        "GET",
        "/api/gateway/v1/keys",
        headers={
            "x-forwarded-host": "evil.example",
            "x-forwarded-for": "127.0.0.1, 10.0.0.1",
            "forwarded": "for=127.0.0.1;host=evil.example",
        },
    )
    asker.expect(plain, 200)
    asker.expect(forged, 200)
    must_hold("evil.example" not in json.dumps(forged[1]), "a forged host is told")
    must_hold(plain[1] == forged[1], "forged headers change the answer")
    return "200, alike"


def replay(asker: Asker) -> str:
    """Send one signed request twice."""
    headers = asker.signed("GET", PEER_PATH)
    first = asker.ask("GET", PEER_PATH, headers=headers)
    must_hold(first[0] in (200, 404), f"the first is refused: {first[0]} {told_code(first)}")
    return asker.expect(asker.ask("GET", PEER_PATH, headers=headers), 401, "signature_replayed")


def unknown_keys(asker: Asker) -> str:
    """Sign five requests by keys that nobody knows: the node's keys are fetched once at most."""
    liar = asker.target.liar
    assert liar is not None
    before = liar.asked.count("/api/gateway/v1/keys")
    known, told = asker.target, ""
    for _turn in range(5):
        stranger = Ed25519PrivateKey.generate()
        asker.target = replace_key(known, stranger)
        try:
            found = asker.ask("GET", PEER_PATH, headers=asker.signed("GET", PEER_PATH))
        finally:
            asker.target = known
        told = asker.among(found, (401, 403))
    fetched = liar.asked.count("/api/gateway/v1/keys") - before
    must_hold(fetched <= 1, f"{fetched} fetches for five unknown keys")
    return f"{told}; {fetched} fetches"


def replace_key(target: SuiteTarget, key: Ed25519PrivateKey) -> SuiteTarget:
    """Return the target with another http key."""
    return replace(target, key=key)


# --- E: resolving -----------------------------------------------------------------------------
def resolves(asker: Asker) -> str:
    """Resolve one code: signed, with its nonce, of this moment; its validator stays."""
    nonce = statements.new_salt()
    found = asker.resolve(asker.target.code, f"&nonce={nonce}")
    asker.expect(found, 200)
    body = _verified(asker, found[1]["answer"], KeyPurpose.ANSWER)
    must_hold(body["asked"]["nonce"] == nonce, "the answer holds another nonce")
    at = datetime.fromisoformat(body["at"])
    must_hold(abs(datetime.now(UTC) - at) <= ACCEPTS, f"the answer is of {body['at']}")
    first, second = (asker.resolve(asker.target.code) for _turn in range(2))
    tag = first[2].get("etag", "")
    must_hold(tag and tag == second[2].get("etag"), f"validators {tag} {second[2].get('etag')}")
    path = f"/api/gateway/v1/resolve?code={asker.target.code}"
    again = asker.ask("GET", path, headers={"if-none-match": tag})
    asker.among(again, (200, 304))
    return f"200, {tag}, then {again[0]}"


def answers_the_code(asker: Asker) -> str:
    """See that row and record are about the code, and the record is the one that is named."""
    found = asker.resolve(asker.target.code, "&follow=0")
    asker.expect(found, 200)
    if "referral" in found[1]:
        return "a referral"
    row = _verified(asker, found[1]["answer"], KeyPurpose.ANSWER)["row"]
    must_hold(row["code"] == asker.target.code, f"about {row['code']}")
    record = found[1].get("record")
    if row["record"] is not None:
        must_hold(record, "the record is missing")
        body = _verified(asker, record, KeyPurpose.REGISTER)
        must_hold(body["code"] == asker.target.code, f"the record is about {body['code']}")
        must_hold(statements.digest(record["text"]) == row["record"], "another record is shown")
    return str(row["status"]["value"])


def negative(asker: Asker) -> str:
    """Ask for a code that nobody has: a denial, signed where the node answers for it."""
    found = asker.resolve(UNKNOWN, "&nonce=00ff&follow=0")
    if found[0] == 200 and "referral" in found[1]:
        return "a referral"
    told = asker.among(found, (404,), ("identifier_unknown", "no_authority"))
    if told_code(found) == "identifier_unknown":
        body = _verified(asker, found[1]["negative"], KeyPurpose.ANSWER)
        must_hold(body["code"] == UNKNOWN, f"the denial is of {body['code']}")
    kept = found[2].get("cache-control", "")
    long = [part for part in kept.replace(" ", "").split(",") if part.startswith("max-age=")]
    must_hold(not long or int(long[0][8:]) <= 10, f"a denial is kept: {kept}")
    return told


def _batch(asker: Asker, codes: list[str], **more: Any) -> Any:
    body = json.dumps({"codes": codes} | more).encode()
    return asker.bytes_of("POST", BATCH, body, {"authorization": f"Bearer {asker.target.token}"})


def batch(asker: Asker) -> str:
    """Ask for a thousand codes, three of them slips: order, errors, root and signature."""
    codes = [f"SP2-R31000-0A7K-0003-A-B-{number:08d}-0" for number in range(997)]
    codes[500:500] = ["x", GOOD[0][:-1] + "１", "SP9-" + GOOD[0][4:]]
    nonce = statements.new_salt()
    reply = _batch(asker, codes, nonce=nonce)
    must_hold(reply.status == 200, f"{reply.status}")
    *lines, last = reply.body.rstrip(b"\n").split(b"\n")
    rows = [json.loads(line) for line in lines]
    must_hold([row["code"] for row in rows] == codes, "not in the order that was asked")
    named = [row["error"]["code"] for row in rows[500:503]]
    must_hold(all(code.startswith("identifier_") for code in named), f"slips are told as {named}")
    said = _verified(asker, json.loads(last)["answer"], KeyPurpose.ANSWER)
    leaves = [hashlib.sha256(b"\0" + line).digest() for line in lines]
    must_hold(said["size"] == 1000 and said["root"] == tree_root(leaves).hex(), "another root")
    must_hold(said["asked"]["nonce"] == nonce, "another nonce")
    return "1,000 rows, 3 slips named"


def batch_limits(asker: Asker) -> str:
    """Ask for 1,001 codes, none, and one twice; and ask as a stranger."""
    many = [f"SP2-R31000-0A7K-0003-A-B-{number:08d}-0" for number in range(1001)]
    for codes in (many, [], [GOOD[0], GOOD[0]]):
        reply = _batch(asker, codes)
        must_hold(reply.status in (400, 413, 422), f"{len(codes)} codes: {reply.status}")
    stranger = asker.ask("POST", BATCH, json.dumps({"codes": [GOOD[0]]}).encode())
    return asker.among(stranger, (401, 403))


def others_meanwhile(asker: Asker) -> str:
    """While a peer stalls, ask for the node's own keys: they come at once."""
    liar = asker.target.liar
    assert liar is not None
    if not asker.target.with_slow:
        return "not tried"
    liar.mode = "stall"
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(asker.resolve, asker.target.under)
        time.sleep(0.1)
        began = time.monotonic()
        found = asker.ask("GET", "/api/gateway/v1/keys")
        taken = round((time.monotonic() - began) * 1000)
        waiting.result()
    liar.mode = "honest"
    asker.expect(found, 200)
    must_hold(taken < 800, f"others waited {taken} ms")
    return f"others: {taken} ms"


# --- F: searching -----------------------------------------------------------------------------
def _walked(asker: Asker, query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor = ""
    for _page in range(PAGES_MAX):
        found = asker.ask(
            "GET", f"{SEARCH}?{query}&cursor={cursor}" if cursor else f"{SEARCH}?{query}"
        )
        asker.expect(found, 200)
        _verified(asker, found[1]["answer"], KeyPurpose.ANSWER)
        rows += found[1]["rows"]
        cursor = found[1]["next"]
        if not cursor or len(rows) >= WALKED_MAX:
            break
    return rows


def walks(asker: Asker) -> str:
    """Walk by code and by level in small and large pages: the same codes, once each."""
    by_code = [row["code"] for row in _walked(asker, "limit=200&sort=code")]
    must_hold(by_code == sorted(set(by_code)), "codes come twice, or out of their order")
    if len(by_code) < WALKED_MAX:
        pages = max(2, len(by_code) // 20)
        by_level = [row["code"] for row in _walked(asker, f"limit={min(pages, 200)}&sort=level")]
        is_whole = sorted(by_level) == by_code
        must_hold(
            is_whole, f"by level {len(set(by_level))} of {len(by_level)}, by code {len(by_code)}"
        )
    return f"{len(by_code)} codes"


def cursors(asker: Asker) -> str:
    """Take a cursor to another search, and cut it."""
    found = asker.ask("GET", f"{SEARCH}?limit=1")
    asker.expect(found, 200)
    cursor = found[1]["next"]
    if not cursor:
        return "fewer than two codes: no cursor"
    for query in (f"limit=1&resource_class=HPC&cursor={cursor}", f"limit=1&cursor={cursor[:-2]}"):
        told = asker.expect(asker.ask("GET", f"{SEARCH}?{query}"), 400, "invalid_cursor")
    return told


def facets(asker: Asker) -> str:
    """Count what is found by class, and compare with the counts that are told."""
    found = asker.ask("GET", f"{SEARCH}?limit=1&facets=true")
    asker.expect(found, 200)
    told = found[1]["facets"]["resource_class"]
    counted = {str(name): int(count) for name, count in _pairs(told)}
    if found[1]["is_capped"] or sum(counted.values()) > WALKED_MAX:
        return f"{sum(counted.values())} or more: not recounted"
    for name, count in counted.items():
        rows = _walked(asker, f"limit=200&resource_class={name}")
        must_hold(len(rows) == count, f"{name}: {len(rows)}, told {count}")
    return f"{sum(counted.values())} codes"


def _pairs(told: Any) -> list[tuple[Any, Any]]:
    if isinstance(told, Mapping):
        return list(told.items())
    return [(each["value"], each["count"]) for each in told]


# --- H: what goes upward ----------------------------------------------------------------------
def push_gap(asker: Asker) -> str:
    """Leave a hole; the missing number is told."""
    return f"409 sequence_gap, {asker.next_number()} expected"


def push_again(asker: Asker) -> str:
    """Push one batch twice: one receipt; other items under its numbers are refused."""
    first = asker.next_number()
    item = faulty_item("foreign_record", node=asker.target.node)
    once, again = (asker.push([item], first=first) for _turn in range(2))
    asker.expect(once, 200)
    asker.expect(again, 200)
    must_hold(once[1] == again[1], "the same batch has two receipts")
    said = _verified(asker, once[1]["receipt"], KeyPurpose.ANSWER)
    must_hold((said["first"], said["last"]) == (first, first), "the receipt names other numbers")
    other = faulty_item("spaces", node=asker.target.node)
    return asker.expect(asker.push([other], first=first), 409, "push_conflict")


# --- J: witnesses -----------------------------------------------------------------------------
def _post(asker: Asker, body: bytes) -> Found:
    reply = asker.bytes_of("POST", WITNESS, body, {"content-type": "application/octet-stream"})
    told = reply.body.decode(errors="replace").strip()
    if reply.headers.get("content-type", "").startswith("application/problem"):
        return reply.status, json.loads(told), reply.headers
    return reply.status, told, reply.headers


def _log(asker: Asker) -> LogInMemory:
    """Return the log of this run, cosigned at eight entries, whatever was cosigned before."""
    if "log" not in asker.kept:
        key = asker.target.log_key
        assert key is not None
        log = LogInMemory(asker.target.log_origin, key).grow(8)
        found = _post(asker, log.request(0))
        if found[0] == 409 and str(found[1]).isdigit():
            log.grow(max(0, int(found[1]) - 8) + 8)
            found = _post(asker, log.request(int(found[1])))
        asker.expect(found, 200)
        asker.kept["log"] = log
    return asker.kept["log"]  # type: ignore[no-any-return]


def unknown_log(asker: Asker) -> str:
    """Offer the checkpoint of a log that nobody named."""
    stranger = LogInMemory("nobody.example/log", Ed25519PrivateKey.generate()).grow(2)
    return asker.expect(_post(asker, stranger.request(0)), 404)


def witness_statuses(asker: Asker) -> str:
    """Ask for each status of the protocol."""
    log = _log(asker)
    held = len(log.leaves)
    log.grow(3)
    thief = LogInMemory(log.origin, Ed25519PrivateKey.generate(), list(log.leaves))
    wanted = (
        (403, thief.request(held)),
        (409, log.request(0)),
        (422, log.request(held, proof=[bytes(32)])),
        (400, log.request(held + 99, proof=[])),
        (200, log.request(held)),
    )
    for status, body in wanted:
        found = _post(asker, body)
        asker.expect(found, status)
        must_hold(status != 409 or found[1] == str(held), f"told {found[1]}, cosigned {held}")
    return "403, 409, 422, 400, 200"


def witness_race(asker: Asker) -> str:
    """Go on from one size 64 times at once, with different histories: one is cosigned."""
    log = _log(asker)
    held = len(log.leaves)
    histories = [
        LogInMemory(log.origin, log.private, list(log.leaves)).grow(1 + number, f"run {number}")
        for number in range(64)
    ]
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda each: _post(asker, each.request(held))[0], histories))
    taken = [each for each, status in zip(histories, found, strict=True) if status == 200]
    must_hold(len(taken) == 1, f"{len(taken)} were cosigned")
    asker.kept["log"] = taken[0]
    return f"1 of {len(found)}"


def witness_fork(asker: Asker) -> str:
    """Offer another root of the size that was cosigned."""
    log = _log(asker)
    held = len(log.leaves)
    fork = LogInMemory(log.origin, log.private).grow(held, "rewritten")
    asker.expect(_post(asker, fork.request(held)), 409)
    found = asker.ask("GET", "/api/witness/v1/conflicts")
    asker.expect(found, 200)
    must_hold(log.origin in json.dumps(found[1]), "the fork is not kept")
    return "409, kept"


def witness_unknown_type(asker: Asker) -> str:
    """Send a checkpoint that bears another's signature of an unknown type, too."""
    log = _log(asker)
    held = len(log.leaves)
    log.grow(1)
    strange = base64.b64encode(bytes([6]) * 40).decode()
    body = log.request(held) + f"— somebody.example {strange}\n".encode()
    return asker.expect(_post(asker, body), 200)


CHECKS: Final[Mapping[str, Callable[[Asker], str]]] = {
    each.__name__: each
    for each in (
        answers_the_code,
        batch,
        batch_limits,
        cursors,
        facets,
        forwarded,
        hides,
        keyset_is_signed,
        negative,
        others_meanwhile,
        passport,
        push_again,
        push_gap,
        replay,
        resolves,
        slips,
        statement_as_checkpoint,
        texts_are_nfc,
        unknown_keys,
        unknown_log,
        walks,
        witness_fork,
        witness_race,
        witness_statuses,
        witness_unknown_type,
    )
} | {"vectors": published}
