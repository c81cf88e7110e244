"""Inputs of costs: one operator proposes, another approves; they hold a day later."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import tenancy
from common.ids import uuid7
from common.moments import market_date
from identity.approvals import services as approvals_services
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from identity.events import services as events
from marketplace.baselines import rules, selectors
from marketplace.baselines.contracts import (
    COST_CHANGES_MAX,
    COST_REASON_MAX,
    COST_SOURCE_MAX,
    COSTS_KIND,
    COSTS_NOTICE,
    CostInput,
    CostInputsRefused,
    InputChange,
)
from marketplace.baselines.event_names import BaselinesEvent
from marketplace.baselines.models import CostVersion

DIGITS_MAX: Final = 6
COSTS: Final = "costs"  # One change waits at a time: the next follows the version before it.


def propose_costs(
    *, changes: Sequence[InputChange], reason: str, by: Person, now: datetime
) -> Proposed:
    """
    Propose other inputs of the cost calculation; another operator's approval announces them.

    They hold `COSTS_NOTICE` after that. Inputs that are not named stay as the latest version has
    them, and every earlier version stays as it was.

    :raises CostInputsRefused: if an input isn't known, is out of its limits or changes nothing, or
        it isn't said whose figure it is, of when, and why it changes
    :raises ProposalWaits: if another change waits
    """
    number, content = selectors.latest_costs()
    reason = reason.strip()
    _check(changes, rules.inputs_by_unit(content), reason, market_date(now))
    draft = Draft(
        kind=COSTS_KIND,
        reference=COSTS,
        label=f"v{number + 1}",
        content={
            "number": number + 1,
            "changes": rules.changes_json(changes),
            "content": rules.with_changes(content, changes),
            "reason": reason,
        },
        reason=reason,
        role=Role.OPERATOR,
        by=by,
    )
    return approvals_services.propose(draft, now=now)


@transaction.atomic
def confirm_costs(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> CostVersion:
    """
    Announce the inputs that another operator proposed.

    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals_services.settle(
        proposal_id=proposal_id,
        kind=COSTS_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    with tenancy.acting_as_platform():
        version = CostVersion.objects.create(
            id=made,
            **agreed.content,
            announced_at=now,
            valid_from=now + COSTS_NOTICE,
            proposed_by_id=agreed.proposed_by_id,
            agreed_by_id=agreed.decided_by_id,
            proposal_id=agreed.id,
        )
        events.record(
            [
                events.Event(
                    name=BaselinesEvent.COSTS_ANNOUNCED,
                    object_kind="cost_version",
                    object_id=str(version.pk),
                    object_label=f"v{version.number}",
                    facts={
                        "number": version.number,
                        "changes": len(version.changes),
                        "valid_from": version.valid_from,
                    },
                )
            ]
        )
    return version


def _check(
    changes: Sequence[InputChange],
    known: dict[tuple[str, str], CostInput],
    reason: str,
    today: date,
) -> None:
    if not 1 <= len(reason) <= COST_REASON_MAX:
        told = _("say why, in 1 to %(most)s characters") % {"most": COST_REASON_MAX}
        raise CostInputsRefused(field="reason", problem=told)
    if not 1 <= len(changes) <= COST_CHANGES_MAX:
        told = _("1 to %(most)s inputs change") % {"most": COST_CHANGES_MAX}
        raise CostInputsRefused(field="changes", problem=told)
    if len({(each.unit, each.said.code) for each in changes}) < len(changes):
        raise CostInputsRefused(field="changes", problem=_("an input is named twice"))
    for place, each in enumerate(changes):
        part, problem = _problem(each, known.get((each.unit, each.said.code)), today)
        if problem:
            raise CostInputsRefused(
                field="changes", problem=problem, place=place, part=part, input=each.said.code
            )


def _problem(change: InputChange, was: CostInput | None, today: date) -> tuple[str, str]:
    """Return which part of a change cannot be, and why; nothing if all can."""
    said, limits = change.said, rules.LIMITS.get(change.said.code)
    if was is None or limits is None:
        return "input", _("there is no such input of this unit that may change")
    if not said.value.is_finite():
        return "value", _("a number of digits")
    least, most = limits
    figures = {"least": f"{least:f}", "most": f"{most:,f}"}
    source = {"most": COST_SOURCE_MAX}
    tests = (
        (
            "value",
            not least <= said.value <= most,
            _("a number from %(least)s to %(most)s") % figures,
        ),
        (
            "value",
            -int(said.value.as_tuple().exponent) > DIGITS_MAX,
            _("at most six digits after the point"),
        ),
        (
            "source",
            not 1 <= len(said.source.strip()) <= COST_SOURCE_MAX,
            _("name the source, in 1 to %(most)s characters") % source,
        ),
        (
            "as_of",
            said.as_of is None or said.as_of > today,
            _("say of which day the figure is; it isn't to come"),
        ),
        (
            "value",
            (said.value, said.basis, said.source) == (was.value, was.basis, was.source),
            _("it says what the latest version says"),
        ),
    )
    return next(((part, problem) for part, is_wrong, problem in tests if is_wrong), ("", ""))
