"""Peers: proposed by one operator, agreed by another; suspended by one, at once."""

from collections.abc import Mapping
from datetime import datetime
from ipaddress import ip_network
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from common import tenancy
from gateway import selectors as gateway_selectors
from gateway.contracts import NodeState, own_code
from gateway.peering import selectors
from gateway.peering.contracts import (
    PEER_KIND,
    PEER_URL,
    RATE_MAX,
    PeerFacts,
    PeerInvalid,
    PeerScope,
    PeerState,
)
from gateway.peering.event_names import PeerEvent
from gateway.peering.models import Peer
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from identity.events import services as events

NETWORKS_MAX = 20


def propose_peer(*, facts: PeerFacts, by: Person, now: datetime) -> Proposed:
    """
    Propose a peer, or other terms with one; another operator agrees.

    :raises PeerInvalid: naming the field, if node, address, scopes, networks or rate have not
        their form
    :raises ProposalWaits: if a proposal about the peer waits
    """
    content = _checked(facts)
    return approvals.propose(
        Draft(
            kind=PEER_KIND,
            reference=facts.node,
            label=f"{facts.node} {facts.url}",
            content=content,
            role=Role.OPERATOR,
            by=by,
        ),
        now=now,
    )


@transaction.atomic
def admit_peer(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> Peer:
    """
    Admit a peer as another operator proposed.

    If this node pushes to it, all that it ever signed then waits for the peer (trigger).

    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=PEER_KIND,
        by=Person(person_id, organization_id),
        now=now,
        note=note,
    )
    content: Mapping[str, Any] = agreed.content
    with tenancy.acting_as_platform():
        peer, _is_new = Peer.objects.update_or_create(
            node=content["node"],
            defaults={
                "url": content["url"],
                "scopes": content["scopes"],
                "networks": content["networks"],
                "rate": content["rate"],
                "pushes": content["pushes"],
                "state": PeerState.ADMITTED,
                "proposal_id": agreed.id,
                "proposed_by_id": agreed.proposed_by_id,
                "agreed_by_id": agreed.decided_by_id,
                "since": now,
            },
        )
        _record(PeerEvent.ADMITTED, peer, scopes=list(peer.scopes), url=peer.url)
    return peer


@transaction.atomic
def suspend_peer(*, node: str, reason: str) -> Peer:
    """
    Take nothing more from a peer and ask it nothing; to admit it again takes two people.

    :raises PeerInvalid: if there is no such peer, or no reason
    """
    with tenancy.acting_as_platform():
        peer = Peer.objects.select_for_update(no_key=True).filter(node=node).first()
        if peer is None or not reason.strip():
            raise PeerInvalid(field="node" if peer is None else "reason")
        peer.state = PeerState.SUSPENDED
        peer.save(update_fields=["state"])
        _record(PeerEvent.SUSPENDED, peer, reason=reason.strip())
    return peer


def _checked(facts: PeerFacts) -> dict[str, Any]:
    known = gateway_selectors.node(facts.node)
    listed = selectors.listed_node(facts.node)
    is_known = (known is not None and known.state == NodeState.ADMITTED) or listed is not None
    if facts.node == own_code() or not is_known:
        raise PeerInvalid(field="node")
    if not PEER_URL.fullmatch(facts.url) or not (
        facts.url.startswith("https://")
        or (not settings.TLS and facts.url.startswith(("http://127.0.0.1", "http://localhost")))
    ):
        raise PeerInvalid(field="url")
    if not facts.scopes or not set(facts.scopes) <= set(PeerScope.values):
        raise PeerInvalid(field="scopes")
    if not 1 <= facts.rate <= RATE_MAX:
        raise PeerInvalid(field="rate")
    return {
        "networks": _networks(facts),
        "node": facts.node,
        "pushes": facts.pushes,
        "rate": facts.rate,
        "scopes": sorted(set(facts.scopes)),
        "url": facts.url,
    }


def _networks(facts: PeerFacts) -> list[str]:
    try:
        found = [str(ip_network(each)) for each in facts.networks]
    except ValueError as error:
        raise PeerInvalid(field="networks") from error
    if len(found) > NETWORKS_MAX:
        raise PeerInvalid(field="networks")
    return found


def _record(name: PeerEvent, peer: Peer, **facts: Any) -> None:
    events.record(
        [
            events.Event(
                name=name,
                object_kind="node",
                object_id=peer.node,
                object_label=peer.node,
                facts=facts,
            )
        ]
    )
