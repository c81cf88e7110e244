"""A provider claims what vouchers paid it; both sides read a claim and its evidence."""

from collections.abc import Sequence
from functools import partial
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
from identity.contracts import Role
from marketplace.claims import controls, evidence
from marketplace.claims import selectors as claims_selectors
from marketplace.claims import services as claims_services
from marketplace.claims.contracts import Claimable, ClaimKind, ClaimState
from marketplace.claims.selectors.reimbursements import shares_of_claim
from marketplace.orders import selectors as orders_selectors
from marketplace.portal import application_words, desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.lists.claims import CLAIM_LINES, CLAIMS, of_claim
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.vouchers import wording

READERS: Final = (Role.PROVIDER, Role.BUYER, Role.ISSUER, Role.AUDITOR, Role.FINANCE)
PARTS: Final = {
    "trades": gettext_lazy("Trade records"),
    "contracts": gettext_lazy("Contracts"),
    "charges": gettext_lazy("Charges"),
    "readings": gettext_lazy("Digests of readings"),
    "certificates": gettext_lazy("Capacity certificates"),
    "payments": gettext_lazy("Payments in vouchers"),
    "energy": gettext_lazy("Energy"),
    "decisions": gettext_lazy("Decisions on vouchers"),
    "seals": gettext_lazy("Seals of the log"),
}


class ClaimForm(OnceForm):
    """The programme that is claimed from."""

    programme_id = forms.TypedChoiceField(label=gettext_lazy("Programme"), coerce=UUID)

    def __init__(self, *args: Any, claimable: list[Claimable], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["programme_id"]
        field.choices = [
            (str(each.programme_id), f"{each.programme_code} · {figures.money(each.amount_minor)}")
            for each in claimable
        ]


@page(*READERS)
def voucher_claims(request: PortalRequest) -> HttpResponseBase:
    """Show the claims of a provider, or on an issuer; all to those with a duty."""
    found = claims_selectors.claims_of(request.actor)
    links = [desk.Link(_("Wanted back"), reverse("portal:voucher-recoveries"))]
    if request.actor.has_role(Role.ISSUER):
        links.append(desk.Link(_("Batches of the payer"), reverse("portal:claim-batches")))
    if request.actor.has_role(Role.PROVIDER):
        address = reverse("portal:voucher-claim-new")
        links.append(desk.Link(_("New claim"), address, "plus", "primary"))
    waiting = found.filter(state=ClaimState.SUBMITTED).count()
    told = _("Providers claim what vouchers paid them; being checked: %(count)s.")
    head = desk.Head(_("Voucher claims"), told % {"count": waiting}, links=links)
    empty = desk.Empty(
        _("No voucher claims"),
        _("Once a trade that vouchers paid is settled, its provider claims it here."),
        "ticket",
    )
    table = CLAIMS.read(request, Queried(found, tie="sequence"))
    return desk.show(request, head, [desk.Listed(table, empty)])


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def new_claim(request: PortalRequest) -> HttpResponse:
    """Show what a claim would hold, and submit it."""
    provider_id, back = request.actor.organization_id, reverse("portal:voucher-claims")
    claimable = claims_selectors.claimable(provider_id=provider_id)
    form = ClaimForm(request.POST or None, claimable=claimable)

    def submit() -> Any:
        return claims_services.submit_claim(
            programme_id=form.cleaned_data["programme_id"],
            provider_id=provider_id,
            person_id=request.actor.person_id,
            now=clock.now(),
        )

    outcome = desk.attempt(request, form, submit)
    if outcome and outcome.counts:
        messages.success(request, _("The claim is with the programme's people."))
        return redirect("portal:voucher-claim", outcome.made.pk)
    told = _("A claim holds all that a programme's vouchers paid you and you have not claimed yet.")
    head = desk.Head(_("New claim"), told, crumbs=[(_("Voucher claims"), back)])
    if not claimable and not form.is_bound:
        note = _("Nothing can be claimed now: claims follow settled trades that vouchers paid.")
        return desk.show(request, head, [desk.Note(note)])
    block = desk.FormBlock(
        form,
        _("Submit this claim") if outcome else _("Show what it holds"),
        back,
        symbol="check" if outcome else "search",
        seen=desk.seen_mark(request) if outcome else "",
    )
    chosen = outcome.made.programme_id if outcome else None
    shown = [_preview(each) for each in claimable if each.programme_id == chosen]
    return desk.show(request, head, [*shown, block])


def _preview(wanted: Claimable) -> desk.Facts:
    pairs = [
        (_("Programme"), desk.Cell(wanted.programme_code)),
        (_("Trades"), desk.Cell(str(wanted.trades))),
        (_("Amount"), desk.Cell(figures.money(wanted.amount_minor))),
    ]
    return desk.Facts(_("What it holds"), pairs)


@page(*READERS)
def voucher_claim(request: PortalRequest, claim_id: UUID) -> HttpResponseBase:
    """Show a claim: where it stands, its evidence, and what it is made of."""
    claim = claims_selectors.voucher_claim(claim_id, request.actor)
    tag = of_claim(claim)
    told = _("%(provider)s claims %(amount)s from %(programme)s.")
    if claim.kind == ClaimKind.REIMBURSEMENT:
        told = _("%(provider)s is reimbursed %(amount)s by %(programme)s.")
    told %= {
        "provider": names.named(claim.provider),
        "amount": figures.money(claim.claimed_minor),
        "programme": claim.programme.code,
    }
    head = desk.Head(
        claim.number,
        told,
        crumbs=[(_("Voucher claims"), reverse("portal:voucher-claims"))],
        links=_acts(request, claim),
        tags=[desk.Cell(tag.label, tone=tag.tone, symbol=tag.icon)],
    )
    found = Queried(claims_selectors.lines(claim.pk))
    table = CLAIM_LINES.read(request, found, dress=partial(_with_words, claim))
    empty = desk.Empty(_("No lines"), _("No line of this claim has this number."))
    listed = desk.Listed(table, empty, _("What is claimed"))
    return desk.show(
        request, head, [listed], [_facts(claim), _control(claim), _shares(claim), _proof(claim)]
    )


def _control(claim: Any) -> desk.Sheet:
    """Return what control says of a claim; what is unknown accuses nobody."""
    lines = list(claims_selectors.lines(claim.pk).filter(is_live=True))
    asks_power = claims_selectors.asks_power(claim)
    rows = []
    for each in controls.controls_of(lines, asks_power=asks_power, at=clock.now()):
        tone, symbol = application_words.TONES[each.outcome]
        about = ", ".join(each.trades[:5]) or (str(each.count) if each.count else "")
        rows.append(
            [
                desk.Cell(each.code.label, f"v{each.version}"),
                desk.Cell(about),
                desk.Cell(each.outcome.label, tone=tone, symbol=symbol),
            ]
        )
    return desk.Sheet(
        _("Control"),
        [desk.Column(_("Rule")), desk.Column(_("About")), desk.Column(_("Outcome"))],
        rows,
        desk.Empty(_("No rules"), ""),
    )


def _shares(claim: Any) -> desk.Sheet:
    """Return who pays how much of a claim."""
    return desk.Sheet(
        _("Who pays"),
        [desk.Column(_("Source")), desk.Column(_("Payer")), desk.Column(_("Amount"))],
        [
            [
                desk.Cell(each.source or _("Issuer")),
                desk.Cell(
                    names.named(each.payer),
                    each.payment_reference,
                    tone="ok" if each.paid_at else "",
                    symbol="check" if each.paid_at else "",
                ),
                desk.Cell(figures.money(each.amount_minor)),
            ]
            for each in shares_of_claim(claim.pk)
        ],
        desk.Empty(_("Not divided yet"), _("A claim is divided over its payers once accepted.")),
    )


def _with_words(claim: Any, rows: Sequence[Any]) -> Sequence[Any]:
    """Return lines with why vouchers paid that much of their orders."""
    covers = orders_selectors.explained_covers(
        order_ids={each.contract.order_id for each in rows}, programme_code=claim.programme.code
    )
    for each in rows:
        said = covers.get(each.contract.order_id, [])
        each.why = [words for cover in said for words in wording.cover_words(cover)]
    return rows


def _acts(request: PortalRequest, claim: Any) -> list[desk.Link]:
    """Return what the reader may do with a claim now; the last one leads on."""
    own, state = request.actor.organization_id, claim.state
    wanted: list[tuple[str, str, str]] = []
    is_own = request.actor.has_role(Role.PROVIDER, Role.BUYER) and own == claim.provider_id
    if is_own and state in (ClaimState.SUBMITTED, ClaimState.CHECKED):
        wanted.append((_("Withdraw"), "voucher-claim-withdraw", "danger"))
    if request.actor.has_role(Role.ISSUER) and own == claim.issuer_id:
        if state in (ClaimState.SUBMITTED, ClaimState.INSTRUCTED):
            wanted.append((_("Return to the payee"), "voucher-claim-return", "danger"))
        if state == ClaimState.SUBMITTED:
            wanted.append((_("Check"), "voucher-claim-check", "primary"))
    is_payer = request.actor.has_role(Role.ISSUER) and state == ClaimState.INSTRUCTED
    if is_payer and claims_selectors.shares_to_pay(claim.pk, payer_id=own):
        wanted.append((_("It is paid"), "voucher-claim-paid", "primary"))
    return [
        desk.Link(label, reverse(f"portal:{name}", args=[claim.pk]), tone=tone)
        for label, name, tone in wanted
    ]


def _facts(claim: Any) -> desk.Facts:
    moments = (
        (_("Submitted"), claim.submitted_at),
        (_("Decided"), claim.decided_at),
        (_("Handed to the payer"), claim.instructed_at),
        (_("Paid"), claim.paid_at),
    )
    texts = (
        (_("Reason"), claim.reason),
        (_("Batch"), claim.batch),
        (_("The payer's reference"), claim.payment_reference),
    )
    return desk.Facts(
        _("Where it stands"),
        [
            (_("Claimed"), desk.Cell(figures.money(claim.claimed_minor))),
            (_("Accepted"), desk.Cell(figures.money(claim.accepted_minor))),
            (_("Issuer"), desk.Cell(names.named(claim.issuer))),
            *((label, desk.Cell(figures.moment(at))) for label, at in moments if at),
            *((label, desk.Cell(text)) for label, text in texts if text),
        ],
    )


def _proof(claim: Any) -> desk.Facts:
    missing = desk.Cell(_("missing"), tone="warn", symbol="alert-triangle")
    return desk.Facts(
        _("Evidence"),
        [
            (PARTS.get(kind, kind), desk.Cell(str(size)) if size else missing)
            for kind, size in evidence.part_sizes(claim).items()
        ],
        links=[
            desk.Link(
                _("Download the pack"),
                reverse("portal:voucher-claim-evidence", args=[claim.pk]),
                "file-export",
            )
        ],
    )


@page(*READERS)
def claim_evidence(
    request: PortalRequest,
    claim_id: UUID,
) -> HttpResponse:
    """Answer with the pack of a claim, which its own script verifies."""
    claim = claims_selectors.voucher_claim(claim_id, request.actor)
    response = HttpResponse(evidence.packed(claim), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{claim.number}.zip"'
    response["Cache-Control"] = "no-store"
    return response


@page(Role.PROVIDER, Role.BUYER)
@require_http_methods(["GET", "POST"])
@once
def withdraw_claim(request: PortalRequest, claim_id: UUID) -> HttpResponse:
    """Take a claim back before the payer has it."""
    claim = claims_selectors.voucher_claim(claim_id, request.actor)
    form, back = OnceForm(request.POST or None), reverse("portal:voucher-claim", args=[claim.pk])

    def withdraw() -> None:
        claims_services.withdraw_claim(
            claim_id=claim.pk,
            provider_id=request.actor.organization_id,
            person_id=request.actor.person_id,
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, withdraw):
        messages.success(request, _("The claim is withdrawn; its trades can be claimed anew."))
        return redirect(back)
    crumbs = [(_("Voucher claims"), reverse("portal:voucher-claims")), (claim.number, back)]
    told = _("Nothing is paid for it; its trades can be claimed anew.")
    head = desk.Head(_("Withdraw a claim"), told, crumbs=crumbs)
    return desk.show(request, head, [desk.FormBlock(form, _("Withdraw"), back, tone="danger")])
