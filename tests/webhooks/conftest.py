import pytest

from common import networks
from tests import frontier


@pytest.fixture(autouse=True)
def loopback_is_allowed(settings):
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.0/8"),)


@pytest.fixture(autouse=True)
def patient_readers():
    with frontier.beyond_other_databases():
        yield
