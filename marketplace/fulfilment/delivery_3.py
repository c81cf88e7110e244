"""
The rule of deliveries `delivery-3`: as `delivery-2`, and a provider answers before the start.

It says anything, that access is set up, say, within two hours, or a quarter of the time until the
start if that is shorter; from then on it is late. Who has said nothing after twelve hours, or half
of the time until the start, has failed, so that another may still deliver in time. Of what is asked
for less than an hour ahead only the time to be ready counts. Pure, and frozen: deliveries are timed
by it.
"""

from marketplace.fulfilment.contracts import AnswerTerms, DeliveryTerms

RULE = DeliveryTerms(
    "delivery-3",
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
)
