"""The operator's page *System*: how every part is, what is due, and what was set aside."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock, tenancy
from common.errors import NotFound, Refusal
from common.reviews import REASON_MAX, Closing, ReviewKind, ReviewNotFound, Waiting
from config.watch import system as parts
from identity.contracts import Role
from marketplace.portal import reviews
from marketplace.portal.access import PortalRequest, form_only, page
from marketplace.portal.forms import OnceForm, show_refusal
from marketplace.portal.lists.watching import SET_ASIDE, AsideLine
from marketplace.portal.once import once
from marketplace.portal.tables import Given


class CloseForm(OnceForm):
    """Why a row is closed."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_MAX,
        help_text=gettext_lazy("What was found, in a sentence. It is kept."),
    )


@page(Role.OPERATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def system(request: PortalRequest) -> HttpResponseBase:
    """Show how the market is."""
    found = parts.read()
    with tenancy.acting_as_platform():
        groups = [(kind, kind.count(), kind.waiting()) for kind in reviews.KINDS]
    rows = [AsideLine(row, kind) for kind, _count, waiting in groups for row in waiting]
    set_aside = sum(count.rows for _kind, count, _waiting in groups)
    context = {
        "system": found,
        "state": _("Well") if found.is_well else _("Needs a look"),
        "unwell": [part.label for part in found.parts if not part.is_well],
        "set_aside": set_aside,
        "more": set_aside - len(rows),
    }
    table = SET_ASIDE.read(request, Given(rows, row_id=lambda line: line.pk))
    return table.answer("watch/system.html", context)


@page(Role.OPERATOR)
def lamp(request: PortalRequest) -> HttpResponse:
    """Tell in a few lines how the market is: a part of the operator's home, asked for again."""
    found = parts.read()
    context = {
        "system": found,
        "state": _("Well") if found.is_well else _("Needs a look"),
        "unwell": [part.label for part in found.parts if not part.is_well],
        "waiting": [line for line in found.work if line.rows],
    }
    return render(request, "watch/lamp.html", context)


@page(Role.OPERATOR)
@form_only
def retry(request: PortalRequest, kind: str, row_id: str) -> HttpResponse:
    """Have a row tried again; the second of two clicks finds nothing to do."""
    wanted = _kind(kind)
    with tenancy.acting_as_platform():
        tried, _unknown = reviews.retry(wanted, [row_id])
    if tried:
        told = _("%(number)s is tried again.") % {"number": tried[0].number}
        messages.success(request, told)
    else:
        messages.info(request, _("It waits no more: somebody was faster."))
    return redirect("watch:system")


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def close(request: PortalRequest, kind: str, row_id: str) -> HttpResponse:
    """Ask for a reason, say what closing means, and close a row for good."""
    wanted = _kind(kind)
    with tenancy.acting_as_platform():
        row = reviews.row(wanted, row_id)
    form = CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _is_closed(request, wanted, row, form):
        return redirect("watch:system")
    context = {"form": form, "row": row, "label": wanted.label, "means": wanted.means}
    status = 422 if form.errors else 200
    return render(request, "watch/close.html", context, status=status)


def _is_closed(request: PortalRequest, wanted: ReviewKind, row: Waiting, form: CloseForm) -> bool:
    closing = Closing(
        person_id=request.actor.person_id,
        organization_id=request.actor.organization_id,
        reason=form.cleaned_data["reason"],
        now=clock.now(),
    )
    try:
        reviews.close(wanted, row.id, closing)
    except NotFound:
        raise
    except Refusal as refusal:
        show_refusal(form, refusal)
        return False
    messages.success(request, _("%(number)s is closed.") % {"number": row.number})
    return True


def _kind(name: str) -> ReviewKind:
    try:
        return reviews.kind(name)
    except LookupError:
        raise ReviewNotFound from None
