from decimal import Decimal

import pytest

from metering import rules
from metering.contracts import CapacityLine, ComputePath, Density, Precision, UnlikeLines

FP16 = CapacityLine(Precision.FP16, Density.DENSE, ComputePath.TENSOR, Decimal(1000))


def test_lines_of_one_kind_add_up():
    assert rules.total_capacity([FP16, FP16]).value == 2000


@pytest.mark.parametrize(
    "other",
    [
        CapacityLine(Precision.INT8, Density.DENSE, ComputePath.TENSOR, Decimal(2000)),
        CapacityLine(Precision.FP16, Density.SPARSE, ComputePath.TENSOR, Decimal(2000)),
        CapacityLine(Precision.FP16, Density.DENSE, ComputePath.VECTOR, Decimal(2000)),
        CapacityLine(Precision.FP16, Density.DENSE, ComputePath.TENSOR, Decimal(2000), "TOPS"),
    ],
)
def test_lines_of_unlike_kinds_are_refused(other):
    with pytest.raises(UnlikeLines):
        rules.total_capacity([FP16, other])


def test_no_lines_are_no_capacity_of_any_kind():
    with pytest.raises(UnlikeLines):
        rules.total_capacity([])
