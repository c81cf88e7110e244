"""Lists of payments: movements of money, lines of the bank, differences."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from common import clock
from marketplace.payments.contracts import MovementState, PayChannel
from marketplace.payments.selectors.filters import BankLineFilter, DifferenceFilter, MovementFilter
from marketplace.portal import ages
from marketplace.portal.tables import ListColumn, ListTable, Phone, Shows, Tag

TONES: Final = {
    MovementState.DONE: ("ok", "check"),
    MovementState.RETURNED: ("warn", "alert-triangle"),
    MovementState.CANCELLED: ("neutral", ""),
}


def _state(row: Any) -> Tag:
    tone, icon = TONES.get(row.state, ("brand", ""))
    return Tag(row.get_state_display(), tone, icon)


MOVEMENTS: Final = ListTable(
    name="movements",
    title=_("Movements of money"),
    filters=MovementFilter,
    shown_filters=(
        "q",
        "kind",
        "state",
        "requested_from",
        "requested_until",
        "amount_from",
        "amount_to",
    ),
    columns=(
        ListColumn(
            "number",
            _("Movement"),
            below=lambda row: row.get_kind_display(),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("channel", _("Way"), value=lambda row: PayChannel(row.channel).label),
        ListColumn("requested_at", _("Asked for"), Shows.TIME, sort=("id",)),
        ListColumn("amount_minor", _("Amount"), Shows.MONEY, is_strong=True),
        ListColumn("state", _("State"), Shows.STATE, value=_state, phone=Phone.STATE),
        ListColumn(
            "act", "", Shows.ACT, template="portal/list/movement_acts.html", phone=Phone.ACT
        ),
    ),
)

BANK_LINES: Final = ListTable(
    name="bank-lines",
    prefix="lines",
    title=_("Lines to match"),
    filters=BankLineFilter,
    shown_filters=("q", "booked_from", "booked_until", "amount_from", "amount_to"),
    columns=(
        ListColumn(
            "party",
            _("Paid by"),
            value=lambda row: row.party or "—",
            below=lambda row: row.text or row.reference,
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn("booked_on", _("Booked"), Shows.DAY),
        ListColumn("amount_minor", _("Amount"), Shows.MONEY, is_strong=True, total=True),
        ListColumn("found_at", _("Waits since"), Shows.TIME),
        ListColumn("act", "", Shows.ACT, template="portal/list/line_acts.html", phone=Phone.ACT),
    ),
)

DIFFERENCES: Final = ListTable(
    name="differences",
    prefix="differences",
    title=_("Differences"),
    filters=DifferenceFilter,
    shown_filters=("q", "kind", "channel", "owned", "found_from", "found_until"),
    columns=(
        ListColumn(
            "kind",
            _("Difference"),
            value=lambda row: row.get_kind_display(),
            below=lambda row: row.reference,
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn("ours_minor", _("Ours"), Shows.MONEY),
        ListColumn("theirs_minor", _("Theirs"), Shows.MONEY),
        ListColumn("found_at", _("Found"), Shows.TIME, phone=Phone.HIDDEN),
        ListColumn(
            "age",
            _("Age"),
            value=lambda row: ages.age(row.found_at, row.settled_at or clock.now()),
        ),
        ListColumn(
            "owner",
            _("Seen to by"),
            value=lambda row: str(row.owner) if row.owner else "—",
            below=lambda row: row.note,
        ),
        ListColumn(
            "act", "", Shows.ACT, template="portal/list/difference_acts.html", phone=Phone.ACT
        ),
    ),
)
