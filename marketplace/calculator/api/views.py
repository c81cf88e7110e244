"""The calculator over HTTP, for everybody: what is assumed, and what a need would cost."""

from typing import Any, Final

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import Actor, Role
from identity.http.fields import (
    StrictCharField,
    StrictDecimalField,
    StrictIntegerField,
    StrictSerializer,
)
from marketplace.calculator import assumptions, selectors
from marketplace.calculator.contracts import (
    CHIP_LENGTH_MAX,
    MODEL_LENGTH_MAX,
    MOVED_GB_MAX,
    PLACE_LENGTH_MAX,
    TOKENS_A_REQUEST_MAX,
    AssumptionBasis,
    ComputeNeed,
    NeedKind,
    NoFigure,
    NumberFormat,
)
from marketplace.calculator.replies import assumptions_json, estimate_json

KEPT: Final = {"Cache-Control": "public, max-age=60"}
OWN: Final = {"Cache-Control": "private, no-store"}


class NeedAsked(StrictSerializer):
    """A need by its kind; what the kind does not ask is left out."""

    need = serializers.ChoiceField(choices=NeedKind.choices)
    parameters = StrictIntegerField(required=False)
    tokens = StrictIntegerField(required=False)
    precision = serializers.ChoiceField(choices=NumberFormat.choices, required=False)
    requests = StrictDecimalField(max_digits=13, decimal_places=6, required=False)
    tokens_a_request = StrictIntegerField(max_value=TOKENS_A_REQUEST_MAX, required=False)
    model = StrictCharField(max_length=MODEL_LENGTH_MAX, required=False)
    unit_hours = StrictDecimalField(max_digits=15, decimal_places=6, required=False)
    chip = StrictCharField(max_length=CHIP_LENGTH_MAX, required=False)
    gb = StrictDecimalField(max_digits=13, decimal_places=3, required=False)
    months = StrictDecimalField(max_digits=6, decimal_places=4, required=False)
    tokens_in = StrictIntegerField(required=False)
    tokens_out = StrictIntegerField(required=False)
    hours = StrictDecimalField(max_digits=8, decimal_places=4, required=False)
    utilisation = StrictDecimalField(max_digits=5, decimal_places=4, required=False)
    load = StrictDecimalField(max_digits=5, decimal_places=4, required=False)
    place = StrictCharField(max_length=PLACE_LENGTH_MAX, required=False)
    moved_gb = StrictIntegerField(min_value=0, max_value=MOVED_GB_MAX, required=False)

    def asked(self) -> ComputeNeed:
        """Return the need."""
        said = dict(self.validated_data)
        return ComputeNeed(kind=NeedKind(said.pop("need")), **said)


class AssumptionReply(serializers.Serializer[Any]):
    """A figure that formulas assume, and between what a caller may say another."""

    code = serializers.CharField()
    value = serializers.CharField()
    least = serializers.CharField()
    most = serializers.CharField()
    basis = serializers.ChoiceField(choices=AssumptionBasis.choices)
    source = serializers.CharField()  # type: ignore[assignment]


class PeakReply(serializers.Serializer[Any]):
    """What is published of a chip; more than one figure, or none, gives no hours."""

    chip = serializers.CharField()
    precision = serializers.CharField()
    density = serializers.CharField()
    path = serializers.CharField()
    tflops = serializers.ListField(child=serializers.CharField())
    source = serializers.CharField()  # type: ignore[assignment]


class AssumptionsReply(serializers.Serializer[Any]):
    """A version of all that is assumed."""

    version = serializers.IntegerField()
    formulas = serializers.DictField(child=serializers.CharField())
    assumptions = AssumptionReply(many=True)
    peaks = PeakReply(many=True)
    models = serializers.ListField(
        child=serializers.CharField(), help_text="that a measured throughput in force names"
    )


class ChipHoursReply(serializers.Serializer[Any]):
    """Hours of one chip of a kind, or the code of why there is no figure."""

    chip = serializers.CharField()
    hours = serializers.CharField(allow_null=True, help_text="rounded half up to six digits")
    why = serializers.ChoiceField(choices=NoFigure.choices, allow_null=True)


class NeedOfferReply(serializers.Serializer[Any]):
    """What one open listing would ask; amounts are fen."""

    listing = serializers.CharField(help_text="its number, such as L-000042")
    listing_id = serializers.UUIDField()
    title = serializers.CharField()
    provider = serializers.CharField()
    resource_class = serializers.CharField()
    chip = serializers.CharField()
    hub = serializers.CharField()
    capacity_unit = serializers.CharField()
    units_milli = serializers.IntegerField()
    seconds = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    gross_minor = serializers.IntegerField()
    path_minor = serializers.IntegerField(allow_null=True)
    path_ms = serializers.CharField(allow_null=True, help_text="there and back")
    path_is_charged = serializers.BooleanField(
        help_text="whether it is the price of a network that is ordered with the listing"
    )
    total_minor = serializers.IntegerField()
    voucher_minor = serializers.IntegerField(allow_null=True, help_text="of the caller's vouchers")
    kwh = serializers.CharField(allow_null=True, help_text="by the chip's published power")
    pue = serializers.CharField(allow_null=True, help_text="null: kwh are of the chips alone")
    grams_co2 = serializers.CharField(allow_null=True)
    certified_tokens_a_second = serializers.CharField(allow_null=True)
    certificate_id = serializers.UUIDField(allow_null=True)


class NeedEstimateReply(serializers.Serializer[Any]):
    """What a need takes and would cost. It is an estimate: a quote freezes a price."""

    need = serializers.DictField()
    assumptions_version = serializers.IntegerField()
    formula = serializers.CharField()
    flops = serializers.CharField(allow_null=True)
    chips = ChipHoursReply(many=True)
    offers = NeedOfferReply(many=True)
    considered = serializers.IntegerField(help_text="listings that were priced exactly")
    is_proved = serializers.BooleanField(
        help_text="no listing that was not priced can be cheaper than the dearest that is shown"
    )
    no_figure = serializers.ChoiceField(
        choices=NoFigure.choices, allow_null=True, help_text="why nothing can be said of the need"
    )
    left_out = serializers.DictField(child=serializers.IntegerField())
    as_of = serializers.DateTimeField()


class AssumptionsView(APIView):
    """What the calculator assumes, figure by figure with its source."""

    public = True

    @extend_schema(responses=AssumptionsReply)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Return the version in force."""
        models = selectors.certified_models(at=clock.now())
        return Response(assumptions_json(assumptions.in_force(), models), headers=KEPT)


class OffersView(APIView):
    """What a need takes of each chip, and what open listings would ask for it."""

    public = True

    @extend_schema(
        operation_id="calculator_offers",
        responses=NeedEstimateReply,
        parameters=[
            OpenApiParameter("need", str, required=True, enum=NeedKind.values),
            OpenApiParameter("parameters", int, description="TRAIN: of the model"),
            OpenApiParameter("tokens", int, description="TRAIN: that it is trained on"),
            OpenApiParameter("precision", str, enum=NumberFormat.values),
            OpenApiParameter("requests", str, description="SERVE: a second"),
            OpenApiParameter("tokens_a_request", int, description="SERVE: generated, on average"),
            OpenApiParameter("model", str, description="SERVE: a name that its certificates say"),
            OpenApiParameter("unit_hours", str, description="CARD_HOURS, CORE_HOURS"),
            OpenApiParameter("gb", str, description="GB_MONTHS"),
            OpenApiParameter("months", str, description="GB_MONTHS: of 720 hours"),
            OpenApiParameter("tokens_in", int, description="TOKENS: read"),
            OpenApiParameter("tokens_out", int, description="TOKENS: generated"),
            OpenApiParameter("hours", str, description="by when it is done; SERVE: for how long"),
            OpenApiParameter("utilisation", str, description="instead of the assumed one"),
            OpenApiParameter("load", str, description="instead of the assumed one"),
            OpenApiParameter("place", str, description="where the data are: region:310000"),
            OpenApiParameter("moved_gb", int, description="gigabytes that are moved"),
        ],
    )
    def get(self, request: Request) -> Response:
        """Return the estimate; a buyer who is known reads what vouchers would pay."""
        form = NeedAsked(data={name: request.query_params[name] for name in request.query_params})
        form.is_valid(raise_exception=True)
        actor: Actor | None = getattr(request, "actor", None)
        buyer = actor if actor is not None and actor.has_role(Role.BUYER) else None
        found = selectors.calculate(
            form.asked(), at=clock.now(), buyer_id=buyer.organization_id if buyer else None
        )
        return Response(estimate_json(found), headers=OWN if buyer else KEPT)
