import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connections

from config import celery_app
from tests import databases, environment
from tests.settlement.cast import Market

KEPT = f"{environment.DATABASE}_kept"


@contextmanager
def made_once(make: Callable[[], Market]) -> Iterator[Callable[[], Market]]:
    """Make a market once for a module; yield what gives each test a copy to do with as it will."""
    connections.close_all()
    databases.clone(environment.DATABASE)
    made = make()
    connections.close_all()
    databases.clone(KEPT, environment.DATABASE)
    databases.drop(environment.DATABASE)

    def again() -> Market:
        databases.clone(environment.DATABASE, KEPT)
        return copy.deepcopy(made)

    yield again
    databases.drop(KEPT)


@pytest.fixture
def traded(traded_once, django_db_blocker) -> Iterator[Market]:
    """What the module's `traded_once` made, in a committed database of the test's own."""
    with django_db_blocker.unblock():
        connections.close_all()
        yield traded_once()
        connections.close_all()
        databases.drop(environment.DATABASE)


@pytest.fixture(autouse=True)
def broker() -> Iterator[None]:
    """Ring into the void: the rows that are due are what these tests look at."""
    before = celery_app.conf.broker_url
    celery_app.conf.broker_url = "memory://"
    yield
    celery_app.conf.broker_url = before


@pytest.fixture(autouse=True)
def export_directory(tmp_path, settings) -> None:
    settings.AUDIT_EXPORT_DIR = tmp_path / "exports"
