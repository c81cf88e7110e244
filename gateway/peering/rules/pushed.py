"""
What may be pushed, and whether it holds: pure.

A statement that comes from below is believed by the keys of whoever issued it, never by those of
the node that carried it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from common import statements
from common.errors import Refusal
from common.moments import InvalidMoment, parse_moment
from common.statements import SaidStatement
from gateway.batching import tree_root
from gateway.contracts import KeyPurpose, PeerAnswerRefused
from gateway.peering.contracts import PushDataset
from gateway.peering.rules import totals
from gateway.rules import believing, owners, renames, renewals
from gateway.rules.renewals import KnownText, LineRefused

PURPOSES: Final = {
    "grant": KeyPurpose.GRANT,
    "record": KeyPurpose.REGISTER,
    "status": KeyPurpose.REGISTER,
    "rename": KeyPurpose.REGISTER,
    "binding": KeyPurpose.REGISTER,
    "renewal": KeyPurpose.REGISTER,
    "totals": KeyPurpose.REGISTER,
}
TYPES: Final = {
    PushDataset.REGISTER.value: frozenset(
        {"keyset", "grant", "record", "status", "rename", "renewal", "binding"}
    ),
    PushDataset.TOTALS.value: frozenset({"totals"}),
}
STATUSES: Final = frozenset({"REGISTERED", "ACTIVE", "SUSPENDED", "WITHDRAWN", "RENAMED"})


class PushBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A push as it comes: a dataset, the number of the first item, and the items."""

    dataset: str
    first: int
    items: list[believing.Carry]
    repair: bool = False


class CountersignBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The text of a rename that another node asks to be countersigned."""

    text: str


@dataclass(frozen=True, slots=True)
class PushedItem:
    """A statement that was pushed, as read; not yet believed."""

    said: SaidStatement
    text: str
    signatures: tuple[str, ...]
    subject: str
    sequence: int


class ItemRefused(Exception):  # noqa: N818 - its code goes into a receipt
    """One item of a push is not taken; the others are."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read(carried: believing.Carry, *, dataset: str) -> PushedItem:
    """
    Read an item, and what it is about.

    :raises ItemRefused: if it is no statement that this dataset holds
    """
    try:
        said = statements.parse(carried.text)
        for line in carried.signatures:
            statements.read_line(line)
    except Refusal as refusal:
        raise ItemRefused(refusal.code) from refusal
    if said.type not in TYPES.get(dataset, ()):
        raise ItemRefused("type_not_taken")
    subject = _subject(said)
    sequence = said.body.get("sequence", 1)
    if not isinstance(sequence, int) or not 0 < sequence <= believing.COUNT_MAX:
        raise ItemRefused("statement_malformed")
    if not isinstance(subject, str) or not 0 < len(subject) <= 96 or len(carried.signatures) > 4:
        raise ItemRefused("statement_malformed")
    return PushedItem(said, carried.text, tuple(carried.signatures), subject, sequence)


def require_keyset(item: PushedItem, *, root_key: bytes) -> None:
    """
    Check a set of keys by the root of its node.

    :raises ItemRefused: if another signed it
    """
    carried = believing.Carry(item.text, list(item.signatures))
    try:
        believing.keyset(carried, node=item.said.issuer, root_key=root_key)
    except PeerAnswerRefused as refusal:
        raise ItemRefused(str(refusal.facts["reason"])) from refusal


def require_signed(
    item: PushedItem, *, keys: Mapping[str, Any], now: datetime, known: KnownText
) -> None:
    """
    Check that the issuer's key for this type signed, by its set of keys.

    That key held when the text says, and the text was seen while it did, or is renewed since.

    :raises ItemRefused: if it did not
    """
    purpose = PURPOSES[item.said.type]
    if item.said.type == "renewal" and item.said.body.get("purpose") == KeyPurpose.GRANT:
        purpose = KeyPurpose.GRANT
    _require(item, node=item.said.issuer, purpose=purpose, keys=keys, now=now, known=known)


def require_countersigned(
    item: PushedItem, *, receiver: str, keys: Mapping[str, Any], now: datetime, known: KnownText
) -> None:
    """
    Check that the node that a code moves to signed too, by that node's set of keys.

    :raises ItemRefused: if it did not, its keys are not known, or its key is over
    """
    purpose = KeyPurpose.REGISTER
    try:
        _require(item, node=receiver, purpose=purpose, keys=keys, now=now, known=known)
    except ItemRefused as refusal:
        if refusal.code == renewals.KEY_OVER:
            raise
        raise ItemRefused("not_countersigned") from refusal


def _require(
    item: PushedItem,
    *,
    node: str,
    purpose: KeyPurpose,
    keys: Mapping[str, Any],
    now: datetime,
    known: KnownText,
) -> None:
    try:
        renewals.require_line(
            item.said,
            text=item.text,
            lines=item.signatures,
            node=node,
            purpose=purpose,
            keys=keys,
            now=now,
            known=known,
        )
    except LineRefused as refusal:
        raise ItemRefused(refusal.code) from refusal


def record_of(item: PushedItem) -> believing.RecordShape:
    """
    Return what is read of a record.

    :raises ItemRefused: if it has not its form
    """
    try:
        return msgspec.convert(item.said.body, believing.RecordShape)
    except msgspec.ValidationError as error:
        raise ItemRefused("record_malformed") from error


def status_of(item: PushedItem) -> str:
    """
    Return the status that a statement tells.

    :raises ItemRefused: if it tells none
    """
    value = item.said.body.get("value")
    if value not in STATUSES or not isinstance(item.said.body.get("since"), str):
        raise ItemRefused("status_malformed")
    return str(value)


def since_of(item: PushedItem) -> datetime:
    """
    Return since when a status holds.

    :raises ItemRefused: if it does not say
    """
    try:
        return parse_moment(str(item.said.body.get("since")))
    except InvalidMoment as error:
        raise ItemRefused("status_malformed") from error


def require_form(item: PushedItem) -> None:
    """
    Check that a record, a status, a rename or the keys of an owner can be read.

    :raises ItemRefused: if it cannot
    """
    if item.said.type == "record":
        record_of(item)
    elif item.said.type == "status":
        status_of(item)
        since_of(item)
    elif item.said.type == "totals" and totals.read(item.said.body) is None:
        raise ItemRefused("totals_malformed")
    elif item.said.type == "rename" and renames.read(item.said.body) is None:
        raise ItemRefused("rename_malformed")
    elif item.said.type == "renewal" and renewals.read(item.said.body) is None:
        raise ItemRefused("renewal_malformed")
    elif item.said.type == "binding" and not owners.is_of(item.said.issuer, item.subject):
        raise ItemRefused("binding_malformed")


def batch_root(digests: Sequence[str]) -> str:
    """Return the RFC 9162 root over what was pushed together: its digests are the leaves."""
    return tree_root([bytes.fromhex(digest.partition(":")[2]) for digest in digests]).hex()


def _subject(said: SaidStatement) -> Any:
    if said.type == "keyset":
        return said.body.get("node")
    if said.type == "grant":
        return said.body.get("prefix")
    if said.type == "totals":
        return said.body.get("subject")
    if said.type == "rename":
        return said.body.get("from")
    if said.type == "renewal":
        return said.body.get("statement")
    return said.body.get("code") or said.body.get("agent") or said.body.get("owner")
