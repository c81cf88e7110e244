"""The API of price groups: who pays which prices of a provider, and from when to when."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.fields import MomentField, StrictCharField, StrictSerializer
from identity.http.idempotency import idempotent
from pricing import group_selectors, services
from pricing.filters import GroupFilter
from pricing.group_contracts import PROJECT_CODE_MAX, REASON_MAX, PriceGroup
from pricing.models import PriceGroupEntry

PROVIDERS = frozenset({Role.PROVIDER})
READERS = frozenset({Role.PROVIDER, Role.BUYER, Role.AUDITOR, Role.OPERATOR})
READ, WRITE = "rate-plans:read", "rate-plans:write"


class PriceGroupReply(serializers.Serializer[Any]):
    """That a buyer pays a provider's prices of a group for a time."""

    id = serializers.UUIDField()
    provider_id = serializers.UUIDField()
    buyer_id = serializers.UUIDField(
        allow_null=True, help_text="none: whoever is related to the provider"
    )
    project_code = serializers.CharField(help_text="empty: all that the buyer orders")
    price_group = serializers.ChoiceField(PriceGroup.choices)
    reason = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)
    recorded_at = serializers.DateTimeField()


class NewPriceGroup(StrictSerializer):
    """A buyer to enter into a group."""

    uscc = StrictCharField(
        max_length=18,
        required=False,
        default="",
        allow_blank=True,
        help_text="of the buyer; none: whoever is related to the provider when it orders",
    )
    project_code = StrictCharField(
        max_length=PROJECT_CODE_MAX, required=False, default="", allow_blank=True
    )
    group = serializers.ChoiceField(PriceGroup.choices)
    reason = StrictCharField(max_length=REASON_MAX)
    starts_at = MomentField(required=False, allow_null=True, default=None)
    ends_at = MomentField(required=False, allow_null=True, default=None)


class PriceGroupEnd(StrictSerializer):
    """When a buyer leaves a group."""

    ends_at = MomentField(
        required=False, allow_null=True, default=None, help_text="by default seven days from now"
    )


class PriceGroupList(generics.ListAPIView[PriceGroupEntry]):
    """Entries in price groups that the caller made, or that are about it."""

    required_roles: ClassVar = {"GET": READERS, "POST": PROVIDERS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = PriceGroupReply
    filterset_class = GroupFilter
    queryset = PriceGroupEntry.objects.none()

    def get_queryset(self) -> QuerySet[PriceGroupEntry]:
        """Return what the caller may read."""
        return group_selectors.group_entries_for(actor_of(self.request))

    @extend_schema(request=NewPriceGroup, responses={201: PriceGroupReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Enter a buyer into a group; it is told, and orders from then on pay its prices."""
        form = NewPriceGroup(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        entry = services.enter_price_group(
            provider_id=actor.organization_id,
            now=clock.now(),
            recorded_by_id=actor.person_id,
            **form.validated_data,
        )
        return Response(PriceGroupReply(entry).data, status=status.HTTP_201_CREATED)


class PriceGroupEnding(APIView):
    """The end of an entry in a price group."""

    required_roles: ClassVar = {"POST": PROVIDERS}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=PriceGroupEnd, responses=PriceGroupReply)
    @idempotent
    def post(self, request: Request, price_group_id: UUID) -> Response:
        """Say when a buyer leaves a group, seven days from now at the earliest; it is told."""
        form = PriceGroupEnd(data=request.data)
        form.is_valid(raise_exception=True)
        entry = services.leave_price_group(
            provider_id=actor_of(request).organization_id,
            entry_id=price_group_id,
            now=clock.now(),
            **form.validated_data,
        )
        return Response(PriceGroupReply(entry).data)
