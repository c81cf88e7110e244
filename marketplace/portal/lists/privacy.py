"""Lists of retention and personal data: holds, and who saw what."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from identity.privacy.contracts import HeldKind
from identity.privacy.filters import LegalHoldFilter, SeenFilter
from marketplace.portal import names
from marketplace.portal.privacy_words import seen_kind
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, Shows, Tag


def hold_state(hold: Any) -> Tag:
    """Return whether a hold lasts."""
    if hold.lifted_at is None:
        return Tag(pgettext("legal hold", "Held"), "bad")
    return Tag(_now("Lifted"), "neutral", "check")


HOLDS: Final = ListTable(
    name="legal-holds",
    title=_("Legal holds"),
    filters=LegalHoldFilter,
    quick=(
        Quick("lasting", _("Lasting"), {"lasts": ("true",)}),
        Quick("lifted", _("Lifted"), {"lasts": ("false",)}),
    ),
    columns=(
        ListColumn(
            "object_label",
            _("What"),
            link=lambda hold: reverse("portal:legal-hold", args=[hold.pk]),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("kind", _("What is held"), value=lambda hold: HeldKind(hold.kind).label),
        ListColumn("reason", _("Reason"), phone=Phone.STRIP),
        ListColumn("placed_at", _("Placed"), Shows.TIME, sort=("id",), phone=Phone.FACT),
        ListColumn("lifted_at", _("Lifted"), Shows.TIME, phone=Phone.FACT),
        ListColumn("state", _("State"), Shows.STATE, value=hold_state, phone=Phone.STATE),
    ),
)


def _reader(row: Any) -> str:
    return f"#{row.reader_id}" + (" (API)" if row.api_key_id else "")


_COLUMNS: Final = (
    ListColumn("seen_at", _("Seen"), Shows.TIME, sort=("id",), phone=Phone.KEY, is_fixed=True),
    ListColumn(
        "reader_organization",
        _("By whom"),
        Shows.PARTY,
        value=lambda row: names.named(row.reader_organization),
        below=_reader,
        phone=Phone.STATE,
    ),
    ListColumn(
        "object_kind", _("What"), value=lambda row: seen_kind(row.object_kind), phone=Phone.FACT
    ),
    ListColumn("object_id", _("Identifier"), Shows.IDENTIFIER, phone=Phone.STRIP),
)
SEEN: Final = ListTable(
    name="seen-records",
    title=_("Who saw our data"),
    filters=SeenFilter,
    columns=(
        *_COLUMNS,
        ListColumn(
            "organization",
            _("Whose"),
            Shows.PARTY,
            value=lambda row: names.named(row.organization),
            phone=Phone.STRIP,
        ),
    ),
    size=50,
)
SEEN_OF_ME: Final = ListTable(
    name="own-seen-records",
    title=_("Who saw data about me"),
    filters=SeenFilter,
    columns=_COLUMNS,
    size=50,
)
