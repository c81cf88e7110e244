"""
What peers push: taken in order, each item believed or refused by name, and receipted.

A batch that comes again gets the receipt it got; a hole is answered with the missing number.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import transaction

from common import doorbell, statements, tenancy
from gateway import counting
from gateway import selectors as gateway_selectors
from gateway import services as gateway_services
from gateway.contracts import KeyPurpose, own_code
from gateway.peering import selectors
from gateway.peering.contracts import (
    ITEMS_MAX,
    PushConflict,
    PushMalformed,
    PushTooLarge,
    SequenceGap,
)
from gateway.peering.models import Incoming, Outgoing
from gateway.peering.rules import pushed, totals
from gateway.peering.rules.pushed import ItemRefused, PushBody, PushedItem
from gateway.peering.services.guarding import link_of
from gateway.peering.services.totals import keep_totals
from gateway.rules import believing, records, renames
from gateway.rules.renewals import KEY_OVER, KnownText, Renewal
from gateway.services.keeping import StatementDraft

REFUSED_SHOWN: Final = 200
RECEIVERS_MAX: Final = 2  # whose keys are fetched for a push
_RENAME: Final = f"{statements.FORMAT} rename\n"


@dataclass(frozen=True, slots=True)
class UnknownReceiver:
    """
    A node that a pushed code moves to, whose word is not known well enough.

    Its keys do not bear out the text (`digest`), or nothing known says that it answers for `code`.
    """

    node: str
    digest: str
    code: str
    is_host: bool


def receivers_to_ask(*, push: PushBody, now: datetime) -> list[UnknownReceiver]:
    """Return the nodes that are to be asked before a push is taken: codes move to them; two."""
    found: dict[str, UnknownReceiver] = {}
    for carried in push.items[:ITEMS_MAX]:
        if not carried.text.startswith(_RENAME):
            continue
        try:
            item = pushed.read(carried, dataset=push.dataset)
        except ItemRefused:
            continue
        said = renames.read(item.said.body)
        receiver = said.receiver if said else None
        if said is None or receiver is None or receiver in found or len(found) == RECEIVERS_MAX:
            continue
        is_host = receiver == own_code() or _host_by_grants(said.to[0]) == receiver
        if not is_host or not _is_countersigned(item, receiver, now):
            found[receiver] = UnknownReceiver(receiver, item.said.digest, said.to[0], is_host)
    return list(found.values())


def _is_countersigned(item: PushedItem, receiver: str, now: datetime) -> bool:
    keys, known = gateway_selectors.keyset_body(receiver), _known(item.said.digest)
    try:
        pushed.require_countersigned(item, receiver=receiver, keys=keys, now=now, known=known)
    except ItemRefused:
        return False
    return True


def _host_by_grants(code: str) -> str:
    """Return who answers for a code by the longest grant known, or by the name that it bears."""
    grants = gateway_selectors.covering_grants(code)
    return str(grants[0][1].body["host"]) if grants else "".join(code.split("-")[1:2])


def _known(digest: str, told: Sequence[Renewal] = ()) -> KnownText:
    """Return what is known of a text: when it was kept here, and what bears it out anew."""
    kept = [
        (statements.parse(each.text), each.text, each.signatures)
        for each in gateway_selectors.renewals(digest)
    ]
    return KnownText(gateway_selectors.kept_moments([digest]).get(digest), [*told, *kept])


@transaction.atomic
def take_push(*, peer: str, push: PushBody, now: datetime) -> dict[str, Any]:
    """
    Take what a peer pushed, and return the receipt as JSON carries it.

    :raises PushTooLarge: if there are more than a thousand items
    :raises PushMalformed: if the dataset is none, or there are no items
    :raises SequenceGap: if items before these are missing
    :raises PushConflict: if other items came under these numbers
    :raises KeyUnusable: if this node cannot sign a receipt
    """
    if len(push.items) > ITEMS_MAX:
        raise PushTooLarge
    if push.dataset not in pushed.TYPES or not push.items or push.first < 1:
        raise PushMalformed(field="dataset" if push.dataset not in pushed.TYPES else "items")
    with tenancy.acting_as_platform():
        link_of(peer)  # One push of a peer at a time.
        last = selectors.last_received(peer, push.dataset)
        ends = push.first + len(push.items) - 1
        if push.first > last + 1:
            raise SequenceGap(expected=last + 1)
        digests = [statements.digest(each.text) for each in push.items]
        _require_same(peer, push, digests, last)
        if ends <= last and not push.repair:
            there = _receipt(peer, push.dataset, ends)
            if there is not None:
                return there
        refused = _apply(peer, push, now)
        for reason in refused.values():
            counting.count_refused("push", reason)
        fresh = [
            Incoming(
                peer=peer,
                dataset=push.dataset,
                sequence=push.first + at,
                digest=digest,
                refusal=refused.get(at, ""),
                came_at=now,
            )
            for at, digest in enumerate(digests)
            if push.first + at > last
        ]
        Incoming.objects.bulk_create(fresh)
        _pass_on(push.dataset, [d for at, d in enumerate(digests) if at not in refused], now)
        return _say_receipt(peer, push, digests, refused, now)


def _require_same(peer: str, push: PushBody, digests: Sequence[str], last: int) -> None:
    before = dict(
        Incoming.objects.filter(
            peer=peer,
            dataset=push.dataset,
            sequence__gte=push.first,
            sequence__lt=push.first + len(digests),
        ).values_list("sequence", "digest")
    )
    for at, digest in enumerate(digests):
        if push.first + at <= last and before.get(push.first + at, digest) != digest:
            raise PushConflict


def _receipt(peer: str, dataset: str, ends: int) -> dict[str, Any] | None:
    subject = f"{peer} {dataset}"
    found = gateway_selectors.statement_at("receipt", own_code(), subject, ends)
    return records.as_json(found.text, found.signatures) if found else None


def _say_receipt(
    peer: str, push: PushBody, digests: Sequence[str], refused: Mapping[int, str], now: datetime
) -> dict[str, Any]:
    ends = push.first + len(digests) - 1
    body = {
        "applied": len(digests) - len(refused),
        "at": now,
        "count": len(digests),
        "dataset": push.dataset,
        "first": push.first,
        "from": peer,
        "last": ends,
        "refused": [
            {"code": code, "sequence": push.first + at}
            for at, code in sorted(refused.items())[:REFUSED_SHOWN]
        ],
        "root": pushed.batch_root(digests),
    }
    subject, sequence = f"{peer} {push.dataset}", ends
    if _receipt(peer, push.dataset, ends) is not None:  # A repair, or another cut of the same.
        subject = f"{subject} {push.first} {statements.moment(now)}"
    (made,) = gateway_services.say(
        [StatementDraft("receipt", subject, sequence, body)], purpose=KeyPurpose.ANSWER, now=now
    )
    return records.as_json(made.text, made.signatures)


def _pass_on(dataset: str, digests: Sequence[str], now: datetime) -> None:
    """Let what was taken go further up as it stands: nobody signs other nodes' facts anew."""
    above = [each.node for each in selectors.upward_peers()]
    Outgoing.objects.bulk_create(
        [
            Outgoing(peer=node, dataset=dataset, digest=digest, due_at=now)
            for node in above
            for digest in digests
        ],
        ignore_conflicts=True,
    )
    if above and digests:
        doorbell.ring("peers.waiting")


def _apply(peer: str, push: PushBody, now: datetime) -> dict[int, str]:
    """Keep what holds; return, by place in the batch, why the rest does not."""
    taker = _Taker(peer, now)
    refused: dict[int, str] = {}
    taken: list[PushedItem] = []
    for at, carried in enumerate(push.items):
        try:
            item = pushed.read(carried, dataset=push.dataset)
            taker.believe(item)
        except ItemRefused as refusal:
            refused[at] = refusal.code
        else:
            taken.append(item)
    seconds = gateway_services.keep_pushed(
        [(each.said, each.text, each.signatures, each.subject, each.sequence) for each in taken],
        now=now,
    )
    if seconds:
        places = {statements.digest(each.text): at for at, each in enumerate(push.items)}
        refused |= {places[digest]: "equivocation" for digest in seconds}
    gateway_services.keep_entries(
        [
            (each.said, each.text, each.signatures, pushed.record_of(each))
            for each in taken
            if each.said.type == "record" and each.said.digest not in seconds
        ],
        now=now,
    )
    _keep_days([each for each in taken if each.said.digest not in seconds], now)
    for each in taken:
        if each.said.type == "record" and each.said.digest not in seconds:
            further = taker.hosted(each.said.issuer, pushed.record_of(each).aliases)
            gateway_services.keep_aliases({each.subject: further}, authority=each.said.issuer)
    gateway_services.keep_statuses(
        [
            (
                each.subject,
                each.said.issuer,
                pushed.status_of(each),
                each.sequence,
                pushed.since_of(each),
            )
            for each in taken
            if each.said.type == "status" and each.said.digest not in seconds
        ],
        now=now,
    )
    return refused


def _keep_days(taken: Sequence[PushedItem], now: datetime) -> None:
    """Keep the figures of days that nodes signed."""
    days = [each for each in taken if each.said.type == "totals"]
    read = [(each, totals.read(each.said.body)) for each in days]
    keep_totals(
        [(each.said.issuer, each.said.digest, found) for each, found in read if found is not None],
        now=now,
    )


class _Taker:
    """Believes items of one push, each by the keys and grants of whoever issued it."""

    def __init__(self, peer: str, now: datetime) -> None:
        self.peer, self.now = peer, now
        self.hosts = selectors.hosts()
        self.levels = selectors.levels()
        self.keys: dict[str, Mapping[str, Any]] = {}
        self.granted: dict[str, str] = {}
        self.renewals: list[Renewal] = []

    def believe(self, item: PushedItem) -> None:
        """
        Check one item.

        :raises ItemRefused: with the reason
        """
        issuer = item.said.issuer
        if not self._is_below(issuer):
            raise ItemRefused("issuer_not_below")
        if item.said.type == "keyset":
            self._believe_keyset(item)
            return
        keys = self._keys(issuer)
        if not keys:
            raise ItemRefused("key_unknown")
        self._require_signed(item, keys)
        if item.said.type in ("grant", "record", "status", "rename"):
            self._require_host(issuer, item.subject)
        if item.said.type == "grant" and believing.holds(item.said.body, now=self.now):
            self.granted[item.subject] = str(item.said.body["host"])
        pushed.require_form(item)
        if item.said.type == "rename":
            self._require_ends(item)

    def _require_signed(self, item: PushedItem, keys: Mapping[str, Any]) -> None:
        """Check the issuer's line; what is known of the text counts only where its key is over."""
        try:
            pushed.require_signed(item, keys=keys, now=self.now, known=KnownText())
        except ItemRefused as refusal:
            if refusal.code != KEY_OVER:
                raise
            known = _known(item.said.digest, self.renewals)
            pushed.require_signed(item, keys=keys, now=self.now, known=known)
        if item.said.type == "renewal":
            self.renewals.append((item.said, item.text, item.signatures))

    def _require_ends(self, item: PushedItem) -> None:
        """Let a code give way to the node's own; to another node's only once that node signed."""
        said = renames.read(item.said.body)
        assert said is not None  # Its form was required.
        if said.receiver is None:
            for code in said.to:
                self._require_host(item.said.issuer, code)
            return
        if len(said.to) != 1 or said.receiver == item.said.issuer:
            raise ItemRefused("rename_malformed")
        if said.receiver != own_code() and self._answers_for(said.to[0]) != said.receiver:
            raise ItemRefused("prefix_not_granted")
        keys = self._keys(said.receiver)
        known = _known(item.said.digest, self.renewals)
        pushed.require_countersigned(
            item, receiver=said.receiver, keys=keys, now=self.now, known=known
        )

    def _answers_for(self, code: str) -> str:
        """Return who answers for a code by the longest grant, or else by the name that it bears."""
        granted = (self._host_of(prefix) for prefix in records.prefixes(code))
        return next(filter(None, granted), "".join(code.split("-")[1:2]))

    def _believe_keyset(self, item: PushedItem) -> None:
        issuer = item.said.issuer
        pushed.require_keyset(item, root_key=self.hosts[issuer].root_key)
        before = self._keys(issuer)
        if not before or before["sequence"] <= item.sequence:
            self.keys[issuer] = item.said.body

    def _is_below(self, issuer: str) -> bool:
        node, steps = issuer, 0
        while node and steps < 4:
            if node == self.peer:
                return issuer in self.hosts
            node, steps = self.levels.get(node, ""), steps + 1
        return False

    def _keys(self, issuer: str) -> Mapping[str, Any]:
        if issuer not in self.keys:
            kept = gateway_selectors.keyset(issuer)
            self.keys[issuer] = statements.parse(kept.text).body if kept else {}
        return self.keys[issuer]

    def _require_host(self, issuer: str, code: str) -> None:
        """Let a node speak of what the longest grant gives it, and of nothing else."""
        for prefix in records.prefixes(code):
            host = self._host_of(prefix)
            if host:
                if host != issuer:
                    raise ItemRefused("prefix_not_granted")
                return
        raise ItemRefused("prefix_not_granted")

    def hosted(self, issuer: str, codes: Sequence[str]) -> list[str]:
        """Return which of some codes a node may speak of."""
        found = []
        for code in codes:
            with contextlib.suppress(ItemRefused):
                self._require_host(issuer, code)
                found.append(code)
        return found

    def _host_of(self, prefix: str) -> str:
        if prefix not in self.granted:
            kept = gateway_selectors.latest("grant", subject=prefix)
            body = statements.parse(kept.text).body if kept else {}
            holds = bool(body) and believing.holds(body, now=self.now)
            self.granted[prefix] = str(body["host"]) if holds else ""
        return self.granted[prefix]


def read_push(raw: bytes) -> PushBody:
    """
    Read the body of a push.

    :raises PushMalformed: if it is none
    """
    try:
        return msgspec.json.decode(raw, type=PushBody)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise PushMalformed(field="items") from error
