"""Proposals over the API: permission, parse, one call, answer."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.approvals import kinds, selectors, services
from identity.approvals.api import serializers
from identity.approvals.api.replies import waits
from identity.approvals.contracts import READERS, Person
from identity.approvals.filters import ProposalFilter
from identity.approvals.models import Limit, Proposal
from identity.contracts import PLATFORM_ROLES, Actor, Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent

READ = "approvals:read"
# Auditors read; whoever has a duty beside that proposes and decides.
DECIDERS = READERS - {Role.AUDITOR}
OPERATORS = frozenset({Role.OPERATOR})


class ProposalList(generics.ListAPIView[Proposal]):
    """What waits for a second person and what was decided, newest first."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": READ}
    serializer_class = serializers.ProposalReply
    filterset_class = ProposalFilter
    queryset = Proposal.objects.none()

    def get_queryset(self) -> QuerySet[Proposal]:
        """Return one's own and those that one's role decides; all for those who watch."""
        return selectors.visible_to(actor_of(self.request))


class ProposalDetail(APIView):
    """One proposal."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=serializers.ProposalReply)
    def get(self, request: Request, proposal_id: UUID) -> Response:
        """Return the proposal with its content."""
        return _reply(proposal_id, actor_of(request))


class Approval(APIView):
    """The second person's yes."""

    required_roles: ClassVar = {"POST": DECIDERS}

    @extend_schema(request=serializers.NewApproval, responses=serializers.ProposalReply)
    @idempotent
    def post(self, request: Request, proposal_id: UUID) -> Response:
        """Approve the content that was read; it is carried out at once."""
        form = serializers.NewApproval(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        kinds.approve(proposal_id, actor=actor, now=clock.now(), **form.validated_data)
        return _reply(proposal_id, actor)


class ProposalRefusal(APIView):
    """The second person's no."""

    required_roles: ClassVar = {"POST": DECIDERS}

    @extend_schema(request=serializers.ProposalReason, responses=serializers.ProposalReply)
    @idempotent
    def post(self, request: Request, proposal_id: UUID) -> Response:
        """Refuse what somebody else proposed; its reference may be used anew."""
        form = serializers.ProposalReason(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        found = selectors.proposal_of_desk(proposal_id, actor=actor)
        services.refuse(
            proposal_id=found.pk, by=_person(actor), now=clock.now(), **form.validated_data
        )
        return _reply(proposal_id, actor)


class Withdrawal(APIView):
    """Taking a proposal back."""

    required_roles: ClassVar = {"POST": DECIDERS}

    @extend_schema(request=serializers.ProposalReason, responses=serializers.ProposalReply)
    @idempotent
    def post(self, request: Request, proposal_id: UUID) -> Response:
        """Withdraw what one proposed oneself."""
        form = serializers.ProposalReason(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        found = selectors.proposal(proposal_id, actor=actor)
        services.withdraw(
            proposal_id=found.pk, by=_person(actor), now=clock.now(), **form.validated_data
        )
        return _reply(proposal_id, actor)


class LimitList(generics.ListAPIView[Limit]):
    """From which amounts on acts take two people: every limit there was, newest first."""

    required_roles: ClassVar = {"GET": PLATFORM_ROLES, "POST": OPERATORS}
    required_scopes: ClassVar = {"GET": READ}
    serializer_class = serializers.LimitReply
    queryset = Limit.objects.order_by("-id")

    @extend_schema(request=serializers.NewLimit, responses={202: serializers.WaitingReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Propose another limit; another operator approves it."""
        form = serializers.NewLimit(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.propose_limit(
            by=_person(actor_of(request)), now=clock.now(), **form.validated_data
        )
        return waits(made)


def _person(actor: Actor) -> Person:
    return Person(actor.person_id, actor.organization_id)


def _reply(proposal_id: UUID, actor: Actor) -> Response:
    found = selectors.proposal(proposal_id, actor=actor)
    return Response(serializers.ProposalReply(found).data)
