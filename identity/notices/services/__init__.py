"""What this room does: it tells people of events, by page and by letter, and calls to mind."""

from identity.notices.services.choosing import choose_letters
from identity.notices.services.forgetting import forget, forget_notices_of
from identity.notices.services.letters import send_due
from identity.notices.services.reading import mark_all_read, mark_read, open_notice
from identity.notices.services.reminding import remind
from identity.notices.services.spreading import Spread, spread

__all__ = [
    "Spread",
    "choose_letters",
    "forget",
    "forget_notices_of",
    "mark_all_read",
    "mark_read",
    "open_notice",
    "remind",
    "send_due",
    "spread",
]
