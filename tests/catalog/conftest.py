import pytest

from common import tenancy


@pytest.fixture
def platform(db):
    """The test acts for the platform, as clearing and settlement do."""
    tenancy.enter(tenancy.PLATFORM)
