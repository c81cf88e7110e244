"""Reads of peering: peers, their links, nodes as listed, what waits and what was found."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet

from common.errors import NotFound
from gateway import selectors as gateway_selectors
from gateway.contracts import KnownHost, NodeState, own_code
from gateway.peering.contracts import MoveState, PeerState
from gateway.peering.models import (
    AdmissionCheck,
    CodeMove,
    ConformanceRun,
    DayTotals,
    DueStatus,
    ExpectedMove,
    Incoming,
    ListedNode,
    Outgoing,
    Peer,
    PeerLink,
    PushDifference,
)

DAYS_LOOKED_AT: Final = 14
DIFFERS_BY: Final = 10  # a tenth: registers change while a day is signed


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDays:
    """How a node reports its days: the last one, which are missing, and what does not fit."""

    node: str
    last_day: date | None
    said_at: datetime | None
    kept_at: datetime | None
    missing: tuple[date, ...]
    said_milli: int | None
    recorded_milli: int
    has_said_two: bool

    @property
    def differs(self) -> bool:
        """Return whether it says that it has more, or less, by a tenth than its records hold."""
        if self.said_milli is None:
            return False
        return abs(self.said_milli - self.recorded_milli) * DIFFERS_BY > self.recorded_milli


def peers() -> QuerySet[Peer]:
    """Return the peers, by code."""
    return Peer.objects.order_by("node")


def peer(node: str) -> Peer | None:
    """Return a peer by its node's code."""
    return Peer.objects.filter(node=node).first()


def upward_peers() -> list[Peer]:
    """Return the peers that this node pushes to."""
    return list(Peer.objects.filter(pushes=True, state=PeerState.ADMITTED).order_by("node"))


def links() -> dict[str, PeerLink]:
    """Return where each link stands, by the peer's code."""
    return {each.node: each for each in PeerLink.objects.all()}


def listed() -> QuerySet[ListedNode]:
    """Return the nodes that the directory lists, by code."""
    return ListedNode.objects.order_by("code")


def listed_node(code: str) -> ListedNode | None:
    """Return a node as the directory lists it."""
    return ListedNode.objects.filter(code=code).first()


def hosts() -> dict[str, KnownHost]:
    """
    Return the nodes that may be asked, by code: admitted here, or listed by the national node.

    What two people took here stands before the directory; who is suspended there is not asked.
    """
    listed_hosts = {
        each.code: KnownHost(each.code, each.url, bytes(each.root_key))
        for each in ListedNode.objects.filter(state=NodeState.ADMITTED).exclude(code=own_code())
        if each.url
    }
    found = listed_hosts | gateway_selectors.known_hosts()
    for each in Peer.objects.filter(state=PeerState.ADMITTED, node__in=found):
        found[each.node] = KnownHost(each.node, each.url, found[each.node].root_key)
    return found


def levels() -> dict[str, str]:
    """Return the node above each, as far as it is known: admitted here, or listed."""
    found = {each.code: each.parent for each in ListedNode.objects.all()}
    for each in gateway_selectors.nodes():
        if each.parent:
            found[each.code] = each.parent
    return found


def is_below(node: str, above: str) -> bool:
    """Return whether a node stands somewhere below another; itself counts."""
    parents, seen = levels(), 0
    while node and seen < 8:
        if node == above:
            return True
        node, seen = parents.get(node, ""), seen + 1
    return False


def waiting() -> QuerySet[Outgoing]:
    """Return what waits for peers, the oldest first."""
    return Outgoing.objects.filter(told_at__isnull=True).order_by("due_at")


def due_statuses() -> QuerySet[DueStatus]:
    """Return the codes whose status waits for a signature."""
    return DueStatus.objects.order_by("due_at")


def _plain(rows: Iterable[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in rows]


def push_counts() -> list[dict[str, Any]]:
    """Return, by peer and dataset, how many items wait, were taken, and were refused."""
    return _plain(
        Outgoing.objects.values("peer", "dataset")
        .annotate(
            waits=Count("id", filter=Q(told_at__isnull=True)),
            told=Count("id", filter=Q(told_at__isnull=False)),
            refused=Count("id", filter=~Q(refusal="")),
            last=Max("told_at"),
        )
        .order_by("peer", "dataset")
    )


def received_counts() -> list[dict[str, Any]]:
    """Return, by peer and dataset, how many items came and were refused, and the last number."""
    return _plain(
        Incoming.objects.values("peer", "dataset")
        .annotate(
            came=Count("id"),
            refused=Count("id", filter=~Q(refusal="")),
            last=Max("sequence"),
            at=Max("came_at"),
        )
        .order_by("peer", "dataset")
    )


def differences() -> QuerySet[PushDifference]:
    """Return what comparisons found, the latest first."""
    return PushDifference.objects.order_by("-found_at", "-id")


def conformance_runs(node: str = "") -> QuerySet[ConformanceRun]:
    """Return runs of the conformance suite, of one node or of all, the latest first."""
    found = ConformanceRun.objects.order_by("-run_at", "-id")
    return found.filter(node=node) if node else found


def confirmed_checks(node: str) -> dict[str, AdmissionCheck]:
    """Return what of the admission checklist was confirmed of a node, by item."""
    return {each.item: each for each in AdmissionCheck.objects.filter(node=node)}


def has_compared(peer_code: str, *, since: datetime) -> bool:
    """Return whether what was pushed to a peer was compared since a moment."""
    return PushDifference.objects.filter(peer=peer_code, found_at__gte=since).exists()


def pushed_digests(peer_code: str, dataset: str, *, as_of: int) -> list[str]:
    """Return what a peer took of this node, up to a number."""
    taken = Outgoing.objects.filter(
        peer=peer_code, dataset=dataset, sequence__lte=as_of, told_at__isnull=False, refusal=""
    )
    return list(taken.values_list("digest", flat=True))


def last_pushed(peer_code: str, dataset: str) -> int:
    """Return the number of the last item that a peer took."""
    taken = Outgoing.objects.filter(peer=peer_code, dataset=dataset, told_at__isnull=False)
    return int(taken.aggregate(last=Max("sequence"))["last"] or 0)


def last_received(peer_code: str, dataset: str) -> int:
    """Return the number of the last item that came from a peer."""
    came = Incoming.objects.filter(peer=peer_code, dataset=dataset)
    return int(came.aggregate(last=Max("sequence"))["last"] or 0)


def received_digests(peer_code: str, dataset: str, *, as_of: int) -> list[str]:
    """Return what came from a peer up to a number and is held: its statement is there."""
    came = Incoming.objects.filter(
        peer=peer_code, dataset=dataset, sequence__lte=as_of, refusal=""
    ).values_list("digest", flat=True)
    wanted = set(came)
    return sorted(wanted & gateway_selectors.kept_digests(list(wanted)))


def asks_signed(node: str) -> bool:
    """
    Return whether a node is asked by signed requests: a peer, or one that lists this one, too.

    Others are asked as anybody asks.
    """
    if Peer.objects.filter(node=node, state=PeerState.ADMITTED).exists():
        return True
    codes = [node, own_code()]
    return ListedNode.objects.filter(code__in=codes, state=NodeState.ADMITTED).count() == 2


def day_totals() -> QuerySet[DayTotals]:
    """Return what nodes said of their days, the latest day first."""
    return DayTotals.objects.order_by("-day", "node", "resource_class")


def totals_below(*, today: date, days: int = DAYS_LOOKED_AT) -> list[NodeDays]:
    """
    Return how each node below this one, and itself, reports its days, by code.

    A day is missing if nothing came of it since the node reported first; what a node says it has is
    compared with the records that it signed.
    """
    since = today - timedelta(days=days)
    rows = list(DayTotals.objects.filter(day__gte=since).order_by("node", "day"))
    firsts = {
        row["node"]: row["first"]
        for row in DayTotals.objects.values("node").annotate(first=Min("day"))
    }
    recorded = _recorded_milli()
    below = {code for code in levels() if is_below(code, own_code())}
    twice = set(
        gateway_selectors.statements()
        .filter(type="totals", is_second=True)
        .values_list("issuer", flat=True)
    )
    found = []
    for code in sorted({*below, *firsts, own_code()}):
        own = [row for row in rows if row.node == code]
        there = {row.day for row in own}
        begun = max(firsts.get(code, today), since)
        expected = [begun + timedelta(days=each) for each in range((today - begun).days)]
        latest = [row for row in own if row.day == max(there)] if there else []
        said = sum(unit["total_milli"] for row in latest for unit in row.capacity)
        found.append(
            NodeDays(
                node=code,
                last_day=max(there, default=None),
                said_at=max((row.said_at for row in latest), default=None),
                kept_at=max((row.kept_at for row in latest), default=None),
                missing=tuple(day for day in expected if day not in there),
                said_milli=said if latest else None,
                recorded_milli=recorded.get(code, 0),
                has_said_two=code in twice,
            )
        )
    return found


def _recorded_milli() -> dict[str, int]:
    """Return how much of each node stands in records that it signed, as far as it is active."""
    return {row["authority"]: int(row["total"] or 0) for row in gateway_selectors.recorded_totals()}


def waiting_moves() -> QuerySet[CodeMove]:
    """Return the codes that wait to move to another node."""
    return CodeMove.objects.filter(state=MoveState.ASKED).order_by("due_at")


def moves_of(organization_id: UUID) -> QuerySet[CodeMove]:
    """Return the moves that an owner asked for, the latest first."""
    return CodeMove.objects.filter(organization_id=organization_id).order_by("-id")


def expected_moves_of(organization_id: UUID) -> QuerySet[ExpectedMove]:
    """Return the codes of other nodes that an owner expects here, the latest first."""
    return ExpectedMove.objects.filter(organization_id=organization_id).order_by("-id")


def move_of(organization_id: UUID, move_id: UUID) -> CodeMove:
    """
    Return a move that an owner asked for.

    :raises NotFound: if it does not exist or is someone else's
    """
    found = moves_of(organization_id).filter(pk=move_id).first()
    if found is None:
        raise NotFound
    return found
