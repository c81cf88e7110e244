"""The rule of community capacity, and the naming of donors, over the API."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.contracts import ANY_MEMBER, Role
from identity.http.actors import actor_of
from identity.http.fields import StrictSerializer
from identity.http.idempotency import idempotent
from marketplace.catalog import selectors, services
from marketplace.catalog.api.serializers import ListingReply
from marketplace.catalog.community import DonorNaming

READ, WRITE = "listings:read", "listings:write"


class CommunityRuleReply(serializers.Serializer[Any]):
    """A version of the rule by which capacity is given away."""

    version = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    zone = serializers.CharField(help_text="whose calendar months quotas count")
    industries = serializers.ListField(
        child=serializers.CharField(),
        help_text="beginnings of GB/T 4754 codes of who may use it; none: everyone",
    )
    hours = serializers.DictField(
        child=serializers.IntegerField(), help_text="unit-hours of a member and month, by unit"
    )
    donor = serializers.ChoiceField(DonorNaming.choices)


class NewDonorNaming(StrictSerializer):
    """Whether the list of donors names the provider of a listing."""

    is_named = serializers.BooleanField()


class CommunityRules(APIView):
    """Every version of the rule; the last that has begun is the one in force."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=CommunityRuleReply(many=True))
    def get(self, _request: Request) -> Response:
        """Return the versions, the first first."""
        return Response(CommunityRuleReply(selectors.community_rules().values(), many=True).data)


class ListingDonor(APIView):
    """Whether the donor of a community listing is named."""

    required_roles: ClassVar = {"PUT": frozenset({Role.PROVIDER})}
    required_scopes: ClassVar = {"PUT": WRITE}

    @extend_schema(request=NewDonorNaming, responses=ListingReply)
    @idempotent
    def put(self, request: Request, listing_id: UUID) -> Response:
        """Say it anew, where the listing's rule leaves the choice."""
        form = NewDonorNaming(data=request.data)
        form.is_valid(raise_exception=True)
        services.name_donor(
            listing_id=listing_id,
            provider_id=actor_of(request).organization_id,
            **form.validated_data,
        )
        return Response(ListingReply(selectors.listing(listing_id)).data)
