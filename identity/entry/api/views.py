"""The ways in over HTTP."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity import selectors as identity
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person
from identity.contracts import ANY_MEMBER, Role
from identity.entry import selectors, services
from identity.entry.api import serializers
from identity.entry.filters import InvitationFilter
from identity.entry.models import Invitation, SsoConnection
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent

KEEPERS = frozenset({Role.PROVIDER, Role.BUYER, Role.OPERATOR})
OPERATORS = frozenset({Role.OPERATOR})


class InvitationList(generics.ListAPIView[Invitation]):
    """Invitations of an organisation."""

    required_roles: ClassVar = {"GET": KEEPERS}
    serializer_class = serializers.InvitedReply
    filterset_class = InvitationFilter
    queryset = Invitation.objects.none()
    ordering = ("-id",)

    def get_queryset(self) -> QuerySet[Invitation]:
        """Return the organisation's invitations, if it is the actor's to keep."""
        organization_id = self.kwargs["organization_id"]
        identity.require_kept_by(actor_of(self.request), organization_id)
        return selectors.invitations_for(actor_of(self.request), organization_id)


class InvitationMove(APIView):
    """An invitation that is sent again, or withdrawn."""

    required_roles: ClassVar = {"POST": KEEPERS}
    act: Any = None

    @extend_schema(request=None, responses=serializers.InvitedReply)
    def post(self, request: Request, organization_id: UUID, invitation_id: UUID) -> Response:
        """Send the letter again, for two weeks more; or take the invitation and its role back."""
        identity.require_kept_by(actor_of(request), organization_id)
        moved = self.act(
            organization_id=organization_id, invitation_id=invitation_id, now=clock.now()
        )
        return Response(serializers.InvitedReply(moved).data)


class SsoConnectionList(generics.ListAPIView[SsoConnection]):
    """How the people of an organisation sign in by its own provider."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": OPERATORS}
    required_scopes: ClassVar = {"GET": "organizations:read"}
    serializer_class = serializers.SsoConnectionReply
    queryset = SsoConnection.objects.none()
    ordering = ("-id",)

    def get_queryset(self) -> QuerySet[SsoConnection]:
        """Return the organisation's connections, the present one first."""
        return selectors.connections_for(actor_of(self.request), self.kwargs["organization_id"])

    @extend_schema(request=serializers.NewSsoConnection, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request, organization_id: UUID) -> Response:
        """Propose a connection; another operator, who checks the domains, approves it."""
        form = serializers.NewSsoConnection(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.propose_connection(
            organization_id=organization_id,
            by=_person(request),
            now=clock.now(),
            **form.validated_data,
        )
        return waits(made)


class SsoConnectionEnd(APIView):
    """The end of a connection."""

    required_roles: ClassVar = {"POST": KEEPERS}

    @extend_schema(request=None, responses=serializers.SsoConnectionReply)
    def post(self, request: Request, organization_id: UUID, connection_id: UUID) -> Response:
        """End it at once: nobody signs in by it any more."""
        identity.require_kept_by(actor_of(request), organization_id)
        ended = services.end_connection(
            organization_id=organization_id,
            connection_id=connection_id,
            by=_person(request),
            now=clock.now(),
        )
        return Response(serializers.SsoConnectionReply(ended).data)


class SsoConnectionSecret(APIView):
    """The secret of a connection."""

    required_roles: ClassVar = {"POST": KEEPERS}

    @extend_schema(request=serializers.SsoSecret, responses=serializers.SsoConnectionReply)
    def post(self, request: Request, organization_id: UUID, connection_id: UUID) -> Response:
        """Keep the secret that the provider gave this market, encrypted."""
        identity.require_kept_by(actor_of(request), organization_id)
        form = serializers.SsoSecret(data=request.data)
        form.is_valid(raise_exception=True)
        kept = services.set_secret(
            organization_id=organization_id, connection_id=connection_id, **form.validated_data
        )
        return Response(serializers.SsoConnectionReply(kept).data)


class Recoveries(APIView):
    """Second factors that are lost."""

    required_roles: ClassVar = {"POST": OPERATORS}

    @extend_schema(request=serializers.NewRecovery, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Propose to take a person's second factor away; another operator's approval does it."""
        form = serializers.NewRecovery(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.propose_recovery(
            by=_person(request), now=clock.now(), **form.validated_data
        )
        return waits(made)


def _person(request: Request) -> Person:
    actor = actor_of(request)
    return Person(actor.person_id, actor.organization_id)
