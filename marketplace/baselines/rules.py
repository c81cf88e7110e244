"""Cost baselines by a published calculation, and where a price lies. Pure, in exact fractions."""

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from marketplace.baselines.contracts import (
    HOURS_OF_A_YEAR,
    CostBaseline,
    CostInput,
    CostStep,
    InputBasis,
    PriceStanding,
    ReferenceBeside,
)
from marketplace.baselines.rows import ReferenceRow

DATA: Final = Path(__file__).parent / "data"
SHARE: Final = Decimal("0.0001")
PRICE_STEP: Final = Decimal("0.000001")


class _Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: str
    value: str
    basis: InputBasis
    source: str


class _Unit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    hour_class: str
    unit: str
    is_reference: bool
    inputs: list[_Input]


class _Costs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    valid_from: str
    common: list[_Input]
    units: list[_Unit]


@cache
def baselines() -> tuple[CostBaseline, ...]:
    """Return the cost baselines of the newest version, by class; the reference unit first."""
    files = [msgspec.json.decode(path.read_bytes(), type=_Costs) for path in DATA.glob("*.json")]
    said = max(files, key=lambda each: each.version)
    found = [_baseline(said, each) for each in said.units]
    return tuple(sorted(found, key=lambda each: (each.hour_class, not each.is_reference)))


def baseline_of(hour_class: str) -> CostBaseline | None:
    """Return the cost baseline of a class; nothing where nobody says what makes its hours."""
    return next((it for it in baselines() if it.hour_class == hour_class and it.is_reference), None)


def _baseline(said: _Costs, unit: _Unit) -> CostBaseline:
    inputs = {
        each.code: CostInput(each.code, Decimal(each.value), each.basis, each.source)
        for each in (*said.common, *unit.inputs)
    }
    return CostBaseline(
        version=said.version,
        hour_class=unit.hour_class,
        unit=unit.unit,
        is_reference=unit.is_reference,
        inputs=inputs,
        steps=tuple(cost_steps({code: Fraction(each.value) for code, each in inputs.items()})),
    )


# Each line: its code, what it is computed of, and how. `verify_baseline.py` says the same.
LINES: Final = (
    ("hours_sold", "8760 * utilisation"),
    ("capital", "hardware / years"),
    ("upkeep", "hardware * upkeep_share"),
    ("housing", "watts / 1000 * pue * space"),
    ("fixed_hour", "(capital + upkeep + housing + staff) / hours_sold"),
    ("energy_hour", "watts / 1000 * pue * electricity"),
    ("unit_hour", "fixed_hour + energy_hour"),
    ("standard_hour", "unit_hour * reference / figure"),
)


def cost_steps(inputs: Mapping[str, Fraction]) -> Iterator[CostStep]:
    """Yield the lines of the calculation, each exact; a year's costs are borne by hours sold."""
    value = dict(inputs)
    kilowatts = value["watts"] / 1000 * value["pue"]
    value["hours_sold"] = HOURS_OF_A_YEAR * value["utilisation"]
    value["capital"] = value["hardware"] / value["years"]
    value["upkeep"] = value["hardware"] * value["upkeep_share"]
    value["housing"] = kilowatts * value["space"]
    yearly = value["capital"] + value["upkeep"] + value["housing"] + value["staff"]
    value["fixed_hour"] = yearly / value["hours_sold"]
    value["energy_hour"] = kilowatts * value["electricity"]
    value["unit_hour"] = value["fixed_hour"] + value["energy_hour"]
    value["standard_hour"] = value["unit_hour"] * value["reference"] / value["figure"]
    for code, formula in LINES:
        yield CostStep(code, formula, value[code])


def beside(price: Decimal | None, of: ReferenceRow | None) -> ReferenceBeside | None:
    """Return how a price of a standard hour lies to a reference price; nothing without either."""
    if price is None or of is None or of.reference is None or of.low is None or of.high is None:
        return None
    if of.floor is not None and price < of.floor:
        standing = PriceStanding.BELOW_FLOOR
    elif price < of.low:
        standing = PriceStanding.BELOW
    else:
        standing = PriceStanding.WITHIN if price <= of.high else PriceStanding.ABOVE
    return ReferenceBeside(
        hour_class=of.hour_class,
        reference=of.reference,
        low=of.low,
        high=of.high,
        floor=of.floor,
        standing=standing,
        difference=(price / of.reference - 1).quantize(SHARE, ROUND_HALF_UP),
    )
