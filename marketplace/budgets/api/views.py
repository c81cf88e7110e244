"""The budgets' API: permission, parse, one call, answer."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.moments import market_date
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.fields import StrictIntegerField, StrictSerializer, StrictUUIDField
from identity.http.idempotency import idempotent
from marketplace.budgets import selectors, services
from marketplace.budgets.contracts import CAP_MINOR_MAX, CapPeriod, CapScope
from marketplace.budgets.filters import CapFilter
from marketplace.budgets.models import Cap

KEEPERS = frozenset({Role.BUYER})
READERS = KEEPERS | {Role.AUDITOR, Role.OPERATOR, Role.FINANCE}
READ, WRITE = "budgets:read", "budgets:write"


class CapReply(serializers.ModelSerializer[Cap]):
    """A budget: whom it bounds and what it allows; amounts are whole fen."""

    organization_id = serializers.UUIDField()
    project_id = serializers.UUIDField(allow_null=True)
    person_id = serializers.IntegerField(allow_null=True)

    class Meta:
        model = Cap
        fields = (
            *("id", "organization_id", "scope", "project_id", "person_id", "period"),
            *("amount_minor", "approve_from_minor", "set_at", "ended_at"),
        )


class CapPageReply(CapReply):
    """A budget with what is used of it in its current period."""

    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True, help_text="exclusive")
    used_minor = serializers.IntegerField()
    left_minor = serializers.IntegerField()
    forecast_minor = serializers.IntegerField(
        allow_null=True, help_text="what the period comes to if it goes on as it began"
    )

    class Meta(CapReply.Meta):
        fields = (  # type: ignore[assignment]
            *CapReply.Meta.fields,
            *("starts_on", "ends_on", "used_minor", "left_minor", "forecast_minor"),
        )


class NewCap(StrictSerializer):
    """A budget to set; one of the same subject and period gets the new amounts."""

    scope = serializers.ChoiceField(CapScope.choices)
    project_id = StrictUUIDField(required=False, allow_null=True, default=None)
    person_id = StrictIntegerField(
        min_value=1, max_value=2**31 - 1, required=False, allow_null=True, default=None
    )
    period = serializers.ChoiceField(CapPeriod.choices)
    amount_minor = StrictIntegerField(min_value=1, max_value=CAP_MINOR_MAX)
    approve_from_minor = StrictIntegerField(
        min_value=1,
        max_value=CAP_MINOR_MAX,
        required=False,
        allow_null=True,
        default=None,
        help_text="an order from this on waits for a second person",
    )


class CapList(generics.ListAPIView[Cap]):
    """Budgets of an organisation, its projects and members."""

    required_roles: ClassVar = {"GET": READERS, "POST": KEEPERS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = CapReply
    filterset_class = CapFilter
    queryset = Cap.objects.none()

    def get_queryset(self) -> QuerySet[Cap]:
        """Return the budgets that the actor may see."""
        return selectors.caps_for(actor_of(self.request))

    @extend_schema(request=NewCap, responses={201: CapPageReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Set a budget, or say another amount of it."""
        form = NewCap(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        row = services.set_cap(
            organization_id=actor.organization_id,
            by_id=actor.person_id,
            now=clock.now(),
            **form.validated_data,
        )
        return Response(_reply(row), status=status.HTTP_201_CREATED)


class CapDetail(APIView):
    """One budget."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=CapPageReply)
    def get(self, request: Request, cap_id: UUID) -> Response:
        """Return the budget with what is used of it now."""
        actor = actor_of(request)
        own = None if actor.spans_tenants else actor.organization_id
        return Response(_reply(selectors.cap(cap_id, organization_id=own)))


class CapEnd(APIView):
    """The end of a budget."""

    required_roles: ClassVar = {"POST": KEEPERS}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=None, responses=CapReply)
    def post(self, request: Request, cap_id: UUID) -> Response:
        """Let the budget bound nothing any more."""
        actor = actor_of(request)
        row = services.end_cap(
            cap_id=cap_id,
            organization_id=actor.organization_id,
            by_id=actor.person_id,
            now=clock.now(),
        )
        return Response(CapReply(row).data)


def _reply(row: Cap) -> dict[str, Any]:
    today = market_date(clock.now())
    room = selectors.room_of(row, on=today)
    row_data = dict(CapReply(row).data)
    return row_data | {
        "starts_on": room.starts_on,
        "ends_on": room.ends_on,
        "used_minor": room.used_minor,
        "left_minor": room.left_minor,
        "forecast_minor": room.forecast_minor(today),
    }
