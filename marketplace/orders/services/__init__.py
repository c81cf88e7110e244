"""Writes of orders: place, clear, cancel, follow up, settle."""

from marketplace.orders.services.approving import (
    confirm_order,
    draft_of,
    place_or_propose,
    proposed_wish,
)
from marketplace.orders.services.capping import require_possible
from marketplace.orders.services.clearing import (
    clear_book,
    clear_decided,
    clear_imported,
    clear_together,
    hold_books,
    hold_caps,
)
from marketplace.orders.services.closing import (
    call_off_order,
    call_off_orders,
    cancel_order,
    mark_settled,
    note_metered,
    note_provisioned,
    provision_started,
)
from marketplace.orders.services.following import tell_of_price
from marketplace.orders.services.halting import (
    confirm_halt,
    halt_book,
    propose_halt,
    propose_resume,
    resume_book,
)
from marketplace.orders.services.imports import (
    abandon_import,
    finish_import,
    leave_source,
    remember_lines,
    start_import,
    take_source,
)
from marketplace.orders.services.pacing import set_order_rate
from marketplace.orders.services.placing import place_each, place_order, place_orders
from marketplace.orders.services.reviewing import close_order, retry_order
from marketplace.orders.services.sets import place_set
from marketplace.orders.services.suspending import confirm_reinstatement, confirm_suspension

__all__ = [
    "abandon_import",
    "call_off_order",
    "call_off_orders",
    "cancel_order",
    "clear_book",
    "clear_decided",
    "clear_imported",
    "clear_together",
    "close_order",
    "confirm_halt",
    "confirm_order",
    "confirm_reinstatement",
    "confirm_suspension",
    "draft_of",
    "finish_import",
    "halt_book",
    "hold_books",
    "hold_caps",
    "leave_source",
    "mark_settled",
    "note_metered",
    "note_provisioned",
    "place_each",
    "place_or_propose",
    "place_order",
    "place_orders",
    "place_set",
    "propose_halt",
    "propose_resume",
    "proposed_wish",
    "provision_started",
    "remember_lines",
    "require_possible",
    "resume_book",
    "retry_order",
    "set_order_rate",
    "start_import",
    "take_source",
    "tell_of_price",
]
