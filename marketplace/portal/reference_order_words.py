"""How reference orders read: what one says, beside another, and every version."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from identity.contracts import CapacityUnit, ResourceClass
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.all_in import reference_of
from marketplace.catalog.contracts import ComparedOrder
from marketplace.portal import desk, figures, names
from marketplace.portal.proposal_lines import Content, ProposalLine, holds_from

UNIT_OF_CLASS: Final = {
    ResourceClass.AI: CapacityUnit.CARD,
    ResourceClass.GENERAL: CapacityUnit.VCPU,
    ResourceClass.HPC: CapacityUnit.NODE,
}
SHOWN: Final = 50


def order_said(reference: ComparedOrder) -> dict[str, str]:
    """Return what an order says, by what it is about."""
    units = {
        str(ResourceClass(kind).label): (
            f"{figures.grouped(Decimal(milli) / 1000)}"
            f" {names.unit(UNIT_OF_CLASS[ResourceClass(kind)], is_one=milli == 1000)}"
        )
        for kind, milli in sorted(reference.units_milli.items())
    }
    begins = _("%(day)s, %(time)s (%(zone)s)") % {
        "day": str(WEEKDAYS[reference.weekday - 1]),
        "time": reference.begins,
        "zone": reference.zone,
    }
    brought = _("%(gb)s GB a standard hour") % {
        "gb": figures.grouped(reference.gb_per_standard_hour)
    }
    return units | {
        _("Length"): figures.duration(reference.hours * 3600),
        _("Begins"): begins,
        _("Brought from the buyer's place"): brought,
        _("Places of buyers"): " · ".join(map(names.hub, reference.places)),
        _("Green electricity"): f"{figures.grouped(Decimal(reference.green) * 100)} %"
        if reference.green
        else _("not stated"),
    }


def of_reference_order(content: Content, at: datetime) -> list[ProposalLine]:
    """Return what a proposed reference order says, beside the one in force."""
    order: Mapping[str, Any] = content["order"]
    force = catalog_selectors.reference_in_force(at=at)
    now = {} if force is None else order_said(force)
    proposed = order_said(reference_of(0, order, at))
    return [
        *(ProposalLine(about, value, now=now.get(about, "")) for about, value in proposed.items()),
        ProposalLine(_("Holds from"), holds_from(content["starts_at"])),
        ProposalLine(_("Reason that everybody reads"), content["reason"]),
    ]


def reference_versions(now: datetime) -> desk.Sheet:
    """Return every version, the newest first."""
    force = catalog_selectors.reference_in_force(at=now)
    number = 0 if force is None else force.number

    def state(row: Any) -> desk.Cell:
        if row.starts_at > now:
            return desk.Cell(_("To come"), tone="warn")
        if row.number == number:
            return desk.Cell(_("In force"), tone="ok")
        return desk.Cell(_("Over"), tone="neutral")

    return desk.Sheet(
        title=_("Every version"),
        columns=[
            desk.Column(_("Number"), "number"),
            desk.Column(_("Begins")),
            desk.Column(_("Why")),
            desk.Column("SHA-256"),
            desk.Column(_("State"), "state"),
        ],
        rows=[
            [
                desk.Cell(str(row.number)),
                desk.Cell(figures.moment(row.starts_at)),
                desk.Cell(names.spoken(row.reason)),
                desk.Cell(row.content_hash[:16], is_code=True, copied=row.content_hash),
                state(row),
            ]
            for row in catalog_selectors.reference_orders()[:SHOWN]
        ],
        empty=desk.Empty(_("None yet"), ""),
    )
