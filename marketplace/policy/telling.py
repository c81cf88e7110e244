"""How this room tells the record of events."""

from typing import Any

from identity.events import services as events
from marketplace.policy.event_names import PolicyEvent
from marketplace.policy.models import PolicyRun


def of_run(name: PolicyEvent, run: PolicyRun, **facts: Any) -> None:
    """Record what happened to a run."""
    event = events.Event(
        name=name,
        object_kind="policy_run",
        object_id=run.pk,
        object_label=run.number,
        concerns=[run.organization_id],
        facts={"code": run.code} | facts,
    )
    events.record([event])
