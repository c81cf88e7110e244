"""Lists of payments: movements of money, lines of the bank, differences."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from marketplace.payments.contracts import MovementState, PayChannel
from marketplace.payments.selectors.filters import (
    OPEN,
    SETTLED,
    BankLineFilter,
    DifferenceFilter,
    MovementFilter,
)
from marketplace.portal import ages, names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, Shows, Tag

S: Final = MovementState
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

_DIFFERED: Final = (
    ListColumn(
        "kind",
        _("What differs"),
        value=lambda row: row.get_kind_display(),
        below=lambda row: row.reference,
        phone=Phone.KEY,
        is_fixed=True,
        is_wide=True,
    ),
    ListColumn("ours_minor", _("Ours"), Shows.MONEY),
    ListColumn("theirs_minor", _("Theirs"), Shows.MONEY),
    ListColumn("found_at", _("Found"), Shows.TIME, sort=("id",), phone=Phone.HIDDEN),
    ListColumn(
        "age",
        _("Age"),
        value=lambda row: ages.age(row.found_at, row.settled_at or row.seen_at),
    ),
    ListColumn(
        "owner",
        _("Seen to by"),
        value=lambda row: row.owner.called if row.owner else "—",
        below=lambda row: row.note,
    ),
)
DIFFERENCES: Final = ListTable(
    name="differences",
    prefix="differences",
    title=_("Differences"),
    filters=DifferenceFilter,
    shown_filters=("q", "kind", "channel", "owned", "found_from", "found_until"),
    columns=(
        *_DIFFERED,
        ListColumn(
            "act", "", Shows.ACT, template="portal/list/difference_acts.html", phone=Phone.ACT
        ),
    ),
)


def _settled(row: Any) -> Tag:
    return (
        Tag(_("Cleared up"), "ok", "check") if row.settled_at else Tag(_("To clear up"), "warn", "")
    )


# What the desk has too, and whose money it is, for whoever looks from a figure at its lines.
ALL_MOVEMENTS: Final = ListTable(
    name="all-movements",
    title=_("Movements of money"),
    filters=MovementFilter,
    shown_filters=(
        "q",
        "kind",
        "channel",
        "state",
        "requested_from",
        "requested_until",
        "amount_from",
        "amount_to",
    ),
    quick=(
        Quick("under-way", _("Under way"), {"state": (S.APPROVED, S.SENT)}),
        Quick("returned", _("Returned"), {"state": (S.RETURNED,)}),
    ),
    columns=(
        ListColumn(
            "number",
            _("Movement"),
            below=lambda row: row.get_kind_display(),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn(
            "organization",
            _("Organization"),
            Shows.PARTY,
            value=lambda row: names.named(row.organization),
        ),
        ListColumn("channel", _("Way"), value=lambda row: PayChannel(row.channel).label),
        ListColumn("requested_at", _("Asked for"), Shows.TIME, sort=("id",)),
        ListColumn("moved_at", _("Last step"), Shows.TIME, phone=Phone.HIDDEN),
        ListColumn("amount_minor", _("Amount"), Shows.MONEY, is_strong=True, total=True),
        ListColumn("failure", _("Reason"), phone=Phone.HIDDEN),
        ListColumn("state", _("State"), Shows.STATE, value=_state, phone=Phone.STATE),
    ),
)
ALL_DIFFERENCES: Final = ListTable(
    name="all-differences",
    title=_("Differences"),
    filters=DifferenceFilter,
    quick=(
        Quick("open", _("To clear up"), {"state": (OPEN,)}),
        Quick("settled", _("Cleared up"), {"state": (SETTLED,)}),
    ),
    columns=(
        *_DIFFERED,
        ListColumn("resolution", _("How it ended"), phone=Phone.STRIP),
        ListColumn("state", _("State"), Shows.STATE, value=_settled, phone=Phone.STATE),
    ),
)
