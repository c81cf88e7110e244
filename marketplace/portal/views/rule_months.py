"""What a past month would have been under a version of a rule: one's own usage, or the market's."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from common import clock, moments, tenancy
from common.errors import Refusal
from common.period import Period
from identity import selectors as identity_selectors
from identity.contracts import Actor, Role
from marketplace.portal import desk, figures, names, rule_words
from marketplace.portal.access import PortalRequest, page
from marketplace.settlement import selectors as settlement_selectors
from metering import selectors as metering_selectors
from metering.selectors import WhatIf, WhatIfLine

LINES_MAX: Final = 200
ORDERS_MAX: Final = 5_000


@page(Role.PROVIDER, Role.BUYER, Role.OPERATOR, Role.AUDITOR)
def last_month(request: PortalRequest, code: str, version: int) -> HttpResponse:
    """Show last month, or another one, as it was and as it would have been, by resource."""
    text = metering_selectors.rule_text(code=code, version=version)
    month = _month(str(request.GET.get("month", "")))
    head = desk.Head(
        _("What would %(month)s have been under %(rule)s?")
        % {"month": f"{month:%Y-%m}", "rule": f"{code} v{version}"},
        _whose(request.actor),
        crumbs=[
            (_("Measurement rules"), reverse("portal:measurement-rules")),
            (f"{code} v{version}", reverse("portal:measurement-rule", args=[code, version])),
        ],
        links=[_link(code, version, before(month), "chevron-left")],
    )
    blocks = blocks_of(request.actor, code, text.definition, month)
    return desk.show(request, head, blocks)


def blocks_of(
    actor: Actor, code: str, definition: Mapping[str, Any], month: date
) -> list[desk.Note | desk.Sheet]:
    """Return a month under a definition, as the blocks of a page."""
    try:
        told = found(actor, code, definition, moments.month_period(month))
    except Refusal as refusal:
        return [desk.Note(str(refusal), "warning")]
    cut = (
        [desk.Note(_("The first %(count)s lines are shown.") % {"count": LINES_MAX})]
        if len(told.lines) > LINES_MAX
        else []
    )
    return [_totals(told), *cut, _lines(told)]


def found(actor: Actor, code: str, definition: Mapping[str, Any], period: Period) -> WhatIf:
    """Return what the usage of whoever asks would have been: of provider, buyer, or the market."""
    asked: dict[str, Any] = {"code": code, "definition": definition, "period": period}
    if actor.spans_tenants:
        return metering_selectors.what_if(**asked)
    if actor.has_role(Role.PROVIDER):
        return metering_selectors.what_if(**asked, provider_id=actor.organization_id)
    orders = settlement_selectors.orders_charged_in(
        buyer_id=actor.organization_id, period=period, limit=ORDERS_MAX
    )
    with tenancy.acting_as_platform():  # Usage is its provider's; the buyer sees what it paid for.
        return metering_selectors.what_if(**asked, subjects=orders)


def before(month: date) -> date:
    """Return the month before."""
    return (month.replace(day=1) - timedelta(days=1)).replace(day=1)


def last(now: Any = None) -> date:
    """Return the month that is over."""
    return before(moments.market_date(now or clock.now()))


def _month(typed: str) -> date:
    try:
        return moments.parse_month(typed)
    except Refusal:
        return last()


def _link(code: str, version: int, month: date, symbol: str) -> desk.Link:
    address = reverse("portal:measurement-rule-month", args=[code, version])
    return desk.Link(f"{month:%Y-%m}", f"{address}?month={month:%Y-%m}", symbol)


def _whose(actor: Actor) -> str:
    if actor.spans_tenants:
        return _("All usage of the market that this rule measured, to the last digit.")
    return _("Your own usage that this rule measured, to the last digit.")


def _totals(told: WhatIf) -> desk.Sheet:
    rows = [
        [
            desk.Cell(rule_words.hour_class_name(name)),
            desk.Cell(_grouped(old)),
            desk.Cell(_grouped(new)),
            desk.Cell(_signed(new - old)),
        ]
        for name, (old, new) in told.totals.items()
    ]
    return desk.Sheet(
        _("Total by class"),
        [
            desk.Column(_("Class")),
            desk.Column(_("As it was"), "number"),
            desk.Column(_("As it would have been"), "number"),
            desk.Column(_("Difference"), "number"),
        ],
        rows,
        desk.Empty(_("No standard hours"), _("This rule converted nothing in that month.")),
    )


def _lines(told: WhatIf) -> desk.Sheet:
    shown = told.lines[:LINES_MAX]
    resources = _resources({line.resource_id for line in shown})
    return desk.Sheet(
        _("By resource"),
        [
            desk.Column(_("Resource")),
            desk.Column(_("Records"), "number"),
            desk.Column(_("Native hours"), "number"),
            desk.Column(_("As it was"), "number"),
            desk.Column(_("As it would have been"), "number"),
            desk.Column(_("Difference"), "number"),
        ],
        [_row(line, resources.get(line.resource_id)) for line in shown],
        desk.Empty(_("No usage"), _("Nothing of yours was measured by this rule in that month.")),
    )


def _row(line: WhatIfLine, resource: Any) -> list[desk.Cell]:
    name = names.named(resource) if resource else str(line.resource_id)
    note = resource.identifier if resource else ""
    unconverted = (
        _("%(count)s records without a factor") % {"count": line.unconverted}
        if line.unconverted
        else ""
    )
    return [
        desk.Cell(name, note=note),
        desk.Cell(figures.grouped(Decimal(line.records))),
        desk.Cell(_grouped(line.native_hours)),
        desk.Cell(_grouped(line.before), note=_class(line.class_before)),
        desk.Cell(_grouped(line.after), note=unconverted or _class(line.class_after)),
        desk.Cell(_("another unit") if line.difference is None else _signed(line.difference)),
    ]


def _resources(ids: set[UUID]) -> Mapping[UUID, Any]:
    return identity_selectors.resources(ids)


def _class(name: str) -> str:
    return rule_words.hour_class_name(name) if name else ""


def _grouped(value: Decimal) -> str:
    return figures.grouped(value.normalize() if value else Decimal(0))


def _signed(value: Decimal) -> str:
    return f"{'+' if value > 0 else ''}{_grouped(value)}"
