"""An issuer takes a voucher back by two persons; both sides read what is wanted back."""

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

from common import clock, tenancy
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.claims import selectors as claims_selectors
from marketplace.claims import services as claims_services
from marketplace.claims.contracts import (
    EVIDENCE_LENGTH_MAX,
    REASON_LENGTH_MAX,
    REFERENCE_LENGTH_MAX,
    RecoveryState,
)
from marketplace.portal import desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.lists.recoveries import RECOVERIES
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.settlement import selectors as settlement_selectors
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers.terms import ClawBackGround

READERS: Final = (Role.PROVIDER, Role.BUYER, Role.ISSUER, Role.AUDITOR, Role.FINANCE)


class ClawBackForm(OnceForm):
    """Why a voucher is taken back, and what proves it."""

    ground = forms.ChoiceField(label=gettext_lazy("Ground"), choices=ClawBackGround.choices)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    evidence = forms.CharField(
        label=gettext_lazy("Evidence"),
        max_length=EVIDENCE_LENGTH_MAX,
        help_text=gettext_lazy("Which files, contracts or findings prove it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RepaidForm(OnceForm):
    """Under which reference something was paid back."""

    payment_reference = forms.CharField(
        label=gettext_lazy("Reference of the payment"), max_length=REFERENCE_LENGTH_MAX
    )


@page(Role.ISSUER)
@require_http_methods(["GET", "POST"])
@once
def take_back(request: PortalRequest, voucher_id: UUID) -> HttpResponse:
    """Propose that a voucher is taken back, and what it paid; another person decides."""
    issuer_id = request.actor.organization_id
    found = vouchers_selectors.voucher(voucher_id=voucher_id, issuer_id=issuer_id)
    form, back = ClawBackForm(request.POST or None), reverse("portal:issued-vouchers")

    def propose() -> object:
        return claims_services.propose_claw_back(
            voucher_id=found.pk,
            ground=ClawBackGround(form.cleaned_data["ground"]),
            reason=form.cleaned_data["reason"],
            evidence=form.cleaned_data["evidence"],
            by=Person(request.actor.person_id, issuer_id),
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, propose):
        told = _("Another person of your organisation decides on taking %(number)s back.")
        messages.success(request, told % {"number": found.number})
        return redirect(back)
    head = desk.Head(
        _("Take a voucher back"),
        f"{found.number} · {names.named(found.holder)}",
        crumbs=[(_("Issued vouchers"), back)],
    )
    block = desk.FormBlock(form, _("Propose to take it back"), back, tone="danger")
    return desk.show(request, head, [block], [_effect(found)])


def _effect(voucher: Any) -> desk.Facts:
    """Return what would go where if the voucher were taken back now."""
    with tenancy.acting_as_platform():
        (seen,) = vouchers_selectors.wallet_vouchers([voucher], at=clock.now())
        paid = settlement_selectors.captured_of_vouchers([seen.id])
    return desk.Facts(
        _("What becomes of it"),
        [
            (_("Back in the pool"), desk.Cell(figures.money(seen.balance.available_minor))),
            (_("Held by orders"), desk.Cell(figures.money(seen.balance.held_minor))),
            (_("Wanted back from who was paid"), desk.Cell(figures.money(sum(paid.values())))),
        ],
    )


@page(*READERS)
def recoveries(request: PortalRequest) -> HttpResponseBase:
    """Show what programmes want back: an issuer's own, what a provider owes, all by duty."""
    found = claims_selectors.recoveries_of(request.actor)
    waiting = found.filter(state=RecoveryState.OPEN).count()
    told = _("What vouchers paid that were taken back; to be paid back: %(count)s.")
    head = desk.Head(
        _("Wanted back"),
        told % {"count": waiting},
        crumbs=[(_("Voucher claims"), reverse("portal:voucher-claims"))],
    )
    empty = desk.Empty(
        _("Nothing is wanted back"),
        _("What a voucher paid is listed here once two people took the voucher back."),
        "ticket",
    )
    return desk.show(request, head, [desk.Listed(RECOVERIES.read(request, Queried(found)), empty)])


@page(Role.ISSUER)
@require_http_methods(["GET", "POST"])
@once
def repaid(request: PortalRequest, recovery_id: UUID) -> HttpResponse:
    """Note that a payee paid back; the money is in the programme's pool again."""
    row = claims_selectors.recovery(recovery_id, request.actor)
    form, back = RepaidForm(request.POST or None), reverse("portal:voucher-recoveries")

    def note() -> object:
        return claims_services.record_repayment(
            recovery_id=row.pk,
            payment_reference=form.cleaned_data["payment_reference"],
            by=Person(request.actor.person_id, request.actor.organization_id),
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, note):
        messages.success(request, _("%(number)s is paid back.") % {"number": row.number})
        return redirect(back)
    told = _("%(amount)s of %(payee)s is in the pool of %(code)s again.") % {
        "amount": figures.money(row.amount_minor),
        "payee": names.named(row.payee),
        "code": row.programme.code,
    }
    head = desk.Head(row.number, told, crumbs=[(_("Wanted back"), back)])
    return desk.show(request, head, [desk.FormBlock(form, _("It is paid back"), back)])
