"""What another node says is believed only if its own keys signed it, about what was asked; pure."""

import contextlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta

from common import statements
from common.errors import Refusal
from common.statements import SaidStatement
from gateway.contracts import KeyPurpose, PeerAnswerRefused
from gateway.rules import keysets, records, renames, renewals
from gateway.rules.referral import GrantedPrefix
from gateway.rules.renewals import KnownText, LineRefused, Renewal

SKEW: Final = timedelta(seconds=30)
COUNT_MAX: Final = 2**31 - 1
MILLI_MAX: Final = 10**15
RENEWALS_MAX: Final = 8
Carried = Mapping[str, Any]
FormT = TypeVar("FormT")


class StatusForm(msgspec.Struct, frozen=True):
    """What a row says of the status of a code."""

    value: Annotated[str, Meta(max_length=10)]
    sequence: Annotated[int, Meta(ge=1, le=COUNT_MAX)]
    since: Annotated[datetime, Meta(tz=True)]


class AmountForm(msgspec.Struct, frozen=True):
    """How much there is, and when that was seen."""

    milli: Annotated[int, Meta(ge=0, le=MILLI_MAX)]
    observed_at: Annotated[datetime, Meta(tz=True)] | None = None


class StateForm(msgspec.Struct, frozen=True):
    """What a row says of capacity."""

    total: AmountForm
    available: AmountForm | None = None


class RowForm(msgspec.Struct, frozen=True):
    """What is read of a row of another node."""

    status: StatusForm
    state: StateForm


class LevelForm(msgspec.Struct, frozen=True):
    """What a record says of its verification."""

    level: Annotated[int, Meta(ge=0, le=9)] = 0


class EnergyForm(msgspec.Struct, frozen=True):
    """What a record says of energy."""

    pue: Annotated[str, Meta(pattern=r"^[0-9]{1,2}([.][0-9]{1,4})?$")] | None = None


class RecordShape(msgspec.Struct, frozen=True):
    """What is read of a record of another node."""

    code: Annotated[str, Meta(max_length=96)]
    sequence: Annotated[int, Meta(ge=1, le=COUNT_MAX)]
    region: Annotated[str, Meta(max_length=6)]
    resource_class: Annotated[str, Meta(max_length=8)]
    form: Annotated[str, Meta(max_length=10)]
    specification: dict[str, Any]
    verification: LevelForm = LevelForm()
    energy: EnergyForm = EnergyForm()
    aliases: Annotated[list[Annotated[str, Meta(max_length=96)]], Meta(max_length=16)] = []


class Carry(msgspec.Struct, frozen=True):
    """A statement as JSON carries it."""

    text: str
    signatures: list[str]


@dataclass(frozen=True, slots=True)
class Believed:
    """What an authority answered about a code: its row, its answer and the record, all verified."""

    row: RowForm
    record_body: RecordShape
    answer: Carried
    record: Carried
    said: SaidStatement
    code: str = ""  # that was asked for: the record's own, or a further one
    rename: Carry | None = None  # signed, of a code that gave way
    gave_way: renames.RenameShape | None = None  # what that says
    renewals: tuple[Carry, ...] = ()  # what bears it out anew


class StatedKeyForm(msgspec.Struct, frozen=True):
    """What is read of a key in a node's set."""

    name: Annotated[str, Meta(max_length=64)]
    purpose: Annotated[str, Meta(max_length=16)]
    public_key: Annotated[str, Meta(pattern=r"^[0-9A-Za-z+/]{43}=\Z")]
    not_before: Annotated[str, Meta(max_length=40)]
    not_after: Annotated[str, Meta(max_length=40)]
    revoked_from: Annotated[str, Meta(max_length=40)] | None = None
    retired_from: Annotated[str, Meta(max_length=40)] | None = None


class KeysetForm(msgspec.Struct, frozen=True):
    """What is read of a node's set of keys; how many it may hold `keysets` says."""

    node: Annotated[str, Meta(max_length=16)]
    sequence: Annotated[int, Meta(ge=1, le=COUNT_MAX)]
    keys: list[StatedKeyForm]
    past: list[StatedKeyForm] = []


class GrantForm(msgspec.Struct, frozen=True):
    """What is kept of a grant of another node."""

    prefix: Annotated[str, Meta(min_length=1, max_length=96)]
    host: Annotated[str, Meta(min_length=1, max_length=16)]
    sequence: Annotated[int, Meta(ge=1, le=COUNT_MAX)] = 1


class PeerReply(msgspec.Struct, frozen=True):
    """What another node may reply; everything else in it is passed over."""

    answer: Carry | None = None
    record: Carry | None = None
    rename: Carry | None = None
    renewals: Annotated[list[Carry], Meta(max_length=RENEWALS_MAX)] = []
    negative: Carry | None = None
    referral: Carry | None = None


def read(body: bytes, *, node: str) -> PeerReply:
    """
    Read a node's reply.

    :raises PeerAnswerRefused: if it is none
    """
    try:
        return msgspec.json.decode(body, type=PeerReply)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise PeerAnswerRefused(node=node, reason="unreadable") from error


class KeysReply(msgspec.Struct, frozen=True):
    """What a node tells of its keys; the root in it is not believed, so it is not read."""

    keyset: Carry


class RenewalCarried(msgspec.Struct, frozen=True):
    """By what a node bears out anew what it signed before."""

    renewal: Carry


class GrantsCarried(msgspec.Struct, frozen=True):
    """The grants that a node gave, and what bears them out anew."""

    grants: list[Carry]
    renewals: list[Carry] = []


def read_grants(body: bytes, *, node: str) -> GrantsCarried:
    """
    Read the grants that a node gave, and what bears them out anew.

    :raises PeerAnswerRefused: if it is no such thing
    """
    try:
        return msgspec.json.decode(body, type=GrantsCarried)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise PeerAnswerRefused(node=node, reason="unreadable") from error


def read_keys(body: bytes, *, node: str) -> Carry:
    """
    Read what a node tells of its keys.

    :raises PeerAnswerRefused: if it is no such thing
    """
    try:
        return msgspec.json.decode(body, type=KeysReply).keyset
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise PeerAnswerRefused(node=node, reason="unreadable") from error


def read_renewal(body: bytes, *, node: str) -> Carry:
    """
    Read by what a node bears a text out anew.

    :raises PeerAnswerRefused: if it is no such thing
    """
    try:
        return msgspec.json.decode(body, type=RenewalCarried).renewal
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise PeerAnswerRefused(node=node, reason="unreadable") from error


def keyset(carried: Carry, *, node: str, root_key: bytes) -> SaidStatement:
    """
    Return a node's set of keys, as its root signed it.

    :raises PeerAnswerRefused: if it is another's, another signed it, or it has no form
    """
    said = _said(carried, {f"{node}/root": root_key}, f"{node}/root", node)
    if said.type != "keyset" or said.issuer != node or said.body.get("node") != node:
        raise PeerAnswerRefused(node=node, reason="not_its_keyset")
    _as(said.body, KeysetForm, node, "not_its_keyset")
    return said


def answer(
    reply: PeerReply,
    *,
    node: str,
    keys: Mapping[str, Any],
    code: str,
    nonce: str,
    now: datetime,
    seen: Mapping[str, datetime],
) -> Believed:
    """
    Return what a node answered about a code of its own.

    `keys` is the body of its set of keys, `seen` when statements were kept here, by their digest.
    The answer must be about this code, for this question and of this moment, and the record it
    names must be the node's own, signed by its register when the record says. Who receives a code
    that moved is not asked here: see `gave_way`.

    :raises PeerAnswerRefused: saying which of it is not so
    """
    if reply.answer is None or reply.record is None:
        raise PeerAnswerRefused(node=node, reason="incomplete")
    found = _signed(reply.answer, "answer", KeyPurpose.ANSWER, node=node, keys=keys, now=now)
    row = found.body.get("row")
    if not isinstance(row, Mapping) or row.get("code") != code or row.get("authority") != node:
        raise PeerAnswerRefused(node=node, reason="other_code")
    _require_asked(found, nonce, node, now)
    vouched = row.get("record") == statements.digest(reply.record.text)
    said = _lasting(
        reply.record, "record", node=node, keys=keys, now=now, seen=seen, is_vouched=vouched
    )
    if said.digest != row.get("record") or not _is_about(said.body, row, code):
        raise PeerAnswerRefused(node=node, reason="other_record")
    gave_way = _rename(reply, row, said, node=node, keys=keys, now=now, seen=seen)
    return Believed(
        row=_as(row, RowForm, node, "row_malformed"),
        record_body=_as(said.body, RecordShape, node, "record_malformed"),
        answer=_carried(reply.answer),
        record=_carried(reply.record),
        said=said,
        code=code,
        rename=reply.rename if gave_way else None,
        gave_way=gave_way,
        renewals=tuple(reply.renewals) if gave_way else (),
    )


def _is_about(record: Mapping[str, Any], row: Mapping[str, Any], code: str) -> bool:
    """Return whether a record is about a code: its own, or a further one that it names."""
    if record.get("code") == code:
        return True
    further = record.get("aliases")
    named = isinstance(further, list) and code in further
    return named and row.get("first_code") == record.get("code")


def _rename(
    reply: PeerReply,
    row: Mapping[str, Any],
    record: SaidStatement,
    *,
    node: str,
    keys: Mapping[str, Any],
    now: datetime,
    seen: Mapping[str, datetime],
) -> renames.RenameShape | None:
    """
    Return what is signed of a code that gave way, by the node's register when it says.

    :raises PeerAnswerRefused: if the row says so, and what is carried says something else
    """
    told = row.get("renamed")
    if not isinstance(told, Mapping) or told.get("statement") is None:
        return None
    if reply.rename is None:
        raise PeerAnswerRefused(node=node, reason="other_rename")
    said = _lasting(
        reply.rename, "rename", node=node, keys=keys, now=now, seen=seen, renewed_by=reply.renewals
    )
    found = renames.read(said.body)
    if (
        found is None
        or said.digest != told["statement"]
        or found.from_code != record.body.get("code")
        or list(found.to) != told.get("to", list(found.to))
    ):
        raise PeerAnswerRefused(node=node, reason="other_rename")
    return found


def _lasting(
    carried: Carry,
    statement_type: str,
    *,
    node: str,
    keys: Mapping[str, Any],
    now: datetime,
    seen: Mapping[str, datetime],
    purpose: KeyPurpose = KeyPurpose.REGISTER,
    renewed_by: Sequence[Carry] = (),
    is_vouched: bool = False,
) -> SaidStatement:
    """Return what a node signed for long, with a key that held then: see `renewals`."""
    try:
        said = statements.parse(carried.text)
        known = KnownText(seen.get(said.digest), parsed(renewed_by), is_vouched)
        renewals.require_line(
            said,
            text=carried.text,
            lines=carried.signatures,
            node=node,
            purpose=purpose,
            keys=keys,
            now=now,
            known=known,
        )
    except (Refusal, LineRefused) as refusal:
        raise PeerAnswerRefused(node=node, reason=refusal.code) from refusal
    if said.type != statement_type or said.issuer != node:
        raise PeerAnswerRefused(node=node, reason="other_statement")
    return said


def parsed(carried: Sequence[Carry]) -> list[Renewal]:
    """Return statements that can be read, with texts and lines; the others are passed over."""
    found: list[Renewal] = []
    for each in carried:
        with contextlib.suppress(Refusal):
            found.append((statements.parse(each.text), each.text, each.signatures))
    return found


def negative(
    carried: Carry, *, node: str, keys: Mapping[str, Any], code: str, nonce: str, now: datetime
) -> Carried:
    """
    Return that a node says it knows no such code.

    :raises PeerAnswerRefused: if it does not say that, about this code and now
    """
    said = _signed(carried, "negative", KeyPurpose.ANSWER, node=node, keys=keys, now=now)
    if said.body.get("code") != code:
        raise PeerAnswerRefused(node=node, reason="other_code")
    _require_asked(said, nonce, node, now)
    return _carried(carried)


def receipt(carried: Carry, *, node: str, keys: Mapping[str, Any], now: datetime) -> SaidStatement:
    """
    Return what a node says that it took.

    :raises PeerAnswerRefused: if it is no receipt of this node
    """
    return _signed(carried, "receipt", KeyPurpose.ANSWER, node=node, keys=keys, now=now)


def difference(
    carried: Carry, *, node: str, keys: Mapping[str, Any], now: datetime
) -> SaidStatement:
    """
    Return what a node says of how two sets compare.

    :raises PeerAnswerRefused: if it is no such statement of this node
    """
    return _signed(carried, "difference", KeyPurpose.ANSWER, node=node, keys=keys, now=now)


def directory(
    carried: Carry, *, node: str, keys: Mapping[str, Any], now: datetime
) -> SaidStatement:
    """
    Return the directory as the national node signed it.

    :raises PeerAnswerRefused: if it is not its
    """
    return _signed(carried, "directory", KeyPurpose.GRANT, node=node, keys=keys, now=now)


def referral(
    carried: Carry,
    *,
    node: str,
    keys: Mapping[str, Any],
    now: datetime,
    seen: Mapping[str, datetime],
    renewed_by: Sequence[Carry] = (),
) -> tuple[GrantedPrefix, SaidStatement]:
    """
    Return whom a node names instead of itself, by a grant that it signed.

    `seen` is as of `answer`, `renewed_by` bears grants out anew whose key is over.

    :raises PeerAnswerRefused: if it is no grant of this node, or one that does not hold now
    """
    said = _lasting(
        carried,
        "grant",
        purpose=KeyPurpose.GRANT,
        node=node,
        keys=keys,
        now=now,
        seen=seen,
        renewed_by=renewed_by,
    )
    if not holds(said.body, now=now):
        raise PeerAnswerRefused(node=node, reason="grant_does_not_hold")
    form = _as(said.body, GrantForm, node, "grant_malformed")
    return GrantedPrefix(form.prefix, form.host), said


def holds(grant: Mapping[str, Any], *, now: datetime) -> bool:
    """Return whether a grant is active and a moment within its time."""
    written = statements.moment(now)
    times = (grant.get("not_before"), grant.get("not_after"))
    named = (grant.get("prefix"), grant.get("host"))
    if not all(isinstance(each, str) for each in (*times, *named)):
        return False
    return grant.get("state") == "active" and str(times[0]) <= written < str(times[1])


def _signed(
    carried: Carry,
    statement_type: str,
    purpose: KeyPurpose,
    *,
    node: str,
    keys: Mapping[str, Any],
    now: datetime,
) -> SaidStatement:
    usable = keysets.usable(keys, purpose=purpose, at=now)
    said = _said(carried, usable, f"{node}/{purpose.value}", node)
    if said.type != statement_type or said.issuer != node:
        raise PeerAnswerRefused(node=node, reason="other_statement")
    return said


def _said(
    carried: Carry, keys: Mapping[str, bytes | Collection[bytes]], name: str, node: str
) -> SaidStatement:
    try:
        statements.require_signature(carried.text, carried.signatures, keys, name=name)
        return statements.parse(carried.text)
    except Refusal as refusal:
        raise PeerAnswerRefused(node=node, reason=refusal.code) from refusal


def _require_asked(said: SaidStatement, nonce: str, node: str, now: datetime) -> None:
    asked, at = said.body.get("asked"), said.body.get("at")
    if not isinstance(asked, Mapping) or asked.get("nonce") != nonce:
        raise PeerAnswerRefused(node=node, reason="nonce_missing")
    if not isinstance(at, str) or not statements.moment(now - SKEW) <= at <= statements.moment(
        now + SKEW
    ):
        raise PeerAnswerRefused(node=node, reason="answer_of_another_time")


def _as(value: Any, form: type[FormT], node: str, reason: str) -> FormT:
    try:
        return msgspec.convert(value, form)
    except msgspec.ValidationError as error:
        raise PeerAnswerRefused(node=node, reason=reason) from error


def _carried(carry: Carry) -> Carried:
    return records.as_json(carry.text, carry.signatures)


def as_carry(carried: Carried) -> Carry:
    """Return a statement as this module takes it."""
    return Carry(carried["text"], list(carried["signatures"]))
