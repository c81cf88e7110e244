"""Writes of deliveries: opened, moved, confirmed, closed; and the market's policy."""

from marketplace.fulfilment.services.advancing import advance
from marketplace.fulfilment.services.closing import close, shorten
from marketplace.fulfilment.services.handing import (
    ask_access,
    erase_taken,
    forget_secret,
    hand_over,
    take_over,
)
from marketplace.fulfilment.services.keys import add_handover_key, withdraw_handover_key
from marketplace.fulfilment.services.moving import confirm, note_read, report
from marketplace.fulfilment.services.opening import open_deliveries
from marketplace.fulfilment.services.policies import propose_policy, publish_policy

__all__ = [
    "add_handover_key",
    "advance",
    "ask_access",
    "close",
    "confirm",
    "erase_taken",
    "forget_secret",
    "hand_over",
    "note_read",
    "open_deliveries",
    "propose_policy",
    "publish_policy",
    "report",
    "shorten",
    "take_over",
    "withdraw_handover_key",
]
