"""How energy and carbon are said: figures with what they rest on, and states as tags."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.utils.translation import gettext as _

from common.money import EXACT
from marketplace.portal import desk, figures
from marketplace.portal.tables import Tag
from metering.energy.contracts import (
    CentreMonth,
    Compliance,
    EnergyBasis,
    GreenState,
    PueBasis,
    UnknownEnergy,
    UsageEmission,
)

COMPLIANCE_TONES: Final = {
    Compliance.MET: ("ok", "check"),
    Compliance.NOT_MET: ("bad", "circle-x"),
    Compliance.UNKNOWN: ("neutral", ""),
}
GREEN_TONES: Final = {
    GreenState.REGISTERED: ("brand", ""),
    GreenState.CLAIMED: ("ok", "check"),
    GreenState.RETIRED: ("neutral", "check"),
    GreenState.CANCELLED: ("neutral", ""),
}


def figure(value: Decimal | None, digits: int = 3) -> str:
    """Return a figure, rounded half up; a dash where it is not known."""
    return "—" if value is None else figures.grouped(rounded(value, digits), digits)


def rounded(value: Decimal, digits: int) -> Decimal:
    """Return a figure as it is shown: rounded half up."""
    return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP, context=EXACT)


def kwh(value: Decimal | None) -> str:
    """Return electricity."""
    return "—" if value is None else f"{figure(value)} kWh"


def carbon(grams: Decimal | None) -> str:
    """Return carbon in grams below a kilogram, else in kilograms."""
    if grams is None:
        return "—"
    if abs(grams) < 1000:
        return f"{figure(grams, 1)} g CO₂"
    return f"{figure(grams / 1000, 2)} kg CO₂"


def share(value: Decimal | None) -> str:
    """Return a share in per cent."""
    return "—" if value is None else f"{figure(value * 100, 1)} %"


def compliance(state: Compliance) -> desk.Cell:
    """Return whether a limit is kept, as a tag."""
    tone, symbol = COMPLIANCE_TONES[state]
    return desk.Cell(state.label, tone=tone, symbol=symbol)


def green(row: object) -> Tag:
    """Return where green electricity stands."""
    state = GreenState(getattr(row, "state", ""))
    return Tag(state.label, *GREEN_TONES[state])


def pue(month: CentreMonth) -> desk.Cell:
    """Return a PUE with where it comes from."""
    basis = PueBasis(month.pue.basis)
    if month.pue.value is None:
        return desk.Cell("—", basis.label)
    note = _("version %(version)s") % {"version": month.pue.version}
    return desk.Cell(f"{month.pue.value}", note if basis == PueBasis.MONTH else basis.label)


def factor_told(month: CentreMonth) -> str:
    """Return which factor of a grid is in force."""
    if month.factor is None:
        return _("no factor is published for this grid")
    return _("%(value)s kg/kWh, factor of %(year)s") % {
        "value": month.factor.value,
        "year": month.factor.year,
    }


def basis_told(found: UsageEmission | None) -> str:
    """Return how the electricity of a usage record is known, in words."""
    if found is None:
        return _("not counted yet")
    basis = EnergyBasis(found.emission.basis)
    if basis == EnergyBasis.UNKNOWN:
        return f"{basis.label}: {UnknownEnergy(found.reason).label}"
    return f"{basis.label}: {found.told}"
