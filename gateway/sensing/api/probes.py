"""Probes over HTTP: which addresses the market asks, what they answered, and starting one."""

from typing import Any, ClassVar, Final
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from gateway.sensing import probe_selectors, services
from gateway.sensing.contracts import PROBE_URL_LENGTH_MAX, Health
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.fields import StrictCharField, StrictSerializer
from identity.http.idempotency import idempotent

WATCHING: Final = (Role.OPERATOR, Role.AUDITOR)
PROBES_MAX: Final = 500


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


def _replies(rows: list[Any]) -> list[dict[str, Any]]:
    found = probe_selectors.compared_of([each.pk for each in rows], now=clock.now())
    replies = []
    for each in rows:
        beside = found[each.pk]
        each.is_asked = each.next_at is not None
        each.agent_says, each.probe_says = beside.agent, beside.probe
        each.is_agreed = beside.is_agreed
        each.disagreed_seconds = int(beside.disagreed.total_seconds())
        each.compared_seconds = int(beside.both.total_seconds())
        replies.append(dict(ProbeReply(each).data))
    return replies


class ProbeList(APIView):
    """Addresses that the market asks."""

    required_roles: ClassVar = {"GET": frozenset({Role.PROVIDER, *WATCHING})}
    required_scopes: ClassVar = {"GET": "deliveries:read"}

    @extend_schema(operation_id="probes", responses=ProbeReply(many=True))
    def get(self, request: Request) -> Response:
        """Return at most 500, failing ones first; a provider's own, or all to those who watch."""
        actor = actor_of(request)
        scope = {} if actor.has_role(*WATCHING) else {"provider_id": actor.organization_id}
        return Response(_replies(list(probe_selectors.probed_endpoints(**scope)[:PROBES_MAX])))


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
