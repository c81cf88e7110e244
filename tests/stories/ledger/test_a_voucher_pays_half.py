"""
A city gives Acme a voucher of 400.00; Acme pays in 1,000.00 and buys compute for 600.00.

The voucher pays half of the price, 300.00; the fee is 3 % of 600.00.

    step                     | debit    | credit   | amount
    -------------------------+----------+----------+---------
    1 the city funds         | budget   | pool     | 5,000.00  VCH-1
    2 Acme gets a voucher    | pool     | voucher  |   400.00  VCH-1
    3 Acme pays in           | bank     | acme     | 1,000.00  CNY
    4 the order holds        | voucher  | claim    |   300.00  VCH-1  (held)
                             | acme     | provider |   300.00  CNY    (held)
    5 the work is charged    | voucher  | claim    |   300.00  VCH-1
                             | acme     | provider |   300.00  CNY
                             | provider | fee      |    18.00  CNY
    6 the voucher runs out   | voucher  | pool     |   100.00  VCH-1

    in the end: acme 700.00, provider 282.00, fee 18.00, claim 300.00, voucher 0.00, pool 4,700.00
"""

from dataclasses import replace

from common.ids import uuid7
from ledger import services as ledger
from ledger.contracts import Op
from tests.ledger.conftest import move
from tests.stories.ledger.conftest import table


def voucher_move(debit, credit, amount, reason):
    return move(debit, credit, amount, reason, asset="VCH-1")


def test_a_voucher_pays_half(chart):
    ledger.post(
        transfers=[
            voucher_move("budget", "pool", 500_000, "budget"),
            voucher_move("pool", "voucher", 40_000, "issue"),
            move("bank", "acme", 100_000, "deposit"),
        ]
    )
    assert table("pool", "voucher", "acme") == {
        "pool": (460_000, 0),
        "voucher": (40_000, 0),
        "acme": (100_000, 0),
    }

    by_voucher = voucher_move("voucher", "claim", 30_000, "order")
    by_cash = move("acme", "provider", 30_000, "order")
    ledger.hold(transfers=[by_voucher, by_cash])
    assert table("voucher", "acme") == {"voucher": (40_000, 30_000), "acme": (100_000, 30_000)}

    ledger.post(
        transfers=[
            *(
                replace(held, id=uuid7(), op=Op.CAPTURE, hold_id=held.id)
                for held in (by_voucher, by_cash)
            ),
            move("provider", "fee", 1_800, "fee"),
        ]
    )
    ledger.post(transfers=[voucher_move("voucher", "pool", 10_000, "expire")])

    assert table("acme", "provider", "fee", "claim", "voucher", "pool") == {
        "acme": (70_000, 0),
        "provider": (28_200, 0),
        "fee": (1_800, 0),
        "claim": (30_000, 0),
        "voucher": (0, 0),
        "pool": (470_000, 0),
    }
