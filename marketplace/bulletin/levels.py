"""What the market's node tells those above of each day: figures by class, signed there."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from common import moments, tenancy
from gateway.contracts import is_stand_alone
from gateway.peering import services as peering_services
from gateway.peering.rules.totals import ClassTotals
from identity import capacity
from identity.capacity import CapacitySum
from identity.contracts import ResourceClass
from marketplace.bulletin.models import DailyIndex
from marketplace.bulletin.rules import METHODOLOGY
from metering.energy import selectors as energy_selectors

DAYS_BACK: Final = 1
GRACE: Final = timedelta(minutes=30)  # the index of a day is published first


def tell_day(*, now: datetime) -> bool:
    """
    Let the node sign the day that is over, once; return whether it did.

    A market alone tells nobody. Capacity is what is registered when it is signed; trades and
    price are those of the day.

    :raises KeyUnusable: if the node cannot sign
    """
    day = moments.market_date(now - GRACE) - timedelta(days=DAYS_BACK)
    if is_stand_alone():
        return False
    classes = figures_of(day)
    return peering_services.say_totals(day=day, classes=classes, now=now) is not None


def figures_of(day: date) -> list[ClassTotals]:
    """Return the figures of a day by class, before any is withheld; no class without any."""
    with tenancy.acting_as_platform():
        sums = capacity.active_sums()
        indexes = {
            each.resource_class: each
            for each in DailyIndex.objects.filter(day=day, methodology=METHODOLOGY)
        }
        share, suppliers = _green(day)
    found = []
    for name in ResourceClass.values:
        own, index = [each for each in sums if each.resource_class == name], indexes.get(name)
        if not own and index is None:
            continue
        found.append(
            ClassTotals(
                resource_class=name,
                capacity={
                    each.unit: (each.resources, each.total_milli, each.available_milli)
                    for each in own
                },
                trades=index.trades if index else 0,
                standard_hours=index.standard_hours if index else Decimal(0),
                price=index.price if index else None,
                traders=index.providers if index else 0,
                pue=_pue(own),
                green_share=share,
                supplied=suppliers,
            )
        )
    return found


def _pue(sums: Iterable[CapacitySum]) -> Decimal | None:
    """Return the PUE that owners state, weighed by what there is; None where nobody states one."""
    stated = [(each.pue_weight, each.pue_milli) for each in sums if each.pue_weight is not None]
    weighed = sum(milli for _weight, milli in stated)
    return sum((weight for weight, _milli in stated), Decimal(0)) / weighed if weighed else None


def _green(day: date) -> tuple[Decimal | None, int]:
    """Return the green share of centres in the month before a day, and how many owners have it."""
    month = (day.replace(day=1) - timedelta(days=1)).replace(day=1)
    centres = energy_selectors.all_centres()
    owners = {each.pk: each.provider_id for each in centres}
    counted = [
        (each.counted_kwh, each.facility_kwh, owners[each.centre_id])
        for each in energy_selectors.centre_months(centres, first=month, last=month)
        if each.counted_kwh is not None and each.facility_kwh
    ]
    used = sum((facility for _green_kwh, facility, _owner in counted if facility), Decimal(0))
    green = sum((kwh for kwh, _facility, _owner in counted if kwh is not None), Decimal(0))
    share = green / used if used else None
    return share, len({owner for _kwh, _facility, owner in counted})
