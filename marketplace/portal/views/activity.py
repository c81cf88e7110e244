"""What happened: an organisation's activity, and for oversight the action log of everybody."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from common.tabular.columns import Column, ColumnType
from common.tabular.writing import csv_text
from identity.events import selectors as events_selectors
from identity.events import telling
from identity.events.telling import Told
from marketplace.portal import activity
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.lists.activity import ACTION_LOG, ACTIVITY
from marketplace.portal.tables import BoundTable, Queried

FILE_ROWS_MAX: Final = 10_000
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


@page()
def activity_page(request: PortalRequest) -> HttpResponseBase:
    """Show what happened, newest first: of the own organisation, or for oversight everybody's."""
    table = _table(request)
    query = table.asked.kept().urlencode()
    context = {
        "file_address": f"{reverse('portal:activity-file')}?{query}",
        "reads_all": events_selectors.reads_all(request.actor),
    }
    return table.answer("portal/activity.html", context)


@page()
def activity_file(request: PortalRequest) -> HttpResponse:
    """Answer with the newest of the events as CSV, with everything that is recorded of each."""
    table = _table(request)
    if table.narrowing and table.narrowing.errors:
        return redirect(f"{reverse('portal:activity')}?{request.GET.urlencode()}")
    told = telling.told(table.first(FILE_ROWS_MAX), reader=request.actor)
    text = csv_text(COLUMNS, map(_cells, told))
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="activity.csv"'
    return response


def _table(request: PortalRequest) -> BoundTable:
    reader = request.actor
    declared = ACTION_LOG if events_selectors.reads_all(reader) else ACTIVITY
    found = events_selectors.recorded(events_selectors.scope_of(reader)).order_by("-id")

    def lines(page: Sequence[Any]) -> list[activity.EventLine]:
        return activity.lines(telling.told(page, reader=reader), reader=reader)

    return declared.read(request, Queried(found), dress=lines)


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
