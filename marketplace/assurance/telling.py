"""How this room tells the record of events: the market alone is told."""

from collections.abc import Iterable
from typing import Any

from identity.events import services as events
from marketplace.assurance.event_names import AssuranceEvent
from marketplace.assurance.models import Case, SurveillanceRule


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
