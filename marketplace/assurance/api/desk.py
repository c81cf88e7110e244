"""What waits on a desk, over HTTP."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import Role
from identity.http.actors import actor_of
from marketplace.assurance import desk_selectors
from marketplace.assurance.desk_contracts import DeskKind

READERS = frozenset({Role.PROVIDER, Role.OPERATOR, Role.AUDITOR})


class DeskItemReply(serializers.Serializer[Any]):
    """Something that waits, since when, and when it is due."""

    kind = serializers.ChoiceField(DeskKind.choices)
    object_id = serializers.UUIDField(
        help_text="of the delivery; of a service level, its order; of a dispute, the dispute"
    )
    named = serializers.CharField(source="label", help_text="the number of the order or dispute")
    since = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    note = serializers.CharField()
    facts = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="of a service level: minutes_left, minutes_allowed, availability_ppm, target_ppm,"
        " credit_bp, next_credit_bp, is_down; of a dispute: claimed_minor",
    )


class DeskView(APIView):
    """What waits for a provider; for those who watch, what waits for the market."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": "deliveries:read"}

    @extend_schema(operation_id="desk", responses=DeskItemReply(many=True))
    def get(self, request: Request) -> Response:
        """Return what waits, what is due first before the others; at most 500 of a kind."""
        actor, now = actor_of(request), clock.now()
        if actor.has_role(Role.OPERATOR, Role.AUDITOR):
            found = desk_selectors.market_desk(now=now)
        else:
            found = desk_selectors.provider_desk(actor.organization_id, now=now)
        return Response(DeskItemReply(found, many=True).data)
