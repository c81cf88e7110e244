"""Publishing a run: its hash and figures stand beside the rules that it tried."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from common import tenancy
from marketplace.policy import telling
from marketplace.policy.bundle import run_path
from marketplace.policy.contracts import PolicyRunNotFound, PolicyRunNotReady, WorkbenchState
from marketplace.policy.event_names import PolicyEvent
from marketplace.policy.models import PolicyRun
from marketplace.policy.selectors import runs


@transaction.atomic
def publish_run(*, run_id: UUID, organization_id: UUID, person_id: int, now: datetime) -> PolicyRun:
    """
    Publish a run with its hash; once published it stays so.

    :raises PolicyRunNotFound: if it does not exist or is someone else's
    :raises PolicyRunNotReady: if it has no result
    """
    mine = runs.runs_of(organization_id).select_for_update(of=("self",), no_key=True)
    run = mine.filter(pk=run_id).first()
    if run is None:
        raise PolicyRunNotFound
    if run.state != WorkbenchState.READY:
        raise PolicyRunNotReady(state=run.get_state_display())
    if run.published_at is None:
        run.published_at, run.published_by_id = now, person_id
        run.save(update_fields=["published_at", "published_by"])
        telling.of_run(
            PolicyEvent.RUN_PUBLISHED, run, run_hash=run.run_hash, rules_hash=run.rules_hash
        )
    return run


def drop_files(*, now: datetime) -> int:
    """Remove the files of runs that are old and were not published; tell how many."""
    with tenancy.acting_as_platform():
        stale = runs.stale_runs(now=now, days=settings.POLICY_RUN_DAYS)
        paths = [run_path(pk) for pk in stale.values_list("pk", flat=True)]
    found = [path for path in paths if path.is_file()]
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)
