from collections.abc import Iterator

import pytest
from django.db import connections

from config import celery_app
from tests import databases, environment
from tests.settlement.cast import Market


@pytest.fixture
@databases.maker
def traded(traded_once, django_db_blocker) -> Iterator[Market]:
    """What the module's `traded_once` made, in a committed database of the test's own."""
    with django_db_blocker.unblock():
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
