"""Credits for service levels move once: by workers at once, and when a figure is corrected."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.db import connection

from marketplace.assurance import services
from tests import frontier
from tests.assurance.levels import NOON, Promising, close, run, stand_still
from tests.settlement.cast import is_balanced


def test_a_correction_has_it_counted_again_and_the_difference_moves(fresh_database):
    """¥115.00, a quarter of it 28.75; then less use: ¥103.00, a quarter 25.75: 3.00 goes back."""
    market = Promising()
    order = run(market)
    stand_still(market, order, 25)
    close(market, order)
    market.count()

    market.revise(order, "0", hour=5)
    market.charge(at=NOON + timedelta(days=4))
    for _run in range(2):
        frontier.wait_for_others()
        market.count(at=NOON + timedelta(days=4))

    assert [each.revision for each in market.evaluated()] == [1, 2]
    assert market.credits() == [("CNY", 2_875), ("CNY", -300)]
    assert market.adjustments()[1].payer == "BUYER"
    assert market.cash()[0] == "99922.75"  # 100000 − 103.00 + 25.75
    assert is_balanced()


def test_two_workers_at_once_book_it_once(fresh_database):
    market = Promising()
    order = run(market)
    stand_still(market, order, 25)
    close(market, order)

    def once(_n: int) -> int:
        try:
            return services.evaluate_levels(now=NOON + timedelta(days=3)).booked
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=3) as pool:
        assert sum(pool.map(once, range(3))) == 1
    assert len(market.adjustments()) == 1
