"""Writes of deliveries: opened, moved, closed, talked about; and the market's policy."""

from marketplace.fulfilment.services.advancing import advance
from marketplace.fulfilment.services.changing import (
    answer_change,
    ask_change,
    expire_changes,
    withdraw_change,
)
from marketplace.fulfilment.services.closing import close, shorten
from marketplace.fulfilment.services.following import follow_agents
from marketplace.fulfilment.services.halting import halt_of_organization
from marketplace.fulfilment.services.handing import (
    ask_access,
    erase_taken,
    forget_secret,
    hand_over,
    take_over,
    tell_expiring,
)
from marketplace.fulfilment.services.key_waiting import want_key
from marketplace.fulfilment.services.keys import add_handover_key, withdraw_handover_key
from marketplace.fulfilment.services.maintaining import announce_maintenance, move_maintenance
from marketplace.fulfilment.services.moving import (
    confirm,
    fail_declined,
    note_progress,
    note_read,
    report,
)
from marketplace.fulfilment.services.opening import open_deliveries
from marketplace.fulfilment.services.policies import propose_policy, publish_policy
from marketplace.fulfilment.services.preempting import give_preemption_notice
from marketplace.fulfilment.services.stopping import carry_out_stop, propose_stop
from marketplace.fulfilment.services.talking import read_messages, write_message

__all__ = [
    "add_handover_key",
    "advance",
    "announce_maintenance",
    "answer_change",
    "ask_access",
    "ask_change",
    "carry_out_stop",
    "close",
    "confirm",
    "erase_taken",
    "expire_changes",
    "fail_declined",
    "follow_agents",
    "forget_secret",
    "give_preemption_notice",
    "halt_of_organization",
    "hand_over",
    "move_maintenance",
    "note_progress",
    "note_read",
    "open_deliveries",
    "propose_policy",
    "propose_stop",
    "publish_policy",
    "read_messages",
    "report",
    "shorten",
    "take_over",
    "tell_expiring",
    "want_key",
    "withdraw_change",
    "withdraw_handover_key",
    "write_message",
]
