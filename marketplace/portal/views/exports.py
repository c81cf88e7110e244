"""Exports of trade records: ask, preview, follow, download, verify."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock, moments
from common.errors import Refusal
from identity.contracts import Actor, Role
from identity.uscc import is_uscc
from ledger import selectors as ledger_selectors
from marketplace.audit import selectors as audit_selectors
from marketplace.audit import services as audit_services
from marketplace.audit.contracts import (
    Estimate,
    ExportFormat,
    ExportKind,
    ExportScope,
    Query,
)
from marketplace.audit.services.requesting import (
    PLATFORM_READERS,
    WAITING,
    export_scope_of,
    kinds_for,
)
from marketplace.portal import figures, names
from marketplace.portal.access import PortalRequest, form_only, page
from marketplace.portal.forms import DayFormField, OnceForm, show_refusal
from marketplace.portal.lists.exports import EXPORTS
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.vouchers import selectors as vouchers_selectors

EXPORTERS: Final = (Role.AUDITOR, Role.OPERATOR, Role.FINANCE, Role.PROVIDER, Role.BUYER)
FORMATS: Final = (
    (ExportFormat.CSV, gettext_lazy("UTF-8 with BOM, opens in Excel")),
    (ExportFormat.XLSX, gettext_lazy("Sheets with a frozen header, for reading")),
    (ExportFormat.PARQUET, gettext_lazy("Typed columns, best for large data")),
    (ExportFormat.JSONL, gettext_lazy("One record a line, for programs")),
)
DATE: Final = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ExportForm(OnceForm):
    """Which records, as what."""

    starts_on = DayFormField(label=gettext_lazy("From day"), widget=DATE)
    ends_on = DayFormField(
        label=gettext_lazy("To day"),
        widget=DATE,
        help_text=gettext_lazy("Included; days of UTC+8, by the time of booking."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Records"))
    party = forms.CharField(
        label=gettext_lazy("Party"),
        required=False,
        max_length=18,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("All; or a credit code")}),
    )
    programme = forms.ChoiceField(label=gettext_lazy("Voucher programme"), required=False)
    file_format = forms.ChoiceField(label=gettext_lazy("Format"), choices=ExportFormat.choices)

    def __init__(self, *args: Any, actor: Actor, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        kinds: Any = self.fields["kind"]
        kinds.choices = [(kind.value, kind.label) for kind in kinds_for(actor)]
        programmes: Any = self.fields["programme"]
        programmes.choices = [
            ("", _("All")),
            *(
                (each.code, f"{each.code} {names.named(each)}")
                for each in vouchers_selectors.programmes()
            ),
        ]
        defaults: dict[str, Any] = {
            "starts_on": today.replace(day=1),
            "ends_on": today,
            "kind": ExportKind.TRADES,
            "file_format": ExportFormat.CSV,
        }
        self.initial.update(defaults)

    def clean_party(self) -> str:
        """Read a social credit code, or nothing."""
        code: str = self.cleaned_data["party"].strip().upper()
        if code and not is_uscc(code):
            raise forms.ValidationError(_("This is no unified social credit code."), code="uscc")
        return code

    def query(self) -> Query:
        """Return what was asked for, in moments."""
        starts_on, ends_on = self.cleaned_data["starts_on"], self.cleaned_data["ends_on"]
        return Query(
            kind=ExportKind(self.cleaned_data["kind"]),
            starts_at=moments.start_of_day(starts_on),
            ends_at=moments.start_of_day(ends_on + timedelta(days=1)),
            party=self.cleaned_data["party"],
            programme=self.cleaned_data["programme"],
        )


@page(*EXPORTERS)
@require_http_methods(["GET", "POST"])
@once
def exports(request: PortalRequest) -> HttpResponse:
    """Show the form, a preview, the jobs and the state of the ledger; queue an export."""
    now = clock.now()
    today = figures.today(now).date()
    form = ExportForm(request.POST or None, actor=request.actor, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            export = audit_services.request_export(
                actor=request.actor,
                query=form.query(),
                file_format=ExportFormat(form.cleaned_data["file_format"]),
                queued_at=now,
            )
        except Refusal as refusal:
            if refusal.field == "ends_at":
                refusal.field = "ends_on"
            show_refusal(form, refusal)
        else:
            export.refresh_from_db(fields=["sequence"])
            messages.success(request, _("%(number)s is queued.") % {"number": export.number})
            return redirect("portal:exports")
    asked = form if form.is_bound else ExportForm(_typed(form), actor=request.actor, today=today)
    context = {
        "form": form,
        "formats": FORMATS,
        "estimate": _estimate(request.actor, asked),
        "integrity": _integrity(request.actor),
        **_jobs(request, now=now),
    }
    return render(request, "portal/exports.html", context, status=422 if form.errors else 200)


@page(*EXPORTERS)
def preview(request: PortalRequest) -> HttpResponse:
    """Answer what an export would be like, before it starts."""
    form = ExportForm(request.GET or None, actor=request.actor, today=figures.today().date())
    context = {"estimate": _estimate(request.actor, form), "form": form}
    return render(request, "portal/parts/export_estimate.html", context)


@page(*EXPORTERS)
def jobs(request: PortalRequest) -> HttpResponse:
    """Answer how far the exports are."""
    return render(request, "portal/parts/export_jobs.html", _jobs(request, now=clock.now()))


@page(*EXPORTERS)
@form_only
def cancel(request: PortalRequest, export_id: UUID) -> HttpResponse:
    """Give up an export that is not finished."""
    audit_services.cancel_export(
        export_id=export_id, organization_id=request.actor.organization_id, now=clock.now()
    )
    messages.success(request, _("The export is cancelled."))
    return redirect("portal:exports")


@page(*EXPORTERS)
@form_only
@once
def again(request: PortalRequest, export_id: UUID) -> HttpResponse:
    """Ask for the same records again."""
    earlier = audit_selectors.export_of(
        export_id=export_id, organization_id=request.actor.organization_id
    )
    audit_services.request_export(
        actor=request.actor,
        query=audit_selectors.query_of(earlier),
        file_format=ExportFormat(earlier.file_format),
        queued_at=clock.now(),
    )
    messages.success(request, _("The export runs again."))
    return redirect("portal:exports")


@page(*EXPORTERS)
def download(request: PortalRequest, export_id: UUID) -> FileResponse:
    """Send the archive: data, manifest, verifier."""
    export, path = audit_selectors.download_of(
        export_id=export_id, organization_id=request.actor.organization_id
    )
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{export.number}.zip")


def _typed(form: ExportForm) -> dict[str, Any]:
    """Return the form's first values as if they had been typed."""
    return {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}


def _estimate(actor: Actor, form: ExportForm) -> Estimate | None:
    """Return the size of what is asked for; nothing if it cannot be asked like that."""
    if not form.is_valid():
        return None
    query = form.query()
    if query.starts_at >= query.ends_at:
        return None
    return audit_selectors.estimate(
        query=query,
        file_format=ExportFormat(form.cleaned_data["file_format"]),
        owner_id=audit_selectors.owner_of(
            export_scope_of(actor, query.kind), actor.organization_id
        ),
    )


def _jobs(request: PortalRequest, *, now: datetime) -> dict[str, Any]:
    """Return a page of the organisation's exports with their progress."""
    exports = audit_selectors.exports_of(request.actor.organization_id)

    def dress(found: Sequence[Any]) -> list[dict[str, Any]]:
        return [_job(export, now) for export in found]

    # The part of the page that renews itself carries on the cursor of the whole page.
    table = EXPORTS.read(request, Queried(exports), dress=dress, path=reverse("portal:exports"))
    is_moving = any(row.it["is_waiting"] for row in table.rows)
    return {"exports_table": table, "pages": table.pages, "is_moving": is_moving}


def _job(export: Any, now: datetime) -> dict[str, Any]:
    return {
        "export": export,
        "progress": audit_selectors.progress_of(export, now=now),
        "days_left": (export.expires_at - now).days if export.expires_at else None,
        "is_waiting": export.state in WAITING,
        "again_key": uuid4(),
        "is_whole_market": export.scope == ExportScope.PLATFORM,
    }


def _integrity(actor: Actor) -> dict[str, Any] | None:
    """Return the head of the sealed ledger and its totals, to those who see all of it."""
    if not actor.has_role(*PLATFORM_READERS):
        return None
    lines = [line for line in ledger_selectors.trial_balance() if line.asset == "CNY"]
    debits = sum(line.debits for line in lines)
    return {
        "head": ledger_selectors.head(),
        "debits": debits,
        "difference": debits - sum(line.credits for line in lines),
    }
