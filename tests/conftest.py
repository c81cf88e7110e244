"""
What every test may use.

`db` (pytest-django): a transaction that is rolled back; the connection is the application role's.
`fresh_database`: a clone of the template for this test alone, for threads, workers and HTTP.
"""

import gc
import os
from collections.abc import Iterator

import pytest
from django.db import connections
from django.db.backends.signals import connection_created
from hypothesis import settings

from common import remembering
from tests import chromium, databases, environment, longest_first, travel

connection_created.connect(travel.take_along)

# How long one example takes says more about the machine than about the law it tries.
settings.register_profile("suanpan", deadline=None)
settings.load_profile("suanpan")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest first; a name with an address in memory is another one in each worker."""
    if unstable := [item.nodeid for item in items if " at 0x" in item.nodeid]:
        raise pytest.UsageError(f"tests need names of their own: {unstable[:3]}")
    items.sort(key=lambda item: longest_first.rank(item.nodeid))


def pytest_collection_finish() -> None:
    """Let no look for rubbish go through what was imported and collected: all of it stays."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Give a test the worker's database, if the one before threw it away."""
    if not databases.is_made_by(item):
        databases.ensure(environment.DATABASE)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """Clone this worker's database. Django's own creation would connect as an owner."""
    databases.ensure_template()
    databases.clone(environment.DATABASE)
    yield
    with django_db_blocker.unblock():
        connections.close_all()
    databases.drop(environment.DATABASE)


@pytest.fixture
@databases.maker
def fresh_database(django_db_setup: None, django_db_blocker) -> Iterator[str]:
    """Give the test a committed database that nobody has written to; yields its name."""
    with django_db_blocker.unblock():
        connections.close_all()
        databases.clone(environment.DATABASE)
        yield environment.DATABASE
        connections.close_all()
        databases.drop(environment.DATABASE)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Return the program of a browser; without one, browser tests skip, and fail in CI."""
    if path := chromium.find():
        return path
    message = "NO BROWSER: no Chromium was found, and none could be installed"
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session", autouse=True)
def nobody_gives_signs_of_life():
    """
    Let no request of a test start the web's thread that says that it lives.

    It would go on beside all later tests of this process and commit what time it is, to the
    databases of others and also while one of them travels in time: their clocks then disagree.
    """
    from config.pulse import heartbeat

    heartbeat._started["web"] = os.getpid()


@pytest.fixture(autouse=True)
def nothing_is_remembered():
    """A test that is rolled back leaves counts of what never was."""
    remembering.forget_all()
