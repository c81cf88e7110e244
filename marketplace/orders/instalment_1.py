"""
The rule of instalments `instalment-1`: by calendar months of the market. Pure, and frozen.

Orders were cleared by it: it is never changed. Other terms are another file and a line in
`rules.INSTALMENTS`.
"""

from typing import Final

from marketplace.orders.terms import InstalmentRule

DAY: Final = 24 * 3600
RULE: Final = InstalmentRule(
    name="instalment-1",
    days=0,
    whole_seconds=31 * DAY,
    least_seconds=7 * DAY,
    lead_seconds=4 * DAY,
    ends_seconds=3600,
)
