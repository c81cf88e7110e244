"""Every lock of this room, so that their order can be seen in one place."""

from uuid import UUID

from metering.energy.contracts import CentreNotFound, GreenNotFound
from metering.energy.models import DataCentre, GreenSupply


def centre(*, provider_id: UUID, centre_id: UUID) -> DataCentre:
    """
    Hold a data centre: what counts for its months is decided one after another.

    :raises CentreNotFound: if there is none, or it is someone else's
    """
    rows = DataCentre.objects.select_for_update(no_key=True)
    found = rows.filter(pk=centre_id, provider_id=provider_id).first()
    if found is None:
        raise CentreNotFound
    return found


def supply(*, provider_id: UUID, supply_id: UUID) -> GreenSupply:
    """
    Hold a green supply; a centre is held before it.

    :raises GreenNotFound: if there is none, or it is someone else's
    """
    rows = GreenSupply.objects.select_for_update(no_key=True)
    found = rows.filter(pk=supply_id, provider_id=provider_id).first()
    if found is None:
        raise GreenNotFound
    return found
