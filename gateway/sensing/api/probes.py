"""Probes over HTTP: which addresses the market asks, what they answered, and starting one."""

from typing import Any, ClassVar, Final
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from gateway.sensing import probe_selectors, services
from gateway.sensing.contracts import PROBE_URL_LENGTH_MAX, Health
from gateway.sensing.models import ProbedEndpoint
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.fields import StrictCharField, StrictSerializer
from identity.http.idempotency import idempotent

WATCHING: Final = (Role.OPERATOR, Role.AUDITOR)


class ProbeReply(serializers.Serializer[Any]):
    """An address that the market asks, its last answer, and what the agent says beside."""

    resource_id = serializers.UUIDField()
    identifier = serializers.CharField(source="resource.identifier")
    provider_id = serializers.UUIDField()
    url = serializers.CharField()
    is_asked = serializers.BooleanField()
    asked_at = serializers.DateTimeField(allow_null=True)
    status = serializers.IntegerField(allow_null=True, help_text="of HTTP; null: no answer")
    took_ms = serializers.IntegerField(allow_null=True)
    problem = serializers.CharField()
    failures = serializers.IntegerField(help_text="in a row")
    agent_says = serializers.ChoiceField(Health.choices, allow_null=True)
    probe_says = serializers.ChoiceField(Health.choices, allow_null=True)
    is_agreed = serializers.BooleanField(allow_null=True, help_text="null: one of them is silent")
    disagreed_seconds = serializers.IntegerField(help_text="of the last 24 hours")
    compared_seconds = serializers.IntegerField(help_text="in which both told")


class ProbeAsked(StrictSerializer):
    """The address to ask; empty: the market asks no more, and keeps the address."""

    url = StrictCharField(max_length=PROBE_URL_LENGTH_MAX, allow_blank=True)


class ProbeList(generics.ListAPIView):  # type: ignore[type-arg] # not generic at run time
    """Addresses that the market asks."""

    required_roles: ClassVar = {"GET": frozenset({Role.PROVIDER, *WATCHING})}
    required_scopes: ClassVar = {"GET": "deliveries:read"}
    serializer_class = ProbeReply
    queryset = ProbedEndpoint.objects.none()

    def get_queryset(self) -> QuerySet[ProbedEndpoint]:
        """Return a provider's own, or all to those who watch, failing ones first."""
        actor = actor_of(self.request)
        scope = {} if actor.has_role(*WATCHING) else {"provider_id": actor.organization_id}
        return probe_selectors.probed_endpoints(**scope)

    def paginate_queryset(self, queryset: Any) -> Any:
        """Return a page, each address with what the agent said beside; two statements more."""
        rows = super().paginate_queryset(queryset) or []
        found = probe_selectors.compared_of([each.pk for each in rows], now=clock.now())
        for each in rows:
            beside = found[each.pk]
            each.is_asked = each.next_at is not None
            each.agent_says, each.probe_says = beside.agent, beside.probe
            each.is_agreed = beside.is_agreed
            each.disagreed_seconds = int(beside.disagreed.total_seconds())
            each.compared_seconds = int(beside.both.total_seconds())
        return rows


class ProbeStarting(APIView):
    """Starting and stopping the probe of one's own resource."""

    required_roles: ClassVar = {"POST": frozenset({Role.PROVIDER})}

    @extend_schema(request=ProbeAsked, responses={204: None})
    @idempotent
    def post(self, request: Request, resource_id: UUID) -> Response:
        """Have the market ask an address once a minute, or no more."""
        form = ProbeAsked(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        services.ask_address(
            resource_id=resource_id,
            provider_id=actor.organization_id,
            url=form.validated_data["url"],
            now=clock.now(),
        )
        return Response(status=204)
