"""What the use of an order cost in electricity and carbon, as a part of its page."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.portal import desk, energy_words, figures
from marketplace.settlement import selectors as settlement_selectors
from metering.energy.contracts import EnergyBasis, PueBasis
from metering.energy.selectors import EmissionPart, EmissionTotal


def blocks(order_id: Any) -> tuple[Sequence[Any], Sequence[Any]]:
    """Return the blocks of the page: by month, and in all beside it."""
    contract = settlement_selectors.contract_of_order(order_id)
    found = settlement_selectors.emission_of_contracts([contract.pk]) if contract else {}
    total = found.get(contract.pk) if contract else None
    months = desk.Sheet(
        _("By month"),
        _columns(),
        [_month(part) for part in total.parts] if total else [],
        desk.Empty(
            _("Nothing counted yet"),
            _("Once use was measured and charged, its electricity is counted here."),
            "gauge",
        ),
    )
    side = [_in_all(total), _per_hour(total)] if total else []
    return [months, desk.Note(_told())], side


def _told() -> str:
    return _(
        "Measured is what meters of energy read; where none did, use is estimated by the published"
        " power of the chip, and said to be. A PUE or grid factor published later changes these"
        " figures, and no charge."
    )


def _columns() -> list[desk.Column]:
    number = "number"
    return [
        desk.Column(_("Month")),
        desk.Column(_("Measured"), number),
        desk.Column(_("Estimated"), number),
        desk.Column("PUE", number),
        desk.Column(_("At the door"), number),
        desk.Column(_("Carbon by the grid"), number),
        desk.Column(_("Carbon after green proofs"), number),
    ]


def _month(part: EmissionPart) -> list[desk.Cell]:
    emission = part.emission
    unknown = ngettext("%(n)s window not known", "%(n)s windows not known", part.used.unknown)
    factor = (
        _("no factor is published for this grid")
        if emission.factor is None
        else _("%(value)s kg/kWh, factor of %(year)s")
        % {"value": emission.factor.value, "year": emission.factor.year}
    )
    return [
        desk.Cell(
            f"{part.month:%Y-%m}",
            unknown % {"n": figures.grouped(part.used.unknown)} if part.used.unknown else "",
        ),
        desk.Cell(energy_words.kwh(part.used.measured)),
        desk.Cell(energy_words.kwh(part.used.estimated)),
        desk.Cell(
            "—" if emission.pue.value is None else f"{emission.pue.value}",
            PueBasis(emission.pue.basis).label,
        ),
        desk.Cell(energy_words.kwh(emission.facility_kwh)),
        desk.Cell(energy_words.carbon(emission.location_g), factor),
        desk.Cell(
            energy_words.carbon(emission.market_g),
            _("%(share)s green") % {"share": energy_words.share(emission.green_share)},
        ),
    ]


def _in_all(total: EmissionTotal) -> desk.Facts:
    known = total.known
    told = str(EnergyBasis(total.basis).label)
    if total.unknown:
        told = _("%(unknown)s of %(all)s windows are not known") % {
            "unknown": figures.grouped(total.unknown),
            "all": figures.grouped(total.records),
        }
    return desk.Facts(
        _("In all"),
        [
            (_("IT electricity"), desk.Cell(energy_words.kwh(total.it_kwh), told)),
            (_("Measured"), desk.Cell(energy_words.kwh(known.measured))),
            (_("Estimated"), desk.Cell(energy_words.kwh(known.estimated))),
            (_("At the door"), desk.Cell(energy_words.kwh(total.facility_kwh))),
            (_("Carbon by the grid"), desk.Cell(energy_words.carbon(total.location_g))),
            (_("Carbon after green proofs"), desk.Cell(energy_words.carbon(total.market_g))),
        ],
    )


def _per_hour(total: EmissionTotal) -> desk.Facts:
    return desk.Facts(
        _("Per standard hour"),
        [
            (_("Standard hours"), desk.Cell(energy_words.figure(total.standard_hours, 3))),
            (_("IT electricity"), desk.Cell(energy_words.kwh(total.kwh_per_hour))),
            (_("Carbon by the grid"), desk.Cell(energy_words.carbon(total.g_per_hour))),
        ],
    )
