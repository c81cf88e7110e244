"""
The rule of calls `calls-1`: ten seconds an answer, eight more tries within about twenty minutes.

Pure, and frozen: calls were timed by it. Other terms are another file.
"""

from marketplace.drivers.contracts import CallTerms

RULE = CallTerms(
    "calls-1",
    connect_seconds=3,
    total_seconds=10,
    retry_seconds=(2, 5, 15, 30, 60, 120, 300, 600),
    rest_seconds=(0, 1, 5, 15, 60),
    together=16,
    lead_seconds=60,
    tolerance_seconds=300,
)
