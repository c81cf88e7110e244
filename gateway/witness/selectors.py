"""Reads: what is witnessed, by whom, and what contradicts it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet

from gateway.witness import policy, rules
from gateway.witness.contracts import WitnessedHead
from gateway.witness.models import Cosignature, LogConflict, WitnessedLog, WitnessStanding
from ledger import packs
from ledger import selectors as ledger_selectors

CHECKPOINTS_MAX: Final = 64  # newest cosigned sizes that are looked at


@dataclass(frozen=True, slots=True)
class AskedWitness:
    """A witness of this node's ledger, and where it stands; None: it was never asked."""

    name: str
    group: str
    key: str
    standing: WitnessStanding | None


def witnessed_head(*, now: datetime) -> WitnessedHead | None:
    """
    Return the newest checkpoint that satisfies the policy, else the newest that anybody cosigned.

    None while nobody has cosigned any, or the ledger holds none of them any more.
    """
    asked = _policy()
    newest = Cosignature.objects.filter(witness__in=asked.groups)
    sizes = newest.order_by("-size").values_list("size", flat=True).distinct()[:CHECKPOINTS_MAX]
    lines: dict[int, list[Cosignature]] = defaultdict(list)
    for row in newest.filter(size__in=list(sizes)).order_by("-size", "witness"):
        lines[row.size].append(row)
    heads = (_head(size, rows, asked, now=now) for size, rows in lines.items())
    found = [head for head in heads if head is not None]
    return next((head for head in found if head.is_met), found[0] if found else None)


def _policy() -> policy.WitnessPolicy:
    """Return the policy; nobody's while its file cannot be used: pages and boards go on."""
    try:
        return policy.current()
    except policy.PolicyUnusable:
        return policy.WitnessPolicy()


def _head(
    size: int, rows: Sequence[Cosignature], asked: policy.WitnessPolicy, *, now: datetime
) -> WitnessedHead | None:
    note = ledger_selectors.checkpoint_note(size)
    if note is None:
        return None
    is_met = rules.meets(
        asked.needs,
        groups=asked.groups,
        signed={row.witness: int(row.signed_at.timestamp()) for row in rows},
        now=int(now.timestamp()),
        age_max=asked.max_age_seconds,
    )
    return WitnessedHead(
        size=size,
        note=rules.with_lines(note, [row.line for row in rows]),
        witnesses=tuple(row.witness for row in rows),
        signed_at=max(row.signed_at for row in rows),
        is_met=is_met,
    )


def published_policy() -> dict[str, Any]:
    """Return the policy as clients pin it, with the keys of this node's ledger."""
    return policy.current().published(packs.public_keys())


def asked_witnesses() -> list[AskedWitness]:
    """Return the witnesses that the policy names, in its order."""
    standings = WitnessStanding.objects.in_bulk()
    return [
        AskedWitness(each.key.name, each.group, each.key.text, standings.get(each.key.name))
        for each in _policy().witnesses
    ]


def witnessed_logs() -> QuerySet[WitnessedLog]:
    """Return what this node cosigned of others' logs, by name."""
    return WitnessedLog.objects.order_by("origin")


def conflicts() -> QuerySet[LogConflict]:
    """Return what contradicts it, the latest first."""
    return LogConflict.objects.order_by("-id")
