"""
The rule of deliveries `delivery-4`: as `delivery-3`, and the provider's own agent stops it.

From the moment for which the agent says that the resource is down, a delivery that runs on it is
interrupted, and nothing is charged; it runs again once the agent says that it is up. While the
agent says so, nothing of the resource is ready. Pure, and frozen: deliveries are timed by it.
"""

from marketplace.fulfilment.contracts import AnswerTerms, DeliveryTerms

RULE = DeliveryTerms(
    "delivery-4",
    ready_seconds=3_600,
    restore_seconds=3_600,
    wipe_seconds=24 * 3_600,
    parts_of_order=2,
    answer=AnswerTerms(
        ahead_seconds=3_600,
        late_seconds=2 * 3_600,
        late_parts=4,
        fails_seconds=12 * 3_600,
        fails_parts=2,
    ),
    follows_agent=True,
)
