"""Readers wait for the transactions of other workers' tests."""

import pytest

from tests import frontier


@pytest.fixture(autouse=True)
def patient_readers():
    with frontier.beyond_other_databases():
        yield
