"""What waits for a second person: what it would do, and the form that confirms or refuses it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock, tenancy
from common.errors import Refusal
from identity.contracts import Role
from ledger import selectors as ledger_selectors
from marketplace import accounts
from marketplace.orders import selectors as orders_selectors
from marketplace.orders import services as orders_services
from marketplace.portal import names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm, show_refusal
from marketplace.portal.once import once
from marketplace.proposals import Proposal
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers import services as vouchers_services

CONFIRM, REFUSE, WITHDRAW = "CONFIRM", "REFUSE", "WITHDRAW"
TO_OTHERS: Final = (
    (CONFIRM, gettext_lazy("Confirm: it takes effect at once")),
    (REFUSE, gettext_lazy("Refuse")),
)
TO_ONESELF: Final = ((WITHDRAW, gettext_lazy("Withdraw")),)


class ProposalForm(OnceForm):
    """What a second person decides, and why."""

    decision = forms.ChoiceField(label=gettext_lazy("Decision"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=gettext_lazy("Reason, if you refuse or withdraw"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, is_own: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["decision"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = TO_ONESELF if is_own else TO_OTHERS
        if is_own:
            self.initial.setdefault("decision", WITHDRAW)


@dataclass(frozen=True, slots=True)
class Effect:
    """How confirming would change one balance of the ledger."""

    label: str | Promise
    before_minor: int
    after_minor: int


@dataclass(frozen=True, slots=True)
class Desk:
    """What a page of proposals shows, and what its form calls."""

    title: str | Promise
    about: str
    back: str
    effects: list[Effect]
    decide: Callable[[str, str], object]


@page(Role.FINANCE)
@require_http_methods(["GET", "POST"])
@once
def deposit(request: PortalRequest, deposit_proposal_id: UUID) -> HttpResponse:
    """Confirm, refuse or withdraw a deposit that waits for a second person."""
    found = orders_selectors.deposit_proposal(deposit_proposal_id)
    actor, now = request.actor, clock.now()

    def decide(decision: str, reason: str) -> object:
        said: dict[str, Any] = {
            "proposal_id": found.pk,
            "person_id": actor.person_id,
            "now": now,
        }
        if decision == CONFIRM:
            return orders_services.confirm_deposit(organization_id=actor.organization_id, **said)
        if decision == REFUSE:
            return orders_services.refuse_deposit(
                organization_id=actor.organization_id, reason=reason, **said
            )
        return orders_services.withdraw_deposit(reason=reason, **said)

    desk = Desk(
        title=gettext_lazy("Deposits"),
        about=names.named(found.organization),
        back="portal:deposits",
        effects=_effects(
            (names.ACCOUNT_KINDS[accounts.Kind.BANK], accounts.bank(), -found.amount_minor),
            (
                names.ACCOUNT_KINDS[accounts.Kind.BUYER_CASH],
                accounts.buyer_cash(found.organization_id),
                found.amount_minor,
            ),
        ),
        decide=decide,
    )
    return _answer(request, found, desk)


@page(Role.ISSUER)
@require_http_methods(["GET", "POST"])
@once
def funding(request: PortalRequest, funding_proposal_id: UUID) -> HttpResponse:
    """Confirm, refuse or withdraw a budget that waits for a second person."""
    issuer_id, now = request.actor.organization_id, clock.now()
    found = vouchers_selectors.funding_proposal(
        proposal_id=funding_proposal_id, issuer_id=issuer_id
    )

    def decide(decision: str, reason: str) -> object:
        said: dict[str, Any] = {
            "proposal_id": found.pk,
            "issuer_id": issuer_id,
            "person_id": request.actor.person_id,
            "now": now,
        }
        if decision == CONFIRM:
            return vouchers_services.confirm_funding(**said)
        act = vouchers_services.refuse_funding
        if decision == WITHDRAW:
            act = vouchers_services.withdraw_funding
        return act(reason=reason, **said)

    code = found.programme.code
    desk = Desk(
        title=gettext_lazy("Programmes"),
        about=names.named(found.programme),
        back="portal:programmes",
        effects=_effects(
            (
                names.ACCOUNT_KINDS[accounts.Kind.VOUCHER_BUDGET],
                accounts.voucher_budget(code),
                -found.amount_minor,
            ),
            (
                names.ACCOUNT_KINDS[accounts.Kind.VOUCHER_POOL],
                accounts.voucher_pool(code),
                found.amount_minor,
            ),
        ),
        decide=decide,
    )
    return _answer(request, found, desk)


def _answer(request: PortalRequest, found: Proposal, desk: Desk) -> HttpResponse:
    is_own = found.proposed_by_id == request.actor.person_id
    form = ProposalForm(request.POST or None, is_own=is_own)
    if request.method == "POST" and form.is_valid():
        decision = form.cleaned_data["decision"]
        try:
            desk.decide(decision, form.cleaned_data["reason"])
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _said(decision) % {"reference": found.reference})
            return redirect(desk.back)
    context = {"proposal": found, "desk": desk, "form": form, "is_own": is_own}
    return render(request, "portal/proposal.html", context, status=422 if form.errors else 200)


def _said(decision: str) -> str:
    return {
        CONFIRM: _("%(reference)s is confirmed and booked."),
        REFUSE: _("%(reference)s is refused."),
        WITHDRAW: _("%(reference)s is withdrawn."),
    }[decision]


def _effects(*moves: tuple[str | Promise, str, int]) -> list[Effect]:
    """Return how the balances would change; an account that is not open yet has nothing."""
    with tenancy.acting_as_platform():
        found = ledger_selectors.balances([code for _label, code, _change in moves])
    result = []
    for label, code, change in moves:
        before = found[code].posted if code in found else 0
        result.append(Effect(label, before, before + change))
    return result
