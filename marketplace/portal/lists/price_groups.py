"""Lists of price groups: whom a provider entered, and the groups that a buyer is in."""

from collections.abc import Sequence
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from common import clock
from marketplace.portal import names
from marketplace.portal.tables import ListColumn, ListTable, Phone, RowLink, Shows, Tag
from pricing.filters import GroupFilter
from pricing.group_contracts import PriceGroup


def dated_entries(rows: Sequence[Any]) -> Sequence[Any]:
    """Set the moment (`at`) at which entries are shown; the clock is asked once for a page."""
    now = clock.now()
    for each in rows:
        each.at = now
    return rows


def _whom(entry: Any) -> str:
    return names.named(entry.buyer) if entry.buyer else _now("Whoever is related to us")


def _project(entry: Any) -> str:
    return _now("project %(code)s") % {"code": entry.project_code} if entry.project_code else ""


def _state(entry: Any) -> Tag:
    if entry.ends_at is not None and entry.ends_at <= entry.at:
        return Tag(_now("over"), "neutral")
    if entry.starts_at > entry.at:
        return Tag(_now("Announced"), "warn", "info-circle")
    return Tag(_now("In force"), "ok", "check")


def _acts(entry: Any) -> list[RowLink]:
    if entry.ends_at is not None and entry.ends_at <= entry.at:
        return []
    return [RowLink(_now("End"), reverse("portal:price-group-end", args=[entry.pk]))]


_GROUP: Final = ListColumn(
    "price_group", _("Price group"), value=lambda entry: PriceGroup(entry.price_group).label
)
_TIMES: Final = (
    ListColumn("starts_at", _("Holds from"), Shows.TIME),
    ListColumn("ends_at", _("Until"), Shows.TIME),
)

GROUP_ENTRIES: Final = ListTable(
    name="price-groups",
    title=_("Price groups"),
    filters=GroupFilter,
    shown_filters=("price_group",),
    columns=(
        ListColumn(
            "buyer", _("Buyer"), Shows.PARTY, value=_whom, below=_project, phone=Phone.KEY,
            is_fixed=True,
        ),
        _GROUP,
        ListColumn("state", _("State"), Shows.STATE, value=_state, phone=Phone.STATE),
        *_TIMES,
        ListColumn("reason", _("Reason"), phone=Phone.STRIP),
        ListColumn("recorded_at", _("Recorded"), Shows.TIME, sort=("id",), phone=Phone.HIDDEN),
        ListColumn("act", "", Shows.ACT, value=_acts, phone=Phone.ACT),
    ),
)  # fmt: skip

OWN_GROUPS: Final = ListTable(
    name="own-price-groups",
    title=_("My price groups"),
    columns=(
        ListColumn(
            "provider",
            _("Provider"),
            Shows.PARTY,
            value=lambda entry: names.named(entry.provider),
            below=_project,
            phone=Phone.KEY,
            is_fixed=True,
        ),
        _GROUP,
        ListColumn("state", _("State"), Shows.STATE, value=_state, phone=Phone.STATE),
        *_TIMES,
        ListColumn("recorded_at", _("Recorded"), Shows.TIME, sort=("id",), phone=Phone.HIDDEN),
    ),
)
