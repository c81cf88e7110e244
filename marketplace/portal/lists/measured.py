"""Lists of one meter: what it counted, its windows, and what was measured, with each revision."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from marketplace.portal.lists import energy_cells
from marketplace.portal.tables import ListColumn, ListTable, Phone, RowLink, Shows, Tag
from metering.contracts import SetAsideReason, WindowState
from metering.selectors.filters import MeterUsageFilter, ReadingFilter, WindowFilter


def _signed_by(row: Any) -> str:
    return str(row.agent.name) if row.agent else _now("nobody: unsigned")


METER_READINGS: Final = ListTable(
    name="meter-readings",
    prefix="readings",
    title=_("Readings"),
    filters=ReadingFilter,
    order="-starts",
    size=10,
    columns=(
        ListColumn(
            "starts",
            _("From"),
            Shows.TIME,
            value=lambda row: row.starts_at,
            sort=("starts_at",),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("ends", _("Until"), Shows.TIME, value=lambda row: row.ends_at),
        ListColumn("quantity", _("Quantity"), Shows.QUANTITY),
        ListColumn("source", _("Source"), Shows.IDENTIFIER, phone=Phone.STRIP),
        ListColumn("event_id", _("Name"), Shows.IDENTIFIER, is_on=False, phone=Phone.HIDDEN),
        ListColumn("subject", _("Order"), Shows.IDENTIFIER, is_on=False, phone=Phone.HIDDEN),
        ListColumn("agent", _("Signed for by"), value=_signed_by),
        ListColumn("received", _("Received"), Shows.TIME, value=lambda row: row.received_at),
    ),
)


WINDOW_READINGS: Final = ListTable(
    name="window-readings",
    title=_("Readings"),
    columns=METER_READINGS.columns,
)


def _window_state(row: Any) -> Tag:
    if row.state == WindowState.SET_ASIDE:
        reason = SetAsideReason(row.set_aside_reason).label
        return Tag(WindowState.SET_ASIDE.label, "warn", "alert-triangle", reason)
    return Tag(WindowState(row.state).label, "ok" if row.state == WindowState.CLOSED else "neutral")


def _look(row: Any) -> list[RowLink]:
    return [RowLink(_("Show"), reverse("portal:window", args=[row.pk]))]


METER_WINDOWS: Final = ListTable(
    name="meter-windows",
    prefix="windows",
    title=_("Windows"),
    filters=WindowFilter,
    shown_filters=("state", "reason", "starts_from", "starts_until"),
    order="-starts",
    size=10,
    columns=(
        ListColumn(
            "starts",
            _("From"),
            Shows.TIME,
            value=lambda row: row.starts_at,
            sort=("starts_at",),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("ends", _("Until"), Shows.TIME, value=lambda row: row.ends_at),
        ListColumn("reading_count", _("Readings"), Shows.QUANTITY),
        ListColumn("measured_count", _("Of them accounted for"), Shows.QUANTITY),
        ListColumn("revision", _("Times measured"), Shows.QUANTITY),
        ListColumn(
            "closed",
            _("Measured on"),
            Shows.TIME,
            value=lambda row: row.closed_at,
            is_on=False,
            phone=Phone.HIDDEN,
        ),
        ListColumn("state", _("State"), Shows.STATE, value=_window_state, phone=Phone.STATE),
        ListColumn("act", "", Shows.ACT, value=_look, phone=Phone.ACT),
    ),
)


def _revision(row: Any) -> Tag:
    if row.is_superseded:
        return Tag(_("Superseded"), "neutral", "", _("A later revision holds the full quantity."))
    return Tag(_("Counts"), "ok", "check")


def _changed(row: Any) -> Any:
    """Return by how much a revision changed what was measured before."""
    return None if row.supersedes is None else row.quantity - row.supersedes.quantity


METER_USAGE: Final = ListTable(
    name="meter-usage",
    prefix="usage",
    title=_("What was measured"),
    filters=MeterUsageFilter,
    order="-starts",
    size=10,
    columns=(
        ListColumn(
            "starts",
            _("From"),
            Shows.TIME,
            value=lambda row: row.starts_at,
            sort=("starts_at",),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("quantity", _("Quantity"), Shows.QUANTITY),
        ListColumn("changed", _("Changed by"), Shows.QUANTITY, value=_changed),
        ListColumn("revision", _("Revision"), Shows.QUANTITY),
        ListColumn("reading_count", _("Readings"), Shows.QUANTITY, phone=Phone.HIDDEN),
        ListColumn(
            "standard_hours", _("Standard hours"), Shows.QUANTITY, is_on=False, phone=Phone.HIDDEN
        ),
        *energy_cells.COLUMNS,
        ListColumn("inputs_hash", _("Digest of its readings"), Shows.IDENTIFIER, phone=Phone.STRIP),
        ListColumn("state", _("State"), Shows.STATE, value=_revision, phone=Phone.STATE),
    ),
)
