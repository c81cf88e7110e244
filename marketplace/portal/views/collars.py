"""What a standard hour may cost in a book: everybody reads it, two operators say it."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Forbidden
from identity.approvals import selectors as approvals
from identity.approvals.contracts import Person
from identity.contracts import ResourceClass, Role
from marketplace.baselines import selectors as baselines_selectors
from marketplace.baselines.rows import ReferenceRow
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog import services as catalog_services
from marketplace.catalog.contracts import (
    ABOVE_MAX,
    BAND_MIN,
    BELOW_MAX,
    COLLAR_KIND,
    COLLAR_REASON_MAX,
    Band,
    BookNotFound,
    CollarBase,
    CollarRefused,
)
from marketplace.catalog.rows import BookRow
from marketplace.portal import collar_words, desk
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import ExactField, OnceForm
from marketplace.portal.names import book_name
from marketplace.portal.once import once
from marketplace.portal.templatetags.portal import when

SHOWN: Final = 50
COLUMNS: Final = (
    desk.Column(gettext_lazy("Holds from")),
    desk.Column(gettext_lazy("A standard hour may cost")),
    desk.Column(gettext_lazy("Reference and band")),
    desk.Column(gettext_lazy("Why")),
    desk.Column(gettext_lazy("State"), "state"),
)


def _percent(label: Any, most_bp: int, initial: int) -> ExactField:
    return ExactField(
        label=label,
        min_value=Decimal(BAND_MIN) / 100,
        max_value=Decimal(most_bp) / 100,
        decimal_places=2,
        required=False,
        initial=initial,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


class CollarForm(OnceForm):
    """A reference and the band around it, or nothing: then any price is allowed."""

    reference = ExactField(
        label=gettext_lazy("Reference price of a standard hour"),
        min_value=Decimal("0.000001"),
        decimal_places=6,
        max_digits=13,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=gettext_lazy("In yuan. Empty: the collar ends, and any price is allowed."),
    )
    by_reference = forms.BooleanField(
        label=gettext_lazy("Take the reference price of AI compute with its band"),
        help_text=gettext_lazy("It stays where two operators put it; no index moves it."),
        required=False,
    )
    below = _percent(gettext_lazy("How far below"), BELOW_MAX, 20)
    above = _percent(gettext_lazy("How far above"), ABOVE_MAX, 20)
    reason = forms.CharField(
        label=gettext_lazy("Reason that everybody reads"),
        max_length=COLLAR_REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    suffixes: Final = {"below": "%", "above": "%", "reference": "CNY"}

    def clean(self) -> dict[str, Any]:
        """Check that a reference has its band."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("reference") is not None:
            for name in ("below", "above"):
                if cleaned.get(name) is None and name not in self.errors:
                    self.add_error(name, _("Say how wide the band is."))
        return cleaned

    def band(self, reference: ReferenceRow | None) -> Band:
        """
        Return what was typed, or what the reference price of the class says.

        :raises CollarRefused: if it shall say so and there is none
        """
        cleaned = self.cleaned_data
        if cleaned["by_reference"]:
            if reference is None:
                told = _("no reference price of this class is in force")
                raise CollarRefused(field="by_reference", problem=told)
            return Band(reference.reference, reference.below_bp, reference.above_bp)
        if cleaned["reference"] is None:
            return Band(None)
        return Band(cleaned["reference"], int(cleaned["below"] * 100), int(cleaned["above"] * 100))


@page(Role.OPERATOR, Role.AUDITOR)
@require_http_methods(["GET", "POST"])
@once
def book_collar(request: PortalRequest, resource_class: str, hub: str) -> HttpResponse:
    """Show what a book allows, allowed and will allow; let an operator propose the next."""
    book = catalog_selectors.book(resource_class=resource_class, hub=hub)
    if book is None:
        raise BookNotFound
    may_act, now = request.actor.has_role(Role.OPERATOR), clock.now()
    if request.method == "POST" and not may_act:
        raise Forbidden
    form = CollarForm(request.POST or None)
    if form.is_valid() and desk.is_done(form, lambda: _propose(request, form, book)):
        messages.info(request, _("The collar waits until another operator approves it."))
        return redirect("portal:book-collar", resource_class, hub)
    return desk.show(request, _head(book, now), _main(book, now), _side(form) if may_act else ())


def _propose(request: PortalRequest, form: CollarForm, book: BookRow) -> None:
    catalog_services.propose_collar(
        resource_class=book.resource_class,
        hub=book.hub,
        band=form.band(_reference(book)),
        base=CollarBase.REFERENCE if form.cleaned_data["by_reference"] else CollarBase.INDEX,
        reason=form.cleaned_data["reason"],
        by=Person(request.actor.person_id, request.actor.organization_id),
        now=clock.now(),
    )


def _reference(book: BookRow) -> ReferenceRow | None:
    """Return the reference price that speaks of a book's standard hours: of AI compute alone."""
    if book.resource_class != ResourceClass.AI:
        return None
    return baselines_selectors.reference_in_force(at=clock.now())


def _head(book: BookRow, now: datetime) -> desk.Head:
    found = catalog_selectors.collar_in_force(book_id=book.pk, at=now)
    told = _("Any price is allowed.")
    if found is not None:
        told = _("A standard hour may cost %(limits)s.") % {
            "limits": collar_words.limits(found.low, found.high)
        }
    return desk.Head(
        title=_("Price collar"),
        told=f"{book_name(book)} · {told}",
        crumbs=((_("Clearing desk"), reverse("portal:clearing-desk")),),
    )


def _main(book: BookRow, now: datetime) -> list[Any]:
    found = list(catalog_selectors.collars().filter(book_id=book.pk)[:SHOWN])
    began = max((each.valid_from for each in found if each.valid_from <= now), default=None)
    rows = [
        (
            desk.Cell(when(each.valid_from)),
            desk.Cell(collar_words.limits(each.low, each.high)),
            desk.Cell(collar_words.band(Band(each.reference, each.below_bp, each.above_bp))),
            desk.Cell(_why(each)),
            _state(each.valid_from, began, now),
        )
        for each in found
    ]
    sheet = desk.Sheet(
        title=_("Collars of this book"),
        columns=COLUMNS,
        rows=rows,
        empty=desk.Empty(
            _("No collar yet"),
            _("Any price is allowed until two operators agree on a band around a reference."),
            "adjustments-horizontal",
        ),
    )
    waiting = approvals.waiting(kind=COLLAR_KIND).filter(reference=str(book)).count()
    note = desk.Note(_("A collar of this book waits for another operator's approval."))
    return [note, sheet] if waiting else [sheet]


def _why(collar: Any) -> str:
    if collar.base == CollarBase.REFERENCE:
        return f"{collar.reason} · {CollarBase.REFERENCE.label}"
    if collar.index_day is None:
        return str(collar.reason)
    return _("moved with the index of %(day)s") % {"day": f"{collar.index_day:%Y-%m-%d}"}


def _state(valid_from: datetime, began: datetime | None, now: datetime) -> desk.Cell:
    if valid_from > now:
        return desk.Cell(_("To come"), tone="warn")
    if valid_from == began:
        return desk.Cell(_("In force"), tone="ok")
    return desk.Cell(_("Over"), tone="neutral")


def _side(form: CollarForm) -> list[Any]:
    told = _(
        "Orders and listings outside are refused, when they are placed and when they clear. It"
        " holds 24 hours after another operator approves it, and each day's index moves its"
        " reference."
    )
    return [desk.FormBlock(form, act=_("Propose the collar"), title=_("Another collar"), told=told)]
