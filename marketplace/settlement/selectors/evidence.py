"""What stands behind charges: usage records, and what they cost in electricity and carbon."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from common import tenancy
from marketplace.settlement.contracts import ChargeNotFound
from marketplace.settlement.models import Charge
from metering import selectors as metering_selectors
from metering.energy import selectors as energy_selectors
from metering.energy.selectors.usage import EmissionTotal


def charge_for(charge_id: UUID, organization_id: UUID | None) -> Charge:
    """
    Return a charge of a buyer or provider, or of anybody if none is named.

    :raises ChargeNotFound: if there is none, or it is someone else's (the two look alike)
    """
    found = Charge.objects.select_related("contract").filter(pk=charge_id)
    if organization_id is not None:
        found = found.filter(Q(buyer_id=organization_id) | Q(provider_id=organization_id))
    charge = found.first()
    if charge is None:
        raise ChargeNotFound
    return charge


def usage_behind(charge: Charge) -> Any:
    """Return the usage record of a charge with its meter; the caller acts for the market."""
    facts = ("usage__meter", "usage__resource", "usage__rule_version__metric")
    return Charge.objects.select_related(*facts).get(pk=charge.pk).usage


def emission_of_charges(found: QuerySet[Charge]) -> EmissionTotal:
    """
    Return what charges cost in electricity and carbon: of the usage behind them that still counts.

    Whoever calls has made sure that it may be told; usage itself is its provider's.
    """
    charged = found.order_by().values("usage_id")
    with tenancy.acting_as_platform():
        counting = metering_selectors.current_usage().filter(pk__in=charged)
        return energy_selectors.total_emission(counting.values("pk"), expected=counting.count())
