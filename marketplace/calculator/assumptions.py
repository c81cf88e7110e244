"""What formulas assume: versions of published data, the newest of which counts."""

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from marketplace.calculator.contracts import (
    Assumption,
    AssumptionBasis,
    Assumptions,
    NumberFormat,
    Peak,
)

DATA: Final = Path(__file__).parent / "data"


class _Assumed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: str
    value: str
    least: str
    most: str
    basis: AssumptionBasis
    source: str


class _Peak(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    chip: str
    precision: NumberFormat
    density: str
    path: str
    tflops: list[str]
    source: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    valid_from: str
    assumptions: list[_Assumed]
    peaks: list[_Peak]


@cache
def in_force() -> Assumptions:
    """Return the newest version; `msgspec.ValidationError` flies where a file breaks its form."""
    files = [msgspec.json.decode(path.read_bytes(), type=_File) for path in DATA.glob("*.json")]
    said = max(files, key=lambda each: each.version)
    return Assumptions(
        version=said.version,
        by_code={
            each.code: Assumption(
                code=each.code,
                value=Decimal(each.value),
                least=Decimal(each.least),
                most=Decimal(each.most),
                basis=each.basis,
                source=each.source,
            )
            for each in said.assumptions
        },
        peaks=tuple(
            Peak(
                chip=each.chip,
                precision=each.precision,
                density=each.density,
                path=each.path,
                tflops=tuple(map(Decimal, each.tflops)),
                source=each.source,
            )
            for each in said.peaks
        ),
    )
