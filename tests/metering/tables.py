"""Conversion tables and certificates to play with."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from metering import definitions, standards
from metering.contracts import Assessment, ComputePath, Density, Precision

AT = datetime(2026, 6, 15, tzinfo=UTC)
SPACE = UUID("5b1f9a3c-0d1c-4c43-a7de-5b8a31f7b001")


@dataclass(frozen=True)
class Certificate:
    """A capacity figure as conversion reads it: measured, of the training hour's line."""

    value: Decimal
    unit: str = "TFLOPS"
    precision: str = Precision.FP16
    density: str = Density.DENSE
    path: str = ComputePath.TENSOR
    assessment: str = Assessment.MEASURED
    source: str = "acceptance test"
    valid_from: datetime = datetime(2026, 6, 1, tzinfo=UTC)
    valid_to: datetime = datetime(2026, 7, 1, tzinfo=UTC)
    pk: UUID = field(default_factory=lambda: uuid5(SPACE, "certificate"))


def shipped(name: str) -> dict[str, Any]:
    """Return the table of a class as it comes with the market."""
    (found,) = (each for each in definitions.shipped_tables() if each["name"] == name)
    return deepcopy(found)


def published(name: str) -> standards.PublishedTable:
    """Return a shipped table, ready to look up in."""
    return standards.published(name, 1, shipped(name)["definition"])


def factor(name: str, specification: dict[str, Any], *certificates: Certificate, at=AT):
    """Return factor and reason of a resource by a shipped table."""
    return standards.factor(published(name), specification, certificates, at=at)


def one_row(**changes: Any) -> dict[str, Any]:
    """Return a table of one chip."""
    row = {"name": "X1", "figures": ["312"], "factor": "1.000000", "source": "a test"} | changes
    return shipped("training")["definition"] | {"rows": [row]}
