"""Electricity and carbon of charges, contracts, orders and trades, beside them in the answers."""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.errors import NotFound
from identity.contracts import Role
from marketplace.settlement import selectors
from metering.energy.api.serializers import MonthField
from metering.energy.contracts import EnergyBasis, PueBasis

READERS = frozenset({Role.PROVIDER, Role.BUYER, Role.AUDITOR, Role.OPERATOR, Role.FINANCE})


def _figure(source: str | None = None, *, places: int = 3) -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=44,
        decimal_places=places,
        rounding=ROUND_HALF_UP,
        allow_null=True,
        source=source,
        normalize_output=False,
        default=None,
    )


class ChargeEnergyReply(serializers.Serializer[Any]):
    """What the usage record behind a charge cost; what is not known is null."""

    is_superseded = serializers.BooleanField(help_text="a later revision counts instead")
    basis = serializers.ChoiceField(
        EnergyBasis.choices, source="told.emission.basis", allow_null=True, default=None
    )
    it_kwh = _figure("told.emission.it_kwh", places=12)
    pue = _figure("told.emission.pue.value")
    pue_basis = serializers.ChoiceField(
        PueBasis.choices, source="told.emission.pue.basis", allow_null=True, default=None
    )
    facility_kwh = _figure("told.emission.facility_kwh")
    location_g = _figure("told.emission.location_g")
    market_g = _figure("told.emission.market_g")
    it_kwh_per_standard_hour = _figure("kwh_per_hour", places=6)
    g_per_standard_hour = _figure("g_per_hour")


class EmissionPartReply(serializers.Serializer[Any]):
    """What is known of one month."""

    month = MonthField()
    it_kwh_measured = _figure("used.measured", places=12)
    it_kwh_estimated = _figure("used.estimated", places=12)
    records = serializers.IntegerField(source="used.records")
    records_unknown = serializers.IntegerField(source="used.unknown")
    pue = _figure("emission.pue.value")
    pue_basis = serializers.ChoiceField(PueBasis.choices, source="emission.pue.basis")
    facility_kwh = _figure("emission.facility_kwh")
    location_g = _figure("emission.location_g")
    market_g = _figure("emission.market_g")


class EmissionReply(serializers.Serializer[Any]):
    """What all use of a contract cost so far; a sum is null while one record is not known."""

    basis = serializers.ChoiceField(EnergyBasis.choices)
    it_kwh = _figure(places=12)
    it_kwh_measured = _figure("known.measured", places=12)
    it_kwh_estimated = _figure("known.estimated", places=12)
    records = serializers.IntegerField()
    records_unknown = serializers.IntegerField(source="unknown")
    facility_kwh = _figure()
    location_g = _figure()
    market_g = _figure()
    it_kwh_per_standard_hour = _figure("kwh_per_hour", places=6)
    g_per_standard_hour = _figure("g_per_hour")
    months = EmissionPartReply(many=True, source="parts")


class OrderEnergyReply(EmissionReply):
    """What the use of an order cost."""

    order_id = serializers.UUIDField()
    contract_id = serializers.UUIDField()


class ListWithEnergy(generics.ListAPIView[Any]):
    """A list whose rows tell, as `energy`, what they cost; it is read for a page at a time."""

    def energy_of(self, rows: Sequence[Any]) -> Mapping[UUID, Any]:
        """Return what each of some rows cost, by its key."""
        raise NotImplementedError

    def paginate_queryset(self, queryset: Any) -> list[Any] | None:
        """Return one page, each row with its energy."""
        rows = super().paginate_queryset(queryset)
        return None if rows is None else with_energy(rows, self.energy_of)


def with_energy(
    rows: Sequence[Any], read: Callable[[Sequence[Any]], Mapping[UUID, Any]]
) -> list[Any]:
    """Let rows bear what they cost; nothing where nothing is told of one."""
    found = read(rows)
    for row in rows:
        row.energy = found.get(row.pk)
    return list(rows)


def of_contracts(rows: Sequence[Any]) -> Mapping[UUID, Any]:
    """Return what each of some contracts cost so far."""
    return selectors.emission_of_contracts({row.pk for row in rows})


class OrderEnergy(APIView):
    """Electricity and carbon of an order."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": "settlement:read"}

    @extend_schema(responses=OrderEnergyReply)
    def get(self, request: Request, order_id: UUID) -> Response:  # noqa: ARG002 - DRF's signature
        """Return what the use of the order cost so far, in all and by month."""
        contract = selectors.contract_of_order(order_id)
        found = selectors.emission_of_contracts([contract.pk]) if contract else {}
        if contract is None or contract.pk not in found:
            raise NotFound
        facts = EmissionReply(found[contract.pk]).data
        return Response({"order_id": order_id, "contract_id": contract.pk, **facts})
