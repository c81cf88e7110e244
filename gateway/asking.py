"""
Resolving a code: here, or by asking the node that answers for it, one at a time.

Reads and writes are short; between them, outside any transaction, another node is asked. Whatever
it says is believed only under its own keys, whose root two people took, or a grant names.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlencode

import structlog

from common import clock, statements, tenancy
from common.errors import Refusal
from common.statements import SaidStatement
from gateway import answering, countersigned, counting, fetching, selectors, services
from gateway.answering import KnownCode
from gateway.contracts import (
    IdentifierUnknown,
    KeyPurpose,
    KnownHost,
    NoAuthority,
    NodeKind,
    PeerAnswerRefused,
    PeerCircuitOpen,
    PeerTimeout,
    is_stand_alone,
    own_code,
)
from gateway.peering import outgoing
from gateway.peering import selectors as peering_selectors
from gateway.rules import believing, records, referral, renewals
from gateway.rules.believing import Believed, Carry
from gateway.rules.referral import GrantedPrefix, Trail
from identity import selectors as identity_selectors

logger = structlog.get_logger(__name__)
KEEP_SECONDS: Final = 2
KEEP_OTHERS_SECONDS: Final = 1  # it was kept here for up to a second already
REPLY_BYTES_MAX: Final = 256 * 1024
RENAMES_MAX: Final = 4  # that are followed


@dataclass(frozen=True, slots=True)
class CodeAnswer:
    """An answer as it goes out: status, content, its validator, and how long others may keep it."""

    content: Mapping[str, Any] | None
    status: int = 200
    etag: str = ""
    keep_seconds: int = KEEP_SECONDS


def resolve(
    code: str, *, nonce: str, follow: bool, with_proof: bool, unless: str = ""
) -> CodeAnswer:
    """
    Answer for a code: with a signed row, or the grant of who does.

    `follow` asks that node, and goes on to what the code gave way to; `unless` is the validator
    that the caller has.

    :raises InvalidIdentifier: naming the slip
    :raises IdentifierUnknown: with a signed negative, if the node that answers for it says so
    :raises NoAuthority: if no grant covers it
    :raises PeerAnswerRefused, PeerTimeout, PeerCircuitOpen: if another node fails, and is named
    :raises ReferralLoop, ReferralTooDeep: if nodes refer in circles
    """
    asked = _Asked(nonce, follow, with_proof, time.monotonic() + referral.BUDGET_SECONDS)
    found = _resolve_one(code, asked)
    if follow:
        found = _with_current(found, asked, seen=(code,))
    if unless and found.etag in [each.strip() for each in unless.split(",")]:
        return replace(found, content=None, status=304)
    return found


def authority(code: str) -> str:
    """Return who answers for a code, asked anew; what it says is kept. Empty if nobody can say."""
    try:
        found = resolve(code, nonce="", follow=True, with_proof=False)
    except Refusal:
        return ""
    return str((found.content or {}).get("view", {}).get("authority", ""))


@dataclass(frozen=True, slots=True)
class _Asked:
    """How a code is asked for, and until when (monotonic seconds)."""

    nonce: str
    follow: bool
    with_proof: bool
    ends_at: float


def _with_current(found: CodeAnswer, asked: _Asked, *, seen: tuple[str, ...]) -> CodeAnswer:
    """
    Add what a code gave way to, as it is answered now: where it is one code, four steps at most.

    `followed` says how that ended: `current`, `split`, `renamed_too_often`, `rename_loop`, or the
    code of the refusal.
    """
    content = dict(found.content or {})
    renamed = content.get("view", {}).get("renamed")
    if renamed is None:
        return found
    current, (first, *others) = None, renamed["to"]
    if others:
        told = "split"
    elif first in seen:
        told = "rename_loop"
    elif len(seen) > RENAMES_MAX:
        told = "renamed_too_often"
    else:
        try:
            current = _resolve_one(first, asked)
            current = _with_current(current, asked, seen=(*seen, first))
            told = "current"
        except Refusal as refusal:
            told = refusal.code
    tag = (
        f'W/"{sha256(f"{found.etag} {told} {current and current.etag}".encode()).hexdigest()[:32]}"'
    )
    return replace(
        found,
        content=content | {"current": current and current.content, "followed": told},
        etag=tag,
        keep_seconds=KEEP_OTHERS_SECONDS,
    )


def _resolve_one(code: str, asked: _Asked) -> CodeAnswer:
    identity_selectors.require_identifier(code)
    now = clock.now()
    found = answering.known([code]).get(code)
    if found is not None and found.is_own:
        return _answer(found, asked, now=now)
    grants = selectors.covering_grants(code)
    trail = referral.begin(
        code,
        own=own_code(),
        grants=[
            GrantedPrefix(said.body["prefix"], said.body["host"])
            for _row, said in grants
            if believing.holds(said.body, now=now)
        ],
        parent=_first_asked(),
    )
    if trail is None:
        is_ours = bool(grants) or is_stand_alone()
        raise _unknown(code, nonce=asked.nonce, now=now, is_ours=is_ours)
    if not asked.follow:
        return _refer(code, grants, now)
    if found is not None and answering.row_of(found, now=now)["freshness"] == "live":
        return _answer(found, asked, now=now)
    try:
        with counting.counted_referral():
            believed = _follow(trail, asked.ends_at)
    except (PeerTimeout, PeerCircuitOpen):
        if found is None or answering.row_of(found, now=now)["freshness"] == "unknown":
            raise
        return _answer(found, asked, now=now)
    fresh = answering.known([code])[code]
    return _answer(fresh, asked, now=clock.now(), source=believed)


def _first_asked() -> str:
    """Return who is asked about what no known grant covers: the national node, else the parent."""
    hosts = selectors.known_hosts()
    return next((code for code in hosts if code[0] == NodeKind.NATIONAL), selectors.parent_code())


def own_keys(*, now: datetime) -> dict[str, Any] | None:
    """Return this node's root and set of keys as others take them; None before the first set."""
    node, keyset = selectors.node(own_code()), selectors.own_keyset()
    if keyset is None or node is None:
        with tenancy.acting_as_platform():
            keyset = services.publish_keyset(now=now)
        node = selectors.node(own_code())
    if node is None:
        return None
    return {
        "keyset": records.as_json(keyset.text, keyset.signatures),
        "kind": node.kind,
        "pin": {"name": f"{node.code}/root", "public_key": services.encoded_root(node)},
    }


def _answer(
    known: KnownCode, asked: _Asked, *, now: datetime, source: Believed | None = None
) -> CodeAnswer:
    path = () if known.is_own else (own_code(),)
    registered = known.registered_code
    step = (
        selectors.rename_steps([registered]).get(registered) if known.status == "RENAMED" else None
    )
    row = answering.row_of(known, now=now, path=path, renamed=step)
    keep_seconds = KEEP_SECONDS if known.is_own else KEEP_OTHERS_SECONDS
    body: dict[str, Any] = {"asked": {"nonce": asked.nonce}, "at": now, "row": row}
    grants = _chain(known.code)
    record = _record(known)
    content: dict[str, Any] = {
        "view": row,
        "answer": answering.signed(body),
        "record": record,
        "chain": [grant.digest for grant in grants],
        "disclosures": [],
    }
    if step is not None and step.digest is not None:
        content["rename"] = records.as_json(step.text, step.signatures)
        content["renewals"] = _renewals(step.digest)
    if source is not None:
        content["authority_answer"] = source.answer
    if asked.with_proof:
        issuers = dict.fromkeys([*(grant.issuer for grant in grants), known.authority, own_code()])
        content["grants"] = [records.as_json(each.text, each.signatures) for each in grants]
        content["keysets"] = [
            records.as_json(each.text, each.signatures)
            for each in map(selectors.keyset, issuers)
            if each is not None
        ]
        content["bindings"] = _bindings(record)
        beside = [*content["bindings"], *content["grants"]]
        again = _renewals(*(statements.digest(each["text"]) for each in beside))
        content["renewals"] = [*content.get("renewals", ()), *again]
    return CodeAnswer(content, etag=answering.etag(row), keep_seconds=keep_seconds)


def _bindings(record: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return which keys the owner of a record has, as the node signed it."""
    said = statements.parse(record["text"]) if record else None
    owner = said.body["owner"].get("code") if said and "owner" in said.body else None
    bound = (
        selectors.latest("binding", subject=owner, issuer=said.issuer) if said and owner else None
    )
    return [records.as_json(bound.text, bound.signatures)] if bound else []


def _renewals(*digests: str) -> list[dict[str, Any]]:
    """Return by what nodes bear texts out anew, whose keys are over."""
    return [records.as_json(each.text, each.signatures) for each in selectors.renewals(*digests)]


def _record(known: KnownCode) -> dict[str, Any] | None:
    return dict(json.loads(known.record_json)) if known.record_json else None


def _chain(code: str) -> list[Any]:
    return [statement for statement, _said in selectors.covering_grants(code)]


def _unknown(code: str, *, nonce: str, now: datetime, is_ours: bool) -> Exception:
    """Return how a code is refused that nothing is registered under."""
    if not is_ours:
        return NoAuthority(field="code", code_asked=code)
    body = {
        "asked": {"nonce": nonce},
        "at": statements.moment(now),
        "authority": own_code(),
        "code": code,
    }
    said = answering.signed(body, statement_type="negative")
    return IdentifierUnknown(field="code", negative=said)


def _refer(code: str, grants: Sequence[tuple[Any, SaidStatement]], now: datetime) -> CodeAnswer:
    # What a node below granted is that node's to say: who asks knows this one's keys.
    for statement, said in sorted(grants, key=lambda one: one[1].issuer != own_code()):
        if believing.holds(said.body, now=now):
            carried = records.as_json(statement.text, statement.signatures)
            again = _renewals(statement.digest)
            content = {"referral": carried} | ({"renewals": again} if again else {})
            return CodeAnswer(content, keep_seconds=60)
    raise NoAuthority(field="code", code_asked=code)


def _follow(trail: Trail, ends_at: float, *, is_end: bool = False) -> Believed:
    """
    Ask node after node until one answers for itself, and keep what it said with its proof.

    Of what a code leads to (`is_end`) only the grants on the way are kept.

    :raises PeerAnswerRefused, PeerTimeout, PeerCircuitOpen: naming the node that failed
    """
    hosts = peering_selectors.hosts()
    while True:
        host = hosts.get(trail.host)
        if host is None:
            raise PeerAnswerRefused(node=trail.host, reason="host_unknown")
        nonce = statements.new_salt()
        try:
            reply = _ask(host, trail.code, nonce, ends_at)
            outcome = _believe(host, reply, trail.code, nonce, ends_at)
            if isinstance(outcome, Believed) and not is_end:
                outcome = _with_ends(host, outcome, ends_at)
        except PeerAnswerRefused as refusal:
            services.note_refused(refusal.facts)
            raise
        if isinstance(outcome, Believed) and is_end:
            return outcome
        if isinstance(outcome, Believed):
            with tenancy.acting_as_platform():
                services.keep_answer(outcome, host=host.code, now=clock.now())
            return outcome
        granted, said, carried = outcome
        # What leads in a circle or nowhere is not kept: it would be followed the next time.
        trail = referral.advance(trail, granted, known_hosts=hosts)
        with tenancy.acting_as_platform():
            services.keep_statement(
                said,
                text=carried.text,
                signatures=carried.signatures,
                subject=granted.prefix,
                sequence=int(said.body.get("sequence", 1)),
                now=clock.now(),
            )


def _with_ends(host: KnownHost, believed: Believed, ends_at: float) -> Believed:
    """
    Check where a code leads: to others of its node, or to one of the node that signed so, too.

    :raises PeerAnswerRefused: naming the node that says what is not so
    """
    said = believed.gave_way
    if said is None or believed.rename is None:
        return believed
    receiver = said.receiver or host.code
    if said.receiver is not None and (len(said.to) != 1 or receiver == host.code):
        raise PeerAnswerRefused(node=host.code, reason="other_rename")
    for code in said.to:
        try:
            found = _authority_of(code, receiver, ends_at)
        except (IdentifierUnknown, NoAuthority):
            found = ""
        if found != receiver:
            raise PeerAnswerRefused(node=host.code, reason="receiver_missing")
    again = renewals.bearing(
        believing.parsed(believed.renewals),
        statements.digest(believed.rename.text),
        node=host.code,
        purpose=KeyPurpose.REGISTER,
        keys=fetching.known_keys(host, ends_at),
        now=clock.now(),
    )
    told = [Carry(text, list(lines)) for _said, text, lines in again]
    if said.receiver is not None:
        told += countersigned.require_receiver(
            receiver, believed.rename, believed.renewals, host.code, ends_at
        )
    return replace(believed, renewals=tuple(told))


def _authority_of(code: str, expected: str, ends_at: float) -> str:
    """Return who answers for a code: by what is known here, or, if that differs, by asking."""
    now = clock.now()
    granted = [
        GrantedPrefix(said.body["prefix"], said.body["host"])
        for _row, said in selectors.covering_grants(code)
        if believing.holds(said.body, now=now)
    ]
    named = granted[0].host if granted else "".join(code.split("-")[1:2])
    if expected == named:
        return named
    trail = referral.begin(code, own=own_code(), grants=granted, parent=_first_asked())
    if trail is None:
        return own_code() if granted else named
    return _follow(trail, ends_at, is_end=True).said.issuer


def _believe(
    host: KnownHost, reply: believing.PeerReply, code: str, nonce: str, ends_at: float
) -> Believed | tuple[GrantedPrefix, SaidStatement, Carry]:
    """Read a reply under the node's keys; a key that is not known yet is fetched, once a minute."""
    keys, now = fetching.known_keys(host, ends_at), clock.now()
    try:
        return _read_reply(host, reply, keys, code, nonce, now)
    except PeerAnswerRefused as refusal:
        if refusal.facts["reason"] != "statement_signature":
            raise
        newer = fetching.fetched_keys(host, ends_at)
        if newer is None or newer == keys:
            raise
        return _read_reply(host, reply, newer, code, nonce, now)


def _read_reply(
    host: KnownHost,
    reply: believing.PeerReply,
    keys: Mapping[str, Any],
    code: str,
    nonce: str,
    now: datetime,
) -> Believed | tuple[GrantedPrefix, SaidStatement, Carry]:
    if reply.negative is not None:
        said = believing.negative(
            reply.negative, node=host.code, keys=keys, code=code, nonce=nonce, now=now
        )
        raise IdentifierUnknown(field="code", negative=said)
    if reply.referral is not None:
        seen = selectors.kept_moments([statements.digest(reply.referral.text)])
        granted, statement = believing.referral(
            reply.referral,
            node=host.code,
            keys=keys,
            now=now,
            seen=seen,
            renewed_by=reply.renewals,
        )
        return granted, statement, reply.referral
    carried = [each for each in (reply.record, reply.rename) if each is not None]
    seen = selectors.kept_moments([statements.digest(each.text) for each in carried])
    return believing.answer(
        reply, node=host.code, keys=keys, code=code, nonce=nonce, now=now, seen=seen
    )


def _ask(host: KnownHost, code: str, nonce: str, ends_at: float) -> believing.PeerReply:
    query = urlencode({"code": code, "follow": "0", "nonce": nonce})
    if peering_selectors.asks_signed(host.code):
        left = min(ends_at, time.monotonic() + referral.HOP_SECONDS)
        path = f"/api/peer/v1/resolve?{query}"
        reply = outgoing.ask(host, path, ends_at=left, reply_bytes_max=REPLY_BYTES_MAX)
    else:
        reply = fetching.fetch(host, f"/api/gateway/v1/resolve?{query}", ends_at=ends_at)
    if reply.status not in (200, 404):
        raise PeerAnswerRefused(node=host.code, reason=f"status_{reply.status}")
    return believing.read(reply.body, node=host.code)


def pull_grants() -> int:
    """
    Fetch what the nodes above granted down to this one, and keep it; return how many hold.

    :raises NoAuthority: if no node above was admitted
    :raises PeerAnswerRefused, PeerTimeout, PeerCircuitOpen: as `resolve`
    """
    hosts, granted_to, above = selectors.known_hosts(), own_code(), selectors.parent_code()
    if above not in hosts:
        raise NoAuthority
    kept = 0
    for _level in range(referral.HOPS_MAX):
        if above not in hosts:
            break
        kept += _pull_from(hosts[above], granted_to)
        node = selectors.node(above)
        granted_to, above = above, node.parent if node else ""
    return kept


def _pull_from(parent: KnownHost, granted_to: str) -> int:
    ends_at = time.monotonic() + referral.BUDGET_SECONDS
    keys = fetching.fetched_keys(parent, ends_at) or fetching.known_keys(parent, ends_at)
    reply = fetching.fetch(parent, f"/api/gateway/v1/grants?host={granted_to}", ends_at=ends_at)
    now, kept = clock.now(), 0
    told = believing.read_grants(reply.body, node=parent.code)
    seen = selectors.kept_moments([statements.digest(each.text) for each in told.grants])
    for carried in told.grants:
        granted, said = believing.referral(
            carried,
            node=parent.code,
            keys=keys,
            now=now,
            seen=seen,
            renewed_by=told.renewals,
        )
        if granted.host != granted_to:
            continue
        with tenancy.acting_as_platform():
            services.keep_statement(
                said,
                text=carried.text,
                signatures=carried.signatures,
                subject=granted.prefix,
                sequence=int(said.body.get("sequence", 1)),
                now=now,
            )
        kept += 1
    return kept
