"""Assessments by third parties: asked for, recorded by form or from a file, decided."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock, moments
from common.errors import InvalidInput, Refusal
from identity.contracts import Role
from identity.files import services as files_services
from marketplace.portal import brought, desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import DayFormField, OnceForm, WholeField
from marketplace.portal.lists.verifying import ASSESSMENTS, of_assessment
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.portal.verification_words import figure_named, spread_told
from metering.verifying import assessment_files
from metering.verifying import selectors as verifying_selectors
from metering.verifying import services as verifying_services
from metering.verifying.contracts import (
    NAME_MAX,
    TEXT_MAX,
    VALID_DAYS_MAX,
    Assessed,
    AssessmentState,
    BenchmarkFigure,
)

PURPOSE: Final = "assessment.import"
KEPT_FOR: Final = timedelta(days=1)
FIGURES_LENGTH_MAX: Final = 8_000
PARTS: Final = (3, 5)  # name, value, unit, repeats, spread: the last two may be left out
SHOWN_MAX: Final = 100


class FiguresField(forms.CharField):
    """Figures, a line each: name, value, unit, repeats, spread."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.Textarea(attrs={"rows": 5}))
        options.setdefault("max_length", FIGURES_LENGTH_MAX)
        super().__init__(**options)

    def clean(self, value: Any) -> Any:
        """Return the figures."""
        lines = [line for line in super().clean(value).splitlines() if line.strip()]
        return [_figure(number, line) for number, line in enumerate(lines, 1)]


def _figure(number: int, line: str) -> BenchmarkFigure:
    parts = line.split()
    if not PARTS[0] <= len(parts) <= PARTS[1]:
        message = _("Line %(number)s: write name, value and unit.") % {"number": number}
        raise ValidationError(message)
    try:
        cells = dict(zip(("figure", "value", "unit", "repeats", "spread"), parts, strict=False))
        return assessment_files.figure(cells)
    except (InvalidInput, ValueError) as error:
        message = _("Line %(number)s is no figure: %(why)s")
        raise ValidationError(message % {"number": number, "why": error}) from error


class RecordForm(OnceForm):
    """What an assessor found out."""

    benchmark = forms.CharField(label=gettext_lazy("Benchmark"), max_length=NAME_MAX)
    benchmark_version = forms.CharField(
        label=gettext_lazy("Version"), max_length=40, required=False
    )
    figures = FiguresField(
        label=gettext_lazy("Figures"),
        help_text=gettext_lazy("A line each: name, value, unit, repeats, spread."),
    )
    measured_on = DayFormField(label=gettext_lazy("Measured on"))
    valid_days = WholeField(
        label=gettext_lazy("Days that it counts"),
        min_value=1,
        max_value=VALID_DAYS_MAX,
        initial=365,
    )
    condition = forms.CharField(
        label=gettext_lazy("Conditions"),
        max_length=200,
        required=False,
    )


class AssessmentFileForm(OnceForm):
    """A file of figures."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt"}),
        error_messages={"required": gettext_lazy("Choose a file.")},
    )


class RefusalForm(OnceForm):
    """Why it is refused."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Shown to both sides."),
    )


@page()
def assessments(request: PortalRequest) -> HttpResponseBase:
    """Show assessments: one's own as provider or assessor, or all."""
    found = verifying_selectors.assessments_for(request.actor)
    waiting = found.filter(state__in=[AssessmentState.ASKED, AssessmentState.RECORDED]).count()
    links = []
    if request.actor.has_role(Role.OPERATOR, Role.AUDITOR):
        links = [desk.Link(_("Assessors"), reverse("portal:assessors"), "building")]
    head = desk.Head(
        _("Assessments"),
        _("%(count)s under way.") % {"count": figures.grouped(waiting)},
        links=links,
    )
    empty = desk.Empty(
        _("No assessments"),
        _("A provider asks an accredited third party on the page of a resource."),
        "file-search",
    )
    table = ASSESSMENTS.read(request, Queried(found))
    return desk.show(request, head, [desk.Listed(table, empty)])


@page()
@require_http_methods(["GET", "POST"])
@once
def assessment(request: PortalRequest, assessment_id: UUID) -> HttpResponse:
    """Show an assessment, and let each side do what is theirs to do."""
    found = verifying_selectors.assessment_for(request.actor, assessment_id)
    acts = _acts(request, found)
    if any(act is DONE for act in acts):
        messages.success(request, _("It is done."))
        return redirect("portal:assessment", found.pk)
    tag = of_assessment(found)
    head = desk.Head(
        names.named(found.resource),
        _told(found),
        crumbs=[(_("Assessments"), reverse("portal:assessments"))],
        tags=[desk.Cell(tag.label, tone=tag.tone or "neutral")],
    )
    main = [_content(found), *acts]
    return desk.show(request, head, main, [_facts(found)])


DONE: Final = object()


def _told(found: Any) -> str:
    words = {
        AssessmentState.ASKED: _("The assessor measures and records what it found out."),
        AssessmentState.RECORDED: _("An operator of neither side decides."),
        AssessmentState.GRANTED: _("It counts: the resource has level 3."),
        AssessmentState.REFUSED: _("It was refused: %(why)s") % {"why": found.reason},
        AssessmentState.WITHDRAWN: _("It was withdrawn."),
    }
    return words[AssessmentState(found.state)]


def _acts(request: PortalRequest, found: Any) -> list[Any]:
    """Return the forms of whom they concern; one that is done says so."""
    actor, state = request.actor, found.state
    is_party = actor.organization_id in (found.provider_id, found.assessor_organization_id)
    acts: list[Any] = []
    if actor.organization_id == found.assessor_organization_id and state == AssessmentState.ASKED:
        acts.append(_recording(request, found))
    if actor.has_role(Role.OPERATOR) and not is_party:
        if state == AssessmentState.RECORDED:
            acts.append(_granting(request, found))
        if state in (AssessmentState.ASKED, AssessmentState.RECORDED):
            acts.append(_refusing(request, found))
    if actor.organization_id == found.provider_id and state in (
        AssessmentState.ASKED,
        AssessmentState.RECORDED,
    ):
        acts.append(_withdrawing(request, found))
    return acts


def _typed(request: PortalRequest, act: str) -> Any:
    is_this = request.method == "POST" and request.POST.get("act") == act
    return request.POST if is_this else None


def _block(form: Any, act: str, label: str, tone: str = "primary", **facts: Any) -> Any:
    form.fields["act"] = forms.CharField(initial=act, widget=forms.HiddenInput, required=False)
    return desk.FormBlock(form, label, title=label, tone=tone, **facts)


def _recording(request: PortalRequest, found: Any) -> Any:
    form = RecordForm(_typed(request, "record"))

    def record() -> object:
        typed = form.cleaned_data
        condition = typed["condition"]
        said = Assessed(
            benchmark=typed["benchmark"],
            benchmark_version=typed["benchmark_version"],
            figures=typed["figures"],
            conditions={"told": condition} if condition else {},
            measured_at=moments.start_of_day(typed["measured_on"]),
            valid_days=typed["valid_days"],
        )
        return _record(request, found, said)

    fields = {"measured_at": "measured_on", "assessor": "__all__"}
    if form.is_bound and form.is_valid() and desk.is_done(form, record, fields):
        return DONE
    address = reverse("portal:assessment-file", args=[found.pk])
    link = desk.Link(_("From a file"), address, "table")
    return _block(form, "record", _("Record the assessment"), links=[link])


def _record(request: PortalRequest, found: Any, said: Assessed) -> object:
    return verifying_services.record_assessment(
        assessment_id=found.pk,
        assessor_organization_id=request.actor.organization_id,
        person_id=request.actor.person_id,
        said=said,
        now=clock.now(),
    )


def _granting(request: PortalRequest, found: Any) -> Any:
    form = OnceForm(_typed(request, "grant"))

    def grant() -> object:
        return verifying_services.grant_assessment(
            assessment_id=found.pk,
            organization_id=request.actor.organization_id,
            person_id=request.actor.person_id,
            now=clock.now(),
        )

    if form.is_bound and form.is_valid() and desk.is_done(form, grant, {"assessor": "__all__"}):
        return DONE
    return _block(form, "grant", _("Grant level 3"), symbol="shield-check")


def _refusing(request: PortalRequest, found: Any) -> Any:
    form = RefusalForm(_typed(request, "refuse"), auto_id="no_%s")

    def refuse() -> object:
        return verifying_services.refuse_assessment(
            assessment_id=found.pk,
            organization_id=request.actor.organization_id,
            person_id=request.actor.person_id,
            reason=form.cleaned_data["reason"],
            now=clock.now(),
        )

    if form.is_bound and form.is_valid() and desk.is_done(form, refuse):
        return DONE
    return _block(form, "refuse", _("Refuse it"), "danger", symbol="x")


def _withdrawing(request: PortalRequest, found: Any) -> Any:
    form = OnceForm(_typed(request, "withdraw"))

    def withdraw() -> object:
        return verifying_services.withdraw_assessment(
            assessment_id=found.pk,
            provider_id=request.actor.organization_id,
            person_id=request.actor.person_id,
        )

    if form.is_bound and form.is_valid() and desk.is_done(form, withdraw):
        return DONE
    return _block(form, "withdraw", _("Withdraw it"), "quiet", symbol="x")


def _content(found: Any) -> desk.Sheet:
    said = (found.content or {}).get("figures", [])
    return figures_sheet([_measured(each) for each in said])


def _measured(each: dict[str, Any]) -> BenchmarkFigure:
    spread = each["spread"]
    return BenchmarkFigure(
        each["name"],
        each["unit"],
        Decimal(each["value"]),
        each["repeats"],
        None if spread is None else Decimal(spread),
    )


def figures_sheet(found: list[BenchmarkFigure]) -> desk.Sheet:
    """Return figures as a table."""
    return desk.Sheet(
        title=_("Figures"),
        columns=[
            desk.Column(_("Figure")),
            desk.Column(_("Value"), "number"),
            desk.Column(_("Repeats"), "number"),
            desk.Column(_("Spread"), "number"),
        ],
        rows=[
            [
                desk.Cell(figure_named(each.name), note=each.name),
                desk.Cell(f"{figures.grouped(each.value)} {each.unit}"),
                desk.Cell(str(each.repeats)),
                desk.Cell(spread_told(each.spread)),
            ]
            for each in found[:SHOWN_MAX]
        ],
        empty=desk.Empty(_("Nothing is recorded yet"), _("The assessor records its figures.")),
    )


def _facts(found: Any) -> desk.Facts:
    said = found.content or {}
    pairs: list[tuple[Any, desk.Cell]] = [
        (_("Compute identifier"), desk.Cell(found.resource.identifier, is_code=True)),
        (_("Provider"), desk.Cell(names.named(found.provider))),
        (_("Assessor"), desk.Cell(names.named(found.assessor_organization))),
        (_("Asked"), desk.Cell(figures.moment(found.asked_at), found.note)),
    ]
    if said:
        pairs += [
            (_("Benchmark"), desk.Cell(said["benchmark"], said["benchmark_version"])),
            (_("Days that it counts"), desk.Cell(str(said["valid_days"]))),
            (_("Recorded"), desk.Cell(figures.moment(found.recorded_at), found.document_name)),
        ]
    if found.decided_at:
        pairs.append((_("Decided"), desk.Cell(figures.moment(found.decided_at), found.reason)))
    return desk.Facts(_("Assessment"), pairs)


def _to_record(request: PortalRequest, assessment_id: UUID) -> Any:
    found = verifying_selectors.assessment_for(request.actor, assessment_id)
    if found.assessor_organization_id != request.actor.organization_id:
        raise Http404  # Whoever may read it otherwise has nothing to record there.
    return found


@page()
@require_http_methods(["GET", "POST"])
@once
def assessment_from_file(request: PortalRequest, assessment_id: UUID) -> HttpResponse:
    """Take a file of figures, and lead to what it says."""
    found = _to_record(request, assessment_id)
    form = AssessmentFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file_id = brought.keep(
            request,
            form,
            purpose=PURPOSE,
            kept_for=KEPT_FOR,
            read=lambda file_id: _read(request, file_id),
        )
        if file_id:
            return redirect("portal:assessment-file-preview", found.pk, file_id)
    back = reverse("portal:assessment", args=[found.pk])
    head = desk.Head(
        _("Assessment from a file"),
        _("CSV with figure, unit, value, repeats, spread; or the ODCC's columns in Chinese."),
        crumbs=[(names.named(found.resource), back)],
    )
    block = desk.FormBlock(form, _("Look at it"), back, symbol="table")
    columns = " · ".join(assessment_files.CHINESE.required)
    more = " · ".join(assessment_files.CHINESE.optional or ())
    note = desk.Note(f"{columns} · {more}", copied="")
    return desk.show(request, head, [block], [note])


def _read(request: PortalRequest, file_id: UUID) -> assessment_files.AssessmentFile:
    file, content = files_services.open_for(request.actor, file_id=file_id, now=clock.now())
    with content:
        return assessment_files.read(content.read(), name=file.name)


@page()
@require_http_methods(["GET", "POST"])
@once
def assessment_in_file(request: PortalRequest, assessment_id: UUID, file_id: UUID) -> HttpResponse:
    """Show what a file says, and record it once that was read."""
    found = _to_record(request, assessment_id)
    form = OnceForm(request.POST or None)
    file = _read(request, file_id)

    def record() -> object:
        return _record(request, found, file.assessed())

    may_record = not file.bad
    is_sent = request.method == "POST" and form.is_valid() and may_record
    if is_sent and desk.is_done(form, record, dict.fromkeys(FILE_FIELDS, "__all__")):
        messages.success(request, _("It is recorded and waits for a decision."))
        return redirect("portal:assessment", found.pk)
    back = reverse("portal:assessment", args=[found.pk])
    head = desk.Head(
        file.name,
        _("%(good)s figures can be read, %(bad)s lines cannot.")
        % {"good": figures.grouped(len(file.figures)), "bad": figures.grouped(len(file.bad))},
        crumbs=[(names.named(found.resource), back)],
    )
    main: list[Any] = (
        [figures_sheet(file.figures), _bad(file)] if file.bad else [figures_sheet(file.figures)]
    )
    if may_record:
        main.append(desk.FormBlock(form, _("Record it as it was shown"), back))
    return desk.show(request, head, main, [_said(file)])


FILE_FIELDS: Final = ("file", "figures", "benchmark", "valid_days", "measured_at", "document")


def _bad(file: assessment_files.AssessmentFile) -> desk.Sheet:
    return desk.Sheet(
        title=_("Lines that cannot be read"),
        columns=[desk.Column(_("Line"), "number"), desk.Column(_("Why"))],
        rows=[[desk.Cell(str(line)), desk.Cell(why)] for line, why in file.bad[:SHOWN_MAX]],
        empty=desk.Empty("", ""),
    )


def _said(file: assessment_files.AssessmentFile) -> desk.Facts:
    try:
        said = file.assessed()
    except Refusal as refusal:
        return desk.Facts(_("What holds for all"), [(_("Missing"), desk.Cell(str(refusal)))])
    return desk.Facts(
        _("What holds for all"),
        [
            (_("Benchmark"), desk.Cell(said.benchmark or "—", said.benchmark_version)),
            (_("Measured"), desk.Cell(figures.moment(said.measured_at))),
            (_("Days that it counts"), desk.Cell(str(said.valid_days))),
        ],
    )
