"""Maintenance in words: what is announced, where it stands, what it lasted longer."""

from collections.abc import Iterable
from typing import Any, Final

from django.utils.translation import gettext as _

from marketplace.fulfilment.maintenance_contracts import MaintenanceImpact, MaintenanceState
from marketplace.portal import desk, figures
from marketplace.portal.tables.columns import Tag

MAINTENANCE_TONES: Final = {
    MaintenanceState.ANNOUNCED: ("brand", ""),
    MaintenanceState.UNDERWAY: ("warn", "alert-triangle"),
    MaintenanceState.OVER: ("ok", "check"),
    MaintenanceState.WITHDRAWN: ("neutral", ""),
}


def maintenance_tag(row: Any) -> Tag:
    """Return where maintenance stands."""
    return Tag(row.get_state_display(), *MAINTENANCE_TONES[row.state])


def late_or_overrun(row: Any) -> str:
    """Return what speaks against it: announced late, longer than announced; else nothing."""
    said = [_("announced late")] if row.is_late else []
    if row.overrun_seconds:
        longer = figures.duration(row.overrun_seconds)
        said.append(_("%(length)s longer than announced") % {"length": longer})
    return " · ".join(said)


def announced_words(row: Any) -> str:
    """Return in a sentence what is announced, for everybody who may be concerned."""
    said = {
        "from": figures.moment(row.starts_at),
        "until": figures.moment(row.ends_at),
        "impact": MaintenanceImpact(row.impact).label,
    }
    if row.state == MaintenanceState.UNDERWAY:
        told = _("Maintenance is under way, announced from %(from)s until %(until)s: %(impact)s.")
    else:
        told = _("Maintenance announced from %(from)s until %(until)s: %(impact)s.")
    return " ".join(part for part in (told % said, row.note) if part)


def maintenance_notes(rows: Iterable[Any]) -> list[desk.Note]:
    """Return what is announced, as notes of a page."""
    return [
        desk.Note(
            announced_words(row), "warning" if row.impact == MaintenanceImpact.DOWN else "info"
        )
        for row in rows
    ]
