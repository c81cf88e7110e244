"""The list of exports."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from marketplace.audit.filters import ExportFilter
from marketplace.portal import tags
from marketplace.portal.tables import ListColumn, ListTable, Phone, Shows
from marketplace.portal.templatetags import portal as words

EXPORTS: Final = ListTable(
    name="export-jobs",
    title=_("Export jobs"),
    filters=ExportFilter,
    columns=(
        ListColumn(
            "kind",
            _("Export"),
            value=lambda row: row["export"].get_kind_display(),
            below=lambda row: row["export"].number,
            sort=("id",),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn(
            "period",
            _("Period"),
            value=lambda row: (
                f"{words.day(row['export'].starts_at)} – {words.last_day(row['export'].ends_at)}"
            ),
            below=lambda row: _("The whole market") if row["is_whole_market"] else "",
        ),
        ListColumn(
            "format", _("Format"), value=lambda row: row["export"].get_file_format_display()
        ),
        ListColumn(
            "rows",
            _("Rows"),
            Shows.QUANTITY,
            value=lambda row: row["export"].rows,
            below=lambda row: (
                f"≈ {words.quantity(row['export'].estimated_rows)}"
                if row["export"].rows is None
                else ""
            ),
        ),
        ListColumn(
            "state",
            _("State"),
            Shows.STATE,
            value=tags.of_export,
            template="portal/list/export_state.html",
            phone=Phone.STATE,
            is_fixed=True,
        ),
        ListColumn(
            "sha256",
            "SHA-256",
            Shows.IDENTIFIER,
            value=lambda row: row["export"].sha256,
            phone=Phone.STRIP,
        ),
        ListColumn("act", "", Shows.ACT, template="portal/list/export_acts.html", phone=Phone.ACT),
    ),
    is_written=False,  # each row is a file
    size=25,
    row_id=lambda row: row["export"].pk,
)
