"""
In October Acme was charged 120.00 instead of 100.00. October is closed on 5 November.

    date        | what                  | debit    | credit   | amount | acme
    ------------+-----------------------+----------+----------+--------+-------
    3 October   | deposit               | bank     | acme     | 500.00 | 500.00
    20 October  | charge, wrong         | acme     | provider | 120.00 | 380.00
    5 November  | October is closed     |          |          |        |
    6 November  | into October: refused | provider | acme     |  20.00 | 380.00
    6 November  | reversal, November    | provider | acme     | 120.00 | 500.00
    6 November  | charge, right         | acme     | provider | 100.00 | 400.00

October still reads as it was closed; November shows the correction and points at the mistake.
"""

from datetime import UTC, datetime, timedelta

import pytest

from common import tenancy
from common.ids import uuid7
from common.period import Period
from ledger import reports, selectors
from ledger import services as ledger
from ledger.contracts import TransferRefused
from tests.ledger.conftest import move
from tests.stories.ledger.conftest import table

OCTOBER = Period(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
NOVEMBER = Period(OCTOBER.ends_at, datetime(2026, 12, 1, tzinfo=UTC))
SIXTH = NOVEMBER.starts_at + timedelta(days=5)


def test_a_mistake_after_the_month_is_closed(chart):
    wrong = move(
        "acme", "provider", 12_000, "order", effective_at=OCTOBER.starts_at + timedelta(days=19)
    )
    ledger.post(
        transfers=[
            move(
                "bank",
                "acme",
                50_000,
                "deposit",
                effective_at=OCTOBER.starts_at + timedelta(days=2),
            ),
            wrong,
        ]
    )
    ledger.close_period(period=OCTOBER)

    with pytest.raises(TransferRefused) as refusal:
        ledger.post(
            transfers=[
                move(
                    "provider",
                    "acme",
                    2_000,
                    "correction",
                    effective_at=OCTOBER.ends_at - timedelta(seconds=1),
                )
            ]
        )
    assert refusal.value.code == "period_closed"
    assert table("acme") == {"acme": (38_000, 0)}

    reversal = uuid7()
    ledger.reverse(transfer_id=wrong.id, new_id=reversal, reason="correction", now=SIXTH)
    ledger.post(transfers=[move("acme", "provider", 10_000, "order", effective_at=SIXTH)])

    assert table("acme", "provider") == {"acme": (40_000, 0), "provider": (10_000, 0)}
    with tenancy.acting_as_platform():
        assert [one.amount for one in reports.journal(period=OCTOBER)] == [50_000, 12_000]
        assert sorted(one.amount for one in reports.journal(period=NOVEMBER)) == [10_000, 12_000]
        assert selectors.transfer(reversal).reverses == wrong.id
