"""
The rule of calls `calls-patient-1`: half a minute an answer, for drivers that queue.

Pure, and frozen: calls were timed by it. Other terms are another file.
"""

from marketplace.drivers.contracts import CallTerms

RULE = CallTerms(
    "calls-patient-1",
    connect_seconds=10,
    total_seconds=30,
    retry_seconds=(10, 30, 60, 120, 300, 600, 900),
    rest_seconds=(0, 5, 15, 60),
    together=4,
    lead_seconds=300,
    tolerance_seconds=300,
)
