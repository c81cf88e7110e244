"""How this room tells the record of events: the market alone, and a supplier of its own audit."""

from collections.abc import Iterable
from typing import Any

from identity.events import services as events
from marketplace.assurance.event_names import AssuranceEvent
from marketplace.assurance.models import AuditDraw, CapacityAudit, Case, SurveillanceRule


def of_cases(name: AssuranceEvent, cases: Iterable[Case], **facts: Any) -> None:
    """Record that the same happened to cases."""
    events.record(
        events.Event(
            name=name,
            object_kind="case",
            object_id=case.pk,
            object_label=case.number,
            facts={"pattern": case.pattern, **facts},
        )
        for case in cases
    )


def of_rule(rule: SurveillanceRule) -> None:
    """Record that a version of a rule holds."""
    event = events.Event(
        name=AssuranceEvent.RULE_PUBLISHED,
        object_kind="surveillance_rule",
        object_id=rule.pk,
        object_label=str(rule),
        facts={"parameters": rule.parameters},
    )
    events.record([event])


def of_audit(
    name: AssuranceEvent, audit: CapacityAudit, *, to_supplier: bool = True, **facts: Any
) -> None:
    """Record something of an audit; its supplier reads it from when it was told, if it may."""
    event = events.Event(
        name=name,
        object_kind="capacity_audit",
        object_id=audit.pk,
        object_label=audit.number,
        concerns=[audit.supplier_id] if audit.told_at and to_supplier else [],
        facts={"provider_id": audit.supplier_id, **facts},
    )
    events.record([event])


def of_audit_draw(name: AssuranceEvent, draw: AuditDraw) -> None:
    """Record something of a draw of audits."""
    event = events.Event(
        name=name,
        object_kind="audit_draw",
        object_id=draw.pk,
        object_label=draw.number,
        facts={"commitment": draw.commitment, "seed": draw.seed, "count": len(draw.drawn)},
    )
    events.record([event])
