"""Cost baselines and reference prices over the API: everybody reads, operators propose."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.canonical import decimal_text
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.fields import (
    DayField,
    StrictCharField,
    StrictDecimalField,
    StrictIntegerField,
    StrictSerializer,
)
from identity.http.idempotency import idempotent
from marketplace.baselines import rules, selectors, services
from marketplace.baselines.contracts import (
    ABOVE_BP_MAX,
    BAND_BP_MIN,
    BELOW_BP_MAX,
    COST_REASON_MAX,
    COST_SOURCE_MAX,
    OFF_PEAK_BP_MAX,
    REFERENCE_REASON_MAX,
    CostBaseline,
    CostInput,
    CostVersionNotFound,
    CostVersionSaid,
    InputBasis,
    InputChange,
    ReferencePriceTerms,
    rounded_price,
)
from marketplace.baselines.models import ReferencePrice
from metering.table_contracts import HourClass


class CostInputReply(serializers.Serializer[Any]):
    """An input, what it rests on, and who says so."""

    code = serializers.CharField()
    value = serializers.CharField()
    basis = serializers.ChoiceField(choices=InputBasis.choices)
    source = serializers.CharField()  # type: ignore[assignment]
    as_of = serializers.DateField(allow_null=True, help_text="of which day the figure is")


class CostStepReply(serializers.Serializer[Any]):
    """A line of the calculation, half up to six digits; the next lines go on exactly."""

    code = serializers.CharField()
    formula = serializers.CharField()
    value = serializers.CharField()


class CostBaselineReply(serializers.Serializer[Any]):
    """What an hour of a unit, and a standard hour of its class, cost to make, in yuan."""

    version = serializers.IntegerField()
    hour_class = serializers.ChoiceField(choices=HourClass.choices)
    unit = serializers.CharField()
    is_reference = serializers.BooleanField(help_text="the class's figure speaks of this unit")
    inputs = CostInputReply(many=True)
    steps = CostStepReply(many=True)
    per_unit_hour = serializers.CharField()
    per_standard_hour = serializers.CharField()


class CostChangeReply(CostInputReply):
    """An input that differs from the version before; without a unit, of all units."""

    unit = serializers.CharField(allow_blank=True)


class CostVersionReply(serializers.Serializer[Any]):
    """A version of the inputs; the first came with the market and says no days."""

    number = serializers.IntegerField()
    valid_from = serializers.DateTimeField(allow_null=True)
    announced_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    changes = CostChangeReply(many=True)


class CostBaselinesReply(serializers.Serializer[Any]):
    """All cost baselines; `verify_baseline.py` computes them again from this answer."""

    results = CostBaselineReply(many=True)
    versions = CostVersionReply(many=True, help_text="the latest hundred, the newest first")


class InputSaid(StrictSerializer):
    """Another figure of an input: whose it is, of which day, and what it rests on."""

    unit = StrictCharField(
        max_length=80,
        required=False,
        help_text="with its class, `training:NVIDIA H100 SXM`; none: of all units",
    )
    code = serializers.ChoiceField(choices=[*rules.LIMITS])
    value = StrictDecimalField(max_digits=18, decimal_places=6)
    basis = serializers.ChoiceField(choices=InputBasis.choices)
    source = StrictCharField(max_length=COST_SOURCE_MAX)  # type: ignore[assignment]
    as_of = DayField()


class NewCosts(StrictSerializer):
    """Inputs that change; all others stay as the latest version says them."""

    changes = InputSaid(many=True, allow_empty=False)
    reason = StrictCharField(max_length=COST_REASON_MAX)

    def said(self) -> list[InputChange]:
        """Return what was sent."""
        return [
            InputChange(
                each.get("unit", ""),
                CostInput(
                    each["code"],
                    each["value"],
                    InputBasis(each["basis"]),
                    each["source"].strip(),
                    each["as_of"],
                ),
            )
            for each in self.validated_data["changes"]
        ]


class CostBaselines(APIView):
    """What hours cost to make by a published calculation. No index, and no price of anybody's."""

    public = True
    required_roles: ClassVar = {"POST": frozenset({Role.OPERATOR})}

    @extend_schema(
        responses=CostBaselinesReply,
        parameters=[OpenApiParameter("version", int, description="none: the one that holds")],
    )
    def get(self, request: Request) -> Response:
        """Return a version, line by line, and which others there are."""
        asked = request.query_params.get("version", "")
        if not asked:
            said = selectors.costs_in_force(at=clock.now())
        elif asked.isascii() and asked.isdigit() and len(asked) < 9:
            said = selectors.costs_of(int(asked))
        else:
            raise CostVersionNotFound
        return Response(
            {
                "results": [_baseline(each) for each in said.baselines],
                "versions": [_version(each) for each in selectors.cost_versions()],
            },
            headers={"Cache-Control": "public, max-age=60"},
        )

    @extend_schema(request=NewCosts, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Propose other inputs; they hold a day after another operator approved them."""
        form = NewCosts(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        return waits(
            services.propose_costs(
                changes=form.said(),
                reason=form.validated_data["reason"],
                by=Person(actor.person_id, actor.organization_id),
                now=clock.now(),
            )
        )


def _version(said: CostVersionSaid) -> dict[str, Any]:
    return {
        "number": said.number,
        "valid_from": said.valid_from,
        "announced_at": said.announced_at,
        "reason": said.reason,
        "changes": [{"as_of": None, **each} for each in rules.changes_json(said.changes)],
    }


def _baseline(each: CostBaseline) -> dict[str, Any]:
    return {
        "version": each.version,
        "hour_class": each.hour_class,
        "unit": each.unit,
        "is_reference": each.is_reference,
        "inputs": [
            {
                "code": line.code,
                "value": decimal_text(line.value),
                "basis": str(line.basis),
                "source": line.source,
                "as_of": None if line.as_of is None else line.as_of.isoformat(),
            }
            for line in each.inputs.values()
        ],
        "steps": [
            {
                "code": step.code,
                "formula": step.formula,
                "value": decimal_text(rounded_price(step.value)),
            }
            for step in each.steps
        ],
        "per_unit_hour": decimal_text(each.per_unit_hour),
        "per_standard_hour": decimal_text(each.per_standard_hour),
    }


class ReferencePriceReply(serializers.ModelSerializer[ReferencePrice]):
    """What a standard hour of a class should cost from a moment on, in yuan: a policy figure."""

    low = serializers.DecimalField(18, 6, allow_null=True)
    high = serializers.DecimalField(18, 6, allow_null=True)

    class Meta:
        model = ReferencePrice
        fields: ClassVar = (
            *("id", "hour_class", "reference", "below_bp", "above_bp", "low", "high", "floor"),
            *("off_peak_from", "off_peak_until", "off_peak_bp", "baseline_version", "reason"),
            *("announced_at", "valid_from"),
        )


class NewReferencePrice(StrictSerializer):
    """A figure with its band, floor and guidance; without a figure the reference price ends."""

    hour_class = serializers.ChoiceField(choices=HourClass.choices)
    reference = StrictDecimalField(max_digits=16, decimal_places=6, allow_null=True)
    below_bp = StrictIntegerField(
        min_value=BAND_BP_MIN, max_value=BELOW_BP_MAX, required=False, default=2_000
    )
    above_bp = StrictIntegerField(
        min_value=BAND_BP_MIN, max_value=ABOVE_BP_MAX, required=False, default=2_000
    )
    floor = StrictDecimalField(
        max_digits=16, decimal_places=6, allow_null=True, required=False, default=None
    )
    off_peak_from = StrictIntegerField(
        min_value=0, max_value=23, allow_null=True, required=False, default=None
    )
    off_peak_until = StrictIntegerField(
        min_value=0, max_value=23, allow_null=True, required=False, default=None
    )
    off_peak_bp = StrictIntegerField(
        min_value=0, max_value=OFF_PEAK_BP_MAX, required=False, default=0
    )
    reason = StrictCharField(max_length=REFERENCE_REASON_MAX)

    def terms(self) -> ReferencePriceTerms:
        """Return what was sent."""
        said = dict(self.validated_data)
        said.pop("hour_class")
        said.pop("reason")
        if said["reference"] is None:
            said |= {"below_bp": 0, "above_bp": 0}
        return ReferencePriceTerms(**said)


class ReferenceFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How reference prices can be searched."""

    hour_class = django_filters.ChoiceFilter(choices=HourClass.choices)

    class Meta:
        model = ReferencePrice
        fields: ClassVar[list[str]] = []


class ReferencePrices(generics.ListAPIView[ReferencePrice]):
    """Reference prices, the latest first; those to come say from when they hold."""

    public = True
    required_roles: ClassVar = {"POST": frozenset({Role.OPERATOR})}
    serializer_class = ReferencePriceReply
    filterset_class = ReferenceFilter
    queryset = ReferencePrice.objects.none()
    ordering = ("-announced_at", "-id")

    def get_queryset(self) -> QuerySet[ReferencePrice]:
        """Return every reference price there was."""
        return selectors.reference_prices()

    @extend_schema(request=NewReferencePrice, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Propose a reference price; it holds a day after another operator approved it."""
        form = NewReferencePrice(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        return waits(
            services.propose_reference(
                hour_class=form.validated_data["hour_class"],
                terms=form.terms(),
                reason=form.validated_data["reason"],
                by=Person(actor.person_id, actor.organization_id),
                now=clock.now(),
            )
        )
