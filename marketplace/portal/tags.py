"""States as people see them: one word, one tone and one symbol each, the same on every list."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from marketplace.portal import order_page, order_words
from marketplace.portal.tables.columns import Tag


def of_order(order: Any, *, at: datetime) -> tuple[Tag, ...]:
    """Return what an order does at a moment, and that its parties are no strangers."""
    phase = order_page.phase_of(order, at=at)
    tags = (Tag(phase.label, order_words.TONES[phase], order_words.ICONS.get(phase, "")),)
    if not order.relation:
        return tags
    told = Tag(_("Related parties"), "warn", title=order.get_relation_display())
    return (*tags, told)
