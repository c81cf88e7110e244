"""Nodes that this one knows: itself, and whom two people admitted. None is learned from input."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from common import ed25519, tenancy
from gateway import keys, selectors
from gateway.contracts import (
    NODE_CODE,
    NODE_KIND,
    KeyPurpose,
    NodeInvalid,
    NodeKind,
    NodeState,
    own_code,
)
from gateway.event_names import NodeEvent
from gateway.models import LevelNode
from identity import services as identity_services
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import GrantLevel, Role
from identity.events import services as events
from identity.services.grants import NODE_GRANT_LIFE, NODE_RIGHTS

PREFIXES_MAX: Final = 20
NAME_LENGTH_MAX: Final = 120
URL_LENGTH_MAX: Final = 200
_PREFIX: Final = re.compile(r"SP[0-9]{1,3}(-[0-9A-Z]{1,20}){1,6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFacts:
    """
    What two people agree on about another node.

    `root_key` is its root's public key in base64, compared by two channels; `url` is where it is
    asked (`https://host[:port]`); `prefixes` are granted to it by this node, none to the parent
    (`is_parent`), which is asked about whatever nobody else is granted.
    """

    code: str
    name: str
    name_en: str = ""
    parent: str = ""
    root_key: str
    url: str
    prefixes: Sequence[str] = ()
    is_parent: bool = False


def ensure_own_node(*, now: datetime) -> LevelNode:
    """
    Return this node's own row; the first time it is made of the settings and the root key.

    :raises KeyUnusable: if the node has no root key
    """
    found = selectors.node(own_code())
    if found is not None:
        return found
    made = LevelNode(
        code=own_code(),
        kind=settings.SUANPAN_NODE_KIND,
        name=str(settings.SITE_NAME)[:NAME_LENGTH_MAX],
        state=NodeState.OWN,
        root_key=keys.newest_key(KeyPurpose.ROOT).public_key,
        url=settings.PUBLIC_URL,
        since=now,
    )
    LevelNode.objects.bulk_create([made], ignore_conflicts=True)
    return LevelNode.objects.get(code=own_code())


def raise_own_epoch(*, now: datetime) -> int:
    """
    Raise this node's own epoch by one, and return it; the caller publishes its keys under it.

    :raises KeyUnusable: if the node has no root key
    """
    own = ensure_own_node(now=now)
    LevelNode.objects.filter(pk=own.pk).update(epoch=own.epoch + 1)
    return own.epoch + 1


def propose_node(*, facts: NodeFacts, by: Person, now: datetime) -> Proposed:
    """
    Propose to admit a node, or to change what is known of one; another operator agrees.

    :raises NodeInvalid: naming the field, if code, name, root, address or a prefix is none
    :raises ProposalWaits: if a proposal about the node waits
    """
    content = _checked(facts)
    return approvals.propose(
        Draft(
            kind=NODE_KIND,
            reference=facts.code,
            label=f"{facts.code} {facts.name}",
            content=content,
            role=Role.OPERATOR,
            by=by,
        ),
        now=now,
    )


@transaction.atomic
def admit_node(
    *, proposal_id: Any, person_id: int, organization_id: Any, now: datetime, note: str = ""
) -> LevelNode:
    """
    Admit a node as another operator proposed; what is granted to it waits for its signature.

    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=NODE_KIND,
        by=Person(person_id, organization_id),
        now=now,
        note=note,
    )
    content: Mapping[str, Any] = agreed.content
    with tenancy.acting_as_platform():
        node, _is_new = LevelNode.objects.update_or_create(
            code=content["code"],
            defaults={
                "kind": content["code"][0],
                "parent": content["parent"],
                "name": content["name"],
                "name_en": content["name_en"],
                "state": NodeState.ADMITTED,
                "root_key": base64.b64decode(content["root_key"]),
                "url": content["url"],
                "proposal_id": agreed.id,
                "proposed_by_id": agreed.proposed_by_id,
                "agreed_by_id": agreed.decided_by_id,
                "since": now,
            },
        )
        if content["is_parent"]:
            ensure_own_node(now=now)
            LevelNode.objects.filter(code=own_code()).update(parent=node.code)
        for prefix in content["prefixes"]:
            granted = identity_services.GrantDraft(
                prefix=prefix,
                profile=prefix.partition("-")[0].removeprefix("SP"),
                level=GrantLevel.NODE,
                issuer=own_code(),
                subject_node=node.code,
                name=node.name,
                rights=NODE_RIGHTS,
                life=NODE_GRANT_LIFE,
            )
            identity_services.grant_prefix(draft=granted, now=now, by_id=agreed.proposed_by_id)
        events.record(
            [
                events.Event(
                    name=NodeEvent.NODE_ADMITTED,
                    object_kind="node",
                    object_id=node.code,
                    object_label=f"{node.code} {node.name}",
                    facts={"prefixes": list(content["prefixes"]), "url": node.url},
                )
            ]
        )
    return node


def _checked(facts: NodeFacts) -> dict[str, Any]:
    if not NODE_CODE.fullmatch(facts.code) or facts.code == own_code():
        raise NodeInvalid(field="code")
    if facts.parent and not NODE_CODE.fullmatch(facts.parent):
        raise NodeInvalid(field="parent")
    if not 1 <= len(facts.name.strip()) <= NAME_LENGTH_MAX or len(facts.name_en) > 160:
        raise NodeInvalid(field="name")
    if not _is_root(facts.root_key):
        raise NodeInvalid(field="root_key")
    if not is_node_url(facts.url):
        raise NodeInvalid(field="url")
    wrong = [prefix for prefix in facts.prefixes if not _PREFIX.fullmatch(prefix)]
    if (
        wrong
        or len(facts.prefixes) > PREFIXES_MAX
        or len(set(facts.prefixes)) < len(facts.prefixes)
    ):
        raise NodeInvalid(field="prefixes")
    return {
        "code": facts.code,
        "is_parent": facts.is_parent,
        "kind": str(NodeKind(facts.code[0]).value),
        "name": facts.name.strip(),
        "name_en": facts.name_en.strip(),
        "parent": facts.parent,
        "prefixes": list(facts.prefixes),
        "root_key": facts.root_key,
        "url": facts.url,
    }


def is_node_url(url: str) -> bool:
    """Return whether a text is an address of a node: scheme, host and port, and nothing else."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    schemes = {"https"} if settings.TLS else {"https", "http"}
    whole = f"{parts.scheme}://{parts.hostname}" + (f":{port}" if port else "")
    return parts.scheme in schemes and url == whole and 0 < len(url) <= URL_LENGTH_MAX


def _is_root(encoded: str) -> bool:
    try:
        return ed25519.is_public_key(base64.b64decode(encoded, validate=True))
    except ValueError:
        return False
