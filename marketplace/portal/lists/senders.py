"""Lists of senders: mappings, the series that are followed, and the metrics that nobody reads."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from marketplace.portal.tables import ListColumn, ListTable, Phone, RowLink, Shows
from marketplace.portal.tables.columns import Tag
from metering.contracts import REFUSAL_SENTENCES, RowRefusal
from metering.senders.contracts import Unmapped
from metering.senders.filters import MappingFilter, SeriesFilter, UnmappedFilter

LABELS_SHOWN: Final = 4
MAPPED: Final = Tag(_("In force"), "ok", "check")
ENDED: Final = Tag(_("Ended"))


def label_text(told: Mapping[str, str], most: int = LABELS_SHOWN) -> str:
    """Return labels as Prometheus writes them, the first few."""
    shown = [f'{name}="{value[:40]}"' for name, value in sorted(told.items())[:most]]
    return ", ".join([*shown, *(["…"] if len(told) > most else [])])


MAPPINGS: Final = ListTable(
    name="series-mappings",
    title=_("Mappings"),
    filters=MappingFilter,
    columns=(
        ListColumn(
            "name",
            _("Mapping"),
            link=lambda row: reverse("portal:series-mapping", args=[row.pk]),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn("version", _("Version"), Shows.QUANTITY),
        ListColumn("published_at", _("Published"), Shows.TIME),
        ListColumn(
            "state",
            _("State"),
            Shows.STATE,
            value=lambda row: ENDED if row.ended_at else MAPPED,
            phone=Phone.STATE,
            is_fixed=True,
        ),
    ),
)


def _map_this(row: Any) -> list[RowLink]:
    if not row.metric or row.kind == "other":
        return []
    address = f"{reverse('portal:series-mapping-new')}?{urlencode({'metric': row.metric})}"
    return [RowLink(_("Map this"), address, row.metric)]


UNMAPPED: Final = ListTable(
    name="unmapped-series",
    prefix="unread",
    title=_("Series that nobody reads"),
    filters=UnmappedFilter,
    columns=(
        ListColumn(
            "metric",
            _("Metric"),
            value=lambda row: row.metric or _now("all others"),
            below=lambda row: label_text(row.labels),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn("samples", _("Samples"), Shows.QUANTITY),
        ListColumn("first_seen_at", _("First seen"), Shows.TIME, phone=Phone.HIDDEN, is_on=False),
        ListColumn("seen_at", _("Last seen"), Shows.TIME),
        ListColumn(
            "reason",
            _("Why"),
            Shows.STATE,
            value=lambda row: Tag(Unmapped(row.reason).label, "warn", "alert-triangle"),
            phone=Phone.STATE,
            is_fixed=True,
        ),
        ListColumn("act", "", Shows.ACT, value=_map_this, phone=Phone.ACT),
    ),
)


def _state(row: Any) -> Tag:
    if row.refused_code:
        said = REFUSAL_SENTENCES.get(RowRefusal(row.refused_code), "")
        return Tag(_("Refused"), "bad", "alert-triangle", title=said)
    if row.base_at is None:
        return Tag(_("Waits"), "neutral")
    return Tag(_("Followed"), "ok", "check")


def _odd(row: Any) -> str:
    told = {
        _now("restarts"): row.resets,
        _now("gaps"): row.gaps,
        _now("no number"): row.not_numbers,
        _now("too late"): row.behind,
    }
    return " · ".join(f"{label} {count}" for label, count in told.items() if count)


SERIES: Final = ListTable(
    name="followed-series",
    title=_("Followed series"),
    filters=SeriesFilter,
    shown_filters=("reads",),
    columns=(
        ListColumn(
            "metric",
            _("Series"),
            below=lambda row: label_text(row.labels),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "meter",
            _("Meter"),
            value=lambda row: row.meter.name,
            below=lambda row: row.get_reads_display(),
            link=lambda row: reverse("portal:meter", args=[row.meter_id]),
        ),
        ListColumn("samples", _("Samples"), Shows.QUANTITY, below=_odd),
        ListColumn(
            "readings",
            _("Readings"),
            Shows.QUANTITY,
            below=lambda row: (
                _now("%(count)s refused: %(code)s")
                % {"count": row.refused, "code": row.refused_code}
                if row.refused
                else ""
            ),
        ),
        ListColumn("seen_at", _("Last seen"), Shows.TIME),
        ListColumn(
            "state", _("State"), Shows.STATE, value=_state, phone=Phone.STATE, is_fixed=True
        ),
    ),
)
