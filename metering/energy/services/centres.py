"""Data centres: where they are, what stands in them, and their PUE by month."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max

from common.moments import market_date
from identity import selectors as identity_selectors
from identity.events import services as events
from metering.energy import locks
from metering.energy.contracts import (
    CENTRES_MAX,
    NAME_LENGTH_MAX,
    PUE_MAX,
    PUE_PLACES,
    CentreNameTaken,
    CentreRefused,
    EnergyMonthInFuture,
    PueRefused,
)
from metering.energy.event_names import EnergyEvent
from metering.energy.models import CentrePue, CentreResource, DataCentre
from metering.energy.services.evidence import keep_file, require_evidence


@transaction.atomic
def add_centre(
    *, provider_id: UUID, name: str, region: str, now: datetime, name_en: str = ""
) -> DataCentre:
    """
    Add a data centre of a provider; its province, whose grid factor counts, follows from its place.

    :raises CentreRefused: if name or place are none, or there are too many
    :raises CentreNameTaken: if the provider has one of that name
    """
    name, name_en = " ".join(name.split()), " ".join(name_en.split())
    if not name or max(len(name), len(name_en)) > NAME_LENGTH_MAX:
        raise CentreRefused(field="name")
    if len(region) != 6 or not (region.isascii() and region.isdigit()):
        raise CentreRefused(field="region")
    if DataCentre.objects.filter(provider=provider_id).count() >= CENTRES_MAX:
        raise CentreRefused(field="name")
    centre = DataCentre(
        provider_id=provider_id,
        name=name,
        name_en=name_en,
        region=region,
        province=f"{region[:2]}0000",
        added_at=now,
    )
    try:
        with transaction.atomic():
            centre.save(force_insert=True)
    except IntegrityError as error:
        if "data_centre_name_once" in str(error):
            raise CentreNameTaken(field="name") from error
        raise
    _tell(EnergyEvent.CENTRE_ADDED, centre, {"region": region})
    return centre


@transaction.atomic
def place_resources(
    *,
    provider_id: UUID,
    centre_id: UUID,
    resource_ids: Collection[UUID],
    month: date,
    now: datetime,
) -> int:
    """
    Let resources stand in a centre from a month on; a later place of that month is the last word.

    :raises CentreRefused: if a resource is not the provider's
    """
    centre = locks.centre(provider_id=provider_id, centre_id=centre_id)
    found = identity_selectors.resources(resource_ids)
    if not resource_ids or any(
        key not in found or found[key].provider_id != provider_id for key in resource_ids
    ):
        raise CentreRefused(field="resources")
    first = month.replace(day=1)
    CentreResource.objects.bulk_create(
        [
            CentreResource(
                provider_id=provider_id,
                centre=centre,
                resource_id=key,
                month=first,
                placed_at=now,
            )
            for key in sorted(set(resource_ids))
        ],
        update_conflicts=True,
        unique_fields=["resource", "month"],
        update_fields=["centre", "placed_at"],
    )
    facts = {"resources": len(set(resource_ids)), "month": f"{first:%Y-%m}"}
    _tell(EnergyEvent.CENTRE_EQUIPPED, centre, facts)
    return len(set(resource_ids))


@transaction.atomic
def enter_pue(
    *,
    provider_id: UUID,
    person_id: int,
    centre_id: UUID,
    month: date,
    value: Decimal,
    evidence: str,
    now: datetime,
    evidence_file: UUID | None = None,
) -> CentrePue:
    """
    Enter the PUE of a month with what proves it; another figure is the next version.

    :raises PueRefused: below 1, above 9.999 or finer than three decimals
    :raises EnergyMonthInFuture: if the month has not begun
    :raises EnergyEvidenceMissing: if nothing is named that proves it
    """
    centre = locks.centre(provider_id=provider_id, centre_id=centre_id)
    if not value.is_finite() or not 1 <= value <= PUE_MAX:
        raise PueRefused(field="value")
    if -int(value.as_tuple().exponent) > PUE_PLACES:
        raise PueRefused(field="value")
    first = month.replace(day=1)
    if first > market_date(now):
        raise EnergyMonthInFuture(field="month")
    named = require_evidence(evidence)
    known = CentrePue.objects.filter(centre=centre, month=first).aggregate(top=Max("version"))
    entered = CentrePue.objects.create(
        provider_id=provider_id,
        centre=centre,
        month=first,
        version=(known["top"] or 0) + 1,
        value=value,
        evidence=named,
        evidence_file=keep_file(
            evidence_file, provider_id=provider_id, by="metering_energy.pue", now=now
        ),
        entered_by_id=person_id,
        entered_at=now,
    )
    facts = {"month": f"{first:%Y-%m}", "pue": f"{value:f}", "version": entered.version}
    _tell(EnergyEvent.PUE_ENTERED, centre, facts)
    return entered


def _tell(name: EnergyEvent, centre: DataCentre, facts: dict[str, object]) -> None:
    events.record(
        [
            events.Event(
                name=name,
                object_kind="data_centre",
                object_id=centre.pk,
                object_label=centre.name,
                concerns=[centre.provider_id],
                facts=facts,
            )
        ]
    )
