from collections.abc import Iterator

import pytest

from config import celery_app


@pytest.fixture(autouse=True)
def broker() -> Iterator[None]:
    """Ring into the void: the rows that are due are what these tests look at."""
    before = celery_app.conf.broker_url
    celery_app.conf.broker_url = "memory://"
    yield
    celery_app.conf.broker_url = before
