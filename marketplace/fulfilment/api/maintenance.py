"""Maintenance over the API: what is announced, whom it concerns, and how it goes on."""

from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
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
    StrictCharField,
    StrictSerializer,
    StrictUUIDField,
)
from identity.http.idempotency import idempotent
from marketplace.fulfilment import maintenance_selectors, services
from marketplace.fulfilment.api.views import READ, READERS, WRITE
from marketplace.fulfilment.filters import MaintenanceFilter
from marketplace.fulfilment.maintenance_contracts import (
    LISTINGS_MAX,
    MAINTENANCE_NOTE_LENGTH_MAX,
    AnnouncedWork,
    MaintenanceImpact,
    MaintenanceMove,
)
from marketplace.fulfilment.models import MaintenanceWork

PROVIDERS = frozenset({Role.PROVIDER})


class MaintainedListingReply(serializers.Serializer[Any]):
    """A listing that maintenance is of."""

    listing_id = serializers.UUIDField()
    number = serializers.CharField(source="listing_number")


class MaintenanceReply(serializers.ModelSerializer[MaintenanceWork]):
    """Maintenance as announced, and as it came."""

    provider_id = serializers.UUIDField()
    listings = MaintainedListingReply(many=True)

    class Meta:
        model = MaintenanceWork
        fields = (
            *("id", "provider_id", "impact", "note", "starts_at", "ends_at", "rule", "is_late"),
            *("interrupts", "state", "announced_at", "began_at", "ended_at", "withdrawn_at"),
            *("overrun_seconds", "listings"),
        )


class NewMaintenance(StrictSerializer):
    """Maintenance to announce; less than seven days ahead it is taken, and marked late."""

    listing_ids = serializers.ListField(
        child=StrictUUIDField(), min_length=1, max_length=LISTINGS_MAX
    )
    impact = serializers.ChoiceField(MaintenanceImpact.choices)
    starts_at = MomentField()
    ends_at = MomentField()
    note = StrictCharField(
        max_length=MAINTENANCE_NOTE_LENGTH_MAX, required=False, allow_blank=True, default=""
    )
    interrupts = serializers.BooleanField(
        default=False, help_text="it interrupts orders that hold the time (DOWN alone)"
    )


class ConcernedOrderReply(serializers.Serializer[Any]):
    """An order that holds capacity of a listing while maintenance lasts."""

    order_id = serializers.UUIDField()
    number = serializers.CharField()
    listing_id = serializers.UUIDField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    delivery_id = serializers.UUIDField(allow_null=True)
    delivery_state = serializers.CharField(allow_blank=True)


class MaintenancePreviewReply(serializers.Serializer[Any]):
    """What an announcement would say, and whom it would concern; nothing was announced."""

    is_late = serializers.BooleanField()
    rule = serializers.CharField()
    orders = ConcernedOrderReply(many=True)


class NewMaintenanceMove(StrictSerializer):
    """What happens to it, at the moment at which the market hears it."""

    move = serializers.ChoiceField(MaintenanceMove.choices)


class MaintenanceList(generics.ListAPIView[MaintenanceWork]):
    """Maintenance that providers announced: it is public."""

    required_roles: ClassVar = {"GET": READERS, "POST": PROVIDERS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = MaintenanceReply
    filterset_class = MaintenanceFilter
    queryset = MaintenanceWork.objects.none()

    def get_queryset(self) -> QuerySet[MaintenanceWork]:
        """Return what was announced, the latest beginning first."""
        return maintenance_selectors.maintenance_works()

    @extend_schema(request=NewMaintenance, responses={201: MaintenanceReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Announce maintenance of own listings."""
        return Response(MaintenanceReply(_announce(request)).data, status=201)


class MaintenancePreview(APIView):
    """What an announcement would concern."""

    required_roles: ClassVar = {"POST": PROVIDERS}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=NewMaintenance, responses=MaintenancePreviewReply)
    def post(self, request: Request) -> Response:
        """Try an announcement, and say whom it would concern; it is refused as the true one."""
        with transaction.atomic():
            tried = _announce(request)
            concerned = maintenance_selectors.concerned_by_work(tried)
            transaction.set_rollback(True)
        said = {"is_late": tried.is_late, "rule": tried.rule, "orders": concerned}
        return Response(MaintenancePreviewReply(said).data)


class MaintenanceMoves(APIView):
    """Maintenance that begins, ends or is withdrawn."""

    required_roles: ClassVar = {"POST": PROVIDERS}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=NewMaintenanceMove, responses=MaintenanceReply)
    def post(self, request: Request, maintenance_id: UUID) -> Response:
        """Say that it begins, ends or is withdrawn; said again, it changes nothing."""
        form = NewMaintenanceMove(data=request.data)
        form.is_valid(raise_exception=True)
        moved = services.move_maintenance(
            work_id=maintenance_id,
            provider_id=actor_of(request).organization_id,
            move=MaintenanceMove(form.validated_data["move"]),
            now=clock.now(),
        )
        return Response(MaintenanceReply(moved).data)


def _announce(request: Request) -> MaintenanceWork:
    form = NewMaintenance(data=request.data)
    form.is_valid(raise_exception=True)
    said, actor = form.validated_data, actor_of(request)
    work = AnnouncedWork(
        listing_ids=tuple(said["listing_ids"]),
        starts_at=said["starts_at"],
        ends_at=said["ends_at"],
        impact=MaintenanceImpact(said["impact"]),
        note=said["note"],
        interrupts=said["interrupts"],
    )
    return services.announce_maintenance(
        provider_id=actor.organization_id, work=work, by_id=actor.person_id, now=clock.now()
    )
