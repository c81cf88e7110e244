"""Where listings under a plan take part, as a table that its provider reads before publishing."""

from django.utils.translation import gettext as _

from marketplace.catalog.plan_reach import PlanAbsence, PlanPlace, ReachedCapacity, plan_reach
from marketplace.portal import desk
from pricing.contracts import RateCard


def where_it_takes_part(card: RateCard) -> desk.Sheet:
    """Return a table of kinds of capacity by where their listings under the plan take part."""
    found = plan_reach(card)
    return desk.Sheet(
        title=_("Where listings under it take part"),
        columns=[
            desk.Column(_("Capacity")),
            desk.Column(_("Call rounds")),
            desk.Column(_("Calculator")),
            desk.Column(_("Comparable price")),
        ],
        rows=[
            [
                desk.Cell(each.kind.label),
                *(_told(each.kind, place, each.absence(place)) for place in PlanPlace),
            ]
            for each in found
        ],
        empty=desk.Empty(
            _("Nowhere"),
            _("No kind of capacity is measured in all that these prices charge by."),
            "building-store",
        ),
    )


def _told(kind: ReachedCapacity, place: PlanPlace, absence: PlanAbsence | None) -> desk.Cell:
    if absence is not None:
        return desk.Cell(_("No"), note=absence.label)
    note = ""
    if place == PlanPlace.CALCULATOR and kind == ReachedCapacity.WITHOUT:
        note = _("for core-hours, if the resource says how many threads share a core")
    return desk.Cell(_("Yes"), note=note)
