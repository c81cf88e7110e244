"""The order by which prices are compared, as two operators say it."""

from collections.abc import Iterator
from datetime import datetime, time
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock, moments
from common.canonical import decimal_text
from common.errors import Forbidden
from identity.approvals import selectors as approvals
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.identifiers import regions
from marketplace.catalog import all_in
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog import services as catalog_services
from marketplace.catalog.contracts import REFERENCE_ORDER_KIND, REFERENCE_ORDER_REASON_MAX
from marketplace.portal import desk, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import DayFormField, ExactField, OnceForm, WholeField
from marketplace.portal.once import once
from marketplace.portal.reference_order_words import reference_versions

UNITS: Final = {"ai": "AI", "general": "GENERAL", "hpc": "HPC"}
HOURS_MAX: Final = 8784
UNITS_MAX: Final = Decimal(1_000_000)


def _text(**more: str) -> forms.TextInput:
    return forms.TextInput(attrs={"autocomplete": "off", **more})


def _units(label: Any) -> ExactField:
    return ExactField(
        label=label,
        min_value=Decimal("0.001"),
        max_value=UNITS_MAX,
        decimal_places=3,
        widget=_text(inputmode="decimal"),
    )


def _weekdays() -> list[tuple[int, Any]]:
    return [(day + 1, name) for day, name in WEEKDAYS.items()]


def _hubs() -> Iterator[tuple[str, str]]:
    for hub in regions.hubs():
        yield hub.code, names.hub(hub.code)


def _shares() -> list[tuple[str, Any]]:
    tenths = [decimal_text(Decimal(tenth) / 10) for tenth in range(11)]
    percents = [(share, f"{tenth * 10} %") for tenth, share in enumerate(tenths)]
    return [("", _("not stated: what plans ask otherwise")), *percents]


class ReferenceOrderForm(OnceForm):
    """What the next reference order says, from when on, and why."""

    ai = _units(gettext_lazy("AI cards"))
    general = _units(gettext_lazy("vCPUs"))
    hpc = _units(gettext_lazy("HPC nodes"))
    hours = WholeField(
        label=gettext_lazy("Length in hours"),
        min_value=1,
        max_value=HOURS_MAX,
        widget=_text(inputmode="numeric"),
        help_text=gettext_lazy("A week, 168, meets every time of use."),
    )
    weekday = forms.TypedChoiceField(label=gettext_lazy("Begins on"), choices=_weekdays, coerce=int)
    begins = forms.RegexField(
        r"^([01][0-9]|2[0-3]):[0-5][0-9]$",
        label=gettext_lazy("Begins at"),
        widget=_text(),
        help_text=gettext_lazy("Such as 09:00, by the clock of the zone."),
    )
    zone = forms.CharField(label=gettext_lazy("Time zone"), max_length=40, widget=_text())
    gb = ExactField(
        label=gettext_lazy("Brought from the buyer's place, for a standard hour"),
        min_value=Decimal(0),
        max_value=Decimal(9999),
        decimal_places=6,
        widget=_text(inputmode="decimal"),
    )
    places = forms.MultipleChoiceField(
        label=gettext_lazy("Places of buyers"),
        choices=_hubs,
        widget=forms.CheckboxSelectMultiple,
    )
    green = forms.ChoiceField(
        label=gettext_lazy("Share of green electricity"),
        choices=_shares,
        required=False,
        help_text=gettext_lazy("Plans with a factor of it are rated at this share."),
    )
    day = DayFormField(
        label=gettext_lazy("In force from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Empty: seven days after it is approved, which is the earliest."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason that everybody reads"),
        max_length=REFERENCE_ORDER_REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    suffixes: Final = {"gb": "GB", "hours": "h"}
    wide: Final = ("places",)

    def content(self) -> dict[str, Any]:
        """Return what was typed as a reference order says it."""
        said = self.cleaned_data
        return {
            "units_milli": {code: int(said[name] * 1000) for name, code in UNITS.items()},
            "hours": said["hours"],
            "weekday": said["weekday"],
            "begins": said["begins"],
            "zone": said["zone"],
            "gb_per_standard_hour": decimal_text(said["gb"]),
            "places": sorted(said["places"]),
            **({"green": said["green"]} if said["green"] else {}),
        }

    def starts_at(self) -> datetime | None:
        """Return the begin of the day that was typed, by the market's clock."""
        day = self.cleaned_data["day"]
        return day and datetime.combine(day, time(), tzinfo=moments.market_zone())


@page(Role.OPERATOR, Role.AUDITOR)
@require_http_methods(["GET", "POST"])
@once
def reference_orders_desk(request: PortalRequest) -> HttpResponseBase:
    """Show every reference order there was and will be; let an operator propose the next."""
    may_act, now = request.actor.has_role(Role.OPERATOR), clock.now()
    if request.method == "POST" and not may_act:
        raise Forbidden
    form = ReferenceOrderForm(request.POST or None, initial=_latest(now))
    fields = {"starts_at": "day"}
    if form.is_valid() and desk.is_done(form, lambda: _propose(request, form), fields):
        messages.info(request, _("The reference order waits until another operator approves it."))
        return redirect("portal:reference-orders-desk")
    main: list[Any] = []
    if approvals.waiting(kind=REFERENCE_ORDER_KIND).exists():
        told = _("A reference order waits for another operator's approval.")
        main.append(desk.Note(told))
    main.append(reference_versions(now))
    head = desk.Head(
        title=_("Announce a reference order"),
        told=_("Prices of all listings are compared by it, seven days after it is approved."),
        crumbs=((_("All-in price"), reverse("portal:all-in")),),
    )
    return desk.show(request, head, main, _side(form) if may_act else ())


def _latest(now: datetime) -> dict[str, Any]:
    """Return what the order in force says, to change some of it."""
    found = catalog_selectors.reference_in_force(at=now)
    if found is None:
        return {}
    units = {name: decimal_text(Decimal(found.units_milli[code]) / 1000)
             for name, code in UNITS.items()}  # fmt: skip
    return units | {
        "hours": found.hours,
        "weekday": found.weekday,
        "begins": found.begins,
        "zone": found.zone,
        "gb": decimal_text(found.gb_per_standard_hour),
        "places": list(found.places),
        "green": found.green,
    }


def _propose(request: PortalRequest, form: ReferenceOrderForm) -> None:
    catalog_services.propose_reference_order(
        content=form.content(),
        reason=form.cleaned_data["reason"],
        starts_at=form.starts_at(),
        by=Person(request.actor.person_id, request.actor.organization_id),
        now=clock.now(),
    )


def _side(form: ReferenceOrderForm) -> list[Any]:
    told = _(
        "Minimums, packages and times of use count as they would for any such order. Where a"
        " listing sells less, or no less than more, the order is as large as it can be."
    )
    days = all_in.REFERENCE_NOTICE.days
    sections = [
        desk.Section(_("How much"), ["ai", "general", "hpc"]),
        desk.Section(_("When"), ["hours", "weekday", "begins", "zone"]),
        desk.Section(_("Path"), ["gb", "places"]),
        desk.Section(_("Electricity"), ["green"]),
        desk.Section(
            _("Notice"),
            ["day", "reason"],
            _("It is announced %(days)s days ahead at least.") % {"days": days},
        ),
    ]
    act = _("Propose the reference order")
    return [desk.FormBlock(form, act=act, title=_("The next one"), told=told, sections=sections)]
