"""A provider's resources by level, and what each needs for the next one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from identity import selectors as identity_selectors
from identity.contracts import Role
from marketplace.portal import desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import ExactField, OnceForm
from marketplace.portal.lists.verifying import (
    VERIFIED_RESOURCES,
    VerifiedResource,
    of_certificate,
    of_challenge,
    of_level,
)
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.portal.verification_words import figure_named, main_told
from metering import selectors as metering_selectors
from metering.verifying import rules as verifying_rules
from metering.verifying import selectors as verifying_selectors
from metering.verifying import services as verifying_services
from metering.verifying.contracts import TEXT_MAX, Because, BenchmarkFigure, ReportProblem

SHOWN_MAX: Final = 20
ASSESSORS_MAX: Final = 200
UNITS: Final = {"gpu_gemm_fp16": "TFLOPS", "cpu_gemm_fp64": "GFLOPS"}


class DeclarationForm(OnceForm):
    """The figure that counts, as the provider says it."""

    value = ExactField(
        label=gettext_lazy("Declared figure"),
        max_digits=18,
        decimal_places=6,
        help_text=gettext_lazy("Of one card, or of the whole machine where there are none."),
    )


class AssessmentAskForm(OnceForm):
    """Which third party is asked."""

    assessor = forms.TypedChoiceField(label=gettext_lazy("Assessor"), coerce=UUID)
    note = forms.CharField(
        label=gettext_lazy("What they should know"),
        max_length=TEXT_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        found = verifying_selectors.assessors(clock.now())[:ASSESSORS_MAX]
        field: Any = self.fields["assessor"]
        field.choices = [
            (each.organization_id, f"{names.named(each.organization)} · {each.accreditation}")
            for each in found
        ]


@page(Role.PROVIDER)
def verification(request: PortalRequest) -> HttpResponseBase:
    """Show a provider's resources with their levels."""
    provider_id, now = request.actor.organization_id, clock.now()
    found = identity_selectors.registered_resources().filter(provider_id=provider_id)
    proved = verifying_selectors.standings_of(provider_id).filter(level__gte=2).count()
    head = desk.Head(
        _("Verification"),
        _("%(proved)s of %(all)s resources are proved beyond your own word.")
        % {"proved": figures.grouped(proved), "all": figures.grouped(found.count())},
        links=[
            desk.Link(_("Challenges"), reverse("portal:challenges"), "gauge"),
            desk.Link(_("Assessments"), reverse("portal:assessments"), "file-search"),
            desk.Link(_("Capacity audits"), reverse("portal:capacity-audits"), "shield-check"),
        ],
    )

    def dress(rows: Sequence[Any]) -> list[VerifiedResource]:
        ids = [row.pk for row in rows]
        held = verifying_selectors.standings_of(provider_id).in_bulk(ids)
        return [VerifiedResource(row, held.get(row.pk)) for row in rows]

    table = VERIFIED_RESOURCES.read(request, Queried(found), dress=dress)
    empty = desk.Empty(
        _("No resources yet"),
        _("Register the first one; it gets its compute identifier at once."),
        "server-2",
        desk.Link(_("Register a resource"), reverse("portal:resource-new"), "plus", "primary"),
    )
    blocks: list[Any] = [_ending(provider_id, now)] if _is_ending(provider_id, now) else []
    return desk.show(request, head, [*blocks, desk.Listed(table, empty)])


def _is_ending(provider_id: UUID, now: Any) -> bool:
    return verifying_selectors.ending_soon(provider_id, now).exists()


def _ending(provider_id: UUID, now: Any) -> desk.Sheet:
    found = verifying_selectors.ending_soon(provider_id, now)[:SHOWN_MAX]
    return desk.Sheet(
        title=_("Ends within 30 days"),
        columns=[desk.Column(_("Resource")), desk.Column(_("Until")), desk.Column(_("Level"))],
        rows=[
            [
                desk.Cell(
                    names.named(each.resource),
                    address=reverse("portal:resource-verification", args=[each.resource_id]),
                ),
                desk.Cell(figures.moment(each.ends_at) if each.ends_at else "—"),
                desk.Cell(of_level(each.level).label),
            ]
            for each in found
        ],
        empty=desk.Empty("", ""),
    )


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def resource_verification(request: PortalRequest, resource_id: UUID) -> HttpResponse:
    """Show how well a resource is proved, what is missing, and let its provider act."""
    found = identity_selectors.resource_of_provider(
        resource_id=resource_id, provider_id=request.actor.organization_id
    )
    act = request.POST.get("act", "") if request.method == "POST" else ""
    declaring = DeclarationForm(request.POST if act == "declare" else None)
    asking = AssessmentAskForm(request.POST if act == "ask" else None, auto_id="ask_%s")
    done = _done(request, found, act, declaring, asking)
    if done:
        messages.success(request, done)
        return redirect("portal:resource-verification", found.pk)
    now = clock.now()
    level = verifying_selectors.level_of(found.pk, now)
    steps = list(_steps(found, level, now))
    head = desk.Head(
        names.named(found),
        _sentence(level, steps),
        crumbs=[(_("Verification"), reverse("portal:verification"))],
        tags=[desk.Cell(of_level(level).label, tone=of_level(level).tone or "neutral")],
    )
    main = [_checklist(steps), *_forms(found, level, declaring, asking), _certificates(found)]
    side = [_history(found), _reports(found), _challenges(request, found)]
    return desk.show(request, head, main, side)


def _done(request: PortalRequest, found: Any, act: str, declaring: Any, asking: Any) -> str:
    """Carry out what was asked for; return what to say, or nothing."""
    facts = {
        "resource_id": found.pk,
        "provider_id": request.actor.organization_id,
        "person_id": request.actor.person_id,
        "now": clock.now(),
    }

    def declare() -> object:
        name = verifying_rules.main_figure(verifying_rules.resource_size(found.specification))
        value: Decimal = declaring.cleaned_data["value"]
        return verifying_services.declare(
            figures=[BenchmarkFigure(name, UNITS[name], value)], **facts
        )

    def ask() -> object:
        return verifying_services.ask_assessment(
            assessor_organization_id=asking.cleaned_data["assessor"],
            note=asking.cleaned_data["note"],
            **facts,
        )

    if act == "declare" and declaring.is_valid():
        fields = {"figures": "value"}
        return _("It is declared.") if desk.is_done(declaring, declare, fields) else ""
    if act == "ask" and asking.is_valid():
        return _("The assessor was asked.") if desk.is_done(asking, ask) else ""
    return ""


def _forms(found: Any, level: int | None, declaring: Any, asking: Any) -> Iterator[Any]:
    name = verifying_rules.main_figure(verifying_rules.resource_size(found.specification))
    most = verifying_rules.bound(name, verifying_rules.resource_size(found.specification))
    told = _("%(figure)s in %(unit)s; it counts for a year.") % {
        "figure": figure_named(name),
        "unit": UNITS[name],
    }
    if most is not None:
        told += " " + _("The nameplate is %(most)s.") % {"most": figures.grouped(most)}
    yield _block(declaring, "declare", _("Declare it"), told, "quiet" if level else "primary")
    if verifying_selectors.under_way(found.pk) is None:
        told = _("An accredited third party measures; the market decides. You may not be related.")
        yield _block(asking, "ask", _("Ask for an assessment"), told, "quiet")


def _block(form: Any, act: str, label: str, told: str, tone: str) -> desk.FormBlock:
    form.fields["act"] = forms.CharField(initial=act, widget=forms.HiddenInput, required=False)
    return desk.FormBlock(form, label, title=label, told=told, tone=tone)


@dataclass(frozen=True, slots=True)
class ProofStep:
    """One thing that the next level needs."""

    title: str
    told: str
    is_done: bool
    link: desk.Link | None = None


def _sentence(level: int | None, steps: Sequence[ProofStep]) -> str:
    left = [each for each in steps if not each.is_done]
    if level == 3 or not left:
        return _("A third party has verified what this resource can do.")
    return _("Next: %(step)s.") % {"step": left[0].title}


def _steps(found: Any, level: int | None, now: Any) -> Iterator[ProofStep]:
    yield ProofStep(
        _("L1: declare what it can do"),
        _("your own word, never above the nameplate"),
        bool(level),
    )
    meters = metering_selectors.meters_of_resource(resource_id=found.pk)
    signed = meters.filter(agent__isnull=False).first()
    yield ProofStep(
        _("L2: an agent signs for a meter of it"),
        signed.name if signed else _("no meter of this resource has an agent"),
        signed is not None,
        desk.Link(_("Meters"), reverse("portal:meters")),
    )
    last = verifying_selectors.reports_of(found.pk).first()
    yield ProofStep(
        _("L2: its probe is accepted"),
        _problems(last) if last else f"suanpan-agent probe --send --resource {found.pk}",
        verifying_selectors.in_force(now).filter(resource_id=found.pk, level=2).exists(),
        desk.Link(_("How to probe"), reverse("portal:help-topic", args=["prove-a-resource"])),
    )
    waiting = verifying_selectors.open_challenges([found.pk], now).first()
    if waiting is not None:
        yield ProofStep(
            _("the agent answers the challenge"),
            _("until %(when)s") % {"when": figures.moment(waiting.deadline_at)},
            is_done=False,
        )
    under_way = verifying_selectors.under_way(found.pk)
    told = _("it is verified") if level == 3 else _("ask one below")
    yield ProofStep(
        _("L3: a third party verifies it"),
        _("an assessment is under way") if under_way else told,
        level == 3,
        desk.Link(_("Open"), reverse("portal:assessment", args=[under_way.pk]))
        if under_way
        else None,
    )


def _problems(report: Any) -> str:
    if report.is_accepted:
        return _("accepted %(when)s") % {"when": figures.moment(report.received_at)}
    return " ".join(str(ReportProblem(each).label) for each in report.problems)


def _checklist(steps: Sequence[ProofStep]) -> desk.Sheet:
    return desk.Sheet(
        title=_("What proves it"),
        columns=[
            desk.Column(_("Step")),
            desk.Column(_("State"), "state"),
            desk.Column(_("Where"), "act"),
        ],
        rows=[
            [
                desk.Cell(each.title, note=each.told),
                desk.Cell(_("Done"), tone="ok", symbol="check")
                if each.is_done
                else desk.Cell(_("To do"), tone="warn"),
                desk.Cell(links=[each.link] if each.link and not each.is_done else []),
            ]
            for each in steps
        ],
        empty=desk.Empty("", ""),
    )


def _certificates(found: Any) -> desk.Sheet:
    rows, now = verifying_selectors.certificates_of_resource(found.pk)[:SHOWN_MAX], clock.now()
    stated = [(each, of_certificate(each, now)) for each in rows]
    return desk.Sheet(
        title=_("Certificates"),
        columns=[
            desk.Column(_("Level")),
            desk.Column(_("Main figure"), "number"),
            desk.Column(_("Until")),
            desk.Column(_("State"), "state"),
        ],
        rows=[
            [
                desk.Cell(
                    of_level(each.level).label,
                    address=reverse("portal:capability", args=[each.pk]),
                ),
                desk.Cell(main_told(each)),
                desk.Cell(figures.moment(each.valid_to)),
                desk.Cell(state.label, tone=state.tone or "neutral"),
            ]
            for each, state in stated
        ],
        empty=desk.Empty(
            _("No certificates yet"), _("The first one is your own word."), "shield-check"
        ),
    )


def _history(found: Any) -> desk.Sheet:
    rows = verifying_selectors.history_of(found.pk)[:SHOWN_MAX]
    return desk.Sheet(
        title=_("How the level changed"),
        columns=[desk.Column(_("When")), desk.Column(_("Level")), desk.Column(_("Why"))],
        rows=[
            [
                desk.Cell(figures.moment(each.changed_at)),
                desk.Cell(f"L{each.before or 0} → L{each.after or 0}"),
                desk.Cell(Because(each.because).label),
            ]
            for each in rows
        ],
        empty=desk.Empty(_("It never changed"), _("Nobody said anything of it yet.")),
    )


def _reports(found: Any) -> desk.Sheet:
    rows = verifying_selectors.reports_of(found.pk)[:SHOWN_MAX]
    return desk.Sheet(
        title=_("Probes"),
        columns=[desk.Column(_("Received")), desk.Column(_("What came of it"))],
        rows=[
            [desk.Cell(figures.moment(each.received_at)), desk.Cell(_problems(each))]
            for each in rows
        ],
        empty=desk.Empty(_("No probe was sent"), _("The agent sends it from the machine.")),
    )


def _challenges(request: PortalRequest, found: Any) -> desk.Sheet:
    rows = verifying_selectors.challenges_for(request.actor).filter(resource_id=found.pk)
    return desk.Sheet(
        title=_("Challenges"),
        columns=[desk.Column(_("Opened")), desk.Column(_("State"), "state")],
        rows=[
            [
                desk.Cell(figures.moment(each.opens_at)),
                desk.Cell(of_challenge(each).label, tone=of_challenge(each).tone or "neutral"),
            ]
            for each in rows[:SHOWN_MAX]
        ],
        empty=desk.Empty(_("No challenge so far"), _("They come at random moments once it is L2.")),
    )
