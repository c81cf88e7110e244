"""The list of an organisation's files, and of those that others let it see."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from common import clock
from identity import selectors as identity_selectors
from identity.contracts import Actor
from identity.files import services as files_services
from identity.files.filters import TYPES, FileFilter
from marketplace.portal import names
from marketplace.portal.access import PortalRequest
from marketplace.portal.tables import ListAct, ListColumn, ListTable, Phone, Shows, Tag

LABELS: Final = dict(TYPES)
PURPOSES: Final = {
    "appeals.evidence": _("Evidence of an appeal"),
    "assessment.import": _("Assessment"),
    "forms.answer": _("Answer to a form"),
    "readings.import": _("Readings to record"),
    "capacity.import": _("Resources to register"),
    "fulfilment.message": _("Sent with a message"),
    "vouchers.evidence": _("Evidence of an application"),
}


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file with whose it is."""

    file: Any
    person: str
    owner: str  # empty where it is the reader's own organisation

    @property
    def pk(self) -> Any:
        """Return the file's identifier."""
        return self.file.pk

    @property
    def may_remove(self) -> bool:
        """Return whether the reader's organisation may take it away."""
        return not self.owner and not self.file.relied_on_by

    @property
    def state(self) -> Tag:
        """Return what keeps the file, or until when it is kept."""
        if self.file.relied_on_by:
            return Tag(_("Part of a record"), "brand", "shield-check")
        if self.file.expires_at:
            return Tag(_("Removed by itself"), "warn", "refresh")
        return Tag(_("Kept"), "ok", "check")


def file_lines(found: Sequence[Any], actor: Actor) -> list[FileLine]:
    """Return files with the people and organisations that brought them."""
    owners = identity_selectors.organizations({each.organization_id for each in found})
    people = identity_selectors.addresses(
        {each.uploaded_by_id for each in found}, organization_id=actor.organization_id
    )
    return [
        FileLine(
            each,
            people.get(each.uploaded_by_id, ""),
            ""
            if each.organization_id == actor.organization_id
            else names.named(owners[each.organization_id]),
        )
        for each in found
    ]


def _remove(request: PortalRequest, row: Any) -> object:
    return files_services.remove(
        organization_id=request.actor.organization_id,
        file_id=row.pk,
        person_id=request.actor.person_id,
        now=clock.now(),
    )


FILES: Final = ListTable(
    name="files",
    title=_("Files"),
    filters=FileFilter,
    columns=(
        ListColumn(
            "name",
            _("Name"),
            value=lambda row: row.file.name,
            below=lambda row: PURPOSES.get(row.file.purpose, row.file.purpose),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "type", _("Type by content"), value=lambda row: LABELS.get(row.file.media_type, "")
        ),
        ListColumn("size", _("Size"), value=lambda row: filesizeformat(row.file.bytes)),
        ListColumn(
            "who",
            _("Uploaded by"),
            value=lambda row: row.owner or row.person or "—",
            below=lambda row: _("lets you see it") if row.owner else "",
        ),
        ListColumn(
            "uploaded_at",
            _("Uploaded"),
            Shows.TIME,
            value=lambda row: row.file.uploaded_at,
            sort=("id",),
        ),
        ListColumn("state", _("State"), Shows.STATE, phone=Phone.STATE, is_fixed=True),
        ListColumn(
            "expires_at",
            _("Removed by itself at"),
            Shows.TIME,
            value=lambda row: row.file.expires_at,
            phone=Phone.HIDDEN,
            is_on=False,
        ),
        ListColumn(
            "sha256",
            "SHA-256",
            Shows.IDENTIFIER,
            value=lambda row: row.file.sha256,
            phone=Phone.STRIP,
        ),
        ListColumn("act", "", Shows.ACT, template="portal/list/file_acts.html", phone=Phone.ACT),
    ),
    acts=(
        ListAct(
            "remove",
            _("Remove"),
            _remove,
            told=_(
                "The files are gone for everybody at once. Their names and hashes stay in the"
                " record; what is part of a record stays as it is."
            ),
        ),
    ),
    row_id=lambda row: row.pk,
    row_label=lambda row: row.file.name if hasattr(row, "file") else row.name,
)
