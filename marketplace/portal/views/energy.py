"""Electricity and carbon of data centres: months, PUE, what stands where."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common import clock, moments
from common.errors import Refusal
from identity import selectors as identity_selectors
from identity.contracts import Role
from identity.files import services as files_services
from marketplace.portal import desk, drawing, energy_words, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import ExactField, OnceForm, RegionField
from marketplace.portal.once import once
from metering.energy import selectors as energy_selectors
from metering.energy import services as energy_services
from metering.energy.contracts import (
    NAME_LENGTH_MAX,
    TEXT_LENGTH_MAX,
    CentreMonth,
    Compliance,
    PueBasis,
    Threshold,
)
from metering.energy.published import threshold_of
from metering.statistics import selectors as statistics_selectors

READERS: Final = (Role.PROVIDER, Role.OPERATOR, Role.AUDITOR)
MONTHS_SHOWN: Final = 12
CENTRES_SHOWN: Final = 100
ROWS_SHOWN: Final = 200


class MonthFormField(forms.CharField):
    """A month of the market, as a browser writes it."""

    def __init__(self, **options: Any) -> None:
        settled: dict[str, Any] = {"label": gettext_lazy("Month"), "max_length": 7} | options
        super().__init__(widget=forms.TextInput(attrs={"type": "month"}), **settled)

    def clean(self, value: Any) -> Any:
        """Return the first day of the month."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return moments.parse_month(text)
        except Refusal as refusal:
            raise forms.ValidationError(str(refusal), code=refusal.code) from refusal


class CentreForm(OnceForm):
    """A data centre to add."""

    name = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=NAME_LENGTH_MAX)
    name_en = forms.CharField(
        label=gettext_lazy("Name in English"), max_length=NAME_LENGTH_MAX, required=False
    )
    region = RegionField(label=gettext_lazy("Place"))


class ProvenForm(OnceForm):
    """What is entered with evidence."""

    evidence = forms.CharField(
        label=gettext_lazy("Evidence"),
        max_length=TEXT_LENGTH_MAX,
        help_text=gettext_lazy("The report, bill or contract that says so, and its number."),
    )
    file = forms.FileField(label=gettext_lazy("File of the evidence"), required=False)

    def kept_file(self, request: PortalRequest) -> UUID | None:
        """Keep the file that came with the form, if one did."""
        uploaded = self.cleaned_data.get("file")
        if not uploaded:
            return None
        try:
            file = files_services.store(
                organization_id=request.actor.organization_id,
                person_id=request.actor.person_id,
                name=uploaded.name,
                content=uploaded.read(),
                purpose="energy",
                now=clock.now(),
            )
        except Refusal as refusal:
            refusal.field = "file"
            raise
        return file.pk


class PueForm(ProvenForm):
    """The PUE of a month."""

    field_order = ("month", "value", "evidence", "file")
    month = MonthFormField()
    value = ExactField(
        label="PUE",
        min_value=1,
        max_value=Decimal("9.999"),
        max_digits=4,
        decimal_places=3,
        help_text=gettext_lazy("Electricity of the building divided by that of its IT equipment."),
    )


class PlacesForm(OnceForm):
    """Which resources stand in a centre from a month on."""

    month = MonthFormField(label=gettext_lazy("From the month"))
    resources = forms.MultipleChoiceField(
        label=gettext_lazy("Resources"), widget=forms.CheckboxSelectMultiple
    )


@page(*READERS)
def energy(request: PortalRequest) -> HttpResponse:
    """Show what data centres used in a month, and in the months before."""
    month = _month(request)
    actor = request.actor
    centres = list(energy_selectors.centres_for(actor)[:CENTRES_SHOWN])
    found = _months(centres, last=month)
    now = [each for each in found if each.month == month]
    is_provider = actor.has_role(Role.PROVIDER)
    links = [
        desk.Link(_("Green electricity"), reverse("portal:green-supplies"), "sun"),
        desk.Link(_("Grid factors"), reverse("portal:grid-factors"), "table"),
    ]
    if is_provider:
        add = desk.Link(_("Add a data centre"), reverse("portal:centre-new"), "plus", "primary")
        links.append(add)
    head = desk.Head(_("Energy and carbon"), _sentence(month, now), links=links)
    blocks: list[Any] = [_walk(month), desk.KeyFigures(_key_figures(now))]
    if found:
        blocks.append(desk.Charted(_("Electricity by month"), _chart(found), is_wide=True))
    blocks.append(_centre_sheet(centres, now, is_provider=is_provider))
    return desk.show(request, head, blocks)


@page(*READERS)
def centre(request: PortalRequest, centre_id: UUID) -> HttpResponse:
    """Show one data centre, month by month."""
    found = energy_selectors.centre_for(request.actor, centre_id)
    months = _months([found], last=_month(request))
    acts = []
    if found.provider_id == request.actor.organization_id and request.actor.has_role(Role.PROVIDER):
        acts = [
            desk.Link(_("Resources"), reverse("portal:centre-places", args=[found.pk]), "table"),
            desk.Link(
                _("Enter a PUE"), reverse("portal:centre-pue", args=[found.pk]), "plus", "primary"
            ),
        ]
    head = desk.Head(
        names.named(found),
        f"{names.place(found.region)} · {energy_words.factor_told(months[-1])}",
        crumbs=[(_("Energy and carbon"), reverse("portal:energy"))],
        links=acts,
    )
    blocks: list[Any] = [
        desk.Charted(_("Electricity by month"), _chart(months), is_wide=True),
        _limits(months[-1]),
        _month_sheet(months),
        _place_sheet(found.pk),
        _pue_sheet(found.pk),
    ]
    return desk.show(request, head, blocks)


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def new_centre(request: PortalRequest) -> HttpResponse:
    """Add a data centre."""
    form = CentreForm(request.POST or None)
    made: list[Any] = []

    def act() -> None:
        made.append(
            energy_services.add_centre(
                provider_id=request.actor.organization_id, now=clock.now(), **form.values()
            )
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, act):
        messages.success(request, _("The data centre is added. Say what stands in it."))
        return redirect("portal:centre-places", made[0].pk)
    head = desk.Head(
        _("Add a data centre"),
        _("Its place decides whose grid factor counts for it."),
        crumbs=[(_("Energy and carbon"), reverse("portal:energy"))],
    )
    block = desk.FormBlock(form, _("Add it"), back=reverse("portal:energy"))
    return desk.show(request, head, [block])


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def enter_pue(request: PortalRequest, centre_id: UUID) -> HttpResponse:
    """Enter the PUE of a month, with what proves it."""
    found = energy_selectors.centre_for(request.actor, centre_id)
    this = moments.market_date(clock.now()).replace(day=1)
    before = (this - timedelta(days=1)).replace(day=1)
    form = PueForm(
        request.POST or None, request.FILES or None, initial={"month": f"{before:%Y-%m}"}
    )

    def act() -> None:
        energy_services.enter_pue(
            provider_id=request.actor.organization_id,
            person_id=request.actor.person_id,
            centre_id=found.pk,
            month=form.cleaned_data["month"],
            value=form.cleaned_data["value"],
            evidence=form.cleaned_data["evidence"],
            evidence_file=form.kept_file(request),
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, act):
        messages.success(request, _("The PUE is entered; figures of that month follow it."))
        return redirect("portal:centre", found.pk)
    head = desk.Head(
        _("Enter a PUE"),
        _("Another figure of the same month is its next version; both stay."),
        crumbs=_crumbs(found),
    )
    block = desk.FormBlock(form, _("Enter it"), back=reverse("portal:centre", args=[found.pk]))
    return desk.show(request, head, [block])


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def place_resources(request: PortalRequest, centre_id: UUID) -> HttpResponse:
    """Say which resources stand in a centre."""
    found = energy_selectors.centre_for(request.actor, centre_id)
    this = moments.market_date(clock.now())
    form = PlacesForm(request.POST or None, initial={"month": f"{this:%Y-%m}"})
    own = identity_selectors.registered_resources().filter(
        provider_id=request.actor.organization_id
    )[:ROWS_SHOWN]
    choices = [(str(each.pk), names.named(each)) for each in own]
    form.fields["resources"].choices = choices  # type: ignore[attr-defined]

    def act() -> None:
        energy_services.place_resources(
            provider_id=request.actor.organization_id,
            centre_id=found.pk,
            resource_ids=[UUID(each) for each in form.cleaned_data["resources"]],
            month=form.cleaned_data["month"],
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, act):
        messages.success(request, _("The resources are placed."))
        return redirect("portal:centre", found.pk)
    head = desk.Head(
        _("Resources of the data centre"),
        _("Their use counts for this centre from that month on, until they are placed elsewhere."),
        crumbs=_crumbs(found),
    )
    block = desk.FormBlock(form, _("Place them"), back=reverse("portal:centre", args=[found.pk]))
    return desk.show(request, head, [block])


# --- Reading ----------------------------------------------------------------------------------
def _crumbs(found: Any) -> list[tuple[Any, str]]:
    return [
        (_("Energy and carbon"), reverse("portal:energy")),
        (names.named(found), reverse("portal:centre", args=[found.pk])),
    ]


def _month(request: PortalRequest) -> date:
    """Return the month of the address; what cannot be read, or is to come, is this one."""
    this = moments.market_date(clock.now()).replace(day=1)
    try:
        return min(moments.parse_month(str(request.GET.get("month", ""))), this)
    except Refusal:
        return this


def _months(centres: Sequence[Any], *, last: date) -> list[CentreMonth]:
    first = last
    for _each in range(MONTHS_SHOWN - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    resource_ids = energy_selectors.resources_in([each.pk for each in centres])
    sums = statistics_selectors.month_sums(resource_ids, first=first, last=last)
    return energy_selectors.centre_months(centres, first=first, last=last, sums=sums)


def _walk(month: date) -> desk.Choices:
    before = (month - timedelta(days=1)).replace(day=1)
    after = (month + timedelta(days=32)).replace(day=1)
    address = reverse("portal:energy")
    shown = [before, month, *([after] if after <= moments.market_date(clock.now()) else [])]
    choices = [
        desk.Choice(f"{each:%Y-%m}", f"{address}?month={each:%Y-%m}", each == month)
        for each in shown
    ]
    told = _("measured where meters of energy cover the time, else estimated and said to be")
    return desk.Choices([(_("Month"), choices)], told)


def _total(values: Sequence[Decimal | None]) -> Decimal | None:
    """Add up; one that is not known leaves the sum open."""
    if not values or any(each is None for each in values):
        return None
    return sum((each or Decimal(0) for each in values), Decimal(0))


def _sentence(month: date, now: Sequence[CentreMonth]) -> str:
    used = [each for each in now if each.used.records]
    if not used:
        return _("Nothing was used in %(month)s.") % {"month": f"{month:%Y-%m}"}
    facility = _total([each.facility_kwh for each in used])
    if facility is None:
        return _("In %(month)s a PUE is missing: carbon is not known in full.") % {
            "month": f"{month:%Y-%m}"
        }
    return _("In %(month)s %(kwh)s kWh at the door, %(share)s of it green.") % {
        "month": f"{month:%Y-%m}",
        "kwh": energy_words.figure(facility, 0),
        "share": energy_words.share(_green(used)),
    }


def _green(used: Sequence[CentreMonth]) -> Decimal | None:
    facility = _total([each.facility_kwh for each in used])
    counted = _total([each.counted_kwh for each in used])
    return counted / facility if facility and counted is not None else None


def _key_figures(now: Sequence[CentreMonth]) -> list[desk.KeyFigure]:
    used = [each for each in now if each.used.records]
    measured = sum((each.used.measured for each in used), Decimal(0))
    total = sum((each.used.total for each in used), Decimal(0))
    part = energy_words.share(measured / total if total else None)
    market = _("after green proofs: %(kg)s kg") % {
        "kg": energy_words.figure(_total([each.market_kg for each in used]), 1)
    }
    location = energy_words.figure(_total([each.location_kg for each in used]), 1)
    return [
        desk.KeyFigure(
            _("IT electricity, kWh"),
            energy_words.figure(total, 1),
            _("%(part)s measured") % {"part": part},
        ),
        desk.KeyFigure(
            _("At the door, kWh"),
            energy_words.figure(_total([each.facility_kwh for each in used]), 1),
        ),
        desk.KeyFigure(_("CO₂ by the grid, kg"), location, market),
        desk.KeyFigure(
            _("Green"), energy_words.share(_green(used)), "", reverse("portal:green-supplies")
        ),
    ]


# --- Blocks -----------------------------------------------------------------------------------
def _chart(found: Sequence[CentreMonth]) -> drawing.Chart:
    months = sorted({each.month for each in found})

    def of(name: str) -> list[Any]:
        return [
            sum((getattr(each.used, name) for each in found if each.month == month), Decimal(0))
            for month in months
        ]

    return drawing.Chart(
        title=_("Electricity by month"),
        head=_("Month"),
        categories=[f"{month:%Y-%m}" for month in months],
        series=[
            drawing.Series(_("Measured"), of("measured"), "1"),
            drawing.Series(_("Estimated"), of("estimated"), "muted"),
        ],
        kind=drawing.Kind.STACKED,
        digits=1,
        name="energy-months",
        unit="kWh",
    )


def _centre_sheet(
    centres: Sequence[Any], now: Sequence[CentreMonth], *, is_provider: bool
) -> desk.Sheet:
    by_centre = {each.centre_id: each for each in now}
    rows = []
    for each in centres:
        month = by_centre[each.pk]
        address = reverse("portal:centre", args=[each.pk])
        rows.append(
            [desk.Cell(names.named(each), names.place(each.region), address), *_cells(month)]
        )
    add = desk.Link(_("Add a data centre"), reverse("portal:centre-new"), "plus", "primary")
    return desk.Sheet(
        _("Data centres"),
        [desk.Column(_("Data centre")), *_columns()],
        rows,
        desk.Empty(
            _("No data centres yet"),
            _("A data centre holds resources, has a PUE each month, and a grid."),
            "building",
            add if is_provider else None,
        ),
    )


def _columns() -> list[desk.Column]:
    return [
        desk.Column(_("IT, kWh"), "number"),
        desk.Column("PUE", "number"),
        desk.Column(_("At the door, kWh"), "number"),
        desk.Column(_("CO₂ by the grid, kg"), "number"),
        desk.Column(_("Green"), "number"),
        desk.Column(_("PUE limit"), "state"),
        desk.Column(_("Green limit"), "state"),
    ]


def _cells(month: CentreMonth) -> list[desk.Cell]:
    used = month.used
    note = _("measured %(kwh)s") % {"kwh": energy_words.figure(used.measured, 1)}
    if used.unknown:
        note += " · " + _("%(count)s records not known") % {"count": used.unknown}
    market = "" if month.market_kg is None else _("after green proofs: %(kg)s kg") % {
        "kg": energy_words.figure(month.market_kg, 1)
    }  # fmt: skip
    return [
        desk.Cell(energy_words.figure(used.total, 1), note),
        energy_words.pue(month),
        desk.Cell(energy_words.figure(month.facility_kwh, 1)),
        desk.Cell(energy_words.figure(month.location_kg, 1), market),
        desk.Cell(energy_words.share(month.green_share)),
        energy_words.compliance(month.pue_state),
        energy_words.compliance(month.green_state),
    ]


def _month_sheet(months: Sequence[CentreMonth]) -> desk.Sheet:
    return desk.Sheet(
        _("By month"),
        [desk.Column(_("Month")), *_columns()],
        [
            [desk.Cell(f"{each.month:%Y-%m}"), *_cells(each)]
            for each in reversed(months)
            if each.used.records or each.pue.basis == PueBasis.MONTH
        ],
        desk.Empty(_("Nothing yet"), ""),
    )


def _pue_sheet(centre_id: UUID) -> desk.Sheet:
    rows = [
        [
            desk.Cell(f"{each.month:%Y-%m}", _("version %(version)s") % {"version": each.version}),
            desk.Cell(f"{each.value}"),
            desk.Cell(each.evidence),
        ]
        for each in energy_selectors.pues_of(centre_id)[:ROWS_SHOWN]
    ]
    return desk.Sheet(
        _("PUE that was entered"),
        [desk.Column(_("Month")), desk.Column("PUE", "number"), desk.Column(_("Evidence"))],
        rows,
        desk.Empty(
            _("No PUE was entered"), _("Without one of the month, limits cannot be said to be met.")
        ),
    )


def _place_sheet(centre_id: UUID) -> desk.Sheet:
    rows = [
        [desk.Cell(names.named(each.resource)), desk.Cell(f"{each.month:%Y-%m}")]
        for each in energy_selectors.places_of(centre_id)[:ROWS_SHOWN]
    ]
    return desk.Sheet(
        _("Resources"),
        [desk.Column(_("Resource")), desk.Column(_("From the month"))],
        rows,
        desk.Empty(_("Nothing stands in it"), _("Use counts where its resource stands.")),
    )


def _limits(month: CentreMonth) -> desk.Facts:
    limits = threshold_of(month.month)
    pairs: list[tuple[Any, desk.Cell]] = []
    if limits is not None:
        pairs = [
            (f"PUE ≤ {limits.pue_max}", _clause(limits, "pue", month.pue_state)),
            (
                _("Green ≥ %(share)s") % {"share": energy_words.share(limits.green_min)},
                _clause(limits, "green", month.green_state),
            ),
        ]
    return desk.Facts(_("Limits in %(month)s") % {"month": f"{month.month:%Y-%m}"}, pairs)


def _clause(limits: Threshold, name: str, state: Compliance) -> desk.Cell:
    clauses = limits.pue_clause if name == "pue" else limits.green_clause
    language = "zh" if (get_language() or "").startswith("zh") else "en"
    tag = energy_words.compliance(state)
    return desk.Cell(tag.text, clauses[language], tone=tag.tone, symbol=tag.symbol)
