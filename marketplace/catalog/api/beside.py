"""What may be ordered together with a listing of compute, over the API."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import ANY_MEMBER, CapacityUnit, Role
from identity.http.actors import actor_of
from identity.http.fields import StrictSerializer, StrictUUIDField
from identity.http.idempotency import idempotent
from marketplace.catalog import selectors, services
from marketplace.catalog.contracts import ListingState
from pricing.contracts import METERED_CHOICES
from pricing.plan_models import SoldAs

READ, WRITE = "listings:read", "listings:write"


class NewBeside(StrictSerializer):
    """What shall stand beside the listing: of the same provider, region and plan."""

    storage_id = StrictUUIDField(allow_null=True, help_text="a listing of storage, or null")
    network_id = StrictUUIDField(allow_null=True, help_text="a listing of a network, or null")


class BesideListingReply(serializers.Serializer[Any]):
    """A listing that stands beside another."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    state = serializers.ChoiceField(ListingState.choices)
    capacity_unit = serializers.ChoiceField(CapacityUnit.choices)
    headline_unit = serializers.ChoiceField(METERED_CHOICES)
    headline_price = serializers.DecimalField(16, 6)
    total_milli = serializers.IntegerField()


class BesideReply(serializers.Serializer[Any]):
    """What may be ordered together with a listing: name it in `beside` of the order."""

    storage = BesideListingReply(allow_null=True)
    network = BesideListingReply(allow_null=True)


class ListingBeside(APIView):
    """What stands beside a listing of compute."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "PUT": frozenset({Role.PROVIDER})}
    required_scopes: ClassVar = {"GET": READ, "PUT": WRITE}

    @extend_schema(responses=BesideReply)
    def get(self, _request: Request, listing_id: UUID) -> Response:
        """Return the storage and the network that stand beside it."""
        selectors.listing(listing_id)
        return Response(_reply(listing_id))

    @extend_schema(request=NewBeside, responses=BesideReply)
    @idempotent
    def put(self, request: Request, listing_id: UUID) -> Response:
        """Say anew what stands beside a listing of the caller's."""
        form = NewBeside(data=request.data)
        form.is_valid(raise_exception=True)
        services.set_beside(
            listing_id=listing_id,
            provider_id=actor_of(request).organization_id,
            now=clock.now(),
            **form.validated_data,
        )
        return Response(_reply(listing_id))


def _reply(listing_id: UUID) -> Any:
    found = selectors.beside(listing_id)
    said = {"storage": found.get(SoldAs.STORAGE), "network": found.get(SoldAs.NETWORK)}
    return BesideReply(said).data
