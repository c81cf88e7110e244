"""Runs of the workbench: those of an issuer, and those that were published."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from marketplace.policy.bundle import run_path
from marketplace.policy.contracts import (
    PolicyRunNotFound,
    PolicyRunNotReady,
    WorkbenchBasis,
    WorkbenchState,
    WorkbenchWish,
)
from marketplace.policy.models import PolicyRun, PolicyRunParty


def runs_of(organization_id: UUID) -> QuerySet[PolicyRun]:
    """Return an issuer's runs, newest first."""
    return PolicyRun.objects.filter(organization_id=organization_id).order_by("-id")


def run_of(*, run_id: UUID, organization_id: UUID) -> PolicyRun:
    """
    Return a run of an issuer, or one that was published.

    :raises PolicyRunNotFound: if it does not exist, or is another's and not published
    """
    found = PolicyRun.objects.select_related("organization").filter(pk=run_id).first()
    if found is None:
        raise PolicyRunNotFound
    if found.organization_id != organization_id and found.published_at is None:
        raise PolicyRunNotFound
    return found


def published_runs(*, code: str = "", rules_hash: str = "") -> QuerySet[PolicyRun]:
    """Return what was published of a programme, or of rules with a hash; newest first."""
    found = PolicyRun.objects.filter(published_at__isnull=False).select_related("organization")
    if code:
        found = found.filter(code=code)
    if rules_hash:
        found = found.filter(rules_hash=rules_hash)
    return found.order_by("-published_at", "-id")


def parties_of(run: PolicyRun) -> QuerySet[PolicyRunParty]:
    """Return what enterprises come to by a run, those that gain most in front."""
    return (
        PolicyRunParty.objects.filter(run=run)
        .select_related("organization")
        .order_by("-change_minor", "id")
    )


def file_of(*, run_id: UUID, organization_id: UUID) -> tuple[PolicyRun, Path]:
    """
    Return a run with the file that proves it.

    :raises PolicyRunNotFound: as `run_of`
    :raises PolicyRunNotReady: if there is no file, not yet or no more
    """
    run = run_of(run_id=run_id, organization_id=organization_id)
    path = run_path(run.pk)
    if run.state != WorkbenchState.READY or not path.is_file():
        raise PolicyRunNotReady(state=run.get_state_display())
    return run, path


def wish_of_run(run: PolicyRun) -> WorkbenchWish:
    """Return what a run is to try."""
    return WorkbenchWish(
        title=run.title,
        code=run.code,
        rules=run.rules,
        base_rules=run.base_rules,
        basis=WorkbenchBasis(run.basis),
        starts_at=run.starts_at,
        ends_at=run.ends_at,
        years_later=run.years_later,
        budget_minor=run.budget_minor,
    )


def terms_of(wish: WorkbenchWish) -> dict[str, Any]:
    """Return what was asked of a run, as it is hashed."""
    return {
        "code": wish.code,
        "rules": wish.rules,
        "base_rules": wish.base_rules,
        "basis": str(wish.basis),
        "starts_at": wish.starts_at,
        "ends_at": wish.ends_at,
        "years_later": wish.years_later,
        "budget_minor": wish.budget_minor,
    }


def stale_runs(*, now: datetime, days: int) -> QuerySet[PolicyRun]:
    """Return the runs whose files nobody needs any more: ready for long, and not published."""
    return PolicyRun.objects.filter(
        state=WorkbenchState.READY,
        published_at=None,
        finished_at__lt=now - timedelta(days=days),
    )
