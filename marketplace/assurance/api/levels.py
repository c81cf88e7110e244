"""Service levels over HTTP: what is promised, what was measured, and the document of it."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.fields import (
    MomentField,
    StrictIntegerField,
    StrictSerializer,
    StrictUUIDField,
)
from identity.http.idempotency import idempotent
from marketplace.assurance import level_selectors, services
from marketplace.assurance.level_contracts import (
    READY_SECONDS_MAX,
    RESPONSE_BOUNDS_MS,
    TIERS_MAX,
    WHOLE_BP,
    WHOLE_PPM,
    LevelPromise,
    LevelWish,
)
from marketplace.assurance.level_selectors import LevelEvaluationFilter, ListingLevelFilter
from marketplace.assurance.models import LevelCredit, LevelEvaluation, ListingLevel

PROVIDERS = frozenset({Role.PROVIDER})
PARTIES = frozenset({Role.BUYER, Role.PROVIDER, Role.AUDITOR, Role.OPERATOR, Role.FINANCE})
READ, WRITE = "deliveries:read", "deliveries:write"


class LevelTierField(serializers.ListField):
    """Below how many millionths, and how many hundredths of a per cent go back."""

    child = StrictIntegerField(min_value=1, max_value=WHOLE_PPM)

    def __init__(self, **options: Any) -> None:
        super().__init__(min_length=2, max_length=2, **options)


class ServiceLevelReply(serializers.ModelSerializer[ListingLevel]):
    """What is promised of a listing from a moment on."""

    listing_id = serializers.UUIDField()
    tiers = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))

    class Meta:
        model = ListingLevel
        fields: ClassVar[tuple[str, ...]] = (
            *("id", "listing_id", "version", "rule", "availability_ppm", "tiers"),
            *("ready_seconds", "ready_credit_bp", "response_ms", "response_credit_bp"),
            *("network_ppm", "network_credit_bp", "starts_at", "published_at", "content_hash"),
        )


def _number(most: int) -> Any:
    return StrictIntegerField(
        min_value=0, max_value=most, required=False, allow_null=True, default=None
    )


def _share() -> Any:
    return StrictIntegerField(
        min_value=0,
        max_value=WHOLE_BP,
        required=False,
        default=0,
        help_text="hundredths of a per cent of the month's charge",
    )


class NewServiceLevel(StrictSerializer):
    """What to promise of a listing; worse terms take effect a week later."""

    listing_id = StrictUUIDField()
    availability_ppm = _number(WHOLE_PPM)
    tiers = serializers.ListField(child=LevelTierField(), max_length=TIERS_MAX, default=list)
    ready_seconds = _number(READY_SECONDS_MAX)
    ready_credit_bp = _share()
    response_ms = serializers.ChoiceField(
        [(bound, str(bound)) for bound in RESPONSE_BOUNDS_MS],
        required=False,
        allow_null=True,
        default=None,
    )
    response_credit_bp = _share()
    network_ppm = _number(WHOLE_PPM)
    network_credit_bp = _share()
    starts_at = MomentField(required=False, allow_null=True, default=None)

    def wish(self) -> LevelWish:
        """Return what is to be published."""
        said = dict(self.validated_data)
        listing_id, starts_at = said.pop("listing_id"), said.pop("starts_at")
        said["tiers"] = tuple((below, credit) for below, credit in said["tiers"])
        return LevelWish(listing_id, LevelPromise(**said), starts_at)


class LevelCreditReply(serializers.ModelSerializer[LevelCredit]):
    """Money that moved for it, as the adjustment of the same identifier."""

    adjustment_id = serializers.UUIDField(source="id")

    class Meta:
        model = LevelCredit
        fields: ClassVar[tuple[str, ...]] = ("adjustment_id", "asset", "signed_minor", "booked_at")


class LevelEvaluationReply(serializers.ModelSerializer[LevelEvaluation]):
    """What a month of a contract measured of its service level, and what went back."""

    contract_id = serializers.UUIDField(source="month.contract_id")
    listing_id = serializers.UUIDField()
    buyer_id = serializers.UUIDField()
    provider_id = serializers.UUIDField()
    month = serializers.DateField(source="month.month")
    missed = serializers.DictField(child=serializers.IntegerField())
    charged = serializers.DictField(child=serializers.IntegerField())
    credits = serializers.DictField(child=serializers.IntegerField())
    moved = LevelCreditReply(source="given_back", many=True)

    class Meta:
        model = LevelEvaluation
        fields: ClassVar[tuple[str, ...]] = (
            *("id", "contract_id", "contract_number", "listing_id", "buyer_id", "provider_id"),
            *("month", "revision", "rule", "starts_at", "ends_at", "availability_ppm"),
            *("network_ppm", "ready_seconds", "response_bp", "is_missed", "missed", "credit_bp"),
            *("charged", "credits", "credited_minor", "moved", "content_hash", "evaluated_at"),
        )


class ServiceLevelList(generics.ListAPIView[ListingLevel]):
    """What providers promise of their listings: it is public."""

    required_roles: ClassVar = {"GET": PARTIES, "POST": PROVIDERS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = ServiceLevelReply
    filterset_class = ListingLevelFilter
    queryset = ListingLevel.objects.none()

    def get_queryset(self) -> QuerySet[ListingLevel]:
        """Return every version, the latest first."""
        return level_selectors.levels()

    @extend_schema(request=NewServiceLevel, responses={201: ServiceLevelReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Publish what is promised of an own listing."""
        form = NewServiceLevel(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        made = services.publish_level(
            provider_id=actor.organization_id,
            wish=form.wish(),
            by_id=actor.person_id,
            now=clock.now(),
        )
        return Response(ServiceLevelReply(made).data, status=201)


class LevelEvaluationList(generics.ListAPIView[LevelEvaluation]):
    """What contracts measured of their service levels, month by month."""

    required_roles: ClassVar = {"GET": PARTIES}
    required_scopes: ClassVar = {"GET": READ}
    serializer_class = LevelEvaluationReply
    filterset_class = LevelEvaluationFilter
    queryset = LevelEvaluation.objects.none()

    def get_queryset(self) -> QuerySet[LevelEvaluation]:
        """Return the latest of each month, the latest first."""
        return level_selectors.evaluations(actor_of(self.request))


class LevelEvaluationDocument(APIView):
    """The document of an evaluation."""

    required_roles: ClassVar = {"GET": PARTIES}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses={200: dict})
    def get(self, request: Request, level_evaluation_id: UUID) -> Response:
        """Return all that it was counted from, and how; `verify_level.py` counts it again."""
        found = level_selectors.evaluation(level_evaluation_id, actor=actor_of(request))
        return Response(found.document | {"content_hash": found.content_hash})
