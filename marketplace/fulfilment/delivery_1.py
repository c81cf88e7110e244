"""
The rule of deliveries `delivery-1`: an hour to be ready, an hour to restore, a day to wipe.

Pure, and frozen: deliveries were timed by it. Other terms are another file.
"""

from marketplace.fulfilment.contracts import DeliveryTerms

RULE = DeliveryTerms(
    "delivery-1", ready_seconds=3_600, restore_seconds=3_600, wipe_seconds=24 * 3_600
)
