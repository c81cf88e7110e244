"""What a node says of one of its days: figures by class, and what is withheld; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

METHODOLOGY: Final = 1
PROVIDERS_MIN: Final = 3  # fewer could read each other's figures in a sum
MILLI_MAX: Final = 10**18
TRADED: Final = "traded"
GREEN: Final = "green_share"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassTotals:
    """
    The figures of a class of resources on a day, before any is withheld.

    `capacity` maps a unit to resources, total and available in thousandths; `traders` and
    `supplied` say how many providers stand behind what was traded, and behind the green share.
    """

    resource_class: str
    capacity: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    trades: int = 0
    standard_hours: Decimal = Decimal(0)
    price: Decimal | None = None
    traders: int = 0
    pue: Decimal | None = None
    green_share: Decimal | None = None
    supplied: int = 0


class UnitShape(msgspec.Struct, frozen=True):
    """How much there is in a unit."""

    unit: Annotated[str, Meta(max_length=8)]
    resources: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    total_milli: Annotated[int, Meta(ge=0, le=MILLI_MAX)]
    available_milli: Annotated[int, Meta(ge=0, le=MILLI_MAX)]


class TradedShape(msgspec.Struct, frozen=True):
    """What was traded."""

    trades: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    standard_hours: Annotated[str, Meta(pattern=r"^[0-9]{1,20}([.][0-9]{1,12})?$")]
    price: Annotated[str, Meta(pattern=r"^[0-9]{1,10}([.][0-9]{1,6})?$")] | None


class ClassShape(msgspec.Struct, frozen=True):
    """The figures of a class."""

    resource_class: Annotated[str, Meta(max_length=8)]
    capacity: Annotated[list[UnitShape], Meta(max_length=16)]
    traded: TradedShape | None
    pue: Annotated[str, Meta(pattern=r"^[0-9]([.][0-9]{1,3})?$")] | None
    green_share: Annotated[str, Meta(pattern=r"^(0([.][0-9]{1,3})?|1([.]0{1,3})?)$")] | None
    withheld: Annotated[list[Annotated[str, Meta(max_length=16)]], Meta(max_length=8)]


class TotalsShape(msgspec.Struct, frozen=True):
    """What is read of a `totals` statement."""

    subject: Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    at: Annotated[datetime, Meta(tz=True)]
    methodology: int
    sequence: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    classes: Annotated[list[ClassShape], Meta(max_length=16)]

    @property
    def day(self) -> date:
        """Return the day that it is about."""
        return date.fromisoformat(self.subject)


def body(
    day: date, *, classes: Sequence[ClassTotals], sequence: int, at: datetime
) -> dict[str, Any]:
    """Return the body of a `totals` statement; what fewer than three stand behind is withheld."""
    return {
        "at": at,
        "classes": [_of_class(each) for each in classes],
        "methodology": METHODOLOGY,
        "sequence": sequence,
        "subject": day.isoformat(),
    }


def _of_class(said: ClassTotals) -> dict[str, Any]:
    withheld = []
    if 0 < said.traders < PROVIDERS_MIN:
        withheld.append(TRADED)
    if said.green_share is not None and said.supplied < PROVIDERS_MIN:
        withheld.append(GREEN)
    return {
        "capacity": [
            {
                "available_milli": available,
                "resources": resources,
                "total_milli": total,
                "unit": unit,
            }
            for unit, (resources, total, available) in sorted(said.capacity.items())
        ],
        "green_share": None if GREEN in withheld else _figure(said.green_share, "0.001"),
        "pue": _figure(said.pue, "0.001"),
        "resource_class": said.resource_class,
        "traded": None
        if TRADED in withheld
        else {
            "price": _figure(said.price, "0.000001"),
            "standard_hours": f"{said.standard_hours:f}",
            "trades": said.trades,
        },
        "withheld": withheld,
    }


def _figure(value: Decimal | None, step: str) -> str | None:
    return None if value is None else f"{value.quantize(Decimal(step)):f}"


def read(body: Mapping[str, Any]) -> TotalsShape | None:
    """Return what a statement says of a day; None if it has not its form, or a class twice."""
    try:
        found = msgspec.convert(body, TotalsShape)
        date.fromisoformat(found.subject)
    except (msgspec.ValidationError, ValueError):
        return None
    names = [each.resource_class for each in found.classes]
    is_sound = len(set(names)) == len(names) and all(
        each.traded is None or TRADED not in each.withheld for each in found.classes
    )
    return found if is_sound else None
