"""Factors of grids, as they are published year by year."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db import connection, transaction
from django.db.models import Max

from identity.events import services as events
from metering.energy.contracts import TEXT_LENGTH_MAX, GridFactorRefused
from metering.energy.event_names import EnergyEvent
from metering.energy.models import GridFactor

_PROVINCE: Final = re.compile(r"[0-9]{2}0000", re.ASCII)
_LOCK: Final = 0x5350_4D0E  # any number that no other room uses
_VALUE_MAX: Final = Decimal("9.9999")


@transaction.atomic
def publish_factor(
    *, person_id: int, province: str, year: int, value: Decimal, source: str, now: datetime
) -> GridFactor:
    """
    Publish a grid's factor of a year; another figure of that year is its next version.

    It counts for use in that year, and in later ones until theirs are published.

    :raises GridFactorRefused: if a part of it is none
    """
    named = " ".join(source.split())
    if not _PROVINCE.fullmatch(province):
        raise GridFactorRefused(field="province")
    if not 2000 <= year <= now.year:
        raise GridFactorRefused(field="year")
    if not value.is_finite() or not 0 <= value <= _VALUE_MAX:
        raise GridFactorRefused(field="value")
    if -int(value.as_tuple().exponent) > 4:
        raise GridFactorRefused(field="value")
    if not named or len(named) > TEXT_LENGTH_MAX:
        raise GridFactorRefused(field="source")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    known = GridFactor.objects.filter(province=province, year=year).aggregate(top=Max("version"))
    factor = GridFactor.objects.create(
        province=province,
        year=year,
        version=(known["top"] or 0) + 1,
        value=value,
        source=named,
        published_at=now,
        published_by_id=person_id,
    )
    events.record(
        [
            events.Event(
                name=EnergyEvent.FACTOR_PUBLISHED,
                object_kind="grid_factor",
                object_id=factor.pk,
                object_label=f"{province} {year}",
                concerns=[],
                facts={"value": f"{value:f}", "version": factor.version},
            )
        ]
    )
    return factor
