"""Versions of control rules: one operator proposes gravity and numbers, another approves them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from common import tenancy
from common.canonical import content_hash
from common.ids import uuid7
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from marketplace.vouchers import moves, telling
from marketplace.vouchers.control_contracts import (
    CONTROL_RULE_KIND,
    NUMBERS,
    ControlCode,
    ControlSeverity,
    InvalidControlRule,
)
from marketplace.vouchers.event_names import VoucherEvent
from marketplace.vouchers.models import ControlRule


def propose_control_rule(
    *,
    code: str,
    severity: str,
    parameters: Mapping[str, Any],
    reason: str,
    by: Person,
    now: datetime,
) -> Proposed:
    """
    Propose another version of a rule; another operator's approval has it hold at once.

    :raises InvalidControlRule: if there is no such rule, or a number breaks its limits
    :raises NoteMissing: if it isn't said why
    :raises ProposalWaits: if another version of it waits
    """
    said = moves.require_note(reason)
    numbers = _checked(code, severity, parameters)
    return approvals.propose(
        Draft(
            kind=CONTROL_RULE_KIND,
            reference=code,
            label=code,
            content={"code": code, "severity": severity, "parameters": numbers, "reason": said},
            reason=said,
            role=Role.OPERATOR,
            by=by,
        ),
        now=now,
    )


@transaction.atomic
def publish_control_rule(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> ControlRule:
    """
    Let a version of a rule hold, as another operator proposed; findings keep theirs.

    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=CONTROL_RULE_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    content = agreed.content
    with tenancy.acting_as_platform():
        versions = ControlRule.objects.filter(code=content["code"])
        latest = versions.aggregate(latest=Max("version"))["latest"] or 0
        rule = ControlRule.objects.create(
            id=made,
            code=content["code"],
            version=latest + 1,
            severity=content["severity"],
            parameters=content["parameters"],
            content_hash=content_hash(
                {"severity": content["severity"], "parameters": content["parameters"]}
            ),
            reason=content["reason"],
            valid_from=now,
            proposed_by_id=agreed.proposed_by_id,
            agreed_by_id=agreed.decided_by_id,
            proposal_id=agreed.id,
        )
        telling.of_control_rule(VoucherEvent.CONTROL_RULE, rule)
    return rule


def _checked(code: str, severity: str, parameters: Mapping[str, Any]) -> dict[str, int]:
    if code not in ControlCode.values:
        raise InvalidControlRule(field="code", problem=_("there is no such rule"))
    if severity not in ControlSeverity.values:
        raise InvalidControlRule(field="severity", problem=_("there is no such severity"))
    limits = NUMBERS[code]
    if set(parameters) != set(limits):
        told = _("it has these numbers: %(names)s") % {"names": ", ".join(limits) or "—"}
        raise InvalidControlRule(field="parameters", problem=told)
    for name, (_first, least, most) in limits.items():
        number = parameters[name]
        if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= most:
            told = _("%(least)s to %(most)s are allowed") % {"least": least, "most": most}
            raise InvalidControlRule(field=name, problem=told)
    return {name: parameters[name] for name in limits}
