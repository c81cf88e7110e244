"""The API of prices: rate plans and their versions."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import ANY_MEMBER, Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from pricing import plan_schema, selectors, services
from pricing.api import serializers
from pricing.filters import PlanFilter
from pricing.models import RatePlan

PROVIDERS = frozenset({Role.PROVIDER})
READ, WRITE = "rate-plans:read", "rate-plans:write"


class PlanList(generics.ListAPIView[RatePlan]):
    """The price lists of the market."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": PROVIDERS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = serializers.PlanReply
    filterset_class = PlanFilter
    queryset = RatePlan.objects.none()

    def get_queryset(self) -> QuerySet[RatePlan]:
        """Return every provider's plans: prices are public."""
        return selectors.plans()

    @extend_schema(request=serializers.NewPlan, responses={201: serializers.PlanDetailReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Open a price list of the provider's own; it says nothing until a version is published."""
        form = serializers.NewPlan(data=request.data)
        form.is_valid(raise_exception=True)
        plan = services.create_plan(
            provider_id=actor_of(request).organization_id,
            now=clock.now(),
            **form.validated_data,
        )
        return _plan(plan.pk, status.HTTP_201_CREATED)


class PlanDetail(APIView):
    """One price list."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=serializers.PlanDetailReply)
    def get(self, request: Request, plan_id: UUID) -> Response:  # noqa: ARG002 - DRF's form
        """Return the plan with its versions."""
        return _plan(plan_id, status.HTTP_200_OK)


class PlanSchema(APIView):
    """The form of a plan's terms."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's form
        """Return the JSON schema of what a plan says under `rate-2`."""
        return Response(plan_schema.json_schema())


class PlanVersionList(APIView):
    """What a price list says over time."""

    required_roles: ClassVar = {"POST": PROVIDERS}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=serializers.NewPlanVersion, responses={201: serializers.PlanDetailReply})
    @idempotent
    def post(self, request: Request, plan_id: UUID) -> Response:
        """Publish what the plan says from a moment on; quotes already made keep their version."""
        form = serializers.NewPlanVersion(data=request.data)
        form.is_valid(raise_exception=True)
        services.publish_version(
            provider_id=actor_of(request).organization_id,
            plan_id=plan_id,
            now=clock.now(),
            **form.validated_data,
        )
        return _plan(plan_id, status.HTTP_201_CREATED)


def _plan(plan_id: UUID, code: int) -> Response:
    plan = selectors.plan(plan_id)
    reply: dict[str, Any] = serializers.PlanDetailReply(plan).data
    return Response(reply, status=code)


class PathList(APIView):
    """The paths between hubs."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": frozenset({Role.OPERATOR})}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}

    @extend_schema(responses=serializers.PathReply(many=True))
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Return what is in force now; figures that are ASSUMED were not measured."""
        return Response(serializers.PathReply(selectors.paths(at=clock.now()), many=True).data)

    @extend_schema(request=serializers.NewPaths, responses={201: serializers.PathReply(many=True)})
    @idempotent
    def post(self, request: Request) -> Response:
        """Say anew what the paths between some hubs are, from a moment on."""
        form = serializers.NewPaths(data=request.data)
        form.is_valid(raise_exception=True)
        now = clock.now()
        starts_at = form.validated_data["starts_at"] or now
        services.publish_paths(paths=form.paths_sent(), starts_at=starts_at, now=now)
        in_force = serializers.PathReply(selectors.paths(at=starts_at), many=True).data
        return Response(in_force, status=status.HTTP_201_CREATED)
