"""
Texts that outlive the keys that signed them: what bears them out; pure.

A key bears out what it signed in its time, as long as that was seen while the key was not over.
Who sees a text later takes it only with a `renewal`: the same node says again, under a key that
holds, that the text is its own. So nobody can write something today, date it back, and sign it with
an old key that was lost.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from common import statements
from common.errors import Refusal
from common.moments import InvalidMoment, parse_moment
from common.statements import SaidStatement
from gateway.contracts import KeyPurpose
from gateway.rules import keysets

KEY_OVER: Final = "key_over"
Renewal = tuple[SaidStatement, str, Sequence[str]]  # read, its text, its lines


class RenewalShape(msgspec.Struct, frozen=True):
    """What is read of a `renewal` statement."""

    statement: Annotated[str, Meta(pattern=r"^sha256:[0-9a-f]{64}$")]
    at: Annotated[datetime, Meta(tz=True)]
    sequence: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    purpose: Literal["register", "grant"] = "register"


class LineRefused(Exception):  # noqa: N818 - its code says what a line lacks
    """No line of a node bears a text out: none is good, or a key is over and nobody renewed it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class KnownText:
    """
    What is known of a text beside it.

    `seen_at` is when it was kept here, None if it comes now; `renewals` are statements and lines
    that bear it out again; `is_vouched` says that its node names it in what it signs now.
    """

    seen_at: datetime | None = None
    renewals: Sequence[Renewal] = ()
    is_vouched: bool = False


def body(
    digest: str, *, sequence: int, at: datetime, purpose: KeyPurpose = KeyPurpose.REGISTER
) -> dict[str, Any]:
    """Return the body of a `renewal` statement about a text that keys of a purpose sign."""
    return {"at": at, "purpose": purpose.value, "sequence": sequence, "statement": digest}


def read(body: Mapping[str, Any]) -> RenewalShape | None:
    """Return what a statement renews; None if it has not its form."""
    try:
        return msgspec.convert(body, RenewalShape)
    except msgspec.ValidationError:
        return None


def signed_at(said: SaidStatement, *, now: datetime) -> datetime:
    """
    Return when a text says that it was signed; now if it does not say.

    :raises LineRefused: if that is no moment
    """
    if "at" not in said.body:
        return now
    try:
        return parse_moment(str(said.body["at"]))
    except InvalidMoment as error:
        raise LineRefused("statement_malformed") from error


def require_line(
    said: SaidStatement,
    *,
    text: str,
    lines: Sequence[str],
    node: str,
    purpose: KeyPurpose,
    keys: Mapping[str, Any],
    now: datetime,
    known: KnownText | None = None,
    unless_said: datetime | None = None,
) -> None:
    """
    Check that a node signed a text with a key that held at the moment that the text says.

    `keys` is the body of the node's newest set of keys; `unless_said` is the moment of a text that
    says none, else now. If the key is over by now, the text must have been seen before, or be
    renewed.

    :raises LineRefused: `key_over` if only that is missing, or the code of what is wrong
    """
    known = known or KnownText()
    name = f"{node}/{purpose.value}"
    moment = signed_at(said, now=unless_said or now)
    is_renewed = bool(
        bearing(known.renewals, said.digest, node=node, purpose=purpose, keys=keys, now=now)
    )
    seen = min(now, known.seen_at) if known.seen_at else now
    for seen_at in (seen, None):
        usable = keysets.signers(
            keys,
            purpose=purpose,
            signed_at=moment,
            seen_at=seen_at,
            is_vouched=known.is_vouched,
        )
        try:
            statements.require_signature(text, lines, usable, name=name)
        except Refusal as refusal:
            if seen_at is None:
                raise LineRefused(refusal.code) from refusal
        else:
            if seen_at is None and not is_renewed:
                raise LineRefused(KEY_OVER)
            return


def bearing(
    renewals: Sequence[Renewal],
    digest: str,
    *,
    node: str,
    purpose: KeyPurpose,
    keys: Mapping[str, Any],
    now: datetime,
) -> list[Renewal]:
    """Return those by which a node bears a text out anew, under a key that holds now."""
    found = []
    for renewal in renewals:
        again, text, lines = renewal
        shape = read(again.body) if again.type == "renewal" and again.issuer == node else None
        if shape is None or shape.statement != digest or shape.purpose != purpose.value:
            continue
        usable = keysets.signers(keys, purpose=purpose, signed_at=shape.at, seen_at=now)
        with contextlib.suppress(Refusal):
            statements.require_signature(text, lines, usable, name=f"{node}/{purpose.value}")
            found.append(renewal)
    return found
