"""The admission checklist of a node, item by item, and runs of the conformance suite."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from common import tenancy
from gateway.contracts import NODE_CODE
from gateway.peering import checklist
from gateway.peering.contracts import PeerInvalid
from gateway.peering.event_names import PeerEvent
from gateway.peering.models import AdmissionCheck, ConformanceRun
from identity.events import services as events

EVIDENCE_LENGTH_MAX: Final = 400


@transaction.atomic
def confirm_check(
    *, node: str, item: str, evidence: str, person_id: int, now: datetime
) -> AdmissionCheck:
    """
    Confirm an item of the checklist of a node; what was confirmed before is said anew.

    :raises PeerInvalid: naming the field, if node or item is none, or there is no evidence
    """
    by_hand = {each.key for each in checklist.ITEMS} - {checklist.CONFORMANCE}
    if not NODE_CODE.fullmatch(node):
        raise PeerInvalid(field="node")
    if item not in by_hand:
        raise PeerInvalid(field="item")
    if not 0 < len(evidence.strip()) <= EVIDENCE_LENGTH_MAX:
        raise PeerInvalid(field="evidence")
    with tenancy.acting_as_platform():
        made, _is_new = AdmissionCheck.objects.update_or_create(
            node=node,
            item=item,
            defaults={
                "evidence": evidence.strip(),
                "confirmed_by_id": person_id,
                "confirmed_at": now,
            },
        )
        _record(PeerEvent.CHECK_CONFIRMED, node, item=item, evidence=evidence.strip())
    return made


@transaction.atomic
def keep_run(*, node: str, report: Mapping[str, Any], now: datetime) -> ConformanceRun:
    """
    Keep what the conformance suite found at a node.

    :raises PeerInvalid: if the node's code or the report is none
    """
    if not NODE_CODE.fullmatch(node):
        raise PeerInvalid(field="node")
    if not {"url", "passed", "failed", "cases"} <= report.keys():
        raise PeerInvalid(field="report")
    with tenancy.acting_as_platform():
        made = ConformanceRun.objects.create(
            node=node,
            url=str(report["url"])[:200],
            passed=int(report["passed"]),
            failed=int(report["failed"]),
            report=dict(report),
            run_at=now,
        )
        _record(PeerEvent.CONFORMANCE_RUN, node, passed=made.passed, failed=made.failed)
    return made


def _record(name: PeerEvent, node: str, **facts: Any) -> None:
    events.record(
        [
            events.Event(
                name=name, object_kind="node", object_id=node, object_label=node, facts=facts
            )
        ]
    )
