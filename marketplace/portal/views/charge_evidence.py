"""What stands behind a charge: the usage record, its readings' digest, its meter, its carbon."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from common import tenancy
from identity.contracts import Actor, Role
from marketplace.assurance.dispute_contracts import DisputeSubject
from marketplace.portal import (
    desk,
    energy_words,
    figures,
    names,
    quote_page,
    remark_words,
    unit_words,
)
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.views.dispute_opening import dispute_link
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement.contracts import ChargeKind
from marketplace.settlement.selectors import ChargedEnergy
from metering import selectors as metering_selectors
from metering.energy import selectors as energy_selectors
from metering.energy.contracts import PueBasis, UsageEmission

READERS = (Role.BUYER, Role.PROVIDER, Role.OPERATOR, Role.AUDITOR, Role.FINANCE)


@page(*READERS)
def charge(request: PortalRequest, charge_id: UUID) -> HttpResponse:
    """Show what a charge is made of, down to the digest of its readings."""
    found = settlement_selectors.charge_for(charge_id, whose(request.actor))
    if found.usage_id is None:
        return _of_the_end(request, found)
    with tenancy.acting_as_platform():
        # The buyer paid for this record: of the provider's meters it sees this one's name.
        usage = settlement_selectors.usage_behind(found)
        emission = energy_selectors.energy_of([usage.pk]).get(usage.pk)
    cost = settlement_selectors.energy_of_charges([found])[found.pk]
    head = desk.Head(
        _("Charge of %(span)s") % {"span": figures.span(found.starts_at, found.ends_at)},
        _("%(amount)s for %(quantity)s %(unit)s, measured from %(readings)s readings.")
        % {
            "amount": figures.money(found.gross_minor),
            "quantity": energy_words.figure(unit_words.amount(found.quantity, found.unit), 3),
            "unit": unit_words.word(found.unit),
            "readings": figures.grouped(usage.reading_count),
        },
        crumbs=_crumbs(found),
        links=_links(request, found),
    )
    return desk.show(request, head, [_usage(usage), _energy(emission, cost)], [_money(found)])


def _of_the_end(request: PortalRequest, found: Any) -> HttpResponse:
    """Show what the end of a contract came to: no usage stands behind it."""
    head = desk.Head(
        _("Charge at the end"),
        _("%(amount)s, once everything was measured.")
        % {"amount": figures.money(found.gross_minor)},
        crumbs=_crumbs(found),
        links=_links(request, found),
    )
    lines = quote_page.line_sheet(found.lines, found.rated_minor)
    return desk.show(request, head, [lines], [_money(found)])


def _crumbs(found: Any) -> list[tuple[str, str]]:
    return [
        (_("Orders"), reverse("portal:orders")),
        (_("Order"), reverse("portal:order", args=[found.contract.order_id])),
    ]


def _links(request: PortalRequest, found: Any) -> list[desk.Link]:
    proof = reverse("portal:document", args=["settlement.charge", found.pk])
    return [desk.Link(_("Proof"), proof, "shield-check"), *_disputing(request.actor, found)]


def _disputing(actor: Actor, found: Any) -> list[desk.Link]:
    """Return where its buyer disputes it, or what a voucher covered of it."""
    if found.buyer_id != actor.organization_id or not actor.has_role(Role.BUYER):
        return []
    order_id = found.contract.order_id
    links = []
    if found.cash_minor > 0:
        links.append(dispute_link(order_id, DisputeSubject.CHARGE, found.pk))
    if found.voucher_minor > 0:
        links.append(dispute_link(order_id, DisputeSubject.COVER, None))
    return links


def whose(actor: Actor) -> UUID | None:
    """Return whose charges somebody reads: by duty all."""
    if actor.has_role(Role.OPERATOR, Role.AUDITOR, Role.FINANCE):
        return None
    return actor.organization_id


def _usage(usage: Any) -> desk.Facts:
    rule = usage.rule_version
    return desk.Facts(
        _("What was measured"),
        [
            (_("Usage record"), desk.Cell(str(usage.pk), is_code=True, copied=str(usage.pk))),
            (_("Revision"), desk.Cell(str(usage.revision))),
            (_("Window"), desk.Cell(figures.span(usage.starts_at, usage.ends_at))),
            (
                _("Quantity"),
                desk.Cell(
                    unit_words.written(usage.quantity, rule.metric.unit, 3),
                    f"{figures.grouped(usage.quantity)} {rule.metric.unit}",
                ),
            ),
            (_("Standard hours"), desk.Cell(energy_words.figure(usage.standard_hours, 6))),
            (
                _("Digest of the readings"),
                desk.Cell(
                    usage.inputs_hash,
                    _("SHA-256 over %(count)s readings, as the metering rules write them")
                    % {"count": figures.grouped(usage.reading_count)},
                    is_code=True,
                    copied=usage.inputs_hash,
                ),
            ),
            (_("Raw readings"), _raw(usage)),
            (_("Meter"), desk.Cell(usage.meter.name, str(usage.meter_id))),
            (
                _("Resource"),
                desk.Cell(names.named(usage.resource), usage.resource.identifier),
            ),
            (
                _("Measurement rule"),
                desk.Cell(
                    f"{rule.rule_id} v{rule.version}",
                    address=reverse("portal:measurement-rule", args=[rule.rule_id, rule.version]),
                ),
            ),
        ],
    )


def _raw(usage: Any) -> desk.Cell:
    removed_at = metering_selectors.readings_removed_at(usage.starts_at)
    if removed_at is None:
        return desk.Cell(_("Kept by the market"))
    return desk.Cell(
        _("Removed on %(when)s, when their term was over") % {"when": figures.moment(removed_at)},
        _("The digest shows what they were."),
    )


def _energy(found: UsageEmission | None, cost: ChargedEnergy) -> desk.Facts:
    told = desk.Cell(energy_words.basis_told(found))
    if found is None:
        return desk.Facts(_("Energy and carbon"), [(_("Electricity"), told)])
    emission = found.emission
    pue = emission.pue
    per_kwh = (
        _("no factor is published for this grid")
        if emission.factor is None
        else _("%(value)s kg/kWh, factor of %(year)s")
        % {"value": emission.factor.value, "year": emission.factor.year}
    )
    return desk.Facts(
        _("Energy and carbon"),
        [
            (
                _("IT electricity"),
                desk.Cell(energy_words.kwh(emission.it_kwh), energy_words.basis_told(found)),
            ),
            (
                "PUE",
                desk.Cell("—" if pue.value is None else f"{pue.value}", PueBasis(pue.basis).label),
            ),
            (_("At the door"), desk.Cell(energy_words.kwh(emission.facility_kwh))),
            (
                _("Carbon by the grid"),
                desk.Cell(energy_words.carbon(emission.location_g), per_kwh),
            ),
            (
                _("Carbon after green proofs"),
                desk.Cell(
                    energy_words.carbon(emission.market_g),
                    _("%(share)s green") % {"share": energy_words.share(emission.green_share)},
                ),
            ),
            *_counting(cost),
        ],
    )


def _counting(cost: ChargedEnergy) -> list[tuple[str, desk.Cell]]:
    """Return what a standard hour took; of a superseded record, that it counts no more."""
    if cost.is_superseded:
        told = _("A later revision of this record counts instead.")
        return [(_("Counts"), desk.Cell(_("no"), told))]
    per_hour = desk.Cell(energy_words.kwh(cost.kwh_per_hour), energy_words.carbon(cost.g_per_hour))
    return [(_("Per standard hour"), per_hour)]


def _money(found: Any) -> desk.Facts:
    remark = remark_words.sentence(found.remark)
    return desk.Facts(
        _("What was charged"),
        [
            (_("Kind"), desk.Cell(ChargeKind(found.kind).label)),
            *([(_("Remark"), desk.Cell(remark_words.short(found.remark), remark))] * bool(remark)),
            (_("In vouchers"), desk.Cell(figures.money(found.voucher_minor))),
            (_("In cash"), desk.Cell(figures.money(found.cash_minor))),
            (_("Amount"), desk.Cell(figures.money(found.gross_minor))),
            (_("Charged"), desk.Cell(figures.moment(found.charged_at))),
        ],
    )
