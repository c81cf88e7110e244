"""A run decided as a worker does it, inside the transaction of a test."""

from common import tenancy
from marketplace.policy import bundle, selectors
from marketplace.policy.contracts import WorkbenchState
from marketplace.policy.models import PolicyRun
from marketplace.policy.selectors import reading
from marketplace.policy.services.running import RunDecided, _finish, _named, try_inputs
from tests.settlement.cast import NOON


def decided(run: PolicyRun) -> PolicyRun:
    """Decide a run and return it with what it came to."""
    with tenancy.acting_as_platform():
        PolicyRun.objects.filter(pk=run.pk).update(
            state=WorkbenchState.RUNNING, attempts=1, started_at=NOON, seen_at=NOON
        )
        run.refresh_from_db()
        inputs = reading.read(selectors.wish_of_run(run), issuer_id=run.organization_id)
        path = bundle.run_path(run.pk)
        with bundle.writing(path) as file:
            root, result, found, rows = try_inputs(inputs, file, progress=lambda _done: None)
        named, size = _named(run.organization_id), path.stat().st_size
        _finish(run, RunDecided(root, result, found, named, rows, size), now=NOON)
        run.refresh_from_db()
    return run
