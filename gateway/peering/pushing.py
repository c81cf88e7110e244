"""
Telling those above: batches go out, receipts come back; each night what they hold is compared.

Reads and writes are short; between them, outside any transaction, the peer is asked.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec
import structlog

from common import clock, outbound, tenancy
from common.errors import Refusal
from gateway import asking, fetching
from gateway import selectors as gateway_selectors
from gateway.contracts import KnownHost, NodeKind, PeerAnswerRefused, PeerTimeout, own_code
from gateway.peering import outgoing, selectors, services
from gateway.peering.contracts import DirectoryMissing
from gateway.peering.rules import differing
from gateway.peering.services.comparing import FoundDifference
from gateway.peering.services.sending import DATASETS, PushBatch
from gateway.rules import believing

logger = structlog.get_logger(__name__)
BATCHES_MAX: Final = 40  # of a peer in one go; the next ring goes on
REPAIRED_MAX: Final = 10_000
ReplyT = TypeVar("ReplyT")


class ReceiptReply(msgspec.Struct, frozen=True):
    """What a peer answers to a push."""

    receipt: believing.Carry


class ProblemReply(msgspec.Struct, frozen=True):
    """What is read of a peer's refusal: its code, and the number that it expects."""

    code: str = ""
    expected: int = 0


class RangesReply(msgspec.Struct, frozen=True):
    """Hashes of ranges."""

    ranges: dict[str, str]


class RootReply(msgspec.Struct, frozen=True):
    """A set as one hash."""

    root: str
    items: int


class ItemsReply(msgspec.Struct, frozen=True):
    """Digests of a range."""

    items: list[str]


class ConclusionReply(msgspec.Struct, frozen=True):
    """The other side's word."""

    difference: believing.Carry


class MoveLineReply(msgspec.Struct, frozen=True):
    """The other node's line under a move; none while it waits for a worker there."""

    line: str | None


class DirectoryReply(msgspec.Struct, frozen=True):
    """The directory as a node hands it on."""

    directory: believing.Carry


def deliver() -> dict[str, int]:
    """Push what waits to each peer above; return how many items each took."""
    taken: dict[str, int] = {}
    hosts = selectors.hosts()
    for peer in selectors.upward_peers():
        if peer.node in hosts and _may_push(peer.node):
            taken[peer.node] = sum(_deliver_to(hosts[peer.node], each) for each in DATASETS)
    return taken


def _may_push(node: str) -> bool:
    """Return whether this copy still speaks for the node: a later one may have taken over."""
    link = selectors.links().get(node)
    return link is None or link.refusal != "epoch_superseded"


def _deliver_to(host: KnownHost, dataset: str) -> int:
    taken = 0
    for _number in range(BATCHES_MAX):
        batch = services.next_batch(peer=host.code, dataset=dataset, now=clock.now())
        if batch is None:
            return taken
        try:
            push(host, batch)
        except (Refusal, PushRefused) as refusal:
            code = str(getattr(refusal, "code", "refused"))
            services.note_push_failed(peer=host.code, code=code)
            logger.warning("peering.push.refused", node=host.code, code=code)
            return taken
        taken += len(batch.digests)
    return taken


class PushRefused(Exception):  # noqa: N818 - a peer's "no", by its code
    """A peer did not take a push."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def push(host: KnownHost, batch: PushBatch, *, is_repair: bool = False) -> Mapping[str, Any]:
    """
    Push a batch, and settle it by the receipt; return what that says.

    :raises PushRefused: with the code that the peer answered
    :raises PeerTimeout, PeerAnswerRefused, PeerCircuitOpen: as `outgoing.ask`
    """
    body: dict[str, Any] = {
        "dataset": batch.dataset,
        "first": batch.first,
        "items": list(batch.items),
    }
    if is_repair:
        body["repair"] = True
    reply = outgoing.ask(host, "/api/peer/v1/push", body=body)
    if not reply.is_success:
        raise PushRefused(_problem(reply).code or f"status_{reply.status}")
    receipt = _read(reply, ReceiptReply, host.code).receipt
    keys = fetching.keys_of(host)
    try:
        return services.settle_batch(batch=batch, receipt=receipt, keys=keys, now=clock.now())
    except PeerAnswerRefused as refusal:
        if refusal.facts["reason"] != "statement_signature" or not fetching.refresh_keys(host.code):
            raise
        keys = fetching.keys_of(host)
        return services.settle_batch(batch=batch, receipt=receipt, keys=keys, now=clock.now())


def compare(peer: str, dataset: str) -> FoundDifference:
    """
    Compare what a peer took with what it holds, repair what it lacks, and keep both words.

    :raises PeerTimeout: if there is no such peer, or it does not answer
    :raises PushRefused: with the code that it answered
    """
    host = selectors.hosts().get(peer)
    if host is None:
        raise PeerTimeout(node=peer)
    with tenancy.acting_as_platform():
        as_of = selectors.last_pushed(peer, dataset)
        ours = selectors.pushed_digests(peer, dataset, as_of=as_of)
    found = _find(host, dataset, as_of, ours)
    repaired = _repair(host, found) if found.missing_above else 0
    now = clock.now()
    said = services.say_difference(found=found, repaired=repaired, now=now)
    answer = _round(host, dataset, as_of, "conclude", conclusion=said)
    theirs = _read(answer, ConclusionReply, peer).difference
    services.keep_difference(
        found=found,
        repaired=repaired,
        ours=said,
        theirs=theirs,
        keys=fetching.keys_of(host),
        now=clock.now(),
    )
    return found


def _find(host: KnownHost, dataset: str, as_of: int, ours: list[str]) -> FoundDifference:
    root = differing.root(ours)
    whole = _read(_round(host, dataset, as_of, "root"), RootReply, host.code)
    if whole.root == root:
        return FoundDifference(host.code, dataset, as_of, len(ours), root)
    within: list[str] = []
    for level, digits in (
        ("groups", differing.GROUP_DIGITS),
        ("buckets", differing.BUCKET_DIGITS),
    ):
        reply = _round(host, dataset, as_of, level, within=within)
        theirs = _read(reply, RangesReply, host.code).ranges
        mine = differing.ranges(ours, digits=digits, within=within)
        within = differing.differing(mine, theirs)[: differing.WANTED_MAX]
    reply = _round(host, dataset, as_of, "items", within=within)
    held = set(_read(reply, ItemsReply, host.code).items)
    expected = set(differing.items(ours, within=within))
    return FoundDifference(
        host.code,
        dataset,
        as_of,
        len(ours),
        root,
        tuple(sorted(expected - held)),
        tuple(sorted(held - expected)),
    )


def _repair(host: KnownHost, found: FoundDifference) -> int:
    digests = found.missing_above[:REPAIRED_MAX]
    repaired = 0
    for batch in services.batch_of(peer=host.code, dataset=found.dataset, digests=digests):
        receipt = push(host, batch, is_repair=True)
        repaired += int(receipt["applied"])
    return repaired


def _round(
    host: KnownHost,
    dataset: str,
    as_of: int,
    level: str,
    *,
    within: list[str] | None = None,
    conclusion: Mapping[str, Any] | None = None,
) -> outbound.Reply:
    body: dict[str, Any] = {"as_of": as_of, "dataset": dataset, "level": level}
    if within:
        body["within"] = within
    if conclusion is not None:
        body["conclusion"] = conclusion
    reply = outgoing.ask(host, "/api/peer/v1/difference", body=body)
    if not reply.is_success:
        raise PushRefused(_problem(reply).code or f"status_{reply.status}")
    return reply


def ask_moves() -> int:
    """Ask the nodes that codes are to move to for their signature; return how many moved."""
    moved = 0
    hosts = selectors.hosts()
    for move in services.moves_to_ask(now=clock.now()):
        try:
            moved += _ask_move(move, hosts.get(move.receiver))
        except (Refusal, PushRefused) as refusal:
            code = str(getattr(refusal, "code", "refused"))
            services.note_move_refused(move_id=move.pk, code=code, now=clock.now())
            logger.warning("peering.move.refused", node=move.receiver, code=code)
    return moved


def _ask_move(move: Any, host: KnownHost | None) -> bool:
    receiver = asking.authority(move.to_code)
    if receiver and receiver not in (move.receiver, own_code()):
        # Who is granted a pool is known once its code was asked for.
        services.redirect_move(move_id=move.pk, receiver=receiver, now=clock.now())
        return False
    if host is None:
        raise PeerTimeout(node=move.receiver)
    reply = outgoing.ask(host, "/api/peer/v1/countersign", body={"text": move.text})
    if not reply.is_success:
        raise PushRefused(_problem(reply).code or f"status_{reply.status}")
    line = _read(reply, MoveLineReply, host.code).line
    if not line:
        return False
    keys = fetching.keys_of(host)
    return services.settle_move(move_id=move.pk, line=line, receiver_keys=keys, now=clock.now())


def pull_directory() -> tuple[int, bool]:
    """
    Fetch the directory of the national node; return its sequence, and whether it was new.

    :raises DirectoryMissing: if no national node was admitted here
    :raises DirectoryRefused, PeerAnswerRefused, PeerTimeout: if it is not to be had
    """
    nation = next(
        (
            each
            for code, each in gateway_selectors.known_hosts().items()
            if code[0] == NodeKind.NATIONAL and code != own_code()
        ),
        None,
    )
    if nation is None:
        raise DirectoryMissing
    reply = outgoing.ask(nation, "/api/gateway/v1/directory")
    if not reply.is_success:
        raise PeerAnswerRefused(node=nation.code, reason=f"status_{reply.status}")
    carried = _read(reply, DirectoryReply, nation.code).directory
    keys = fetching.keys_of(nation)
    try:
        return services.take_directory(
            carried=carried, node=nation.code, keys=keys, now=clock.now()
        )
    except PeerAnswerRefused as refusal:
        if refusal.facts["reason"] != "statement_signature" or not fetching.refresh_keys(
            nation.code
        ):
            raise
        return services.take_directory(
            carried=carried, node=nation.code, keys=fetching.keys_of(nation), now=clock.now()
        )


def _problem(reply: outbound.Reply) -> ProblemReply:
    try:
        return msgspec.json.decode(reply.body, type=ProblemReply)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return ProblemReply()


def _read(reply: outbound.Reply, form: type[ReplyT], node: str) -> ReplyT:
    try:
        return msgspec.json.decode(reply.body, type=form)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise PeerAnswerRefused(node=node, reason="unreadable") from error
