"""Writes of deliveries: opened, moved, confirmed, closed; and the market's policy."""

from marketplace.fulfilment.services.advancing import advance
from marketplace.fulfilment.services.closing import close, shorten
from marketplace.fulfilment.services.moving import confirm, note_read, report
from marketplace.fulfilment.services.opening import open_deliveries
from marketplace.fulfilment.services.policies import propose_policy, publish_policy

__all__ = [
    "advance",
    "close",
    "confirm",
    "note_read",
    "open_deliveries",
    "propose_policy",
    "publish_policy",
    "report",
    "shorten",
]
