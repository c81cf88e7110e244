"""The public register of resources and the resolution of compute identifiers."""

from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity import codes, perceiving, selectors, services, standings
from identity.api import serializers
from identity.contracts import (
    CapacityUnit,
    ResourceClass,
    ResourceForm,
    ResourceStatus,
    Role,
)
from identity.filters import ResourceFilter
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from identity.identifiers import industries, regions
from identity.models import ComputeResource, IdentifierProfile
from identity.services import ResourceFacts
from identity.uscc import masked

PROVIDERS = frozenset({Role.PROVIDER})
KEPT_SECONDS = 2  # caches may keep an answer so long: a suspension counts everywhere within it


class ResourceList(generics.ListAPIView[ComputeResource]):
    """The public register."""

    public = True
    required_roles: ClassVar = {"POST": PROVIDERS}
    required_scopes: ClassVar = {"POST": "resources:write"}
    serializer_class = serializers.ResourceReply
    filterset_class = ResourceFilter
    queryset = ComputeResource.objects.none()

    def get_queryset(self) -> QuerySet[ComputeResource]:
        """Return every registered resource."""
        return selectors.registered_resources()

    def paginate_queryset(self, queryset: Any) -> Any:
        """Return a page, each resource with the state that counts; one statement more."""
        rows = super().paginate_queryset(queryset) or []
        standings.mark_counted(rows)
        return rows

    @extend_schema(request=serializers.NewResource, responses={201: serializers.ResourceReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Register a resource of the provider; the answer holds its compute identifier."""
        form = serializers.NewResource(data=request.data)
        form.is_valid(raise_exception=True)
        values, owner = dict(form.validated_data), actor_of(request).organization_id
        prefix = values.pop("pool", "")
        resource = services.register_resource(
            provider_id=owner,
            facts=_facts(values),
            registered_at=clock.now(),
            allotted=services.allotted_to(prefix=prefix, provider_id=owner) if prefix else None,
        )
        reply = serializers.ResourceReply(resource).data
        return Response(reply, status=status.HTTP_201_CREATED)


def _facts(values: dict[str, Any]) -> ResourceFacts:
    return ResourceFacts(
        **values
        | {
            "resource_class": ResourceClass(values["resource_class"]),
            "form": ResourceForm(values["form"]),
            "capacity_unit": CapacityUnit(values["capacity_unit"]),
            "hardware_serials": tuple(values.get("hardware_serials", ())),
        }
    )


class ResourceDetail(APIView):
    """One resource of the public register."""

    public = True
    required_roles: ClassVar = {"PATCH": PROVIDERS}
    required_scopes: ClassVar = {"PATCH": "resources:write"}

    @extend_schema(responses=serializers.ResourceReply)
    def get(self, request: Request, resource_id: UUID) -> Response:  # noqa: ARG002 - DRF's
        """Return the resource."""
        return Response(serializers.ResourceReply(selectors.resource(resource_id)).data)

    @extend_schema(request=serializers.ResourceChanges, responses=serializers.ResourceReply)
    def patch(self, request: Request, resource_id: UUID) -> Response:
        """Suspend, resume or withdraw a resource of the provider, or call it something else."""
        form = serializers.ResourceChanges(data=request.data)
        form.is_valid(raise_exception=True)
        changes, owner = form.validated_data, actor_of(request).organization_id
        resource = selectors.resource_of_provider(resource_id=resource_id, provider_id=owner)
        with transaction.atomic():
            if "name" in changes or "name_en" in changes:
                resource = services.rename_resource(
                    resource_id=resource_id,
                    provider_id=owner,
                    name=changes.get("name", resource.name),
                    name_en=changes.get("name_en", resource.name_en),
                )
            if "hardware_serials" in changes:
                resource = services.change_hardware(
                    resource_id=resource_id,
                    provider_id=owner,
                    serials=changes["hardware_serials"],
                )
            if "status" in changes:
                resource = services.change_resource_status(
                    resource_id=resource_id,
                    provider_id=owner,
                    status=ResourceStatus(changes["status"]),
                    reason=changes.get("reason", ""),
                )
        return Response(serializers.ResourceReply(resource).data)


class Resolve(APIView):
    """The resolver of compute identifiers."""

    public = True

    @extend_schema(
        responses=serializers.Resolution,
        parameters=[OpenApiParameter("code", str, OpenApiParameter.PATH)],
    )
    def get(self, request: Request, code: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Tell what stands behind a compute identifier, and what of it is available."""
        resource = selectors.resolve_identifier(code)
        reply = serializers.Resolution(_resolution(resource)).data
        return Response(reply, headers={"Cache-Control": f"public, max-age={KEPT_SECONDS}"})


def _resolution(resource: ComputeResource) -> dict[str, Any]:
    owner = resource.provider
    observed_at = resource.observed_at
    trail = codes.trail_of(resource.identifier)
    return {
        "identifier": resource.identifier,
        "aliases": [each.code for each in codes.aliases_of(resource.pk)],
        "renames": trail.steps,
        "renamed_too_often": trail.is_cut,
        "profile_version": resource.profile_id,
        "resource_id": resource.pk,
        "status": standings.counted_status(resource)[0],
        "owner": {
            "name": owner.name,
            "name_en": owner.name_en,
            "uscc_masked": masked(owner.uscc),
        },
        "industry": resource.industry,
        "region": resource.region,
        "region_name": regions.regions()[resource.region].name,
        "resource_class": resource.resource_class,
        "form": resource.form,
        "specification": resource.specification,
        "capacity_unit": resource.capacity_unit,
        "total": {"milli": resource.total_milli, "observed_at": resource.registered_at},
        "available": {"milli": resource.available_milli, "observed_at": observed_at},
        "state": perceiving.state_of_resource(resource.pk, clock.now()),
        "verification_level": resource.verification_level,
        "energy": {"pue": resource.pue, "grid_region": resource.grid_region},
        "registered_at": resource.registered_at,
        "ttl_seconds": settings.IDENTITY_RESOLUTION_TTL_SECONDS,
    }


class ProfileList(generics.ListAPIView[IdentifierProfile]):
    """The published layouts of compute identifiers."""

    public = True
    serializer_class = serializers.ProfileReply
    queryset = IdentifierProfile.objects.order_by("version")


class RegionList(APIView):
    """The GB/T 2260 codes that identifiers may hold."""

    public = True

    @extend_schema(responses=serializers.RegionReply(many=True))
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Return every known code with the days on which it was in force."""
        return Response(serializers.RegionReply(regions.regions().values(), many=True).data)


class IndustryList(APIView):
    """The GB/T 4754 sections and divisions that identifiers and organisations may name."""

    public = True

    @extend_schema(
        parameters=[serializers.IndustriesAsked], responses=serializers.IndustryReply(many=True)
    )
    def get(self, request: Request) -> Response:
        """Return every row with its days, or those in force on one."""
        form = serializers.IndustriesAsked(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        day = form.validated_data.get("on")
        rows = industries.in_force(day).values() if day else industries.industry_table()
        return Response(serializers.IndustryReply(rows, many=True).data)


class HubList(APIView):
    """The clusters of the national compute hubs."""

    public = True

    @extend_schema(responses=serializers.HubReply(many=True))
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Return the ten clusters."""
        return Response(serializers.HubReply(regions.hubs(), many=True).data)
