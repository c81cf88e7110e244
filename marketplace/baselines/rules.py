"""Cost baselines by a published calculation, and where a price lies. Pure, in exact fractions."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec

from common.canonical import decimal_text
from marketplace.baselines.contracts import (
    HOURS_OF_A_YEAR,
    CostBaseline,
    CostInput,
    CostStep,
    InputBasis,
    InputChange,
    PriceStanding,
    ReferenceBeside,
)
from marketplace.baselines.rows import ReferenceRow

DATA: Final = Path(__file__).parent / "data"
FIRST_COSTS: Final = 1  # the version that the market came with
SHARE: Final = Decimal("0.0001")
PRICE_STEP: Final = Decimal("0.000001")


class _Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    code: str
    value: str
    basis: InputBasis
    source: str
    as_of: str = ""


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
def first_content() -> Mapping[str, Any]:
    """Return the inputs that the market came with, as plain data."""
    files = [msgspec.json.decode(path.read_bytes(), type=_Costs) for path in DATA.glob("*.json")]
    said = max(files, key=lambda each: each.version)
    return {
        "common": msgspec.to_builtins(said.common),
        "units": msgspec.to_builtins(said.units),
    }


def baselines_of(number: int, content: Mapping[str, Any]) -> tuple[CostBaseline, ...]:
    """Return the cost baselines of a version by its inputs, by class; the reference unit first."""
    said = msgspec.convert({"version": number, "valid_from": "", **content}, type=_Costs)
    found = [_baseline(said, each) for each in said.units]
    return tuple(sorted(found, key=lambda each: (each.hour_class, not each.is_reference)))


@cache
def baselines() -> tuple[CostBaseline, ...]:
    """Return the cost baselines that the market came with, by class."""
    return baselines_of(FIRST_COSTS, first_content())


def baseline_of(hour_class: str) -> CostBaseline | None:
    """Return the first version's baseline of a class; nothing where nobody says what makes it."""
    return next((it for it in baselines() if it.hour_class == hour_class and it.is_reference), None)


def _baseline(said: _Costs, unit: _Unit) -> CostBaseline:
    inputs = {each.code: _read(each) for each in (*said.common, *unit.inputs)}
    return CostBaseline(
        version=said.version,
        hour_class=unit.hour_class,
        unit=unit.unit,
        is_reference=unit.is_reference,
        inputs=inputs,
        steps=tuple(cost_steps({code: Fraction(each.value) for code, each in inputs.items()})),
    )


def _read(each: _Input) -> CostInput:
    as_of = date.fromisoformat(each.as_of) if each.as_of else None
    return CostInput(each.code, Decimal(each.value), each.basis, each.source, as_of)


# --- Other inputs -------------------------------------------------------------------------------
# Between which values an input lies; the figure of the standard hour is the conversion table's.
LIMITS: Final[Mapping[str, tuple[Decimal, Decimal]]] = {
    "years": (Decimal("0.5"), Decimal(30)),
    "utilisation": (Decimal("0.01"), Decimal(1)),
    "upkeep_share": (Decimal(0), Decimal(1)),
    "pue": (Decimal(1), Decimal(5)),
    "electricity": (Decimal(0), Decimal(100)),
    "space": (Decimal(0), Decimal(1_000_000)),
    "hardware": (Decimal(1), Decimal(1_000_000_000)),
    "staff": (Decimal(0), Decimal(1_000_000_000)),
    "watts": (Decimal(1), Decimal(1_000_000)),
    "figure": (Decimal("0.000001"), Decimal(1_000_000_000)),
}


def inputs_by_unit(content: Mapping[str, Any]) -> dict[tuple[str, str], CostInput]:
    """Return each input by its unit and code, as `InputChange` names them."""
    said = msgspec.convert({"version": 1, "valid_from": "", **content}, type=_Costs)
    found = {("", each.code): _read(each) for each in said.common}
    for unit in said.units:
        key = unit_key(unit.hour_class, unit.unit)
        found |= {(key, each.code): _read(each) for each in unit.inputs}
    return found


def unit_key(hour_class: str, unit: str) -> str:
    """Return what names a unit: one chip may be of two classes, with figures of its own in each."""
    return f"{hour_class}:{unit}"


def with_changes(content: Mapping[str, Any], changes: Iterable[InputChange]) -> dict[str, Any]:
    """Return inputs with some of them replaced; the others stay as they are."""
    by_key = {(each.unit, each.said.code): input_json(each.said) for each in changes}

    def replaced(unit: str, inputs: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        return [by_key.get((unit, each["code"]), each) for each in inputs]

    return {
        "common": replaced("", content["common"]),
        "units": [
            {
                **each,
                "inputs": replaced(unit_key(each["hour_class"], each["unit"]), each["inputs"]),
            }
            for each in content["units"]
        ],
    }


def input_json(said: CostInput) -> dict[str, str]:
    """Return an input as plain data, its figure as text."""
    told = {
        "code": said.code,
        "value": decimal_text(said.value),
        "basis": str(said.basis),
        "source": said.source,
    }
    return told if said.as_of is None else told | {"as_of": said.as_of.isoformat()}


def changes_json(changes: Iterable[InputChange]) -> list[dict[str, str]]:
    """Return changes as plain data."""
    return [{"unit": each.unit, **input_json(each.said)} for each in changes]


def changes_of(data: Iterable[Mapping[str, str]]) -> list[InputChange]:
    """Return the changes that `changes_json` wrote."""
    return [
        InputChange(
            each["unit"],
            _read(msgspec.convert({k: v for k, v in each.items() if k != "unit"}, type=_Input)),
        )
        for each in data
    ]


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
        off_peak_from=of.off_peak_from,
        off_peak_until=of.off_peak_until,
        off_peak_bp=of.off_peak_bp,
    )
