"""Names and places of organisations over HTTP."""

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity import selectors as identity
from identity.contracts import ANY_MEMBER, Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from identity.particulars import selectors, services
from identity.particulars.api import serializers

KEEPERS = frozenset({Role.PROVIDER, Role.BUYER, Role.OPERATOR})
SHOWN_MAX = 200


class Particulars(APIView):
    """What an organisation was called, and where it is."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": KEEPERS}
    required_scopes: ClassVar = {"GET": "organizations:read"}

    @extend_schema(responses=serializers.ParticularsReply)
    def get(self, request: Request, organization_id: UUID) -> Response:
        """Return names and places, the latest 200 of each."""
        actor = actor_of(request)
        told = {
            "names": selectors.names_for(actor, organization_id)[:SHOWN_MAX],
            "places": selectors.places_for(actor, organization_id)[:SHOWN_MAX],
        }
        return Response(serializers.ParticularsReply(told).data)

    @extend_schema(request=serializers.NewPlace, responses={201: serializers.PlaceReply})
    @idempotent
    def post(self, request: Request, organization_id: UUID) -> Response:
        """Record an address or a branch from a day on."""
        actor = actor_of(request)
        identity.require_kept_by(actor, organization_id)
        form = serializers.NewPlace(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.record_place(
            organization_id=organization_id,
            person_id=actor.person_id,
            now=clock.now(),
            **form.validated_data,
        )
        return Response(serializers.PlaceReply(made).data, status=status.HTTP_201_CREATED)


class PlaceEnding(APIView):
    """The end of an address or a branch."""

    required_roles: ClassVar = {"POST": KEEPERS}

    @extend_schema(request=serializers.PlaceEnd, responses=serializers.PlaceReply)
    def post(self, request: Request, organization_id: UUID, place_id: UUID) -> Response:
        """Give it its end; what was recorded stays."""
        actor = actor_of(request)
        identity.require_kept_by(actor, organization_id)
        form = serializers.PlaceEnd(data=request.data)
        form.is_valid(raise_exception=True)
        ended = services.end_place(
            organization_id=organization_id,
            place_id=place_id,
            person_id=actor.person_id,
            **form.validated_data,
        )
        return Response(serializers.PlaceReply(ended).data)
