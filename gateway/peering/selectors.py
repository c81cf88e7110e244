"""Reads of peering: peers, their links, nodes as listed, what waits and what was found."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, Max, Q, QuerySet

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
NODES_MAX: Final = 200  # that one page tells of
LEVELS_MAX: Final = 8
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


def totals_below(
    *, today: date, after: str = "", limit: int = NODES_MAX, days: int = DAYS_LOOKED_AT
) -> list[NodeDays]:
    """
    Return how each node below this one, and itself, reports its days, by code behind `after`.

    At most `limit`, and 200 in any case; one statement, however many they are. A day is missing if
    nothing came of it since the node reported first; what a node says it has is compared with the
    records that it signed.
    """
    since = today - timedelta(days=days)
    asked: dict[str, Any] = {
        "after": after,
        "depth": LEVELS_MAX,
        "limit": min(limit, NODES_MAX),
        "own": own_code(),
        "since": since,
    }
    with connection.cursor() as cursor:
        cursor.execute(_REPORTS, asked)
        rows = cursor.fetchall()
    found = []
    for code, first, reported, said_at, kept_at, said, recorded, has_said_two in rows:
        there = set(reported or ())
        begun = max(first or today, since)
        expected = [begun + timedelta(days=each) for each in range((today - begun).days)]
        found.append(
            NodeDays(
                node=code,
                last_day=max(there, default=None),
                said_at=said_at,
                kept_at=kept_at,
                missing=tuple(day for day in expected if day not in there),
                said_milli=int(said or 0) if there else None,
                recorded_milli=int(recorded or 0),
                has_said_two=has_said_two,
            )
        )
    return found


# What stands below follows the levels as they are known here: admitted before listed.
_REPORTS: Final = """
    WITH RECURSIVE known AS (
        SELECT code, parent FROM gateway_node WHERE parent <> ''
        UNION ALL
        SELECT l.code, l.parent FROM gateway_listed l
        WHERE NOT EXISTS (
            SELECT 1 FROM gateway_node n WHERE n.code = l.code AND n.parent <> '')
    ), below AS (
        SELECT %(own)s::text AS code, 0 AS depth
        UNION
        SELECT k.code, b.depth + 1 FROM known k JOIN below b ON k.parent = b.code
        WHERE b.depth < %(depth)s
    ), page AS (
        SELECT code FROM (SELECT code FROM below UNION SELECT node FROM gateway_daytotals) every
        WHERE code > %(after)s ORDER BY code LIMIT %(limit)s
    ), recorded AS (
        SELECT e.authority, sum(e.total_milli) AS milli FROM gateway_entry e
        WHERE e.status = 'ACTIVE' AND e.authority IN (SELECT code FROM page)
        GROUP BY e.authority
    )
    SELECT p.code, d.first, d.reported, l.said_at, l.kept_at, l.said, r.milli,
        EXISTS (SELECT 1 FROM gateway_statement s
            WHERE s.issuer = p.code AND s.type = 'totals' AND s.is_second)
    FROM page p
    LEFT JOIN LATERAL (
        SELECT min(t.day) AS first,
            array_agg(DISTINCT t.day) FILTER (WHERE t.day >= %(since)s) AS reported,
            max(t.day) FILTER (WHERE t.day >= %(since)s) AS latest
        FROM gateway_daytotals t WHERE t.node = p.code
    ) d ON true
    LEFT JOIN LATERAL (
        SELECT max(t.said_at) AS said_at, max(t.kept_at) AS kept_at,
            sum((SELECT sum((unit ->> 'total_milli')::bigint)
                FROM jsonb_array_elements(t.capacity) unit)) AS said
        FROM gateway_daytotals t WHERE t.node = p.code AND t.day = d.latest
    ) l ON true
    LEFT JOIN recorded r ON r.authority = p.code
    ORDER BY p.code
"""


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


def expected_move_of(organization_id: UUID, expected_id: UUID) -> ExpectedMove:
    """
    Return a code of another node that an owner expects.

    :raises NotFound: if it does not exist or is someone else's
    """
    found = expected_moves_of(organization_id).filter(pk=expected_id).first()
    if found is None:
        raise NotFound
    return found


def expected_move(from_code: str, to_code: str) -> ExpectedMove | None:
    """Return what is expected of a code of another node, unless it was withdrawn."""
    return ExpectedMove.objects.filter(
        from_code=from_code, to_code=to_code, withdrawn_at__isnull=True
    ).first()
