"""Published figures of chips, by precision, density and path; contested chips have none."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from metering.contracts import ComputePath, Density, Precision

DATA: Final = Path(__file__).parent / "data"
Kind = tuple[Precision, Density, ComputePath]


@cache
def chip_figures() -> Mapping[str, Mapping[Kind, Decimal]]:
    """Return TFLOPS by the name of a chip and the kind of figure."""
    said = msgspec.json.decode((DATA / "chips.v1.json").read_bytes())
    return {
        name: {
            (
                Precision(each["precision"]),
                Density(each["density"]),
                ComputePath(each["path"]),
            ): Decimal(each["tflops"])
            for each in chip["figures"]
        }
        for chip in said["chips"]
        for name in chip["names"]
    }
