"""
The directory: which nodes there are, where they are asked, under which roots.

The national node signs it; every other takes it as a whole, and never an older one.
"""

import base64
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from django.conf import settings
from django.db import connection, transaction

from common import ed25519, statements, tenancy
from common.moments import InvalidMoment, parse_moment
from gateway import selectors as gateway_selectors
from gateway import services as gateway_services
from gateway.contracts import KeyPurpose, NodeKind, NodeState, own_code
from gateway.peering.contracts import PEER_URL, DirectoryRefused, NotNational
from gateway.peering.event_names import PeerEvent
from gateway.peering.models import ListedNode
from gateway.rules import believing, records
from gateway.services.keeping import StatementDraft
from identity.events import services as events

VALID_FOR: Final = timedelta(days=7)
SIGNED_ANEW_AFTER: Final = timedelta(days=1)
NODES_MAX: Final = 300  # what a statement of 64 KiB holds


class ListedForm(msgspec.Struct, frozen=True):
    """A node as the directory writes it."""

    code: str
    kind: str
    parent: str
    name: str
    url: str
    root: str
    state: str
    epoch: int = 1
    keyset: str = ""


@transaction.atomic
def sign_directory(*, now: datetime) -> dict[str, Any]:
    """
    Sign the directory if it changed or is a day old; return it as JSON carries it.

    :raises NotNational: at any other node
    :raises KeyUnusable: if there is no key for it
    """
    if settings.SUANPAN_NODE_KIND != NodeKind.NATIONAL:
        raise NotNational
    with tenancy.acting_as_platform():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('gateway_directory'))")
        last = gateway_selectors.latest("directory", subject=own_code(), issuer=own_code())
        nodes = _nodes()
        if last is not None and now - last.kept_at < SIGNED_ANEW_AFTER:
            body = statements.parse(last.text).body
            if body["nodes"] == nodes:
                return records.as_json(last.text, last.signatures)
        sequence = last.sequence + 1 if last else 1
        own = gateway_services.ensure_own_node(now=now)
        body = {
            "epoch": own.epoch,
            "nodes": nodes,
            "sequence": sequence,
            "valid_until": now + VALID_FOR,
        }
        (made,) = gateway_services.say(
            [StatementDraft("directory", own_code(), sequence, body)],
            purpose=KeyPurpose.GRANT,
            now=now,
        )
        _record(PeerEvent.DIRECTORY_SIGNED, sequence=sequence, nodes=len(nodes))
        return records.as_json(made.text, made.signatures)


def _nodes() -> list[dict[str, Any]]:
    found = []
    for node in gateway_selectors.nodes()[:NODES_MAX]:
        keyset = gateway_selectors.keyset(node.code)
        is_own = node.state == NodeState.OWN
        found.append(
            {
                "code": node.code,
                "epoch": node.epoch,
                "keyset": keyset.digest if keyset else "",
                "kind": node.kind,
                "name": node.name,
                "parent": node.parent or ("" if is_own else own_code()),
                "root": base64.b64encode(bytes(node.root_key)).decode(),
                "state": NodeState.ADMITTED.value if is_own else node.state,
                "url": settings.PUBLIC_URL if is_own else node.url,
            }
        )
    return found


def take_directory(
    *, carried: believing.Carry, node: str, keys: Any, now: datetime
) -> tuple[int, bool]:
    """
    Take the directory of the national node; return its sequence, and whether it was new.

    What contradicts an earlier one is committed before it is refused.

    `keys` is the body of that node's set of keys.

    :raises PeerAnswerRefused: if another signed it
    :raises DirectoryRefused: if it is over, malformed, or older than the one that is known; another
        text of a known number is kept as proof and refused
    """
    said = believing.directory(carried, node=node, keys=keys, now=now)
    sequence, nodes, until = _read(said.body)
    if until <= now:
        raise DirectoryRefused(reason="over")
    with tenancy.acting_as_platform():
        newest = gateway_selectors.latest("directory", subject=node, issuer=node)
        if newest is not None and newest.sequence > sequence:
            raise DirectoryRefused(reason="older")
        if newest is not None and newest.digest == said.digest:
            ListedNode.objects.filter(directory=said.digest).update(valid_until=until)
            return sequence, False
    kept_second = _keep(said, carried, node, sequence, now)
    if kept_second:
        raise DirectoryRefused(reason="equivocation")
    with tenancy.acting_as_platform():
        _list(nodes, said.digest, sequence, until)
        _record(PeerEvent.DIRECTORY_TAKEN, sequence=sequence, nodes=len(nodes), by=node)
    return sequence, True


def _keep(
    said: statements.SaidStatement,
    carried: believing.Carry,
    node: str,
    sequence: int,
    now: datetime,
) -> bool:
    with tenancy.acting_as_platform():
        _kept, is_second = gateway_services.keep_statement(
            said,
            text=carried.text,
            signatures=carried.signatures,
            subject=node,
            sequence=sequence,
            now=now,
        )
    return is_second


def _read(body: Any) -> tuple[int, list[ListedForm], datetime]:
    try:
        nodes = msgspec.convert(body["nodes"], list[ListedForm])
        until = parse_moment(str(body["valid_until"]))
        sequence = msgspec.convert(body["sequence"], int)
    except (msgspec.ValidationError, InvalidMoment, KeyError) as error:
        raise DirectoryRefused(reason="malformed") from error
    if sequence < 1 or not all(_is_node(each) for each in nodes):
        raise DirectoryRefused(reason="malformed")
    return sequence, nodes, until


def _is_node(each: ListedForm) -> bool:
    try:
        root = base64.b64decode(each.root, validate=True)
    except ValueError:
        return False
    is_address = each.url == "" or bool(PEER_URL.fullmatch(each.url))
    is_secure = each.url.startswith("https://") or not settings.TLS or not each.url
    return (
        ed25519.is_public_key(root)
        and is_address
        and is_secure
        and each.state in NodeState.values
        and each.code[:1] == each.kind
        and len(each.code) == 6
        and len(each.name) <= 120
    )


def _list(nodes: list[ListedForm], digest: str, sequence: int, until: datetime) -> None:
    ListedNode.objects.bulk_create(
        [
            ListedNode(
                code=each.code,
                kind=each.kind,
                parent=each.parent,
                name=each.name,
                url=each.url,
                root_key=base64.b64decode(each.root),
                state=each.state,
                epoch=each.epoch,
                keyset=each.keyset,
                directory=digest,
                sequence=sequence,
                valid_until=until,
            )
            for each in nodes
        ],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=[
            "parent",
            "name",
            "url",
            "root_key",
            "state",
            "epoch",
            "keyset",
            "directory",
            "sequence",
            "valid_until",
        ],
    )
    # Whom the directory names no more is asked no more.
    ListedNode.objects.exclude(directory=digest).update(state=NodeState.LEFT)


def _record(name: PeerEvent, **facts: Any) -> None:
    events.record(
        [
            events.Event(
                name=name,
                object_kind="node",
                object_id=own_code(),
                object_label=own_code(),
                facts=facts,
            )
        ]
    )
