"""Many resources from one file: uploaded, looked at row by row, entered once."""

from typing import Any, Final
from urllib.parse import urlencode
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
from common.errors import Refusal
from identity import selectors as identity_selectors
from identity.contracts import Role
from identity.files import services as files_services
from marketplace.catalog.contracts import SOURCE_LENGTH_MAX
from marketplace.importing import capacity
from marketplace.importing.capacity import uploads
from marketplace.importing.contracts import ImportedCapacity
from marketplace.portal import brought
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.capacity_outcome import CapacityOutcome, outcome_of
from marketplace.portal.forms import OnceForm, show_refusal
from marketplace.portal.once import once

PURPOSE: Final = "capacity.import"
KEPT_FOR: Final = uploads.KEPT_FOR
POOLS_SHOWN_MAX: Final = 50
ACCEPTS: Final = ".csv,.xlsx,.json,.txt"
SEEN: Final = "seen"


def pool_field() -> forms.ChoiceField:
    """Return the choice of a pool for new codes, which `offer_pools` fills."""
    return forms.ChoiceField(
        label=gettext_lazy("Pool"),
        required=False,
        choices=[("", gettext_lazy("None: the layout in use"))],
        help_text=gettext_lazy("In a pool its code is of layout 2 and holds no credit code."),
    )


def offer_pools(request: PortalRequest, form: forms.Form) -> None:
    """Let one of the provider's pools be chosen."""
    own = identity_selectors.pools_of(request.actor.organization_id)[:POOLS_SHOWN_MAX]
    field: Any = form.fields["pool"]
    field.choices = [
        *field.choices,
        *((each.prefix, f"{each.prefix} {each.name}") for each in own),
    ]


class UploadForm(OnceForm):
    """A file, and the name of what it lists."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPTS}),
        error_messages={"required": gettext_lazy("Choose a file.")},
    )
    source = forms.CharField(
        label=gettext_lazy("Name of the source"),
        max_length=SOURCE_LENGTH_MAX,
        required=False,
        help_text=gettext_lazy(
            "Only if several sites number their rows alike: rows are known by source and serial."
        ),
    )
    pool = pool_field()


class ConfirmForm(OnceForm):
    """How the rows of the file are taken."""

    source = forms.CharField(widget=forms.HiddenInput, max_length=SOURCE_LENGTH_MAX, required=False)
    updates_prices = forms.BooleanField(
        label=gettext_lazy("Let listings take a lower price from the file"), required=False
    )
    pool = forms.CharField(widget=forms.HiddenInput, max_length=96, required=False)
    is_strict = forms.BooleanField(
        label=gettext_lazy("All or nothing: one refused row stops the file"), required=False
    )


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def resources_from_file(request: PortalRequest) -> HttpResponse:
    """Take a file of resources, and lead to what it would do."""
    form = UploadForm(request.POST or None, request.FILES or None)
    offer_pools(request, form)
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
    return render(request, "portal/capacity_import.html", context, status=status)


def _kept(request: PortalRequest, form: UploadForm) -> str:
    """Keep the file for a day, once it was found to be one that can be read."""
    file_id = brought.keep(
        request,
        form,
        purpose=PURPOSE,
        kept_for=KEPT_FOR,
        read=lambda file_id: _read(request, file_id),
    )
    if file_id is None:
        return ""
    query = urlencode({name: form.cleaned_data[name] for name in ("source", "pool")})
    return f"{reverse('portal:capacity-import-file', args=[file_id])}?{query}"


def _read(request: PortalRequest, file_id: UUID) -> uploads.Upload:
    file, content = files_services.open_for(request.actor, file_id=file_id, now=clock.now())
    with content:
        return uploads.read(content.read(), media_type=file.media_type)


@page(Role.PROVIDER)
@require_safe
def resources_template(request: PortalRequest) -> HttpResponse:  # noqa: ARG001 - a page's signature
    """Give an example of the table, with all its columns."""
    response = HttpResponse(uploads.template(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="resources.csv"'
    return response


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def resources_in_file(request: PortalRequest, file_id: UUID) -> HttpResponse:
    """Show what a file would do, and do it once that was read."""
    asked = {name: request.GET.get(name, "") for name in ("source", "pool")}
    form = ConfirmForm(request.POST or None, initial=asked)
    told = _told(request, file_id, form)
    is_read = request.POST.get(SEEN) == told.mark and request.POST.get("step") != "preview"
    if request.method == "POST" and form.is_valid() and is_read and not told.does_nothing:
        imported = _enter(request, file_id, form)
        if imported is not None:
            messages.success(request, _said(imported))
            return redirect("portal:resources")
    context = {"form": form, "told": told, "phases": _phases(1), "file_id": file_id}
    status = 422 if form.errors else 200
    return render(request, "portal/capacity_import_file.html", context, status=status)


@page(Role.PROVIDER)
@require_safe
def outcome_of_file(request: PortalRequest, file_id: UUID) -> HttpResponse:
    """Show what a file would do as the boxes are ticked, or give all of it as a table."""
    form = ConfirmForm(request.GET)
    told = _told(request, file_id, form)
    if request.GET.get("export") == "csv":
        response = HttpResponse(told.as_csv(), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="resources-checked.csv"'
        return response
    return render(request, "portal/parts/capacity_outcome.html", {"told": told, "file_id": file_id})


def _options(form: ConfirmForm) -> dict[str, Any]:
    """Return how rows are taken, as far as it was said."""
    is_sent = form.is_bound
    values = form.data if is_sent else {}
    source = str(values.get("source", "") if is_sent else form["source"].value() or "")
    pool = str(values.get("pool", "") if is_sent else form["pool"].value() or "")
    return {
        "source": source[:SOURCE_LENGTH_MAX],
        "pool": pool[:96],
        "updates_prices": bool(values.get("updates_prices")),
        "is_strict": bool(values.get("is_strict")),
    }


def _told(request: PortalRequest, file_id: UUID, form: ConfirmForm) -> CapacityOutcome:
    return outcome_of(
        _read(request, file_id),
        provider_id=request.actor.organization_id,
        now=clock.now(),
        **_options(form),
    )


def _enter(request: PortalRequest, file_id: UUID, form: ConfirmForm) -> ImportedCapacity | None:
    upload, now = _read(request, file_id), clock.now()
    try:
        return capacity.import_capacity(
            provider_id=request.actor.organization_id,
            rows=upload.file.rows,
            prices=None,
            available_from=now,
            now=now,
            unreadable=len(upload.file.bad),
            **_options(form),
        )
    except Refusal as refusal:
        show_refusal(form, refusal)
        return None


def _said(imported: ImportedCapacity) -> str:
    return ngettext(
        "%(count)s resource is registered, %(listed)s listed, %(repriced)s with a new price.",
        "%(count)s resources are registered, %(listed)s listed, %(repriced)s with a new price.",
        imported.resources,
    ) % {
        "count": imported.resources,
        "listed": imported.listings,
        "repriced": imported.repriced,
    }


def _phases(now: int) -> list[dict[str, Any]]:
    labels = (_("Choose a file"), _("Read what it would do"), _("Enter it"))
    return [
        {"label": label, "state": "done" if place < now else "now" if place == now else ""}
        for place, label in enumerate(labels)
    ]


def _columns() -> list[tuple[str, str]]:
    """Return what each column of the table holds, the required ones first."""
    return [
        ("name", _("how it is called, up to 120 characters")),
        ("region", _("GB/T 2260 code of six digits")),
        ("class", "GENERAL · AI · HPC"),
        ("form", "BARE_METAL · VM · CONTAINER · API"),
        ("unit", "card · vcpu · node"),
        ("quantity", _("whole number of units")),
        ("chip", _("of cards: any name that the identifier profile knows")),
        ("serial", _("your own number, up to 8 capitals and digits: by it the row is known again")),
        (
            "price_unit, unit_price",
            _(
                "standard_hour or unit_hour, and yuan; without them the"
                " resource is registered and not listed"
            ),
        ),
        (
            "name_en, memory_gb, industry, pue, vouchers, least_quantity, least_seconds",
            _("as on the pages; may be left out"),
        ),
    ]
