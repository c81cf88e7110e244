"""
The rule of deliveries `delivery-2`: as `delivery-1`, and no part longer than half of the order.

A provider has an hour to be ready and an hour to restore, and of an order that is shorter than two
hours half of its ordered time. Pure, and frozen: deliveries are timed by it.
"""

from marketplace.fulfilment.contracts import DeliveryTerms

RULE = DeliveryTerms(
    "delivery-2",
    ready_seconds=3_600,
    restore_seconds=3_600,
    wipe_seconds=24 * 3_600,
    parts_of_order=2,
)
