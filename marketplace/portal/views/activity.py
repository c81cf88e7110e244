"""What happened: an organisation's activity, and for oversight the action log of everybody."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import moments
from common.tabular.columns import Column, ColumnType
from common.tabular.writing import csv_text
from identity import selectors as identity_selectors
from identity.events import selectors as events_selectors
from identity.events import telling
from identity.events.contracts import OBJECT_ID_LENGTH_MAX
from identity.events.telling import Told
from marketplace.portal import activity
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import DayFormField
from marketplace.portal.pager import paged

ROWS: Final = 30
FILE_ROWS_MAX: Final = 10_000
DATE: Final = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
COLUMNS: Final = (
    Column("recorded_at", ColumnType.TIME),
    Column("happened_at", ColumnType.TIME),
    Column("name", ColumnType.TEXT),
    Column("object_kind", ColumnType.TEXT),
    Column("object_id", ColumnType.TEXT),
    Column("object_label", ColumnType.TEXT),
    Column("organization_id", ColumnType.TEXT),
    Column("person_id", ColumnType.TEXT),
    Column("api_key_id", ColumnType.TEXT),
    Column("agent_id", ColumnType.TEXT),
    Column("task", ColumnType.TEXT),
    Column("request_id", ColumnType.TEXT),
    Column("concerns", ColumnType.TEXT),
    Column("facts", ColumnType.TEXT),
)


class ActivityForm(forms.Form):
    """Which events to show."""

    kind = forms.ChoiceField(label=gettext_lazy("What happened"), required=False)
    thing = forms.CharField(
        label=gettext_lazy("Number or identifier"),
        required=False,
        max_length=OBJECT_ID_LENGTH_MAX,
    )
    person = forms.EmailField(
        label=gettext_lazy("Person"), required=False, help_text=gettext_lazy("E-mail address.")
    )
    starts_on = DayFormField(label=gettext_lazy("From day"), required=False, widget=DATE)
    ends_on = DayFormField(label=gettext_lazy("To day"), required=False, widget=DATE)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        kind: Any = self.fields["kind"]
        kind.choices = [("", _("Everything")), *activity.choices()]

    def clean(self) -> dict[str, Any]:
        """Check the days together."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("It ends before it begins."))
        return cleaned

    def condition(self) -> Q:
        """Return the condition of the events that were asked for."""
        asked = self.cleaned_data
        first, last = asked["starts_on"], asked["ends_on"]
        found = events_selectors.recorded_between(
            moments.day_period(first).starts_at if first else None,
            moments.day_period(last).ends_at if last else None,
        )
        if asked["kind"]:
            found &= events_selectors.Wanted(name=asked["kind"]).condition()
        if thing := asked["thing"].strip():
            found &= Q(object_id=thing) | Q(object_label=thing)
        if asked["person"]:
            person = identity_selectors.person_by_email(asked["person"])
            found &= Q(person_id=person.pk if person else 0)
        return found


@page()
def activity_page(request: PortalRequest) -> HttpResponse:
    """Show what happened, newest first: of the own organisation, or for oversight everybody's."""
    form = ActivityForm(request.GET)
    rows, pages = paged(_found(request, form), request, size=ROWS, order=("-id",))
    told = telling.told(rows, reader=request.actor)
    query = {name: value for name, value in request.GET.items() if name in form.fields and value}
    context = {
        "form": form,
        "lines": activity.lines(told, reader=request.actor),
        "pages": pages,
        "is_filtered": bool(query),
        "file_address": f"{reverse('portal:activity-file')}?{urlencode(query)}",
        "reads_all": events_selectors.reads_all(request.actor),
    }
    status = 422 if form.errors else 200
    return render(request, "portal/activity.html", context, status=status)


@page()
def activity_file(request: PortalRequest) -> HttpResponse:
    """Answer with the newest of the events as CSV."""
    form = ActivityForm(request.GET)
    if not form.is_valid():
        return redirect(f"{reverse('portal:activity')}?{request.GET.urlencode()}")
    rows = list(_found(request, form).order_by("-id")[:FILE_ROWS_MAX])
    text = csv_text(COLUMNS, map(_cells, telling.told(rows, reader=request.actor)))
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="activity.csv"'
    return response


def _found(request: PortalRequest, form: ActivityForm) -> QuerySet[Any]:
    scope = events_selectors.scope_of(request.actor)
    found = events_selectors.recorded(scope)
    if not form.is_valid():
        return found.none()
    if form.cleaned_data["person"] and scope is not None:
        # Of others' people a member is told nothing, not even by leaving rows out.
        found = found.filter(behalf_id=scope)
    return found.filter(form.condition())


def _cells(told: Told) -> Sequence[str]:
    by = told.by
    return [
        _time(told.recorded_at),
        _time(told.happened_at),
        told.name,
        told.object_kind,
        told.object_id,
        told.object_label,
        str(by.behalf_id or ""),
        str(by.person_id or ""),
        str(by.api_key_id or ""),
        str(by.agent_id or ""),
        by.task,
        by.request_id,
        " ".join(map(str, told.concerns)),
        activity.facts_text(told.facts),
    ]


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
