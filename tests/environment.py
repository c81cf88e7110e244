"""
The environment of a test run; loaded by pytest before Django reads its settings.

A private PostgreSQL cluster is started for the run, unless SUANPAN_TEST_POSTGRES_SOCKET_DIR names
one that is there. Each worker process has a database of its own, cloned from a migrated template,
and a cluster of its own: who reads the record waits for the oldest transaction of a whole cluster,
and would wait for the tests of others.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

from embedded.places import REACHABLE_DIR
from embedded.program import PROJECT
from tests import cluster

# Compiled files are kept, beside the checkout's: else every process that a test starts, and every
# run, compiles all that it imports again.
sys.dont_write_bytecode = False
sys.pycache_prefix = str(PROJECT / ".suanpan-tests" / "bytecode")
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
PREFIX = os.environ.get("SUANPAN_TEST_PREFIX", "suanpan_test")


def _cluster() -> str:
    """Return the socket directory of the cluster that is named, or of one that this starts."""
    named = os.environ.get("SUANPAN_TEST_POSTGRES_SOCKET_DIR", "")
    of_run = os.environ.pop("SUANPAN_TEST_POSTGRES_OF_RUN", "")
    # The first worker takes that of the process that started it, which runs no test itself.
    if named and (named != of_run or WORKER in {"main", "gw0"}):
        return named
    started = cluster.start()
    os.environ["SUANPAN_TEST_POSTGRES_SOCKET_DIR"] = started
    if WORKER == "main":
        os.environ["SUANPAN_TEST_POSTGRES_OF_RUN"] = started
    return started


SOCKET_DIR = _cluster()
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


def bytecode_of_services() -> str:
    """Return where services keep compiled files: the user that they run as may write there too."""
    directory = SHARED / "bytecode"
    theirs = directory / REACHABLE_DIR.relative_to(REACHABLE_DIR.anchor)
    theirs.mkdir(parents=True, exist_ok=True)
    theirs.chmod(0o777)
    return str(directory)


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
