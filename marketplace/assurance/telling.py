"""How this room tells the record of events: the market alone, and a supplier of its own audit."""

from collections.abc import Iterable
from typing import Any

from identity.events import services as events
from marketplace.assurance.event_names import AssuranceEvent, LevelEvent, ListingStopEvent
from marketplace.assurance.level_contracts import LEVEL_EVALUATION
from marketplace.assurance.models import (
    AuditDraw,
    CapacityAudit,
    Case,
    LevelEvaluation,
    ListingLevel,
    ListingStop,
    SurveillanceRule,
    TradeDispute,
)


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


def of_level(level: ListingLevel, number: str, *, is_worse: bool) -> None:
    """Record that a service level was published; its provider reads it, as everybody may."""
    event = events.Event(
        name=LevelEvent.PUBLISHED,
        object_kind="listing",
        object_id=level.listing_id,
        object_label=number,
        concerns=[level.provider_id],
        facts={"version": level.version, "starts_at": level.starts_at, "is_worse": is_worse},
    )
    events.record([event])


def of_evaluations(evaluations: Iterable[LevelEvaluation]) -> None:
    """Record what was missed, or counted again after it was missed, for both parties."""
    events.record(
        events.Event(
            name=LevelEvent.MISSED if each.revision == 1 else LevelEvent.RECOUNTED,
            object_kind=LEVEL_EVALUATION,
            object_id=each.pk,
            object_label=each.contract_number,
            concerns=[each.buyer_id, each.provider_id],
            facts={
                "missed": sorted(each.missed),
                "credited_minor": each.credited_minor,
                "month": f"{each.document['month']}",
            },
        )
        for each in evaluations
    )


def of_dispute(name: AssuranceEvent, dispute: TradeDispute, **facts: Any) -> None:
    """Record something of a dispute; both of its parties read it."""
    event = events.Event(
        name=name,
        object_kind="dispute",
        object_id=dispute.pk,
        object_label=dispute.number,
        concerns=[dispute.buyer_id, dispute.provider_id],
        facts={
            "buyer_id": dispute.buyer_id,
            "provider_id": dispute.provider_id,
            "claimed_minor": dispute.claimed_minor,
            **facts,
        },
    )
    events.record([event])


def of_turn(name: AssuranceEvent, dispute: TradeDispute) -> None:
    """Record whose turn it is in a dispute: for its provider, or for the market alone."""
    is_providers = name == AssuranceEvent.DISPUTE_ANSWER_DUE
    event = events.Event(
        name=name,
        object_kind="dispute",
        object_id=dispute.pk,
        object_label=dispute.number,
        concerns=[dispute.provider_id] if is_providers else [],
        facts={"claimed_minor": dispute.claimed_minor, "answer_due_at": dispute.answer_due_at},
    )
    events.record([event])


def of_stop(name: ListingStopEvent, stop: ListingStop, number: str) -> None:
    """Record that a listing was warned of, taken off the market, or is back; for its provider."""
    event = events.Event(
        name=name,
        object_kind="listing",
        object_id=stop.listing_id,
        object_label=number,
        concerns=[stop.provider_id],
        facts={"availability_ppm": stop.availability_ppm, "stops_at": stop.stops_at},
    )
    events.record([event])
