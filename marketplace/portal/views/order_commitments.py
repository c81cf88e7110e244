"""What a contract has committed its buyer to, by which facts it is charged, and its end."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import clock
from identity.contracts import Role
from marketplace.orders import selectors as orders_selectors
from marketplace.orders.contracts import OrderState
from marketplace.portal import desk, ending_words, figures, rates_form
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.talk_links import talk_link
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement.commitments import CommitmentState, EarlyEndCost, RenewalEstimate
from marketplace.settlement.contracts import ContractNotFound
from marketplace.settlement.services.ending import ends_if_ended
from pricing import rules as pricing_rules
from pricing import wording
from pricing.contracts import RateCard, RateUnit
from pricing.plan_models import PlanModel

MODELS: Final[Mapping[str, Any]] = {
    PlanModel.PREPAID: gettext_lazy("prepaid"),
    PlanModel.RESERVED: gettext_lazy("reserved"),
    PlanModel.READY: gettext_lazy("kept ready"),
    PlanModel.MINIMUM: gettext_lazy("minimum"),
    PlanModel.FLAT: gettext_lazy("flat fee"),
}


@page(Role.BUYER, Role.PROVIDER, Role.AUDITOR, Role.OPERATOR)
def commitment(request: PortalRequest, order_id: UUID) -> HttpResponse:
    """Show what is agreed, used and left, and what a renewal or an early end is to cost."""
    actor, now = request.actor, clock.now()
    own = None if actor.spans_tenants else actor.organization_id
    order = orders_selectors.order(order_id=order_id, organization_id=own)
    contract = settlement_selectors.contract_of_order(order_id)
    if contract is not None:
        report = settlement_selectors.commitment_report(contract, now=now)
        ends_at = ends_if_ended(contract, now=now)
        cost = ends_at and settlement_selectors.early_end_of(contract, now=now, ends_at=ends_at)
    elif order.state == OrderState.CLEARED and order.plan_version_id is not None:
        report, cost = settlement_selectors.agreed_commitment(order), None
    else:
        raise ContractNotFound
    back = reverse("portal:order", args=[order.pk])
    head = desk.Head(
        _("Plan and commitment"),
        _("%(plan)s v%(version)s, charged so far %(amount)s.")
        % {
            "plan": report.card.plan_code,
            "version": report.card.version,
            "amount": figures.money(contract.gross_minor if contract else 0),
        },
        crumbs=[(_("Orders"), reverse("portal:orders")), (order.number, back)],
        links=talk_link(order, actor),
    )
    states = desk.Sheet(
        title=_("Commitments"),
        columns=[
            desk.Column(_("What for")),
            desk.Column(_("Agreed"), "number"),
            desk.Column(_("Used"), "number"),
            desk.Column(_("Left"), "number"),
            desk.Column(_("Beyond"), "number"),
            desk.Column(_("Charged for it"), "number"),
        ],
        rows=[_state(each) for each in report.states],
        empty=desk.Empty(
            _("The plan commits to nothing"),
            _("Only what is used is paid: nothing is prepaid, reserved, or owed at least."),
            "calculator",
        ),
    )
    is_buyer = order.buyer_id == actor.organization_id and actor.has_role(Role.BUYER)
    says = report.card.terms
    said = list(wording.told(says)) if says else [*_plain(report.card)]
    main = [states, *([_facts(contract.price_facts)] if contract else [_not_begun(order)])]
    ending = _ending(cost, order.pk if is_buyer else None) if cost else None
    renewal = _renewal(report.renewal, order if is_buyer else None)
    asked = ending_words.asked_by(settlement_selectors.ending_by(report.card))
    rule = desk.Facts(_("Ending early"), [(_("What it asks"), desk.Cell(asked))])
    side = [renewal, ending or rule, *([rule] if ending else [])]
    return desk.show(request, head, [*main, desk.Steps(_("What the plan says"), said)], side)


def _not_begun(order: Any) -> desk.Note:
    told = _("It begins at %(when)s; nothing is used or charged before.")
    return desk.Note(told % {"when": figures.moment(order.starts_at)})


def _plain(card: RateCard) -> list[str]:
    return list(rates_form.told(pricing_rules.components_json(card.components)))


def _state(state: CommitmentState) -> list[desk.Cell]:
    def hours(value: Decimal | None) -> desk.Cell:
        return desk.Cell("—" if value is None else figures.grouped(value, 2))

    note = str(MODELS[state.model])
    if state.discount:
        note = f"{note}, −{figures.grouped(state.discount * 100)}%"
    agreed = hours(state.agreed)
    if state.agreed is None and state.agreed_minor is not None:
        agreed = desk.Cell(figures.money(state.agreed_minor))
    beyond = hours(state.beyond)
    if state.beyond and state.beyond_price is not None:
        beyond = desk.Cell(
            beyond.text, note=f"{figures.unit_price(state.beyond_price)} / {_unit(state.unit)}"
        )
    return [
        desk.Cell(rates_form.component(state.code), note=note),
        agreed,
        hours(state.used),
        hours(state.left),
        beyond,
        desk.Cell(figures.money(state.owed_minor)),
    ]


def _unit(unit: str) -> str:
    return str(RateUnit(unit).label)


def _facts(facts: Mapping[str, Mapping[str, str]]) -> desk.Sheet:
    return desk.Sheet(
        title=_("Facts that factors ask"),
        columns=[
            desk.Column(_("Factor")),
            desk.Column(_("Fact")),
            desk.Column(_("Rests on")),
        ],
        rows=[
            [
                desk.Cell(wording.KINDS.get(kind, kind)),
                desk.Cell(fact["value"], is_code=True),
                desk.Cell(fact["source"]),
            ]
            for kind, fact in sorted(facts.items())
        ],
        empty=desk.Empty(
            _("No factors"), _("The plan's prices depend on no fact of resource or buyer."), "scale"
        ),
    )


def _renewal(estimate: RenewalEstimate | None, order: Any) -> desk.Facts:
    if estimate is None:
        nothing = desk.Cell(_("Nothing was measured yet."))
        return desk.Facts(_("If it goes on as before"), [(_("Estimate"), nothing)])
    unit = _unit(estimate.unit)
    return desk.Facts(
        _("If it goes on as before"),
        [
            (_("From"), desk.Cell(figures.moment(estimate.period.starts_at))),
            (_("Until"), desk.Cell(figures.moment(estimate.period.ends_at))),
            (_("Likely use"), desk.Cell(f"{figures.grouped(estimate.quantity, 2)} {unit}")),
            (
                _("Likely cost"),
                desk.Cell(
                    figures.money(estimate.amount_minor),
                    note=_("by version %(version)s of the plan")
                    % {"version": estimate.plan_version},
                ),
            ),
        ],
        _extending(order),
    )


def _extending(order: Any) -> list[desk.Link]:
    """Return where its buyer orders the same from its end on."""
    if order is None or order.listing_id is None:
        return []
    address = reverse("portal:order-place", args=[order.listing_id])
    return [desk.Link(_("Extend"), f"{address}?again={order.pk}&extend=1", "plus")]


def _ending(cost: EarlyEndCost, order_id: UUID | None) -> desk.Facts:
    links = []
    if order_id is not None:
        ending = reverse("portal:order-end", args=[order_id])
        links.append(desk.Link(_("End early…"), ending, tone="danger"))
    return desk.Facts(
        _("If it is ended now"),
        [
            (_("It ends"), desk.Cell(figures.moment(cost.ends_at))),
            (_("It comes to"), desk.Cell(figures.money(cost.total_minor))),
            (_("Of it for nothing used"), desk.Cell(figures.money(cost.without_use_minor))),
            (_("Fee for ending"), desk.Cell(figures.money(cost.fee_minor))),
            (_("Given back, taken off"), desk.Cell(figures.money(cost.given_back_minor))),
            (_("Run to its end"), desk.Cell(figures.money(cost.otherwise_minor))),
        ],
        links,
    )
