"""One's own data, persons who are erased, and incidents with data."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock, moments, tenancy
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.rights import selectors as rights_selectors
from identity.rights import services as rights_services
from identity.rights.api.views import zipped
from identity.rights.contracts import (
    REASON_MAX,
    TEXT_MAX,
    TITLE_MAX,
    IncidentNature,
    OwnExportState,
    Severity,
    TimelineKind,
)
from marketplace.portal import desk, figures
from marketplace.portal.access import PortalRequest, own_page, page, person_of
from marketplace.portal.forms import OnceForm, TimeOfDayField, WholeField
from marketplace.portal.lists.rights import ERASURES, INCIDENTS, OF_SEVERITY, incident_state
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.portal.views import erasure_requests
from marketplace.portal.views.privacy import crumbs

SHOWN_MAX = 10
LOCAL = "%Y-%m-%dT%H:%M:%S"


def _moment(label: Any) -> TimeOfDayField:
    return TimeOfDayField(
        label=label,
        input_formats=[LOCAL, "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format=LOCAL),
    )


def _at(typed: datetime) -> datetime:
    """Return the moment that was typed in the reader's zone."""
    return moments.local_moment(typed.replace(tzinfo=None, microsecond=0))


@own_page
@require_http_methods(["GET", "POST"])
@once
def own_data(request: PortalRequest) -> HttpResponse:
    """Show a person's exports of what is kept about them, and ask for one."""
    person, form = person_of(request), OnceForm(request.POST or None)

    def ask() -> None:
        rights_services.ask_export(person_id=person, now=clock.now())

    if request.method == "POST" and form.is_valid() and desk.is_done(form, ask):
        messages.info(request, _("Your data is being prepared; come back in a minute."))
        return redirect("portal:own-data")
    with tenancy.acting_as_platform():
        rows = list(rights_selectors.own_exports(person)[:SHOWN_MAX])
    head = desk.Head(
        _("My data"),
        _("Everything that the market keeps about you, as a file for you alone."),
        crumbs=[(_("Profile"), reverse("portal:profile"))],
        links=[desk.Link(_("Ask to be erased"), reverse("portal:own-erasure"), "x", "danger")],
    )
    told = desk.Steps(
        _("What stays when you leave"),
        [
            _("Operators erase you on request, if two of them agree and nothing is held."),
            _("Name and address go; roles, keys, sessions, notices and lists end."),
            _("Trade records, books and decisions stay, and name you by number alone."),
        ],
    )
    block = desk.FormBlock(form, _("Prepare a file"), symbol="download")
    return desk.show(request, head, [_exports(rows)], [block, told])


def _exports(rows: list[Any]) -> desk.Sheet:
    return desk.Sheet(
        title=_("Files"),
        columns=[desk.Column(_("Asked for")), desk.Column(_("State")), desk.Column(_("Until"))],
        rows=[
            [
                desk.Cell(figures.moment(each.asked_at)),
                _file_cell(each),
                desk.Cell(figures.moment(each.expires_at) if each.expires_at else "—"),
            ]
            for each in rows
        ],
        empty=desk.Empty(_("No files yet"), _("A file is there for a week."), "download"),
    )


def _file_cell(row: Any) -> desk.Cell:
    if row.state != OwnExportState.READY:
        return desk.Cell(OwnExportState(row.state).label)
    return desk.Cell(_("Download"), address=reverse("portal:own-data-file", args=[row.pk]))


@own_page
def own_data_file(request: PortalRequest, own_export_id: UUID) -> HttpResponse:
    """Give a person the file of their own data."""
    with tenancy.acting_as_platform():
        content = rights_selectors.own_export_file(
            person_id=person_of(request), export_id=own_export_id, now=clock.now()
        )
    return zipped(content)


class ErasureForm(OnceForm):
    """Whom to erase, and why."""

    person = forms.CharField(
        label=gettext_lazy("Person"),
        max_length=254,
        help_text=gettext_lazy("E-mail address, or the number."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("It stays: name nobody in it."),
    )


@page(Role.OPERATOR, Role.AUDITOR)
@require_http_methods(["GET", "POST"])
@once
def erasures(request: PortalRequest) -> HttpResponseBase:
    """Show who was erased; an operator proposes another one."""
    initial = {"person": request.GET.get("person", "")[:20]}
    form = ErasureForm(request.POST or None, initial=initial)
    may = request.actor.has_role(Role.OPERATOR)

    def propose() -> None:
        rights_services.propose_erasure(
            person=form.cleaned_data["person"],
            reason=form.cleaned_data["reason"],
            by=_by(request),
            now=clock.now(),
        )

    if request.method == "POST" and may and form.is_valid() and desk.is_done(form, propose):
        messages.info(request, _("The erasure waits until another operator approves it."))
        return redirect("portal:erasures")
    head = desk.Head(
        _("Erased persons"),
        _("Of a person who is erased, a number is left."),
        crumbs=crumbs(),
    )
    steps = desk.Steps(
        _("What happens once another operator approves"),
        [
            _("Roles, tokens, sessions, second factors and addresses end."),
            _("Name and address become a number, in requests for access as well."),
            _("Notices, choices of lists and exports of the person are removed."),
            _("Trade records, books, decisions and the log stay: they name numbers."),
            _("Papers and answers to forms belong to organisations and stay with them."),
            _("A legal hold on the person stops it."),
        ],
    )
    empty = desk.Empty(_("Nobody was erased"), _("Two operators agree on each."), "user")
    table = ERASURES.read(request, Queried(rights_selectors.erasures()))
    block = desk.FormBlock(form, _("Propose to erase"), title=_("Erase a person"), tone="danger")
    asked = erasure_requests.waiting_requests(may_answer=may)
    side: list[Any] = [block, steps] if may else [steps]
    return desk.show(request, head, [asked, desk.Listed(table, empty)], side)


class IncidentForm(OnceForm):
    """What happened to data."""

    title = forms.CharField(label=gettext_lazy("Heading"), max_length=TITLE_MAX)
    nature = forms.ChoiceField(label=gettext_lazy("What happened"), choices=IncidentNature.choices)
    severity = forms.ChoiceField(label=gettext_lazy("Severity"), choices=Severity.choices)
    noticed_at = _moment(gettext_lazy("Noticed"))
    people_affected = WholeField(
        label=gettext_lazy("People affected"), min_value=0, max_value=10_000_000, initial=0
    )
    text = forms.CharField(
        label=gettext_lazy("What is known"),
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


@page(Role.OPERATOR, Role.AUDITOR)
def incidents(request: PortalRequest) -> HttpResponseBase:
    """Show the incidents, the newest first."""
    report = desk.Link(_("Report an incident"), reverse("portal:incident-new"), "plus", "primary")
    head = desk.Head(
        _("Incidents"),
        _("What happened to data, who was told, and what was learnt."),
        crumbs=crumbs(),
        links=[report],
    )
    empty = desk.Empty(_("No incidents"), _("Report one as soon as it is noticed."), "shield-check")
    table = INCIDENTS.read(request, Queried(rights_selectors.incidents()))
    return desk.show(request, head, [desk.Listed(table, empty)])


@page(Role.OPERATOR, Role.AUDITOR)
@require_http_methods(["GET", "POST"])
@once
def new_incident(request: PortalRequest) -> HttpResponse:
    """Report an incident."""
    form = IncidentForm(request.POST or None)
    made: list[Any] = []

    def report() -> None:
        said = form.values()
        made.append(
            rights_services.report_incident(
                title=said["title"],
                nature=IncidentNature(said["nature"]),
                severity=Severity(said["severity"]),
                noticed_at=_at(said["noticed_at"]),
                people_affected=said["people_affected"],
                text=said["text"],
                by=_by(request),
                now=clock.now(),
            )
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, report):
        return redirect("portal:incident", made[0].pk)
    back = reverse("portal:incidents")
    head = desk.Head(
        _("Report an incident"),
        _("Who is told by when follows from the severity."),
        crumbs=[*crumbs(), (_("Incidents"), back)],
    )
    return desk.show(request, head, [desk.FormBlock(form, _("Report it"), back)])


class TimelineForm(OnceForm):
    """What was done about an incident."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind of entry"), choices=TimelineKind.choices)
    severity = forms.ChoiceField(
        label=gettext_lazy("New severity"),
        choices=[("", "—"), *Severity.choices],
        required=False,
        help_text=gettext_lazy("Only where the severity changes."),
    )
    happened_at = _moment(gettext_lazy("Happened"))
    text = forms.CharField(
        label=gettext_lazy("What was done"),
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class LessonForm(OnceForm):
    """What was learnt, and whether the incident counts in public."""

    lesson = forms.CharField(
        label=gettext_lazy("What was learnt"),
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    is_published = forms.BooleanField(label=gettext_lazy("Count it in public"), required=False)


@page(Role.OPERATOR, Role.AUDITOR)
@require_http_methods(["GET", "POST"])
@once
def incident(request: PortalRequest, incident_id: UUID) -> HttpResponse:
    """Show an incident with its duties and timeline, and write down what was done."""
    found = rights_selectors.incident(incident_id)
    form = TimelineForm(request.POST or None)

    def enter() -> None:
        said = form.values()
        rights_services.add_entry(
            incident_id=found.pk,
            kind=TimelineKind(said["kind"]),
            text=said["text"],
            happened_at=_at(said["happened_at"]),
            severity=Severity(said["severity"]) if said["severity"] else None,
            by=_by(request),
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, enter):
        messages.success(request, _("It is written down."))
        return redirect(request.path)
    close = reverse("portal:incident-close", args=[found.pk])
    may_close = found.closed_at is None and request.actor.has_role(Role.OPERATOR)
    state, severity = incident_state(found), OF_SEVERITY[Severity(found.severity)]
    head = desk.Head(
        found.title,
        str(IncidentNature(found.nature).label),
        crumbs=[*crumbs(), (_("Incidents"), reverse("portal:incidents"))],
        tags=[
            desk.Cell(state.label, tone=state.tone),
            desk.Cell(severity.label, tone=severity.tone),
        ],
        links=[desk.Link(_("Propose to close it"), close, "check")] if may_close else [],
    )
    entry = desk.FormBlock(form, _("Write it down"), title=_("Add an entry"))
    shown: list[Any] = [_told(found), _timeline(found), *_ended(found)]
    return desk.show(request, head, shown, [entry] if found.closed_at is None else [])


def _told(found: Any) -> desk.Sheet:
    now = clock.read()
    return desk.Sheet(
        title=_("Who is told, by when"),
        columns=[desk.Column(_("Who")), desk.Column(_("Until when")), desk.Column(_("State"))],
        rows=[
            [
                desk.Cell(each.kind.label),
                desk.Cell(figures.moment(each.by)),
                desk.Cell(
                    figures.moment(each.told_at) if each.told_at else _("Waits"),
                    tone="bad" if each.is_late(now) else "ok" if each.told_at else "warn",
                ),
            ]
            for each in rights_selectors.duties(found)
        ],
        empty=desk.Empty(_("Nobody has to be told"), _("At this severity."), "shield-check"),
    )


def _timeline(found: Any) -> desk.Sheet:
    return desk.Sheet(
        title=_("Timeline"),
        columns=[desk.Column(_("Happened")), desk.Column(_("Kind of entry")), desk.Column(_("By"))],
        rows=[
            [
                desk.Cell(figures.moment(each.happened_at)),
                desk.Cell(TimelineKind(each.kind).label, note=each.text),
                desk.Cell(f"#{each.entered_by_id}", note=figures.moment(each.entered_at)),
            ]
            for each in rights_selectors.timeline(found.pk)
        ],
        empty=desk.Empty(_("Nothing yet"), ""),
    )


def _ended(found: Any) -> list[desk.Facts]:
    if found.closed_at is None:
        return []
    return [
        desk.Facts(
            _("Closed"),
            [
                (_("When"), desk.Cell(figures.moment(found.closed_at))),
                (_("By"), desk.Cell(f"#{found.proposed_by_id}, #{found.agreed_by_id}")),
                (_("What was learnt"), desk.Cell(found.lesson)),
                (_("Counted in public"), desk.Cell(_("yes") if found.is_published else _("no"))),
            ],
        )
    ]


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def close_incident(request: PortalRequest, incident_id: UUID) -> HttpResponse:
    """Propose to close an incident."""
    found = rights_selectors.incident(incident_id)
    form = LessonForm(request.POST or None)
    back = reverse("portal:incident", args=[found.pk])

    def propose() -> None:
        rights_services.propose_incident_closing(
            incident_id=found.pk,
            lesson=form.cleaned_data["lesson"],
            is_published=form.cleaned_data["is_published"],
            by=_by(request),
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, propose):
        messages.info(request, _("The closing waits until another operator approves it."))
        return redirect(back)
    head = desk.Head(
        _("Close an incident"),
        found.title,
        crumbs=[*crumbs(), (_("Incidents"), reverse("portal:incidents")), (found.title, back)],
    )
    return desk.show(
        request, head, [desk.FormBlock(form, _("Propose to close it"), back)], [_told(found)]
    )


def _by(request: PortalRequest) -> Person:
    return Person(request.actor.person_id, request.actor.organization_id)
