"""The small chart of accounts of the ledger's tests, and tables that an accountant reads."""

import pytest

from common import tenancy
from ledger import selectors
from tests.ledger.conftest import install_small_chart


@pytest.fixture
def chart(db) -> None:
    install_small_chart()


def table(*codes: str) -> dict[str, tuple[int, int]]:
    """Return posted and held, by account."""
    with tenancy.acting_as_platform():
        found = selectors.balances(codes)
    return {code: (found[code].posted, found[code].pending) for code in codes}
