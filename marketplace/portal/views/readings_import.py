"""Readings from a file: uploaded, looked at, and taken once that was read."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from common import clock
from common.canonical import content_hash
from identity.contracts import Role
from identity.files import services as files_services
from marketplace.importing.usage import uploads
from marketplace.portal import brought, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.once import once
from metering import selectors as metering_selectors

PURPOSE: Final = "readings.import"
ACCEPTS: Final = ".csv,.xlsx,.json,.jsonl,.txt"
SHOWN_MAX: Final = 200
METERS_MAX: Final = 1_000  # of which units and names are read, and lines of the template
SEEN: Final = "seen"


class ReadingsForm(OnceForm):
    """A file of readings."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPTS}),
        error_messages={"required": gettext_lazy("Choose a file.")},
    )
    meter = forms.TypedChoiceField(
        label=gettext_lazy("Meter of the jobs"),
        coerce=UUID,
        required=False,
        empty_value=None,
        help_text=gettext_lazy(
            "For a table of jobs alone: sacct as text between bars or as JSON, or lines with"
            " job_id, gpu_num, state, start_time, end_time. What they held counts for this meter."
        ),
    )

    def __init__(self, *args: Any, meters: list[Any], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["meter"]
        told = [(each.pk, f"{each.name} · {names.named(each.resource)}") for each in meters]
        field.choices = [("", _("none")), *told]


class TakeReadingsForm(OnceForm):
    """The readings are taken as they were shown."""


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def readings_from_file(request: PortalRequest) -> HttpResponse:
    """Take a file of readings, and lead to what would come of it."""
    form = ReadingsForm(request.POST or None, request.FILES or None, meters=_meters(request))
    if request.method == "POST" and form.is_valid():
        address = _kept(request, form)
        if address:
            return redirect(address)
    context = {
        "form": form,
        "phases": _phases(0),
        "most": settings.FILES_BYTES_MAX,
        "rows_max": uploads.ROWS_MAX,
        "columns": _columns(),
    }
    status = 422 if form.errors else 200
    return render(request, "portal/readings_import.html", context, status=status)


def _kept(request: PortalRequest, form: ReadingsForm) -> str:
    """Keep the file for a day, once it was found to be one that can be read."""
    file_id = brought.keep(
        request,
        form,
        purpose=PURPOSE,
        kept_for=uploads.KEPT_FOR,
        read=lambda file_id: _read(request, file_id, form.cleaned_data["meter"]),
    )
    address = reverse("portal:readings-import-file", args=[file_id]) if file_id else ""
    meter_id = form.cleaned_data["meter"]
    return f"{address}?meter={meter_id}" if address and meter_id else address


def _asked_meter(request: PortalRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("meter", ""))
    except ValueError:
        return None


def _read(request: PortalRequest, file_id: UUID, meter_id: UUID | None) -> uploads.ReadingsFile:
    file, content = files_services.open_for(request.actor, file_id=file_id, now=clock.now())
    with content:
        return uploads.read(
            content.read(),
            media_type=file.media_type,
            provider_id=request.actor.organization_id,
            units={each.pk: each.metric.unit for each in _meters(request)},
            jobs_meter=_counting(request, meter_id),
        )


def _counting(request: PortalRequest, meter_id: UUID | None) -> Any:
    if meter_id is None:
        return None
    own = metering_selectors.meters_that_count(provider_id=request.actor.organization_id)
    return next((each for each in own if each.id == meter_id), None)


def _meters(request: PortalRequest) -> list[Any]:
    return list(metering_selectors.meters_for(request.actor)[:METERS_MAX])


@page(Role.PROVIDER)
@require_safe
def readings_template(request: PortalRequest) -> HttpResponse:
    """Give an example of the table: the last full hour of each of the provider's meters."""
    ends_at = clock.now().replace(minute=0, second=0, microsecond=0)
    starts_at = ends_at - timedelta(hours=1)
    text = uploads.template((each.pk, starts_at, ends_at) for each in _meters(request))
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="readings.csv"'
    return response


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def readings_in_file(request: PortalRequest, file_id: UUID) -> HttpResponse:
    """Show what would come of a file's readings, and take them once that was read."""
    form = TakeReadingsForm(request.POST or None)
    provider_id, now = request.actor.organization_id, clock.now()
    file = _read(request, file_id, _asked_meter(request))
    told = uploads.tried(file, provider_id=provider_id, now=now)
    mark = _mark(told)
    is_read = request.POST.get(SEEN) == mark
    if request.method == "POST" and form.is_valid() and is_read and told.new:
        taken = uploads.take(file, provider_id=provider_id, now=now)
        messages.success(request, _said(taken))
        return redirect("portal:metering")
    context = {
        "form": form,
        "told": told,
        "mark": mark,
        "phases": _phases(1),
        "rows": [(row.line, uploads.sentence(row)) for row in told.refused[:SHOWN_MAX]],
        "hidden": max(len(told.refused) - SHOWN_MAX, 0),
        "lines": _lines(request, file),
        "more": max(len(file.readings) - SHOWN_MAX, 0),
    }
    status = 422 if form.errors else 200
    return render(request, "portal/readings_import_file.html", context, status=status)


def _mark(told: uploads.TakenReadings) -> str:
    """Return a mark of all that was told: what is confirmed is what was read."""
    refused = [[row.line, row.code] for row in told.refused]
    return content_hash([told.new, told.known, refused])


def _lines(request: PortalRequest, file: uploads.ReadingsFile) -> list[dict[str, Any]]:
    called = {each.pk: (each.name, names.named(each.resource)) for each in _meters(request)}
    return [
        {
            "number": number,
            "reading": reading,
            "meter": called.get(reading.meter_id, (str(reading.meter_id), "")),
        }
        for number, reading in file.readings[:SHOWN_MAX]
    ]


def _said(taken: uploads.TakenReadings) -> str:
    return ngettext(
        "%(count)s reading is taken, %(known)s were known, %(refused)s refused.",
        "%(count)s readings are taken, %(known)s were known, %(refused)s refused.",
        taken.new,
    ) % {"count": taken.new, "known": taken.known, "refused": len(taken.refused)}


def _phases(now: int) -> list[dict[str, Any]]:
    labels = (_("Choose a file"), _("Read what would come of it"), _("Take the readings"))
    return [
        {"label": label, "state": "done" if place < now else "now" if place == now else ""}
        for place, label in enumerate(labels)
    ]


def _columns() -> list[tuple[str, str]]:
    """Return what each column of the table holds."""
    return [
        ("meter", _("identifier of the meter, as its page and the template say it")),
        (
            "from, to",
            _("moments; those that name no zone are the market's, such as 2026-11-20 14:00"),
        ),
        ("quantity", _("what was counted, in the unit of the meter, in plain digits")),
        ("id", _("your own name of the reading; without it, meter and times name it")),
        ("unit", _("may be left out: the unit of the meter")),
    ]
