"""What hours cost to make, and what they should cost: everybody reads, two operators say."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from common import clock
from common.errors import Forbidden
from identity.approvals import selectors as approvals
from identity.approvals.contracts import Person, Proposed
from identity.contracts import ResourceClass, Role
from marketplace.baselines import rules as baselines_rules
from marketplace.baselines import selectors as baselines_selectors
from marketplace.baselines import services as baselines_services
from marketplace.baselines.contracts import (
    ABOVE_BP_MAX,
    BAND_BP_MIN,
    BELOW_BP_MAX,
    OFF_PEAK_BP_MAX,
    REFERENCE_KIND,
    REFERENCE_REASON_MAX,
    CostBaseline,
    CostVersionSaid,
    ReferencePriceTerms,
)
from marketplace.baselines.rows import ReferenceRow
from marketplace.catalog import selectors as catalog_selectors
from marketplace.portal import desk, reference_words, waiting_words
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import ExactField, OnceForm, WholeField
from marketplace.portal.lists.references import REFERENCES, reference_line, standing_tag
from marketplace.portal.once import once
from marketplace.portal.tables import Given
from marketplace.portal.templatetags.portal import when
from metering.table_contracts import HourClass

SHOWN: Final = 500
FIELDS: Final = {"below_bp": "below", "above_bp": "above"}


@require_safe
def reference_prices(request: HttpRequest) -> HttpResponse:
    """Show what a class's hours cost to make, line by line, and its reference price."""
    asked = request.GET.get("class", "")
    hour_class = HourClass(asked) if asked in HourClass.values else HourClass.TRAINING
    now = clock.now()
    found = baselines_selectors.references_in_force(at=now).get(hour_class)
    to_come = [
        each
        for each in baselines_selectors.references_to_come(at=now)
        if each.hour_class == hour_class
    ]
    versions = baselines_selectors.cost_versions()
    holds = baselines_selectors.costs_in_force(at=now)
    number = request.GET.get("version", "")
    known = next((each.number for each in versions if f"{each.number}" == number), holds.number)
    said = holds if known == holds.number else baselines_selectors.costs_of(known)
    of_class = [each for each in said.baselines if each.hour_class == hour_class]
    main: list[Any] = [_classes(hour_class, said.number if said != holds else 0), _kept_apart()]
    if said != holds:
        told = _("These are costs v%(number)s; v%(holds)s holds now.")
        main.append(desk.Note(told % {"number": said.number, "holds": holds.number}))
    main += _figures(found, of_class)
    main += [_worked(each) for each in of_class] or [_no_baseline()]
    main.append(_versions(versions, hour_class, holds.number, now))
    side: list[Any] = [_price(found, to_come), *([_inputs(of_class[0])] if of_class else [])]
    return desk.show(request, _head(request), main, side)  # type: ignore[arg-type] # a stranger's


def _head(request: HttpRequest) -> desk.Head:
    actor = getattr(request, "actor", None)
    links = [
        desk.Link(
            gettext_lazy("Recompute script"), reverse("portal:baseline-verifier"), "download"
        ),
        desk.Link("API", reverse("cost-baselines"), "api"),
    ]
    if actor is not None and actor.has_role(Role.OPERATOR, Role.AUDITOR):
        desk_address = reverse("portal:reference-prices-desk")
        links.append(desk.Link(_("Set a reference price"), desk_address, "scale"))
        links.append(
            desk.Link(
                _("Change cost inputs"), reverse("portal:cost-inputs"), "adjustments-horizontal"
            )
        )
    return desk.Head(
        title=_("Reference prices"),
        told=_("What a standard hour costs to make, and what two operators say it should cost."),
        crumbs=((_("Prices and index"), reverse("portal:prices")),),
        links=links,
    )


def _classes(chosen: HourClass, version: int) -> desk.Choices:
    beside = f"&version={version}" if version else ""
    return desk.Choices(
        rows=[
            (
                _("Class"),
                [
                    desk.Choice(each.label, f"?class={each.value}{beside}", each == chosen)
                    for each in HourClass
                ],
            )
        ]
    )


def _kept_apart() -> desk.Note:
    return desk.Note(
        _(
            "A reference price is a policy figure and no index: the index follows from settled"
            " trades alone, and neither enters the other."
        )
    )


def _figures(found: ReferenceRow | None, of_class: Sequence[CostBaseline]) -> list[Any]:
    cost = of_class[0].per_standard_hour if of_class else None
    return [
        desk.KeyFigures(
            [
                desk.KeyFigure(
                    _("Cost of a standard hour"),
                    reference_words.yuan(cost),
                    of_class[0].unit if of_class else _("no figure"),
                ),
                desk.KeyFigure(
                    _("Reference price"),
                    reference_words.yuan(found.reference) if found else "—",
                    reference_words.limits(found) if found else _("nothing yet"),
                ),
                desk.KeyFigure(
                    _("Floor"),
                    reference_words.yuan(found.floor if found else None),
                    _below_floor(found) or _("told beside prices; it forbids none"),
                ),
            ]
        )
    ]


def _below_floor(found: ReferenceRow | None) -> str:
    """Return how many open listings ask less than the floor now; empty where none is told."""
    if found is None or found.floor is None or found.hour_class != HourClass.TRAINING:
        return ""
    below, priced = catalog_selectors.priced_below(found.floor, resource_class=ResourceClass.AI)
    told = _("told beside prices; it forbids none: %(below)s of %(priced)s open listings ask less")
    return told % {"below": below, "priced": priced} if priced else ""


def _worked(each: CostBaseline) -> desk.Sheet:
    return desk.Sheet(
        title=_("%(unit)s, line by line (costs v%(version)s)")
        % {"unit": each.unit, "version": each.version},
        columns=(
            desk.Column(_("Line")),
            desk.Column(_("Computed of")),
            desk.Column(_("Yuan, or hours"), "number"),
        ),
        rows=[
            (
                desk.Cell(reference_words.STEPS[step.code]),
                desk.Cell(reference_words.formula_text(step), note=f"{step.code} = {step.formula}"),
                desk.Cell(reference_words.step_text(step)),
            )
            for step in each.steps
        ],
        empty=desk.Empty("", ""),
    )


def _no_baseline() -> desk.Sheet:
    return desk.Sheet(
        title=_("Costs"),
        columns=(desk.Column(_("Line")),),
        rows=[],
        empty=desk.Empty(
            _("No figure"),
            _("Nobody publishes how many of these hours a unit delivers; none is made up."),
            "scale",
        ),
    )


def _inputs(each: CostBaseline) -> desk.Facts:
    return desk.Facts(
        _("Inputs of %(unit)s") % {"unit": each.unit},
        [
            (
                reference_words.INPUTS[code],
                desk.Cell(reference_words.input_text(said), reference_words.source_of(said)),
            )
            for code, said in each.inputs.items()
        ],
    )


def _versions(
    versions: Sequence[CostVersionSaid], hour_class: str, holds: int, now: datetime
) -> desk.Sheet:
    def state(each: CostVersionSaid) -> str:
        if each.number == holds:
            return _("holds now")
        return _("to come") if each.valid_from and each.valid_from > now else _("replaced")

    return desk.Sheet(
        title=_("Versions of the inputs"),
        columns=(
            desk.Column(_("Version")),
            desk.Column(_("Holds from")),
            desk.Column(_("What changed")),
            desk.Column(_("Reason")),
        ),
        rows=[
            (
                desk.Cell(
                    f"v{each.number}", state(each), f"?class={hour_class}&version={each.number}"
                ),
                desk.Cell(when(each.valid_from) if each.valid_from else "—"),
                desk.Cell(
                    "; ".join(
                        f"{reference_words.unit_of(change.unit)}:"
                        f" {reference_words.INPUTS[change.said.code]}"
                        f" {reference_words.input_text(change.said)}"
                        for change in each.changes
                    )
                    or _("the market came with it")
                ),
                desk.Cell(each.reason or "—"),
            )
            for each in versions
        ],
        empty=desk.Empty("", ""),
    )


def _price(found: ReferenceRow | None, to_come: Sequence[ReferenceRow]) -> desk.Facts:
    pairs: list[tuple[Any, desk.Cell]] = []
    for each in filter(None, (found, *to_come)):
        low, high = (reference_words.yuan(edge) for edge in (each.low, each.high))
        pairs += [
            (_("Holds from"), desk.Cell(when(each.valid_from))),
            (_("Reference and band"), desk.Cell(reference_words.limits(each), f"{low} – {high}")),
            (_("Floor"), desk.Cell(reference_words.yuan(each.floor))),
            (_("Off-peak guidance"), desk.Cell(reference_words.off_peak(each) or "—")),
        ]
    if not pairs:
        pairs = [(_("Reference price"), desk.Cell(_("nothing yet")))]
    return desk.Facts(_("Reference price of the class"), pairs)


@require_safe
def verifier(request: HttpRequest) -> FileResponse:  # noqa: ARG001 - Django's signature
    """Hand out the script that computes cost baselines again without the market."""
    path = baselines_rules.DATA.parent / "verify_baseline.py"
    return FileResponse(path.open("rb"), as_attachment=True, content_type="text/x-python")


# --- Operators ---------------------------------------------------------------------------------
def _percent(label: Any, most_bp: int, initial: int | None) -> ExactField:
    return ExactField(
        label=label,
        min_value=Decimal(BAND_BP_MIN) / 100,
        max_value=Decimal(most_bp) / 100,
        decimal_places=2,
        required=False,
        initial=initial,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


def _yuan(label: Any, help_text: Any) -> ExactField:
    return ExactField(
        label=label,
        min_value=Decimal("0.000001"),
        decimal_places=6,
        max_digits=13,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=help_text,
    )


def _hour(label: Any) -> WholeField:
    return WholeField(
        label=label,
        min_value=0,
        max_value=23,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class ReferenceForm(OnceForm):
    """A reference price of a class, or its end."""

    hour_class = forms.ChoiceField(label=gettext_lazy("Class"), choices=HourClass.choices)
    reference = _yuan(
        gettext_lazy("Reference price of a standard hour"),
        gettext_lazy("In yuan. Empty: the reference price ends."),
    )
    below = _percent(gettext_lazy("How far below"), BELOW_BP_MAX, 20)
    above = _percent(gettext_lazy("How far above"), ABOVE_BP_MAX, 20)
    floor = _yuan(gettext_lazy("Floor"), gettext_lazy("In yuan; empty: none."))
    off_peak_from = _hour(gettext_lazy("Off-peak from hour"))
    off_peak_until = _hour(gettext_lazy("Off-peak until hour"))
    off_peak = _percent(gettext_lazy("Off-peak, less by"), OFF_PEAK_BP_MAX, None)
    reason = forms.CharField(
        label=gettext_lazy("Reason that everybody reads"),
        max_length=REFERENCE_REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    suffixes: Final = {"below": "%", "above": "%", "off_peak": "%", "reference": "CNY"}

    def terms(self) -> ReferencePriceTerms:
        """Return what was typed."""
        said = self.cleaned_data
        ends = said["reference"] is None
        return ReferencePriceTerms(
            reference=said["reference"],
            below_bp=0 if ends else _bp(said["below"]),
            above_bp=0 if ends else _bp(said["above"]),
            floor=said["floor"],
            off_peak_from=said["off_peak_from"],
            off_peak_until=said["off_peak_until"],
            off_peak_bp=_bp(said["off_peak"]),
        )


def _bp(per_cent: Decimal | None) -> int:
    return int((per_cent or 0) * 100)


@page(Role.OPERATOR, Role.AUDITOR)
@require_http_methods(["GET", "POST"])
@once
def reference_prices_desk(request: PortalRequest) -> HttpResponseBase:
    """Show every reference price there was and will be; let an operator propose the next."""
    may_act, now = request.actor.has_role(Role.OPERATOR), clock.now()
    if request.method == "POST" and not may_act:
        raise Forbidden
    form = ReferenceForm(request.POST or None)
    made: list[Proposed] = []
    if form.is_valid() and desk.is_done(form, lambda: made.append(_propose(request, form)), FIELDS):
        told = _("The reference price waits until another operator approves it.")
        messages.info(request, waiting_words.waiting_told(made[0], told, since=now))
        return redirect("portal:reference-prices-desk")
    main: list[Any] = [_kept_apart()]
    if approvals.waiting(kind=REFERENCE_KIND).exists():
        told = _("A reference price waits for another operator's approval.")
        main.append(desk.Note(told))
    main.append(_listed(request, now))
    head = desk.Head(
        title=_("Set a reference price"),
        told=_("It holds 24 hours after another operator approves it."),
        crumbs=((_("Reference prices"), reverse("portal:reference-prices")),),
    )
    return desk.show(request, head, main, _side(form) if may_act else ())


def _propose(request: PortalRequest, form: ReferenceForm) -> Proposed:
    return baselines_services.propose_reference(
        hour_class=form.cleaned_data["hour_class"],
        terms=form.terms(),
        reason=form.cleaned_data["reason"],
        by=Person(request.actor.person_id, request.actor.organization_id),
        now=clock.now(),
    )


def _listed(request: PortalRequest, now: datetime) -> desk.Listed:
    began = {each.pk for each in baselines_selectors.references_in_force(at=now).values()}
    lines = [
        reference_line(each, standing_tag(each, began=began, now=now))
        for each in baselines_selectors.reference_prices()[:SHOWN]
    ]
    return desk.Listed(
        REFERENCES.read(request, Given(lines)),
        desk.Empty(
            _("No reference price yet"),
            _("Offers stand alone until two operators agree on one."),
            "scale",
        ),
    )


def _side(form: ReferenceForm) -> list[Any]:
    told = _("Offers show it beside their price. It allows and forbids nothing by itself.")
    act = _("Propose the reference price")
    return [desk.FormBlock(form, act=act, title=_("Another reference price"), told=told)]
