"""
A ledger that grew faster than PostgreSQL's statistics is read along its indexes all the same.

The tests' cluster never gathers statistics by itself, so every plan here is made from none.
"""

import time

import pytest

from common import tenancy
from ledger import paging, sealing, selectors
from ledger import services as ledger
from ledger.models import Account
from tests.ledger.conftest import install_small_chart, move, rows_read

TRANSFERS = "ledger_transfer%"


@pytest.fixture(scope="module")
def grown(committed_database) -> None:
    """Five thousand transfers, none of which is sealed or paged."""
    install_small_chart()
    for _ in range(5):
        ledger.post(transfers=[move("bank", "acme", 1, "deposit") for _ in range(1_000)])
    with tenancy.acting_as_platform():
        for _ in range(3_000):
            if len(sealing.entries(after=sealing.Position(), limit=10_000)) > 5_000:
                return
            time.sleep(0.1)  # older transactions of other databases hold it up
    pytest.fail("another transaction of the cluster ran for five minutes")


@pytest.fixture
def platform(grown):
    with tenancy.acting_as_platform():
        yield


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("sealable", [True, False])
def test_a_page_of_the_log_is_all_that_is_read_for_it(sealable):
    def read(after: sealing.Position) -> list[sealing.Entry]:
        return sealing.entries(after=after, limit=10, sealable=sealable)

    first = read(sealing.Position())
    middle = list(sealing.every_entry())[3_000].position

    assert len(first) == 10
    assert rows_read(TRANSFERS, lambda: read(middle)) <= 30


@pytest.mark.usefixtures("platform")
def test_a_step_of_paging_reads_what_it_pages():
    paged = [paging.extend(limit=1_000)]

    read = rows_read(TRANSFERS, lambda: paged.append(paging.extend(limit=100)))

    assert paged == [1_000, 100]
    assert read <= 300


@pytest.mark.usefixtures("platform")
def test_what_is_newer_than_the_pages_is_all_that_is_read_for_it():
    while paging.extend():
        pass
    acme = Account.objects.get(code="acme").pk
    ledger.post(transfers=[move("bank", "acme", 1, "deposit") for _ in range(7)])

    assert len(paging.history(account_id=acme)[1]) == 7
    assert rows_read(TRANSFERS, lambda: paging.history(account_id=acme)) <= 30
    assert selectors.balances(["acme"])["acme"].posted == 5_007


@pytest.mark.usefixtures("platform")
def test_a_repeated_or_refused_transfer_is_looked_up_by_its_key():
    again = move("bank", "acme", 1, "deposit")
    ledger.post(transfers=[again])

    assert rows_read(TRANSFERS, lambda: ledger.post(transfers=[again])) <= 60
