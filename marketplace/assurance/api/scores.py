"""Scores over HTTP: by resource and day, with all that they were made from."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.contracts import Role
from identity.http.actors import actor_of
from marketplace.assurance import score_selectors
from marketplace.assurance.models import ListingStop, ResourceScore
from marketplace.assurance.score_filters import ListingStopFilter, ResourceScoreFilter

READERS = frozenset({Role.BUYER, Role.PROVIDER, Role.AUDITOR, Role.OPERATOR})
WATCHERS = frozenset({Role.PROVIDER, Role.AUDITOR, Role.OPERATOR})
READ = "deliveries:read"


class ResourceScoreReply(serializers.ModelSerializer[ResourceScore]):
    """Both scores of a resource on a day, 0 to 1,000; null: there is no record yet."""

    resource_id = serializers.UUIDField()
    provider_id = serializers.UUIDField()
    identifier = serializers.CharField(source="resource.identifier")
    inputs = serializers.DictField()
    parts = serializers.DictField()

    class Meta:
        model = ResourceScore
        fields: ClassVar[tuple[str, ...]] = (
            *("id", "resource_id", "identifier", "provider_id", "day", "rule", "credibility"),
            *("stability", "availability_ppm", "inputs", "parts", "content_hash", "scored_at"),
        )


class ListingStopReply(serializers.ModelSerializer[ListingStop]):
    """A listing below the rule: when it was warned, stopped, and back."""

    listing_id = serializers.UUIDField()
    provider_id = serializers.UUIDField()

    class Meta:
        model = ListingStop
        fields: ClassVar[tuple[str, ...]] = (
            *("id", "listing_id", "provider_id", "rule", "availability_ppm", "warned_at"),
            *("stops_at", "stopped_at", "ended_at"),
        )


class ResourceScoreList(generics.ListAPIView[ResourceScore]):
    """Scores of resources by day."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": READ}
    serializer_class = ResourceScoreReply
    filterset_class = ResourceScoreFilter
    queryset = ResourceScore.objects.none()

    def get_queryset(self) -> QuerySet[ResourceScore]:
        """Return the scores of everything, the latest day first."""
        return score_selectors.scores()


class ProviderScores(APIView):
    """The scores of a provider, with those of its resources."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses={200: dict[str, Any]})
    def get(self, request: Request, scored_provider_id: UUID) -> Response:  # noqa: ARG002 - DRF's
        """Return the export that `verify_scores.py` makes anew."""
        return Response(score_selectors.provider_export(scored_provider_id))


class ListingStopList(generics.ListAPIView[ListingStop]):
    """Listings that the rule warned of or took off the market."""

    required_roles: ClassVar = {"GET": WATCHERS}
    required_scopes: ClassVar = {"GET": READ}
    serializer_class = ListingStopReply
    filterset_class = ListingStopFilter
    queryset = ListingStop.objects.none()

    def get_queryset(self) -> QuerySet[ListingStop]:
        """Return one's own, or all to those who watch over the market."""
        return score_selectors.stops_seen_by(actor_of(self.request))
