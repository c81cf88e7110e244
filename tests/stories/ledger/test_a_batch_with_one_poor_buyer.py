"""
Three orders of 80.00 are cleared in one batch; Globex has only 50.00.

    buyer   | has    | order | becomes                          | left
    --------+--------+-------+----------------------------------+-------
    acme    | 100.00 | 80.00 | held                             |  20.00
    globex  |  50.00 | 80.00 | refused: insufficient_funds      |  50.00
    stock   | (sells 80.00 to the bank: in one group with globex's order, so refused with it)
"""

from common.ids import uuid7
from ledger import services as ledger
from ledger.contracts import Op
from tests.ledger.conftest import move
from tests.stories.ledger.conftest import table


def test_a_batch_with_one_poor_buyer(chart):
    ledger.post(
        transfers=[
            move("bank", "acme", 10_000, "deposit"),
            move("bank", "globex", 5_000, "deposit"),
            move("stock", "bank", 9_000, "buy_in"),
        ]
    )
    group = uuid7()
    rich = move("acme", "provider", 8_000, "order", op=Op.HOLD)
    poor = move("globex", "provider", 8_000, "order", op=Op.HOLD, group=group)
    tied = move("bank", "stock", 8_000, "sell_off", group=group)

    outcome = ledger.post(transfers=[rich, poor, tied], partial=True)

    assert outcome.posted == (rich.id,)
    assert [(one.transfer_id, one.account, one.code) for one in outcome.refused] == [
        (poor.id, "globex", "insufficient_funds"),
        (tied.id, "globex", "insufficient_funds"),
    ]
    assert table("acme", "globex", "stock") == {
        "acme": (10_000, 8_000),
        "globex": (5_000, 0),
        "stock": (9_000, 0),
    }
