"""Versions of surveillance rules: one operator proposes the numbers, another approves them."""

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
from identity.approvals import services as approvals_services
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from marketplace.assurance import telling
from marketplace.assurance.contracts import PARAMETERS, RULE_KIND, InvalidSurveillanceRule, Pattern
from marketplace.assurance.models import SurveillanceRule
from marketplace.assurance.services.cases import said


def propose_rule(
    *, pattern: str, parameters: Mapping[str, Any], reason: str, by: Person, now: datetime
) -> Proposed:
    """
    Propose another version of a rule; another operator's approval has it hold at once.

    :raises InvalidSurveillanceRule: if there is no such rule, or a number breaks its limits
    :raises InvalidCase: if it isn't said why
    :raises ProposalWaits: if another version of it waits
    """
    reason = said(reason, "reason")[:500]
    numbers = _checked(pattern, parameters)
    draft = Draft(
        kind=RULE_KIND,
        reference=pattern,
        label=str(Pattern(pattern).label),
        content={"pattern": pattern, "parameters": numbers, "reason": reason},
        reason=reason,
        role=Role.OPERATOR,
        by=by,
    )
    return approvals_services.propose(draft, now=now)


@transaction.atomic
def publish_rule(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> SurveillanceRule:
    """
    Let a version of a rule hold, as another operator proposed; open cases keep theirs.

    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals_services.settle(
        proposal_id=proposal_id,
        kind=RULE_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    content = agreed.content
    with tenancy.acting_as_platform():
        versions = SurveillanceRule.objects.filter(pattern=content["pattern"])
        latest = versions.aggregate(latest=Max("version"))["latest"] or 0
        rule = SurveillanceRule.objects.create(
            id=made,
            pattern=content["pattern"],
            version=latest + 1,
            parameters=content["parameters"],
            content_hash=content_hash(content["parameters"]),
            reason=content["reason"],
            valid_from=now,
            proposed_by_id=agreed.proposed_by_id,
            agreed_by_id=agreed.decided_by_id,
            proposal_id=agreed.id,
        )
        telling.of_rule(rule)
    return rule


def _checked(pattern: str, parameters: Mapping[str, Any]) -> dict[str, int]:
    limits = PARAMETERS.get(pattern)
    if limits is None:
        raise InvalidSurveillanceRule(field="pattern", problem=_("there is no such rule"))
    if set(parameters) != set(limits):
        named = ", ".join(limits)
        raise InvalidSurveillanceRule(
            field="parameters", problem=_("it has these numbers: %(names)s") % {"names": named}
        )
    for name, (least, most) in limits.items():
        number = parameters[name]
        if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= most:
            told = _("%(least)s to %(most)s are allowed") % {"least": least, "most": most}
            raise InvalidSurveillanceRule(field=name, problem=told)
    return {name: parameters[name] for name in limits}
