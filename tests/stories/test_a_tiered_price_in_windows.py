"""
A buyer uses 1,200.3 standard hours under "3.335 up to 1,000, then 3.015", measured in four windows.

    window      used      so far    priced so far (tier 1 + tier 2)      charge of the window
    1           400.1     400.1     1,334.33(35) + 0                     1,334.33
    2           400.1     800.2     2,668.67 + 0                         1,334.34
    3           400.1     1,200.3   3,335.00 + 603.90(45)                1,270.23
    4 (late)    -100.0    1,100.3   3,335.00 + 302.40(45)                 -301.50
                                                                         --------
                          1,100.3   3,637.40                             3,637.40

The same use measured in one window costs the same to the fen. Windows 1 and 2 are equally long and
differ by one fen: each rounds the running total, none rounds by itself.
"""

from decimal import Decimal

from pricing import rules
from pricing.contracts import Measure
from tests.pricing.cards import card, component, hours

PLAN = card(component(("0", "3.335"), ("1000", "3.015")))
WINDOWS = ["400.1", "400.1", "400.1", "-100"]


def charges() -> list[int]:
    so_far, made = Decimal(0), []
    for used in WINDOWS:
        lines = rules.rate(PLAN, hours(used), after=hours(so_far))
        made.append(rules.total_minor(lines))
        so_far += Decimal(used)
    return made


def test_each_window_is_charged_as_the_table_says():
    assert charges() == [133_433, 133_434, 127_023, -30_150]


def test_the_sum_is_what_one_window_would_cost():
    whole: Measure = hours("1100.3")

    assert sum(charges()) == rules.total_minor(rules.rate(PLAN, whole)) == 363_740


def test_the_window_that_crosses_the_border_has_a_line_for_each_tier():
    lines = rules.rate(PLAN, hours("400.1"), after=hours("800.2"))

    assert [(str(line.quantity), str(line.unit_price), line.amount_minor) for line in lines] == [
        ("199.8", "3.335", 66_633),
        ("200.3", "3.015", 60_390),
    ]
