"""
Readers of the record of events go no further than the oldest transaction of the whole cluster.

Beside other workers, whose tests hold transactions open in databases of their own, a test would
read nothing. It waits for those that were there when it asked; its own hold readers up as ever.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from identity.events import selectors
from tests import databases, environment

WAIT_SECONDS_MAX = 240
_AHEAD = """
    SELECT coalesce(max(backend_xid::text::bigint), 0) FROM pg_stat_activity
    WHERE datname <> %s AND backend_xid IS NOT NULL AND backend_xid::text::bigint < %s
"""
_NEXT = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint % 4294967296"


@contextmanager
def beyond_other_databases() -> Iterator[None]:
    """Let readers of this process first wait for the transactions of other databases."""
    patch = pytest.MonkeyPatch()
    window = selectors._window

    def patient_window(*, low: int):
        wait_for_others()
        return window(low=low)

    patch.setattr(selectors, "_window", patient_window)
    try:
        yield
    finally:
        patch.undo()


def wait_for_others() -> None:
    until = time.monotonic() + WAIT_SECONDS_MAX
    with databases.admin() as admin:
        (following,) = admin.execute(_NEXT).fetchone()
        while time.monotonic() < until:
            (ahead,) = admin.execute(_AHEAD, [environment.DATABASE, following]).fetchone()
            if not ahead:
                return
            time.sleep(0.05)
