"""Codes that move between nodes, over HTTP: asked for by their owner, expected by theirs there."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from gateway.peering import selectors, services
from gateway.peering.contracts import MoveState
from gateway.peering.models import CodeMove, ExpectedMove
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.fields import StrictCharField, StrictSerializer, StrictUUIDField
from identity.http.idempotency import idempotent

PROVIDERS = frozenset({Role.PROVIDER})


class NewCodeMove(StrictSerializer):
    """The resource whose code is to move, the code there, and why."""

    resource_id = StrictUUIDField()
    to = StrictCharField(max_length=96)
    reason = StrictCharField(max_length=500)


class CodeMoveReply(serializers.Serializer[Any]):
    """A move that was asked for."""

    id = serializers.UUIDField()
    from_code = serializers.CharField()
    to_code = serializers.CharField()
    receiver = serializers.CharField(help_text="the node that it leads to")
    reason = serializers.CharField()
    state = serializers.ChoiceField(MoveState.choices)
    refusal = serializers.CharField(allow_blank=True, help_text="why that node did not sign yet")
    asked_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)


class NewExpectedMove(StrictSerializer):
    """A code of another node, and the resource here that it is to become."""

    resource_id = StrictUUIDField()
    from_code = StrictCharField(max_length=96)


class ExpectedMoveReply(serializers.Serializer[Any]):
    """A code of another node that is expected here."""

    id = serializers.UUIDField()
    from_code = serializers.CharField()
    to_code = serializers.CharField()
    expected_at = serializers.DateTimeField()
    countersigned_at = serializers.DateTimeField(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)


class CodeMoveList(generics.ListAPIView):  # type: ignore[type-arg] # not generic at run time
    """Moves to other nodes."""

    required_roles: ClassVar = {"GET": PROVIDERS, "POST": PROVIDERS}
    required_scopes: ClassVar = {"GET": "resources:read", "POST": "resources:write"}
    serializer_class = CodeMoveReply
    queryset = CodeMove.objects.none()

    def get_queryset(self) -> QuerySet[CodeMove]:
        """Return what the provider asked for, the latest first."""
        return selectors.moves_of(actor_of(self.request).organization_id)

    @extend_schema(request=NewCodeMove, responses={201: CodeMoveReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Ask for a move; the code is in use until the other node countersigned."""
        form = NewCodeMove(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        made = services.ask_move(
            provider_id=actor.organization_id,
            by_id=actor.person_id,
            now=clock.now(),
            **form.validated_data,
        )
        return Response(CodeMoveReply(made).data, status=status.HTTP_201_CREATED)


class CodeMoveDetail(APIView):
    """A move that was asked for."""

    required_roles: ClassVar = {"DELETE": PROVIDERS}
    required_scopes: ClassVar = {"DELETE": "resources:write"}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, move_id: UUID) -> Response:
        """Withdraw it, while it waits."""
        services.withdraw_move(
            move_id=move_id, provider_id=actor_of(request).organization_id, now=clock.now()
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class ExpectedMoveList(generics.ListAPIView):  # type: ignore[type-arg] # not generic at run time
    """Codes of other nodes that are expected here."""

    required_roles: ClassVar = {"GET": PROVIDERS, "POST": PROVIDERS}
    required_scopes: ClassVar = {"GET": "resources:read", "POST": "resources:write"}
    serializer_class = ExpectedMoveReply
    queryset = ExpectedMove.objects.none()

    def get_queryset(self) -> QuerySet[ExpectedMove]:
        """Return what the provider expects or expected, the latest first."""
        return selectors.expected_moves_of(actor_of(self.request).organization_id)

    @extend_schema(request=NewExpectedMove, responses={201: ExpectedMoveReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Expect a code: this node countersigns its move once the other node asks."""
        form = NewExpectedMove(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        made = services.expect_move(
            provider_id=actor.organization_id,
            by_id=actor.person_id,
            now=clock.now(),
            **form.validated_data,
        )
        return Response(ExpectedMoveReply(made).data, status=status.HTTP_201_CREATED)


class ExpectedMoveDetail(APIView):
    """A code of another node that is expected here."""

    required_roles: ClassVar = {"DELETE": PROVIDERS}
    required_scopes: ClassVar = {"DELETE": "resources:write"}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, expected_id: UUID) -> Response:
        """Expect it no more, while this node has not countersigned."""
        services.withdraw_expected(
            expected_id=expected_id,
            provider_id=actor_of(request).organization_id,
            now=clock.now(),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)
