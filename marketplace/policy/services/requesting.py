"""Asking for a run of the workbench, and changing one's mind."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from common import doorbell, tenancy
from common.canonical import content_hash
from common.money import AMOUNT_MINOR_MAX
from identity.contracts import Actor
from marketplace.policy import telling
from marketplace.policy.contracts import (
    PERIOD_DAYS_MAX,
    TITLE_LENGTH_MAX,
    YEARS_LATER_MAX,
    InvalidPolicyPeriod,
    InvalidPolicyRun,
    PolicyRunNotFound,
    PolicyRunOver,
    PolicyRunTooLarge,
    TooManyPolicyRuns,
    WorkbenchState,
    WorkbenchWish,
)
from marketplace.policy.event_names import PolicyEvent
from marketplace.policy.models import PolicyRun
from marketplace.policy.selectors import reading, runs
from marketplace.vouchers import programme_rules

WAITING: Final = (WorkbenchState.QUEUED, WorkbenchState.RUNNING)


@transaction.atomic
def request_run(*, actor: Actor, wish: WorkbenchWish, now: datetime) -> PolicyRun:
    """
    Queue a run; a worker decides it.

    :raises InvalidProgrammeRules: if rules are not whole, naming the first member
    :raises InvalidPolicyRun, InvalidPolicyPeriod: if something else is out of its limits
    :raises PolicyRunTooLarge: if there is more to decide than a run takes
    :raises TooManyPolicyRuns: if enough of the organisation wait
    """
    wish = _checked(wish)
    mine = runs.runs_of(actor.organization_id).filter(state__in=WAITING)
    if mine.count() >= settings.POLICY_RUNS_WAITING_MAX:
        raise TooManyPolicyRuns(limit=settings.POLICY_RUNS_WAITING_MAX)
    with tenancy.acting_as_platform():
        applications, charges = reading.counts(wish, issuer_id=actor.organization_id)
    most = (settings.POLICY_RUN_APPLICATIONS_MAX, settings.POLICY_RUN_CHARGES_MAX)
    if applications > most[0] or charges > most[1]:
        raise PolicyRunTooLarge(field="starts_at", applications=most[0], charges=most[1])
    run = PolicyRun.objects.create(
        organization_id=actor.organization_id,
        requested_by_id=actor.person_id,
        title=wish.title,
        code=wish.code,
        rules=wish.rules,
        rules_hash=content_hash(wish.rules),
        base_rules=wish.base_rules,
        base_hash=content_hash(wish.base_rules) if wish.base_rules else "",
        basis=wish.basis,
        starts_at=wish.starts_at,
        ends_at=wish.ends_at,
        years_later=wish.years_later,
        budget_minor=wish.budget_minor,
        estimated_rows=applications + charges,
        queued_at=now,
    )
    run.refresh_from_db(fields=["sequence"])
    telling.of_run(PolicyEvent.RUN_REQUESTED, run, rules_hash=run.rules_hash)
    doorbell.ring("policy.requested")
    return run


def _checked(wish: WorkbenchWish) -> WorkbenchWish:
    """Return what is asked with its rules as they are published; refuse what is out of limits."""
    longest = timedelta(days=PERIOD_DAYS_MAX)
    if not wish.starts_at < wish.ends_at <= wish.starts_at + longest:
        raise InvalidPolicyPeriod(field="ends_at", days=PERIOD_DAYS_MAX)
    if not 0 <= wish.years_later <= YEARS_LATER_MAX:
        told = _("Trades are moved by 0 to %(most)s years.") % {"most": YEARS_LATER_MAX}
        raise InvalidPolicyRun(field="years_later", problem=told)
    if not 0 < wish.budget_minor <= AMOUNT_MINOR_MAX:
        raise InvalidPolicyRun(field="budget_minor", problem=_("Name the money that there is."))
    if not 0 < len(wish.title.strip()) <= TITLE_LENGTH_MAX:
        raise InvalidPolicyRun(field="title", problem=_("Give the run a name."))
    base = None if wish.base_rules is None else _canonical(wish.base_rules)
    return replace(wish, title=wish.title.strip(), rules=_canonical(wish.rules), base_rules=base)


def _canonical(rules: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = programme_rules.canonical(programme_rules.parse(rules))
    return found


@transaction.atomic
def cancel_run(*, run_id: UUID, organization_id: UUID, now: datetime) -> PolicyRun:
    """
    Give up a run that is not finished; its worker notices and stops.

    :raises PolicyRunNotFound: if it does not exist or is someone else's
    :raises PolicyRunOver: if it has ended
    """
    mine = runs.runs_of(organization_id).select_for_update(of=("self",), no_key=True)
    run = mine.filter(pk=run_id).first()
    if run is None:
        raise PolicyRunNotFound
    if run.state not in WAITING:
        raise PolicyRunOver(state=run.get_state_display())
    run.state, run.finished_at = WorkbenchState.CANCELLED, now
    run.save(update_fields=["state", "finished_at"])
    telling.of_run(PolicyEvent.RUN_CANCELLED, run)
    return run
