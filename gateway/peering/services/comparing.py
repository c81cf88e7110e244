"""What a comparison found: said by both sides, and kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import transaction

from common import statements, tenancy
from gateway import selectors as gateway_selectors
from gateway import services as gateway_services
from gateway.contracts import KeyPurpose, PeerAnswerRefused, own_code
from gateway.peering import selectors
from gateway.peering.contracts import DifferenceBehind, PushMalformed
from gateway.peering.event_names import PeerEvent
from gateway.peering.models import PushDifference
from gateway.peering.rules import differing
from gateway.rules import believing, records
from gateway.services.keeping import StatementDraft
from identity.events import services as events

LISTED_MAX: Final = 200


class CompareBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One round of a comparison: hashes of what, up to which number, within which ranges."""

    dataset: str
    as_of: int
    level: str
    within: list[str] = []
    conclusion: believing.Carry | None = None


@dataclass(frozen=True, slots=True)
class FoundDifference:
    """What differs: what the peer lacks, and what this node lacks."""

    peer: str
    dataset: str
    as_of: int
    items: int
    root: str
    missing_above: tuple[str, ...] = ()
    missing_below: tuple[str, ...] = ()


def read_compare(raw: bytes) -> CompareBody:
    """
    Read a round of a comparison.

    :raises PushMalformed: if it is none
    """
    try:
        found = msgspec.json.decode(raw, type=CompareBody)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise PushMalformed(field="level") from error
    if len(found.within) > differing.WANTED_MAX or any(
        not 1 <= len(each) <= differing.BUCKET_DIGITS for each in found.within
    ):
        raise PushMalformed(field="within")
    return found


@transaction.atomic
def answer_round(*, peer: str, asked: CompareBody, now: datetime) -> dict[str, Any]:
    """
    Return what this node holds of a peer's pushes, as deep as it asked.

    :raises DifferenceBehind: if not all of it has come
    :raises PushMalformed: if the level is none
    """
    with tenancy.acting_as_platform():
        if selectors.last_received(peer, asked.dataset) < asked.as_of:
            raise DifferenceBehind
        held = selectors.received_digests(peer, asked.dataset, as_of=asked.as_of)
        if asked.level == "root":
            return {"items": len(held), "root": differing.root(held)}
        if asked.level in ("groups", "buckets"):
            digits = differing.GROUP_DIGITS if asked.level == "groups" else differing.BUCKET_DIGITS
            return {"ranges": differing.ranges(held, digits=digits, within=asked.within)}
        if asked.level == "items":
            found = differing.items(held, within=asked.within)[: differing.ITEMS_MAX]
            return {"items": found}
        if asked.level == "conclude" and asked.conclusion is not None:
            return {"difference": _countersign(peer, asked, held, now)}
    raise PushMalformed(field="level")


def _countersign(
    peer: str, asked: CompareBody, held: Sequence[str], now: datetime
) -> dict[str, Any]:
    assert asked.conclusion is not None
    keyset = gateway_selectors.keyset_body(peer)
    said = believing.difference(asked.conclusion, node=peer, keys=keyset, now=now)
    gateway_services.keep_statement(
        said,
        text=asked.conclusion.text,
        signatures=asked.conclusion.signatures,
        subject=f"{own_code()} {asked.dataset} {said.digest[-12:]}",
        sequence=max(asked.as_of, 1),
        now=now,
    )
    body = {
        "as_of": asked.as_of,
        "at": now,
        "dataset": asked.dataset,
        "items": len(held),
        "of": said.digest,
        "root": differing.root(held),
        "with": peer,
    }
    draft = StatementDraft(
        "difference", f"{peer} {asked.dataset} {said.digest[-12:]}", max(asked.as_of, 1), body
    )
    (made,) = gateway_services.say([draft], purpose=KeyPurpose.ANSWER, now=now)
    return records.as_json(made.text, made.signatures)


@transaction.atomic
def say_difference(*, found: FoundDifference, repaired: int, now: datetime) -> dict[str, Any]:
    """Sign what a comparison found; return it as JSON carries it."""
    with tenancy.acting_as_platform():
        body = {
            "as_of": found.as_of,
            "at": now,
            "dataset": found.dataset,
            "items": found.items,
            "missing_above": list(found.missing_above[:LISTED_MAX]),
            "missing_below": list(found.missing_below[:LISTED_MAX]),
            "repaired": repaired,
            "root": found.root,
            "with": found.peer,
        }
        subject = f"{found.peer} {found.dataset} {int(now.timestamp() * 1000)}"
        (made,) = gateway_services.say(
            [StatementDraft("difference", subject, max(found.as_of, 1), body)],
            purpose=KeyPurpose.ANSWER,
            now=now,
        )
        return records.as_json(made.text, made.signatures)


@transaction.atomic
def keep_difference(
    *,
    found: FoundDifference,
    repaired: int,
    ours: Mapping[str, Any],
    theirs: believing.Carry,
    keys: Any,
    now: datetime,
) -> PushDifference:
    """
    Keep what a comparison found with both signatures, and tell of what differed.

    :raises PeerAnswerRefused: if the peer's word is not its own, or about something else
    """
    said = believing.difference(theirs, node=found.peer, keys=keys, now=now)

    own = statements.digest(ours["text"])
    if said.body.get("of") != own or said.body.get("with") != own_code():
        raise PeerAnswerRefused(node=found.peer, reason="other_difference")
    with tenancy.acting_as_platform():
        gateway_services.keep_statement(
            said,
            text=theirs.text,
            signatures=theirs.signatures,
            subject=f"{own_code()} {found.dataset} {own[-12:]}",
            sequence=max(found.as_of, 1),
            now=now,
        )
        kept = PushDifference.objects.create(
            peer=found.peer,
            dataset=found.dataset,
            as_of=found.as_of,
            items=found.items,
            missing_above=list(found.missing_above[:LISTED_MAX]),
            missing_below=list(found.missing_below[:LISTED_MAX]),
            repaired=repaired,
            statement=own,
            countersigned=said.digest,
            found_at=now,
        )
        if found.missing_above or found.missing_below:
            events.record(
                [
                    events.Event(
                        name=PeerEvent.DIFFERENCE_FOUND,
                        object_kind="node",
                        object_id=found.peer,
                        object_label=found.peer,
                        facts={
                            "dataset": found.dataset,
                            "missing_above": len(found.missing_above),
                            "missing_below": len(found.missing_below),
                            "repaired": repaired,
                        },
                    )
                ]
            )
    return kept
