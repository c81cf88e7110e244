"""What the policy room's API reads and answers."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from identity.http.fields import (
    AmountField,
    DayField,
    MomentField,
    StrictCharField,
    StrictIntegerField,
    StrictSerializer,
)
from marketplace.policy.contracts import (
    TITLE_LENGTH_MAX,
    YEARS_LATER_MAX,
    PerformanceFigure,
    WorkbenchBasis,
    WorkbenchState,
)
from marketplace.policy.selectors import PerformanceReport, PerformanceSums


class NewPolicyRun(StrictSerializer):
    """Rules to try, what to compare them with, and on which trades."""

    title = StrictCharField(max_length=TITLE_LENGTH_MAX)
    code = StrictCharField(max_length=24, help_text="the programme that the rules are for")
    rules = serializers.DictField(
        required=False, help_text="whole rules; without them those in force are tried"
    )
    base_rules = serializers.DictField(
        required=False, help_text="what they are compared with; without them the rules in force"
    )
    basis = serializers.ChoiceField(choices=WorkbenchBasis.choices, default=WorkbenchBasis.TRADES)
    starts_at = MomentField()
    ends_at = MomentField(help_text="exclusive")
    years_later = StrictIntegerField(
        min_value=0,
        max_value=YEARS_LATER_MAX,
        default=0,
        help_text="by how many years trades are moved, to meet the rules' dates",
    )
    budget_minor = AmountField(
        required=False, help_text="without it, the budget that the rules state or what was funded"
    )


class PolicyRunReply(serializers.Serializer[Any]):
    """A run and how far it is."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    title = serializers.CharField()
    code = serializers.CharField()
    basis = serializers.ChoiceField(choices=WorkbenchBasis.choices)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    years_later = serializers.IntegerField()
    budget_minor = serializers.IntegerField()
    rules_hash = serializers.CharField()
    base_hash = serializers.CharField()
    state = serializers.ChoiceField(choices=WorkbenchState.choices)
    progress_percent = serializers.IntegerField()
    inputs_root = serializers.CharField()
    result_hash = serializers.CharField()
    run_hash = serializers.CharField()
    failure = serializers.CharField()
    queued_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    published_at = serializers.DateTimeField(allow_null=True)


class PolicyRunDetailReply(PolicyRunReply):
    """A run with what it came to."""

    result = serializers.DictField(allow_null=True)


class PerformancePeriod(StrictSerializer):
    """The days of a report, both included."""

    starts_on = DayField()
    ends_on = DayField()


class PerformanceSumsReply(serializers.Serializer[Any]):
    """Amounts in minor units, and what was used for them."""

    funded_minor = serializers.SerializerMethodField()
    issued_minor = serializers.SerializerMethodField()
    used_minor = serializers.SerializerMethodField()
    expired_minor = serializers.SerializerMethodField()
    clawed_back_minor = serializers.SerializerMethodField()
    paid_minor = serializers.SerializerMethodField()
    reimbursed_minor = serializers.SerializerMethodField()
    repaid_minor = serializers.SerializerMethodField()
    holders = serializers.SerializerMethodField()
    own_minor = serializers.IntegerField(help_text="what buyers paid themselves beside it")
    standard_hours = serializers.DecimalField(max_digits=38, decimal_places=12)

    def get_funded_minor(self, sums: PerformanceSums) -> int:
        """Return what went into the pool."""
        return sums.minor[PerformanceFigure.FUNDED]

    def get_issued_minor(self, sums: PerformanceSums) -> int:
        """Return what vouchers were issued for."""
        return sums.minor[PerformanceFigure.ISSUED]

    def get_used_minor(self, sums: PerformanceSums) -> int:
        """Return what vouchers paid, corrections deducted."""
        return sums.minor[PerformanceFigure.USED]

    def get_expired_minor(self, sums: PerformanceSums) -> int:
        """Return what expired."""
        return sums.minor[PerformanceFigure.EXPIRED]

    def get_clawed_back_minor(self, sums: PerformanceSums) -> int:
        """Return what was taken back."""
        return sums.minor[PerformanceFigure.CLAWED_BACK]

    def get_paid_minor(self, sums: PerformanceSums) -> int:
        """Return what the programme's payers paid."""
        return sums.minor[PerformanceFigure.PAID]

    def get_reimbursed_minor(self, sums: PerformanceSums) -> int:
        """Return what was granted to buyers afterwards and did not come back."""
        return sums.minor[PerformanceFigure.REIMBURSED]

    def get_repaid_minor(self, sums: PerformanceSums) -> int:
        """Return what was paid back for claw-backs."""
        return sums.minor[PerformanceFigure.REPAID]

    def get_holders(self, sums: PerformanceSums) -> int:
        """Return how many enterprises it concerns."""
        return len(sums.holders)


def _six_digits(value: Decimal | None) -> str | None:
    if value is None:
        return None
    return f"{value.quantize(Decimal('0.000001'), rounding=ROUND_HALF_UP):f}"


class PerformanceReply(serializers.Serializer[Any]):
    """What a programme did in a period; what nobody measures is null."""

    programme_id = serializers.UUIDField()
    code = serializers.CharField()
    starts_at = serializers.DateTimeField(source="period.starts_at")
    ends_at = serializers.DateTimeField(source="period.ends_at")
    total = PerformanceSumsReply()
    returned_minor = serializers.IntegerField()
    leverage = serializers.DecimalField(
        max_digits=20, decimal_places=2, allow_null=True, help_text="own yuan a yuan of support"
    )
    unmeasured_charges = serializers.IntegerField()
    energy_kwh = serializers.SerializerMethodField()
    carbon_kg = serializers.SerializerMethodField()
    months = serializers.SerializerMethodField()
    groups = serializers.SerializerMethodField()

    @extend_schema_field(serializers.DecimalField(24, 6, allow_null=True))
    def get_energy_kwh(self, report: PerformanceReport) -> str | None:
        """Return the electricity of supported use; null where a part of it is not known."""
        emission = report.emission
        return _six_digits(None if emission is None else emission.facility_kwh)

    @extend_schema_field(serializers.DecimalField(24, 6, allow_null=True))
    def get_carbon_kg(self, report: PerformanceReport) -> str | None:
        """Return its carbon by the grid; null where a part of it is not known."""
        emission = report.emission
        grams = None if emission is None else emission.location_g
        return _six_digits(None if grams is None else grams / 1000)

    @extend_schema_field(serializers.DictField(child=PerformanceSumsReply()))
    def get_months(self, report: PerformanceReport) -> dict[str, Any]:
        """Return the sums by month of the market."""
        return {name: PerformanceSumsReply(sums).data for name, sums in report.months.items()}

    @extend_schema_field(
        serializers.DictField(child=serializers.DictField(child=PerformanceSumsReply()))
    )
    def get_groups(self, report: PerformanceReport) -> dict[str, Any]:
        """Return the sums by district, class and size."""
        return {
            name: {value: PerformanceSumsReply(sums).data for value, sums in its.items()}
            for name, its in report.groups.items()
        }
