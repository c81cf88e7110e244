"""Data centres, PUE, grid factors, green electricity, and the electricity of usage."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.errors import NotFound
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from metering import selectors as metering_selectors
from metering.energy import selectors, services
from metering.energy.api import serializers
from metering.energy.contracts import MONTHS_MAX, GreenKind, MonthsRefused
from metering.energy.filters import GreenSupplyFilter
from metering.energy.models import GreenSupply
from metering.energy.services.green import NewGreenSupply

PROVIDERS = frozenset({Role.PROVIDER})
READERS = frozenset({Role.PROVIDER, Role.AUDITOR, Role.OPERATOR})
READ, WRITE = "metering:read", "metering:write"


class GridFactors(APIView):
    """The factors of grids; a person with the duty publishes further ones."""

    public = True
    required_roles: ClassVar = {"POST": frozenset({Role.OPERATOR})}

    @extend_schema(responses=serializers.GridFactorReply(many=True))
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Return all factors, every version, by place and year."""
        return Response(serializers.GridFactorReply(selectors.grid_factors(), many=True).data)

    @extend_schema(request=serializers.NewGridFactor, responses={201: serializers.GridFactorReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Publish a factor."""
        form = serializers.NewGridFactor(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        made = services.publish_factor(
            person_id=actor.person_id, now=clock.now(), **form.validated_data
        )
        return Response(serializers.GridFactorReply(made).data, status=status.HTTP_201_CREATED)


class Centres(APIView):
    """The provider's data centres; all for those with a duty across the market."""

    required_roles: ClassVar = {"GET": READERS, "POST": PROVIDERS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}

    @extend_schema(responses=serializers.CentreReply(many=True))
    def get(self, request: Request) -> Response:
        """Return the centres, by name, at most 5,000."""
        found = selectors.centres_for(actor_of(request))[:5_000]
        return Response(serializers.CentreReply(found, many=True).data)

    @extend_schema(request=serializers.NewCentre, responses={201: serializers.CentreReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Add a data centre."""
        form = serializers.NewCentre(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.add_centre(
            provider_id=actor_of(request).organization_id, now=clock.now(), **form.validated_data
        )
        return Response(serializers.CentreReply(made).data, status=status.HTTP_201_CREATED)


class CentrePlaces(APIView):
    """What stands in a data centre."""

    required_roles: ClassVar = {"POST": PROVIDERS}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=serializers.NewPlaces, responses=serializers.PlacedReply)
    @idempotent
    def post(self, request: Request, centre_id: UUID) -> Response:
        """Let resources stand in the centre from a month on."""
        form = serializers.NewPlaces(data=request.data)
        form.is_valid(raise_exception=True)
        placed = services.place_resources(
            provider_id=actor_of(request).organization_id,
            centre_id=centre_id,
            resource_ids=form.validated_data["resources"],
            month=form.validated_data["month"],
            now=clock.now(),
        )
        return Response(serializers.PlacedReply({"placed": placed}).data)


class CentrePues(APIView):
    """The PUE of a data centre, month by month, every version."""

    required_roles: ClassVar = {"GET": READERS, "POST": PROVIDERS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}

    @extend_schema(responses=serializers.PueReply(many=True))
    def get(self, request: Request, centre_id: UUID) -> Response:
        """Return what was entered, the latest month first, at most 1,000."""
        centre = selectors.centre_for(actor_of(request), centre_id)
        found = selectors.pues_of(centre.pk)[:1_000]
        return Response(serializers.PueReply(found, many=True).data)

    @extend_schema(request=serializers.NewPue, responses={201: serializers.PueReply})
    @idempotent
    def post(self, request: Request, centre_id: UUID) -> Response:
        """Enter a PUE; another of that month is its next version."""
        form = serializers.NewPue(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        made = services.enter_pue(
            provider_id=actor.organization_id,
            person_id=actor.person_id,
            centre_id=centre_id,
            now=clock.now(),
            **form.validated_data,
        )
        return Response(serializers.PueReply(made).data, status=status.HTTP_201_CREATED)


class CentreMonths(APIView):
    """A data centre month by month."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(
        parameters=[serializers.MonthsQuery], responses=serializers.CentreMonthReply(many=True)
    )
    def get(self, request: Request, centre_id: UUID) -> Response:
        """Return electricity, PUE, carbon, green share and compliance, by month."""
        centre = selectors.centre_for(actor_of(request), centre_id)
        form = serializers.MonthsQuery(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        first, last = form.validated_data["first"], form.validated_data["last"]
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        if not 1 <= months <= MONTHS_MAX:
            raise MonthsRefused(field="last", limit=MONTHS_MAX)
        found = selectors.centre_months([centre], first=first, last=last)
        return Response(serializers.CentreMonthReply(found, many=True).data)


class SupplyList(generics.ListAPIView[GreenSupply]):
    """Green certificates and direct supply: the provider's, or all by duty."""

    required_roles: ClassVar = {"GET": READERS, "POST": PROVIDERS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = serializers.SupplyReply
    filterset_class = GreenSupplyFilter
    ordering = ("-registered_at", "-id")
    queryset = GreenSupply.objects.none()

    def get_queryset(self) -> QuerySet[GreenSupply]:
        """Return what the actor may see."""
        return selectors.supplies_for(actor_of(self.request))

    @extend_schema(request=serializers.NewSupply, responses={201: serializers.SupplyReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Register green electricity."""
        form = serializers.NewSupply(data=request.data)
        form.is_valid(raise_exception=True)
        actor, typed = actor_of(request), dict(form.validated_data)
        made = services.register_supply(
            provider_id=actor.organization_id,
            person_id=actor.person_id,
            new=NewGreenSupply(kind=GreenKind(typed.pop("kind")), **typed),
            now=clock.now(),
        )
        return Response(serializers.SupplyReply(made).data, status=status.HTTP_201_CREATED)


class SupplyClaim(APIView):
    """The claim of green electricity for a centre's month."""

    required_roles: ClassVar = {"POST": PROVIDERS}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=serializers.NewClaimOfSupply, responses=serializers.SupplyReply)
    @idempotent
    def post(self, request: Request, supply_id: UUID) -> Response:
        """Claim it, once in the whole market."""
        form = serializers.NewClaimOfSupply(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.claim_supply(
            provider_id=actor_of(request).organization_id,
            supply_id=supply_id,
            now=clock.now(),
            **form.validated_data,
        )
        return Response(serializers.SupplyReply(made).data)


class _SupplyEnd(APIView):
    """What ends green electricity."""

    required_roles: ClassVar = {"POST": PROVIDERS}
    required_scopes: ClassVar = {"POST": WRITE}
    act: ClassVar[Any]

    @extend_schema(request=serializers.EndOfSupply, responses=serializers.SupplyReply)
    @idempotent
    def post(self, request: Request, supply_id: UUID) -> Response:
        """End it, with a reason."""
        form = serializers.EndOfSupply(data=request.data)
        form.is_valid(raise_exception=True)
        made = type(self).act(
            provider_id=actor_of(request).organization_id,
            supply_id=supply_id,
            reason=form.validated_data["reason"],
            now=clock.now(),
        )
        return Response(serializers.SupplyReply(made).data)


class SupplyRetirement(_SupplyEnd):
    """The retirement of claimed green electricity: it counts for good."""

    act = staticmethod(services.retire_supply)


class SupplyCancellation(_SupplyEnd):
    """The cancellation of green electricity: it counts no more."""

    act = staticmethod(services.cancel_supply)


class UsageEnergyDetail(APIView):
    """Electricity and carbon of a usage record."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=serializers.UsageEmissionReply)
    def get(self, request: Request, usage_id: UUID) -> Response:
        """Return what the record cost, once it was counted."""
        record = metering_selectors.usage_record_for(actor_of(request), usage_id)
        found = selectors.energy_of([record.pk]).get(record.pk)
        if found is None:
            raise NotFound
        return Response(serializers.UsageEmissionReply(found).data)
