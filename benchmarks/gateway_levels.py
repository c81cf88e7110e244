"""
Two nodes below the one that is measured: a region that refers, and a provider that answers.

Each serves from a process of its own and signs as nodes do, under keys that the measured node
knows; neither reads a database.
"""

import base64
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Final

REGION, PROVIDER = "R52000", "P00001"
REGION_PREFIX: Final = "SP2-R52000"
POOL_PREFIX: Final = "SP2-R52000-000C-0001"


@dataclass(frozen=True, slots=True)
class NodeBelow:
    """A node that runs: its code, address and root key."""

    code: str
    url: str
    root: bytes


def _serve(code: str, grants: dict[str, str], told: Connection) -> None:
    import threading

    from gateway.peering.fake import FakePeer

    peer = FakePeer(code)
    peer.grants = grants
    told.send((peer.start().url, peer.root))
    threading.Event().wait()


@contextmanager
def below() -> Iterator[tuple[NodeBelow, NodeBelow]]:
    """Run both nodes; yield region and provider."""
    spawn = multiprocessing.get_context("spawn")
    processes, nodes = [], []
    try:
        for code, grants in ((REGION, {POOL_PREFIX: PROVIDER}), (PROVIDER, {})):
            here, there = spawn.Pipe()
            process = spawn.Process(target=_serve, args=(code, grants, there), daemon=True)
            process.start()
            processes.append(process)
            url, root = here.recv()
            nodes.append(NodeBelow(code, url, base64.b64decode(root)))
        yield nodes[0], nodes[1]
    finally:
        for process in processes:
            process.terminate()
            process.join()


def admit(nodes: tuple[NodeBelow, NodeBelow]) -> None:
    """Enter both nodes as two people admitted them, and grant the region its codes."""
    from common import clock, tenancy
    from gateway.contracts import KeyPurpose, NodeState
    from gateway.models import LevelNode
    from gateway.services.keeping import StatementDraft, say

    now = clock.now()
    with tenancy.acting_as_platform():
        for node in nodes:
            LevelNode.objects.create(
                code=node.code,
                kind=node.code[0],
                name=node.code,
                state=NodeState.ADMITTED,
                root_key=node.root,
                url=node.url,
                proposal_id="01900000-0000-7000-8000-000000000001",
                proposed_by_id=1,
                agreed_by_id=2,
                since=now,
            )
        body = {
            "host": REGION,
            "not_after": "2099-01-01T00:00:00.000Z",
            "not_before": "2020-01-01T00:00:00.000Z",
            "prefix": REGION_PREFIX,
            "sequence": 1,
            "state": "active",
        }
        draft = StatementDraft("grant", REGION_PREFIX, 1, body)
        say([draft], purpose=KeyPurpose.GRANT, now=now)
