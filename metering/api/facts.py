"""Meters, rules, usage and certificates."""

from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.filters import MomentFilter, UUIDFilter
from common.period import Period
from identity.api.serializers import AgentReply
from identity.contracts import ANY_MEMBER, Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from metering import selectors, services
from metering.api import serializers
from metering.contracts import Assessment, CapacityLine, ComputePath, Density, Precision
from metering.models import (
    CapacityCertificate,
    MeasurementRuleVersion,
    Meter,
    Metric,
    Reading,
    UsageRecord,
)
from metering.selectors.filters import CertificateFilter, MeterFilter

PROVIDERS = frozenset({Role.PROVIDER})
READERS = frozenset({Role.PROVIDER, Role.AUDITOR, Role.OPERATOR})
VERIFIERS = frozenset({Role.AUDITOR, Role.OPERATOR})


class MetricList(generics.ListAPIView[Metric]):
    """What can be counted."""

    public = True
    serializer_class = serializers.MetricReply
    ordering = ("code",)
    queryset = Metric.objects.order_by("code")


class RuleFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How rule versions can be found."""

    code = django_filters.CharFilter(field_name="rule_id", max_length=40)

    class Meta:
        model = MeasurementRuleVersion
        fields: ClassVar[list[str]] = []


class RuleList(generics.ListAPIView[MeasurementRuleVersion]):
    """The measurement rules, every version of them."""

    public = True
    serializer_class = serializers.RuleReply
    filterset_class = RuleFilter
    ordering = ("-published_at", "-id")
    queryset = MeasurementRuleVersion.objects.select_related("rule", "metric")


class RuleDetail(generics.RetrieveAPIView[MeasurementRuleVersion]):
    """One version of a measurement rule."""

    public = True
    serializer_class = serializers.RuleReply
    lookup_url_kwarg = "rule_version_id"
    queryset = MeasurementRuleVersion.objects.select_related("rule", "metric")


class MeterList(generics.ListAPIView[Meter]):
    """The provider's meters; all for those with a duty across the market."""

    required_roles: ClassVar = {"GET": READERS, "POST": PROVIDERS}
    required_scopes: ClassVar = {"GET": "metering:read", "POST": "metering:write"}
    serializer_class = serializers.MeterReply
    filterset_class = MeterFilter
    queryset = Meter.objects.none()

    def get_queryset(self) -> QuerySet[Meter]:
        """Return the meters that the actor may see."""
        return selectors.meters_for(actor_of(self.request))

    @extend_schema(request=serializers.NewMeter, responses={201: serializers.MeterReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Put a meter on one of the provider's resources."""
        form = serializers.NewMeter(data=request.data)
        form.is_valid(raise_exception=True)
        meter = services.register_meter(
            provider_id=actor_of(request).organization_id,
            now=clock.now(),
            **form.validated_data,
        )
        reply = serializers.MeterReply(meter).data
        return Response(reply, status=status.HTTP_201_CREATED)


class MeterDetail(APIView):
    """One meter."""

    required_roles: ClassVar = {"GET": READERS, "PATCH": PROVIDERS}
    required_scopes: ClassVar = {"GET": "metering:read", "PATCH": "metering:write"}

    @extend_schema(responses=serializers.MeterReply)
    def get(self, request: Request, meter_id: UUID) -> Response:
        """Return the meter."""
        meter = selectors.meter_for(actor_of(request), meter_id)
        return Response(serializers.MeterReply(meter).data)

    @extend_schema(request=serializers.MeterChanges, responses=serializers.MeterReply)
    def patch(self, request: Request, meter_id: UUID) -> Response:
        """Let another agent of the provider sign for the meter."""
        form = serializers.MeterChanges(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        services.bind_agent(
            provider_id=actor.organization_id, meter_id=meter_id, **form.validated_data
        )
        meter = selectors.meter_for(actor, meter_id)
        return Response(serializers.MeterReply(meter).data)


class AgentKey(APIView):
    """The key of a metering agent."""

    required_roles: ClassVar = {"POST": PROVIDERS}
    required_scopes: ClassVar = {"POST": "metering-agents:write"}

    @extend_schema(request=serializers.NewAgentKey, responses={201: AgentReply})
    @idempotent
    def post(self, request: Request, agent_id: UUID) -> Response:
        """Give the agent a new key: its meters are signed for with it, and the former one ends."""
        form = serializers.NewAgentKey(data=request.data)
        form.is_valid(raise_exception=True)
        overlap = timedelta(seconds=form.validated_data.pop("overlap_seconds", 0))
        agent = services.rotate_agent(
            provider_id=actor_of(request).organization_id,
            agent_id=agent_id,
            now=clock.now(),
            overlap=overlap,
            **form.validated_data,
        )
        return Response(AgentReply(agent).data, status=status.HTTP_201_CREATED)


class ReadingList(generics.ListAPIView[Reading]):
    """What a meter counted, the newest time first."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": "metering:read"}
    serializer_class = serializers.ReadingReply
    ordering = ("-starts_at", "-id")
    queryset = Reading.objects.none()

    def get_queryset(self) -> QuerySet[Reading]:
        """Return the readings, if the meter is the actor's to see."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return selectors.readings_for(actor_of(self.request), self.kwargs["meter_id"])


class ReadingMonths(APIView):
    """The months that raw readings lie in, and those that were removed."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": "metering:read"}

    @extend_schema(responses=serializers.ReadingMonthReply(many=True))
    def get(self, request: Request) -> Response:
        """Return the months, the newest first."""
        months = selectors.reading_months(actor_of(request))
        return Response(serializers.ReadingMonthReply(months, many=True).data)


class UsageFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How usage can be found."""

    meter = UUIDFilter(field_name="meter_id")
    resource = UUIDFilter(field_name="resource_id")
    subject = UUIDFilter(field_name="subject", label="order")
    starts_from = MomentFilter(field_name="starts_at", lookup_expr="gte")
    starts_before = MomentFilter(field_name="starts_at", lookup_expr="lt")

    class Meta:
        model = UsageRecord
        fields: ClassVar[list[str]] = []


class UsageList(generics.ListAPIView[UsageRecord]):
    """Measured usage in the order in which it was recorded; all for auditors."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": "metering:read"}
    serializer_class = serializers.UsageReply
    filterset_class = UsageFilter
    ordering = ("-sequence",)
    queryset = UsageRecord.objects.none()

    def get_queryset(self) -> QuerySet[UsageRecord]:
        """Return the usage that the actor may see."""
        return selectors.usage_for(actor_of(self.request))


class UsageDetail(APIView):
    """One usage record."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": "metering:read"}

    @extend_schema(responses=serializers.UsageReply)
    def get(self, request: Request, usage_id: UUID) -> Response:
        """Return the record."""
        record = selectors.usage_record_for(actor_of(request), usage_id)
        return Response(serializers.UsageReply(record).data)


class CapacityCertificateList(generics.ListAPIView[CapacityCertificate]):
    """What is certified of resources, the newest first."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": VERIFIERS}
    required_scopes: ClassVar = {"GET": "metering:read"}
    serializer_class = serializers.CertificateReply
    filterset_class = CertificateFilter
    ordering = ("-certified_at", "-id")
    queryset = CapacityCertificate.objects.all()

    @extend_schema(
        request=serializers.NewCertificate, responses={201: serializers.CertificateReply}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Certify the capacity of another organisation's resource."""
        form = serializers.NewCertificate(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        certificate = services.certify_capacity(
            verifier_id=actor.organization_id,
            verifier_person_id=actor.person_id,
            now=clock.now(),
            **_certificate(form.validated_data),
        )
        reply = serializers.CertificateReply(certificate).data
        return Response(reply, status=status.HTTP_201_CREATED)


def _certificate(values: dict[str, Any]) -> dict[str, Any]:
    return {
        "resource_id": values["resource_id"],
        "line": CapacityLine(
            Precision(values["precision"]),
            Density(values["density"]),
            ComputePath(values["path"]),
            values["value"],
            values["unit"],
        ),
        "assessment": Assessment(values["assessment"]),
        "source": values["source"],
        "model": values.get("model", ""),
        "aliases": values.get("aliases", ()),
        "period": Period(values["valid_from"], values["valid_to"]),
    }
