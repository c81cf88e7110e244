"""Audits of capacity as lists: the audits, the draws, and what suppliers qualify with."""

from collections.abc import Sequence
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
from common.errors import Forbidden
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.assurance import audit_selectors
from marketplace.assurance import services as assurance_services
from marketplace.assurance.audit_contracts import DRAWN_MAX, DUE_DAYS_MAX, OVER, REASON_MAX
from marketplace.portal import audit_words, desk, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import DayFormField, OnceForm, OrganizationField, WholeField
from marketplace.portal.lists.capacity_audits import CAPACITY_AUDITS
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.portal.templatetags.portal import when
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers import services as vouchers_services
from marketplace.vouchers.supplier_contracts import REFERENCE_MAX, SIZE_MAX

AUDITORS: Final = (Role.OPERATOR, Role.AUDITOR)
ROWS_SHOWN: Final = 50


def _whole(label: Any, most: int, *, required: bool = True, **options: Any) -> WholeField:
    return WholeField(
        label=label,
        min_value=0 if not required else 1,
        max_value=most,
        required=required,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        **options,
    )


class AuditForm(OnceForm):
    """Whom to audit, why, and until when."""

    supplier = OrganizationField(
        label=gettext_lazy("Supplier"), help_text=gettext_lazy("Unified social credit code.")
    )
    due_on = DayFormField(label=gettext_lazy("Due on"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=REASON_MAX, widget=forms.Textarea({"rows": 3})
    )


class DrawForm(OnceForm):
    """How many suppliers are drawn, and how long their audits may take."""

    count = _whole(gettext_lazy("Suppliers"), DRAWN_MAX, initial=3)
    due_days = _whole(gettext_lazy("Days that an audit may take"), DUE_DAYS_MAX, initial=30)


class DrawSeedForm(OnceForm):
    """The seed that was committed to."""

    seed = forms.CharField(
        label=gettext_lazy("Seed"),
        max_length=128,
        help_text=gettext_lazy("In hexadecimal, as it was shown when it was committed to."),
    )


class SupplierSizeForm(OnceForm):
    """What a supplier qualifies with, and the document that proves it."""

    supplier = OrganizationField(
        label=gettext_lazy("Supplier"), help_text=gettext_lazy("Unified social credit code.")
    )
    pflops = _whole(gettext_lazy("Computing power in PFLOPS"), SIZE_MAX, required=False)
    racks = _whole(gettext_lazy("Racks"), SIZE_MAX, required=False)
    reference = forms.CharField(label=gettext_lazy("Document"), max_length=REFERENCE_MAX)


def person_of(request: PortalRequest) -> Person:
    """Return who acts, and for which organisation."""
    return Person(request.actor.person_id, request.actor.organization_id)


def scope_of(request: PortalRequest) -> dict[str, UUID]:
    """Return whose audits the reader sees; nothing to narrow for those who audit."""
    is_auditing = request.actor.has_role(*AUDITORS)
    return {} if is_auditing else {"supplier_id": request.actor.organization_id}


@page(*AUDITORS, Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def capacity_audits(request: PortalRequest) -> HttpResponseBase:
    """Show audits, those under way in words; those who audit open others."""
    is_auditing = request.actor.has_role(*AUDITORS)
    if request.method == "POST" and not is_auditing:
        raise Forbidden
    form = AuditForm(request.POST or None)

    def act() -> object:
        said = form.values()
        return assurance_services.open_audit(
            supplier_id=said["supplier"].pk,
            reason=said["reason"],
            due_on=said["due_on"],
            by=person_of(request),
            now=clock.now(),
        )

    fields = {"supplier_id": "supplier"}
    if request.method == "POST" and form.is_valid() and desk.is_done(form, act, fields):
        messages.success(request, _("The audit is open, with what the market knows."))
        return redirect("portal:capacity-audits")
    found = audit_selectors.audits(**scope_of(request))
    count = found.exclude(state__in=OVER).count()
    links = [
        desk.Link(_("Draws"), reverse("portal:audit-draws")),
        desk.Link(_("What suppliers qualify with"), reverse("portal:supplier-sizes")),
    ]
    head = desk.Head(
        _("Capacity audits"),
        _("Whether suppliers have the capacity that they qualify with; under way: %(count)s.")
        % {"count": count},
        links=links if is_auditing else (),
    )
    empty = desk.Empty(
        _("No audit"),
        _("An audit compares what a supplier claims with register, hardware, meters and power."),
        "shield-check",
    )
    table = CAPACITY_AUDITS.read(request, Queried(found))
    block = desk.FormBlock(form, _("Open the audit"), title=_("Audit a supplier"))
    return desk.show(request, head, [desk.Listed(table, empty)], [block] if is_auditing else [])


@page(*AUDITORS)
@require_http_methods(["GET", "POST"])
@once
def audit_draws(request: PortalRequest) -> HttpResponse:
    """Show the draws of audits; commit to another."""
    form = DrawForm(request.POST or None)
    made: list[str] = []

    def commit() -> None:
        said = {"by": person_of(request), "now": clock.now(), **form.values()}
        made.append(assurance_services.commit_audits(**said)[1])

    if request.method == "POST" and form.is_valid() and desk.is_done(form, commit):
        told = _("Keep this seed, it is shown once and draws the audits: %(seed)s")
        messages.success(request, told % {"seed": made[0]})
        return redirect("portal:audit-draws")
    head = desk.Head(
        _("Draws of audits"),
        _("A seed is committed to before suppliers are known; it draws those that are audited."),
        crumbs=[(_("Capacity audits"), reverse("portal:capacity-audits"))],
    )
    asking = vouchers_selectors.programmes_that_ask_for_size(at=clock.now())
    told = _("Programmes that ask how large a supplier is: %(codes)s.") % {
        "codes": ", ".join(asking) or _("none")
    }
    block = desk.FormBlock(form, _("Commit to a draw"), title=_("New draw"))
    return desk.show(request, head, [_draws()], [block, desk.Note(told)])


def _draws() -> desk.Sheet:
    return desk.Sheet(
        _("Draws"),
        [
            desk.Column(_("Number")),
            desk.Column(_("Suppliers"), "number"),
            desk.Column(_("Commitment")),
            desk.Column(_("Seed")),
            desk.Column(_("Drawn")),
            desk.Column(_("Act"), "act"),
        ],
        [_draw(each) for each in audit_selectors.audit_draws()[:ROWS_SHOWN]],
        desk.Empty(_("No draws"), _("Commit to one before you know whom it draws.")),
    )


def _draw(each: Any) -> Sequence[desk.Cell]:
    drawing = desk.Link(
        _("Draw it"), reverse("portal:audit-draw", args=[each.pk]), about=each.number
    )
    told = _("%(drawn)s of %(names)s") % {"drawn": len(each.drawn), "names": len(each.names)}
    return [
        desk.Cell(each.number, when(each.committed_at)),
        desk.Cell(str(each.count)),
        desk.Cell(each.commitment[:12], is_code=True, copied=each.commitment),
        desk.Cell(each.seed[:12] or "—", is_code=True, copied=each.seed),
        desk.Cell(", ".join(each.drawn[:20]) or "—", told if each.drawn_at else ""),
        desk.Cell(links=[drawing] if each.drawn_at is None else []),
    ]


@page(*AUDITORS)
@require_http_methods(["GET", "POST"])
@once
def audit_draw(request: PortalRequest, draw_id: UUID) -> HttpResponse:
    """Draw suppliers by the seed that was committed to, and open their audits."""
    found = audit_selectors.audit_draw(draw_id)
    form, back = DrawSeedForm(request.POST or None), reverse("portal:audit-draws")

    def act() -> object:
        return assurance_services.draw_audits(
            draw_id=found.pk, by=person_of(request), now=clock.now(), **form.values()
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, act):
        messages.success(request, _("The suppliers are drawn, and their audits open."))
        return redirect(back)
    head = desk.Head(
        _("Draw audits"),
        _("%(number)s draws from the suppliers that programmes rely on.")
        % {"number": found.number},
        crumbs=[(_("Draws of audits"), back)],
    )
    return desk.show(request, head, [desk.FormBlock(form, _("Draw it"), back)])


@page(*AUDITORS)
@require_http_methods(["GET", "POST"])
@once
def supplier_sizes(request: PortalRequest) -> HttpResponse:
    """Show what suppliers qualify with; an operator proposes another size."""
    is_operator = request.actor.has_role(Role.OPERATOR)
    if request.method == "POST" and not is_operator:
        raise Forbidden
    form = SupplierSizeForm(request.POST or None)

    def act() -> object:
        said = form.values()
        return vouchers_services.propose_supplier_size(
            supplier_id=said.pop("supplier").pk, by=person_of(request), now=clock.now(), **said
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, act):
        messages.info(request, _("The size waits until another operator approves it."))
        return redirect("portal:supplier-sizes")
    head = desk.Head(
        _("What suppliers qualify with"),
        _("Programmes that ask for computing power or racks look here; the newest row counts."),
        crumbs=[(_("Capacity audits"), reverse("portal:capacity-audits"))],
    )
    block = desk.FormBlock(form, _("Propose this size"), title=_("Qualify a supplier"))
    return desk.show(request, head, [_sizes()], [block] if is_operator else [])


def _sizes() -> desk.Sheet:
    return desk.Sheet(
        _("Sizes"),
        [
            desk.Column(_("Supplier")),
            desk.Column(_("Size")),
            desk.Column(_("How it is known")),
            desk.Column(_("Document")),
            desk.Column(_("Holds from")),
        ],
        [
            [
                desk.Cell(names.named(each.supplier), each.supplier.uscc),
                desk.Cell(audit_words.size_words(each)),
                desk.Cell(each.get_origin_display()),
                desk.Cell(each.reference),
                desk.Cell(when(each.valid_from)),
            ]
            for each in vouchers_selectors.supplier_sizes()[:ROWS_SHOWN]
        ],
        desk.Empty(_("No supplier"), _("Two operators agree on what a supplier qualifies with.")),
    )
