"""
Acme has 1,000.00 and holds 900.00 for an order of three hours; each hour costs what was measured.

    step             | captured | held again | acme posted | acme held | acme may still spend
    -----------------+----------+------------+-------------+-----------+---------------------
    order            |        – |     900.00 |    1,000.00 |    900.00 |               100.00
    first hour       |   300.00 |     600.00 |      700.00 |    600.00 |               100.00
    second hour      |   250.00 |     350.00 |      450.00 |    350.00 |               100.00
    third hour, done |   310.00 |          – |      140.00 |      0.00 |               140.00

The last capture is 40.00 less than what was held: that comes back by itself.
"""

from dataclasses import replace

from common.ids import uuid7
from ledger import services as ledger
from ledger.contracts import Op
from tests.ledger.conftest import move
from tests.stories.ledger.conftest import table


def test_a_hold_is_used_up_hour_by_hour(chart):
    ledger.post(transfers=[move("bank", "acme", 100_000, "deposit")])
    held = move("acme", "provider", 90_000, "order", op=Op.HOLD)
    ledger.post(transfers=[held])
    assert table("acme") == {"acme": (100_000, 90_000)}

    for captured, rest, posted in [(30_000, 60_000, 70_000), (25_000, 35_000, 45_000)]:
        again = replace(held, id=uuid7(), amount=rest)
        ledger.post(
            transfers=[
                replace(held, id=uuid7(), op=Op.CAPTURE, hold_id=held.id, amount=captured),
                again,
            ]
        )
        held = again
        assert table("acme") == {"acme": (posted, rest)}

    ledger.capture(transfers=[replace(held, id=uuid7(), hold_id=held.id, amount=31_000)])

    assert table("acme", "provider") == {"acme": (14_000, 0), "provider": (86_000, 0)}
