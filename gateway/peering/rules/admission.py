"""Whether a run of the conformance suite counts for admission; pure."""

from datetime import datetime, timedelta
from typing import Protocol

from gateway.peering.checklist import RUN_DAYS_MAX


class SuiteRun(Protocol):
    """A run as it is kept: how many cases failed, and when it was."""

    failed: int
    passed: int
    run_at: datetime


def is_good_run(run: SuiteRun | None, *, now: datetime) -> bool:
    """Return whether a run is there, without a failure, and no older than thirty days."""
    if run is None:
        return False
    is_fresh = now - run.run_at <= timedelta(days=RUN_DAYS_MAX)
    return run.failed == 0 and run.passed > 0 and is_fresh
