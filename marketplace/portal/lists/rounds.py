"""The list of call rounds."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.portal import round_words
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, Shows
from marketplace.rounds.contracts import RoundState
from marketplace.rounds.selectors.filters import CallRoundFilter

GOING: Final = (RoundState.OPEN, RoundState.NO_CANCEL, RoundState.SOLVING)


def _hours(row: Any) -> int:
    return int(row.volume_milli_hours) // 1000


ROUNDS: Final = ListTable(
    name="rounds",
    title=_("Call rounds"),
    filters=CallRoundFilter,
    columns=(
        ListColumn(
            "number",
            _("Number of the round"),
            value=lambda row: row.number,
            below=round_words.product,
            link=lambda row: reverse("portal:round", args=[row.pk]),
            sort=("id",),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn("opens", _("Opens"), Shows.TIME, value=lambda row: row.opens_at),
        ListColumn(
            "ends", _("Ends"), Shows.TIME, value=lambda row: row.ends_at, sort=("ends_at", "id")
        ),
        ListColumn(
            "delivers",
            _("Delivers from"),
            Shows.TIME,
            value=lambda row: row.delivers_from,
            phone=Phone.HIDDEN,
            is_on=False,
        ),
        ListColumn(
            "price",
            _("Price, a standard hour"),
            Shows.MONEY,
            value=lambda row: row.price_minor,
        ),
        ListColumn("volume", _("Unit-hours"), Shows.QUANTITY, value=_hours, phone=Phone.HIDDEN),
        ListColumn(
            "filled",
            _("Filled"),
            value=lambda row: f"{row.filled_count} / {row.order_count}",
        ),
        ListColumn(
            "bound",
            _("Of the best possible"),
            value=lambda row: round_words.bound(row.bound_permille),
            phone=Phone.HIDDEN,
        ),
        ListColumn(
            "state",
            _("State"),
            Shows.STATE,
            value=round_words.tag,
            phone=Phone.STATE,
            is_fixed=True,
        ),
    ),
    quick=(
        Quick("going", _("Going on"), {"state": GOING}),
        Quick("coming", _("Coming"), {"state": (RoundState.SCHEDULED,)}),
        Quick("published", _("Published"), {"state": (RoundState.PUBLISHED,)}),
    ),
    shown_filters=("state", "resource_class", "ends_from", "ends_until"),
    row_label=lambda row: row.number,
)
