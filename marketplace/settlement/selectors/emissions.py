"""
What charges, contracts and trades cost in electricity and carbon, many at a time.

Of a usage record that was revised the later revision counts alone, so that charges add up to their
contract. Whoever calls has made sure that the rows may be told; usage itself is its provider's.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from common import moments, tenancy
from common.money import EXACT
from marketplace.settlement.contracts import TradeKind
from marketplace.settlement.models import Charge, TradeRecord
from metering import selectors as metering_selectors
from metering.energy import selectors as energy_selectors
from metering.energy.contracts import EnergyBasis, UsageEmission, Used
from metering.energy.selectors import EmissionTotal, RecordSums

NOTHING: Any = Decimal(0)


@dataclass(frozen=True, slots=True)
class ChargedEnergy:
    """
    Electricity and carbon of the usage record behind a charge.

    Nothing is told where nobody counted it yet, or where a later revision counts instead.
    """

    told: UsageEmission | None
    is_superseded: bool
    standard_hours: Decimal | None  # of the record as a whole

    @property
    def kwh_per_hour(self) -> Decimal | None:
        """Return the kilowatt-hours of IT equipment of a standard hour."""
        kwh = self.told.emission.it_kwh if self.told else None
        return energy_selectors.per_standard_hour(kwh, self.standard_hours)

    @property
    def g_per_hour(self) -> Decimal | None:
        """Return the grams of CO2 of a standard hour, by the grid of the place."""
        grams = self.told.emission.location_g if self.told else None
        return energy_selectors.per_standard_hour(grams, self.standard_hours)


def energy_of_charges(charges: Sequence[Charge]) -> dict[UUID, ChargedEnergy]:
    """Return what each of some charges cost, by its id."""
    usage_of = {charge.pk: charge.usage_id for charge in charges if charge.usage_id is not None}
    ids = list(usage_of.values())
    with tenancy.acting_as_platform():
        told = energy_selectors.energy_of(ids)
        superseded = metering_selectors.superseded_among(ids)
    counted = {pk: told.get(usage) for pk, usage in usage_of.items() if usage not in superseded}
    return {
        charge.pk: ChargedEnergy(
            told=counted.get(charge.pk),
            is_superseded=charge.usage_id in superseded,
            standard_hours=charge.measured_standard_hours,
        )
        for charge in charges
    }


def emission_of_contracts(contract_ids: Collection[UUID]) -> dict[UUID, EmissionTotal]:
    """Return what each of some contracts cost so far, by its id; nothing measured adds nothing."""
    with tenancy.acting_as_platform():
        groups = _sums_of_contracts(contract_ids)
        found = energy_selectors.emission_totals(groups)
    return {contract_id: found[contract_id] for contract_id in groups}


def emission_of_trades(records: Sequence[TradeRecord]) -> dict[UUID, EmissionTotal]:
    """
    Return what each of some trades cost, by the record's id.

    A record that corrects another has none of its own: the first tells of all, as it is now.
    """
    trades = [record for record in records if record.kind == TradeKind.TRADE]
    found = emission_of_contracts({record.contract_id for record in trades})
    return {each.pk: found[each.contract_id] for each in trades if each.contract_id in found}


def _sums_of_contracts(contract_ids: Collection[UUID]) -> dict[UUID, RecordSums]:
    sums: dict[UUID, dict[tuple[UUID, date], Used]] = {}
    expected: dict[UUID, int] = {}
    hours: dict[UUID, Decimal | None] = {}
    for row in _rows_of_contracts(contract_ids):
        contract_id = row["contract_id"]
        expected[contract_id] = expected.get(contract_id, 0) + row["records"]
        hours[contract_id] = _added(hours.get(contract_id, NOTHING), row)
        its = sums.setdefault(contract_id, {})
        if row["resource"] is not None:
            its[(row["resource"], row["month"].date())] = Used(
                row["measured"] or NOTHING,
                row["estimated"] or NOTHING,
                row["records"],
                row["unknown"],
            )
    return {key: RecordSums(its, expected[key], hours[key]) for key, its in sums.items()}


def _added(before: Decimal | None, row: Mapping[str, Any]) -> Decimal | None:
    """Add hours up; one record without any leaves the sum open."""
    if before is None or row["converted"] != row["records"]:
        return None
    return EXACT.add(before, row["hours"])


def _rows_of_contracts(contract_ids: Collection[UUID]) -> QuerySet[Charge, Any]:
    """Return the usage behind contracts that counts, by resource and month."""
    basis = "usage__energy__basis"
    return (
        Charge.objects.filter(contract_id__in=contract_ids, usage__superseded_by__isnull=True)
        .filter(usage__isnull=False)
        .annotate(
            resource=F("usage__energy__resource"),
            month=TruncMonth("usage__starts_at", tzinfo=moments.market_zone()),
        )
        .values("contract_id", "resource", "month")
        .annotate(
            records=Count("id"),
            converted=Count("usage__standard_hours"),
            hours=Sum("usage__standard_hours"),
            measured=Sum("usage__energy__it_kwh", filter=Q((basis, EnergyBasis.MEASURED))),
            estimated=Sum("usage__energy__it_kwh", filter=Q((basis, EnergyBasis.ESTIMATED))),
            unknown=Count("id", filter=Q((basis, EnergyBasis.UNKNOWN))),
        )
        .order_by("contract_id", "month", "resource")
    )
