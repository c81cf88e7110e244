"""
The environment of a test run; loaded by pytest before Django reads its settings.

A private PostgreSQL cluster is started for the run, unless SUANPAN_TEST_POSTGRES_SOCKET_DIR names
one that is there. Each worker process has a database of its own, cloned from one migrated template.
"""

import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import quote

from tests import cluster

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
PREFIX = os.environ.get("SUANPAN_TEST_PREFIX", "suanpan_test")
# Workers inherit the address from the process that started the cluster.
SOCKET_DIR = os.environ.setdefault("SUANPAN_TEST_POSTGRES_SOCKET_DIR", "") or cluster.start()
os.environ["SUANPAN_TEST_POSTGRES_SOCKET_DIR"] = SOCKET_DIR
TEMPLATE = f"{PREFIX}_template"
DATABASE = f"{PREFIX}_{WORKER}"


def database_url(role: str, database: str) -> str:
    """Return the address of a database in the test cluster."""
    return f"postgres://{role}@/{database}?host={quote(SOCKET_DIR, safe='')}"


FILES = tempfile.mkdtemp(prefix="suanpan-test-files-")
# What one worker makes for all of them; the process that starts the run takes it away.
SHARED_IS_OURS = "SUANPAN_TEST_SHARED_DIR" not in os.environ
if SHARED_IS_OURS:
    os.environ["SUANPAN_TEST_SHARED_DIR"] = tempfile.mkdtemp(prefix="suanpan-")
    Path(os.environ["SUANPAN_TEST_SHARED_DIR"]).chmod(0o711)  # PostgreSQL's user passes through.
SHARED = Path(os.environ["SUANPAN_TEST_SHARED_DIR"])

os.environ.update(
    FILES_DIR=FILES,
    SECRET_KEY="tests-only-" + "k" * 50,
    DATABASE_URL=database_url("suanpan_app", DATABASE),
    # Rings are sent to nobody; tests call the tasks that they mean.
    CELERY_BROKER_URL="memory://",
    SUANPAN_TLS="false",
    SUANPAN_STATIC_COLLECTED="false",
    # Tests of it bring their own.
    SUANPAN_REAUTHENTICATION_SECONDS="0",
    LOG_LEVEL="WARNING",
    # Tests of rate limits bring their own.
    CACHE_URL="dummycache://",
    API_RATE_KEY="",
    API_RATE_ORGANIZATION="",
    API_RATE_PERSON="",
    API_RATE_ADDRESS="",
    API_RATE_MISSES="",
    EMAIL_URL="memorymail://",
    SUANPAN_METRICS_DIR=tempfile.mkdtemp(prefix="suanpan-metrics-"),
)
os.environ.pop("DATABASE_OWNER_URL", None)


def pytest_unconfigure() -> None:
    """Remove what this process wrote; stop the cluster, in the process that started it."""
    shutil.rmtree(FILES, ignore_errors=True)
    cluster.stop()
    shutil.rmtree(os.environ["SUANPAN_METRICS_DIR"], ignore_errors=True)
    if SHARED_IS_OURS:
        shutil.rmtree(SHARED, ignore_errors=True)
