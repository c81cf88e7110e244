"""Bodies and answers of energy. Exact figures are rounded here, and only here: half up."""

from datetime import date
from decimal import ROUND_HALF_UP
from typing import Any

from rest_framework import serializers

from common import moments
from common.errors import Refusal
from identity.http.fields import (
    StrictCharField,
    StrictDecimalField,
    StrictIntegerField,
    StrictSerializer,
    StrictUUIDField,
)
from metering.energy.contracts import (
    DIRECT_LENGTH_MAX,
    NAME_LENGTH_MAX,
    TEXT_LENGTH_MAX,
    Compliance,
    EnergyBasis,
    GreenKind,
    GreenState,
    PueBasis,
    UsageEmission,
)


class MonthField(serializers.DateField):
    """A month of the market's zone, such as `2026-11`."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", "a month of the market's time zone, as `2026-11`")
        super().__init__(**options)

    def to_internal_value(self, value: Any) -> date:
        """Return the first day of the month."""
        try:
            return moments.parse_month(value if isinstance(value, str) else "")
        except Refusal as refusal:
            raise serializers.ValidationError(str(refusal), code=refusal.code) from refusal

    def to_representation(self, value: Any) -> str:
        """Return the month."""
        return f"{value:%Y-%m}"


def _figure(source: str | None = None) -> serializers.Field[Any, Any, Any, Any]:
    return serializers.DecimalField(
        max_digits=44,
        decimal_places=3,
        rounding=ROUND_HALF_UP,
        allow_null=True,
        source=source,
        normalize_output=False,
    )


class GridFactorInForce(serializers.Serializer[Any]):
    """Kilograms of CO2 of a kilowatt-hour, by grid and year, as it counts."""

    province = serializers.CharField(help_text="000000: the country, without what is traded green")
    year = serializers.IntegerField()
    version = serializers.IntegerField()
    value = serializers.DecimalField(max_digits=5, decimal_places=4)
    source = serializers.CharField()  # type: ignore[assignment] # the column's name


class GridFactorReply(GridFactorInForce):
    """A factor as it was published."""

    published_at = serializers.DateTimeField()


class NewGridFactor(StrictSerializer):
    """A factor that was published for a year."""

    province = StrictCharField(max_length=6)
    year = StrictIntegerField(min_value=2000, max_value=2999)
    value = StrictDecimalField(max_digits=5, decimal_places=4)
    source = StrictCharField(  # type: ignore[assignment] # the column's name
        max_length=TEXT_LENGTH_MAX
    )


class CentreReply(serializers.Serializer[Any]):
    """A data centre."""

    id = serializers.UUIDField()
    provider_id = serializers.UUIDField()
    name = serializers.CharField()
    name_en = serializers.CharField()
    region = serializers.CharField()
    province = serializers.CharField()
    added_at = serializers.DateTimeField()


class NewCentre(StrictSerializer):
    """A data centre to add; its place is six digits of GB/T 2260."""

    name = StrictCharField(max_length=NAME_LENGTH_MAX)
    name_en = StrictCharField(max_length=NAME_LENGTH_MAX, required=False, default="")
    region = StrictCharField(max_length=6)


class NewPlaces(StrictSerializer):
    """Resources that stand in a centre from a month on."""

    resources = serializers.ListField(
        child=StrictUUIDField(), min_length=1, max_length=1000, help_text="ids"
    )
    month = MonthField()


class PlacedReply(serializers.Serializer[Any]):
    """How many resources were placed."""

    placed = serializers.IntegerField()


class PueReply(serializers.Serializer[Any]):
    """The PUE of a centre in a month."""

    month = MonthField()
    version = serializers.IntegerField()
    value = serializers.DecimalField(max_digits=4, decimal_places=3)
    evidence = serializers.CharField()
    evidence_file = serializers.UUIDField(allow_null=True)
    entered_at = serializers.DateTimeField()


class NewPue(StrictSerializer):
    """A PUE with what proves it."""

    month = MonthField()
    value = StrictDecimalField(max_digits=6, decimal_places=3)
    evidence = StrictCharField(max_length=TEXT_LENGTH_MAX)
    evidence_file = StrictUUIDField(required=False, allow_null=True, default=None)


class MonthsQuery(StrictSerializer):
    """From which month to which, both included."""

    first = MonthField()
    last = MonthField()


class CentreMonthReply(serializers.Serializer[Any]):
    """A centre in a month; what is not known is null."""

    month = MonthField()
    it_kwh_measured = _figure("used.measured")
    it_kwh_estimated = _figure("used.estimated")
    records = serializers.IntegerField(source="used.records")
    records_unknown = serializers.IntegerField(source="used.unknown")
    pue = serializers.DecimalField(
        max_digits=4, decimal_places=3, allow_null=True, source="pue.value"
    )
    pue_basis = serializers.ChoiceField(PueBasis.choices, source="pue.basis")
    pue_version = serializers.IntegerField(source="pue.version")
    facility_kwh = _figure()
    grid_factor = GridFactorInForce(source="factor", allow_null=True)
    location_kg = _figure()
    market_kg = _figure()
    claimed_kwh = _figure()
    counted_kwh = _figure()
    green_share = serializers.DecimalField(
        max_digits=7, decimal_places=6, rounding=ROUND_HALF_UP, allow_null=True
    )
    pue_state = serializers.ChoiceField(Compliance.choices)
    green_state = serializers.ChoiceField(Compliance.choices)
    threshold_version = serializers.IntegerField(source="threshold.version", allow_null=True)


class NewSupply(StrictSerializer):
    """A green certificate (1,000 kWh) or a month of a contract of direct supply."""

    kind = serializers.ChoiceField(GreenKind.choices)
    number = StrictCharField(max_length=2 * DIRECT_LENGTH_MAX)
    month = MonthField(help_text="in which it was generated")
    kwh = StrictDecimalField(max_digits=18, decimal_places=6, required=False)
    evidence = StrictCharField(max_length=TEXT_LENGTH_MAX)
    evidence_file = StrictUUIDField(required=False, allow_null=True, default=None)


class SupplyReply(serializers.Serializer[Any]):
    """Green electricity, and what became of it."""

    id = serializers.UUIDField()
    provider_id = serializers.UUIDField()
    kind = serializers.ChoiceField(GreenKind.choices)
    number = serializers.CharField()
    kwh = serializers.DecimalField(max_digits=18, decimal_places=6)
    month = MonthField()
    evidence = serializers.CharField()
    evidence_file = serializers.UUIDField(allow_null=True)
    state = serializers.ChoiceField(GreenState.choices)
    centre_id = serializers.UUIDField(allow_null=True)
    registered_at = serializers.DateTimeField()
    claimed_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    end_reason = serializers.CharField()


class NewClaimOfSupply(StrictSerializer):
    """The centre and month that it counts for."""

    centre_id = StrictUUIDField()
    month = MonthField()


class EndOfSupply(StrictSerializer):
    """Why it is retired or cancelled."""

    reason = StrictCharField(max_length=TEXT_LENGTH_MAX)


class UsageEmissionReply(serializers.Serializer[UsageEmission]):
    """Electricity and carbon of a usage record; what is not known is null."""

    usage_id = serializers.UUIDField()
    month = MonthField()
    basis = serializers.ChoiceField(EnergyBasis.choices, source="emission.basis")
    told = serializers.CharField()
    reason = serializers.CharField(help_text="why it is not known; empty where it is")
    it_kwh = serializers.DecimalField(
        max_digits=38, decimal_places=12, allow_null=True, source="emission.it_kwh"
    )
    pue = serializers.DecimalField(
        max_digits=4, decimal_places=3, allow_null=True, source="emission.pue.value"
    )
    pue_basis = serializers.ChoiceField(PueBasis.choices, source="emission.pue.basis")
    facility_kwh = _figure("emission.facility_kwh")
    grid_factor = serializers.DecimalField(
        max_digits=5, decimal_places=4, allow_null=True, source="emission.factor.value"
    )
    grid_factor_year = serializers.IntegerField(allow_null=True, source="emission.factor.year")
    location_g = _figure("emission.location_g")
    market_g = _figure("emission.market_g")
