"""Whether a book trades: operators halt it and resume it, everybody reads why."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Refusal
from identity.approvals import selectors as approvals_selectors
from identity.approvals.contracts import Person, Proposed
from identity.contracts import Role
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.contracts import BookNotFound
from marketplace.catalog.rows import BookRow
from marketplace.orders import selectors as orders_selectors
from marketplace.orders import services as orders_services
from marketplace.orders.contracts import HALT_KIND, HALT_REASON_MAX, RESUME_KIND
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm, show_refusal
from marketplace.portal.lists.watching import HALTS, HaltLine
from marketplace.portal.names import book_name
from marketplace.portal.once import once
from marketplace.portal.tables import Queried

AT_ONCE, UNTIL_RESUMED = "once", "until"
LENGTHS: Final = (
    (AT_ONCE, gettext_lazy("At once, for one hour: by me alone")),
    (UNTIL_RESUMED, gettext_lazy("Until two operators resume it: another operator approves first")),
)


class ResumeForm(OnceForm):
    """Why trade is taken up again."""

    reason = forms.CharField(
        label=gettext_lazy("Reason that everybody reads"),
        max_length=HALT_REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class HaltForm(ResumeForm):
    """Why a book is halted, and for how long."""

    length = forms.ChoiceField(
        label=gettext_lazy("How long"),
        choices=LENGTHS,
        initial=AT_ONCE,
        help_text=gettext_lazy("One person alone halts a book once in 24 hours."),
    )


@page(Role.OPERATOR, Role.AUDITOR)
@require_http_methods(["GET", "POST"])
@once
def book_trade(request: PortalRequest, resource_class: str, hub: str) -> HttpResponseBase:
    """Show whether a book trades and its halts; let an operator halt or resume it."""
    book = catalog_selectors.book(resource_class=resource_class, hub=hub)
    if book is None:
        raise BookNotFound
    now = clock.now()
    halt = orders_selectors.halt_in_force(book_id=book.pk, at=now)
    stays = halt is not None and halt.until is None
    may_act = request.actor.has_role(Role.OPERATOR)
    form_class = ResumeForm if stays else HaltForm
    # What is halted for an hour can only be halted for longer.
    proposed = {"length": UNTIL_RESUMED if halt else AT_ONCE}
    form = form_class(request.POST or None, initial=proposed) if may_act else None
    if request.method == "POST" and form is not None and form.is_valid():
        act = _resume if stays else _halt
        if act(request, form, book):
            return redirect("portal:book-trade", resource_class, hub)
    context = {
        "form": form,
        "book": {"resource_class": book.resource_class, "hub": book.hub},
        "name": book_name(book),
        "halt": _told(halt) if halt else None,
        "stays": stays,
        "waiting": _waiting(book),
        "orders_waiting": orders_selectors.waiting_count(book_id=book.pk),
    }
    status = 422 if form is not None and form.errors else 200
    found = Queried(orders_selectors.halts().filter(book_id=book.pk))
    table = HALTS.read(request, found, dress=lambda page: [HaltLine(each, now) for each in page])
    return table.answer("portal/book_trade.html", context, status=status)


def _told(halt: Any) -> dict[str, Any]:
    return {"reason": halt.reason, "since": halt.since, "until": halt.until}


def _waiting(book: BookRow) -> int:
    """Return how many proposals about the book's trade wait for another operator."""
    return sum(
        approvals_selectors.waiting(kind=kind).filter(reference=str(book)).count()
        for kind in (HALT_KIND, RESUME_KIND)
    )


def _asked(request: PortalRequest, form: ResumeForm, book: BookRow) -> dict[str, Any]:
    return {
        "resource_class": book.resource_class,
        "hub": book.hub,
        "reason": form.cleaned_data["reason"],
        "by": Person(request.actor.person_id, request.actor.organization_id),
        "now": clock.now(),
    }


def _halt(request: PortalRequest, form: ResumeForm, book: BookRow) -> bool:
    is_alone = form.cleaned_data["length"] == AT_ONCE
    act = orders_services.halt_book if is_alone else orders_services.propose_halt
    try:
        made = act(**_asked(request, form, book))
    except Refusal as refusal:
        show_refusal(form, refusal)
        return False
    if isinstance(made, Proposed):
        messages.info(request, _("The halt waits until another operator approves it."))
    else:
        messages.success(request, _("Trading is halted for one hour; those who trade are told."))
    return True


def _resume(request: PortalRequest, form: ResumeForm, book: BookRow) -> bool:
    try:
        orders_services.propose_resume(**_asked(request, form, book))
    except Refusal as refusal:
        show_refusal(form, refusal)
        return False
    messages.info(request, _("Trade is taken up again once another operator approves it."))
    return True
