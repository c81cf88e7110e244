"""Mappings over HTTP: made, tried, published, ended; and what came, read or not."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from metering.rules import microseconds
from metering.senders import definitions, selectors, services
from metering.senders.api import serializers
from metering.senders.filters import MappingFilter, SeriesFilter, UnmappedFilter
from metering.senders.models import Mapping, MappingVersion, Series, UnmappedMetric
from metering.senders.wire import exposition

PROVIDERS = frozenset({Role.PROVIDER})
READ, WRITE = "metering:read", "metering:write"


class MappingList(generics.ListAPIView[Mapping]):
    """The provider's mappings."""

    required_roles: ClassVar = {"GET": PROVIDERS, "POST": PROVIDERS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = serializers.SeriesMappingReply
    filterset_class = MappingFilter
    ordering = ("-created_at", "-id")
    queryset = Mapping.objects.none()

    def get_queryset(self) -> QuerySet[Mapping]:
        """Return the provider's mappings."""
        return selectors.mappings(actor_of(self.request).organization_id)

    @extend_schema(
        request=serializers.NewSeriesMapping, responses={201: serializers.MappingVersionReply}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Make a mapping, in force at once."""
        form = serializers.NewSeriesMapping(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        made = services.create_mapping(
            provider_id=actor.organization_id,
            by_id=actor.person_id,
            now=clock.now(),
            **form.validated_data,
        )
        return Response(serializers.MappingVersionReply(made).data, status=status.HTTP_201_CREATED)


class MappingDetail(APIView):
    """One mapping."""

    required_roles: ClassVar = {"GET": PROVIDERS, "DELETE": PROVIDERS}
    required_scopes: ClassVar = {"GET": READ, "DELETE": WRITE}

    @extend_schema(responses=serializers.SeriesMappingReply)
    def get(self, request: Request, mapping_id: UUID) -> Response:
        """Return the mapping."""
        found = selectors.mapping(mapping_id, provider_id=actor_of(request).organization_id)
        return Response(serializers.SeriesMappingReply(found).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, mapping_id: UUID) -> Response:
        """End the mapping: what it names is not read from now on."""
        services.end_mapping(
            provider_id=actor_of(request).organization_id,
            mapping_id=mapping_id,
            now=clock.now(),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class VersionList(generics.ListAPIView[MappingVersion]):
    """The versions of a mapping, the newest first."""

    required_roles: ClassVar = {"GET": PROVIDERS, "POST": PROVIDERS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = serializers.MappingVersionReply
    ordering = ("-version",)  # unique within a mapping
    queryset = MappingVersion.objects.none()

    def get_queryset(self) -> QuerySet[MappingVersion]:
        """Return the versions, if the mapping is the provider's."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        provider_id = actor_of(self.request).organization_id
        found = selectors.mapping(self.kwargs["mapping_id"], provider_id=provider_id)
        return selectors.versions(found.pk)

    @extend_schema(
        request=serializers.NewMappingVersion, responses={201: serializers.MappingVersionReply}
    )
    @idempotent
    def post(self, request: Request, mapping_id: UUID) -> Response:
        """Publish what the mapping says from now on; the same again changes nothing."""
        form = serializers.NewMappingVersion(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        published = services.publish_version(
            provider_id=actor.organization_id,
            mapping_id=mapping_id,
            by_id=actor.person_id,
            now=clock.now(),
            **form.validated_data,
        )
        reply = serializers.MappingVersionReply(published).data
        return Response(reply, status=status.HTTP_201_CREATED)


class Trials(APIView):
    """Mappings are tried before they go live."""

    required_roles: ClassVar = {"POST": PROVIDERS}
    required_scopes: ClassVar = {"POST": READ}

    @extend_schema(
        request=serializers.MappingTrial, responses=serializers.TriedSeriesReply(many=True)
    )
    def post(self, request: Request) -> Response:
        """Tell what a mapping would make of a sample; nothing is kept."""
        form = serializers.MappingTrial(data=request.data)
        form.is_valid(raise_exception=True)
        told: dict[str, Any] = form.validated_data
        tried = services.try_batch(
            provider_id=actor_of(request).organization_id,
            definition=definitions.parse(told["definition"]),
            batch=exposition.read(told["sample"], now=microseconds(clock.now())),
        )
        return Response(serializers.TriedSeriesReply(tried, many=True).data)


class SeriesList(generics.ListAPIView[Series]):
    """The series that are followed for the provider, the one that came last first."""

    required_roles: ClassVar = {"GET": PROVIDERS}
    required_scopes: ClassVar = {"GET": READ}
    serializer_class = serializers.FollowedSeriesReply
    filterset_class = SeriesFilter
    ordering = ("-seen_at", "-id")
    queryset = Series.objects.none()

    def get_queryset(self) -> QuerySet[Series]:
        """Return the provider's series."""
        return selectors.series(actor_of(self.request).organization_id)


class UnmappedList(generics.ListAPIView[UnmappedMetric]):
    """The metrics that come and that nobody reads, the one that came last first."""

    required_roles: ClassVar = {"GET": PROVIDERS}
    required_scopes: ClassVar = {"GET": READ}
    serializer_class = serializers.UnmappedMetricReply
    filterset_class = UnmappedFilter
    ordering = ("-seen_at", "-id")
    queryset = UnmappedMetric.objects.none()

    def get_queryset(self) -> QuerySet[UnmappedMetric]:
        """Return the provider's unread metrics."""
        return selectors.unmapped(actor_of(self.request).organization_id)


class SenderList(APIView):
    """By which doors series came, and how many."""

    required_roles: ClassVar = {"GET": PROVIDERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=serializers.SeriesSenderReply(many=True))
    def get(self, request: Request) -> Response:
        """Return what came by each door."""
        found = selectors.senders(actor_of(request).organization_id)
        return Response(serializers.SeriesSenderReply(found, many=True).data)
