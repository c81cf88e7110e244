"""The money of programmes over the API: permission, parse, one call, answer."""

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
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from marketplace.proposals import ProposalState
from marketplace.vouchers import selectors, services
from marketplace.vouchers.api import serializers
from marketplace.vouchers.models import FundingProposal, ProgrammeFunding

ISSUERS = frozenset({Role.ISSUER})
WATCHERS = frozenset({Role.AUDITOR, Role.OPERATOR})


class FundingList(APIView):
    """The money of a programme."""

    required_roles: ClassVar = {"POST": ISSUERS}

    @extend_schema(
        request=serializers.NewFunding,
        responses={201: serializers.FundingReply, 202: serializers.FundingProposalReply},
    )
    @idempotent
    def post(self, request: Request, programme_id: UUID) -> Response:
        """
        Add to the programme's pool, once for each reference.

        A large amount is not added yet: 202 names the proposal that another person confirms.
        """
        actor = actor_of(request)
        form = serializers.NewFunding(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.fund_programme(
            programme_id=programme_id,
            issuer_id=actor.organization_id,
            funded_by_id=actor.person_id,
            now=clock.now(),
            **form.validated_data,
        )
        if isinstance(made, ProgrammeFunding):
            return Response(serializers.FundingReply(made).data, status=status.HTTP_201_CREATED)
        return _proposal(made, status.HTTP_202_ACCEPTED)


class FundingProposalFilter(django_filters.FilterSet):  # type: ignore[misc] # it has no stubs
    """Where a proposal stands."""

    state = django_filters.ChoiceFilter(choices=ProposalState.choices)

    class Meta:
        model = FundingProposal
        fields: ClassVar[list[Any]] = []


class FundingProposalList(generics.ListAPIView[FundingProposal]):
    """Budgets that need a second person, newest first."""

    required_roles: ClassVar = {"GET": ISSUERS | WATCHERS}
    required_scopes: ClassVar = {"GET": "vouchers:read"}
    serializer_class = serializers.FundingProposalReply
    filterset_class = FundingProposalFilter
    queryset = FundingProposal.objects.none()

    def get_queryset(self) -> QuerySet[FundingProposal]:
        """Return those of the issuer's programmes; all for those who watch."""
        actor = actor_of(self.request)
        return selectors.funding_proposals(
            issuer_id=None if actor.has_role(*WATCHERS) else actor.organization_id
        )


class FundingConfirmation(APIView):
    """The second person's yes."""

    required_roles: ClassVar = {"POST": ISSUERS}

    @extend_schema(request=None, responses=serializers.FundingReply)
    @idempotent
    def post(self, request: Request, funding_proposal_id: UUID) -> Response:
        """Put the budget into the programme's pool at once."""
        actor = actor_of(request)
        funding = services.confirm_funding(
            proposal_id=funding_proposal_id,
            issuer_id=actor.organization_id,
            person_id=actor.person_id,
            now=clock.now(),
        )
        return Response(serializers.FundingReply(funding).data)


class FundingRefusal(APIView):
    """The second person's no."""

    required_roles: ClassVar = {"POST": ISSUERS}

    @extend_schema(request=serializers.FundingReason, responses=serializers.FundingProposalReply)
    @idempotent
    def post(self, request: Request, funding_proposal_id: UUID) -> Response:
        """Refuse the budget; its reference may be used anew."""
        return _proposal(services.refuse_funding(proposal_id=funding_proposal_id, **_said(request)))


class FundingWithdrawal(APIView):
    """Taking a proposal back."""

    required_roles: ClassVar = {"POST": ISSUERS}

    @extend_schema(request=serializers.FundingReason, responses=serializers.FundingProposalReply)
    @idempotent
    def post(self, request: Request, funding_proposal_id: UUID) -> Response:
        """Withdraw a budget that one proposed oneself."""
        return _proposal(
            services.withdraw_funding(proposal_id=funding_proposal_id, **_said(request))
        )


def _said(request: Request) -> dict[str, Any]:
    """Return who says no, for whom, why and when."""
    form = serializers.FundingReason(data=request.data)
    form.is_valid(raise_exception=True)
    actor = actor_of(request)
    return {
        "issuer_id": actor.organization_id,
        "person_id": actor.person_id,
        "reason": form.validated_data["reason"],
        "now": clock.now(),
    }


def _proposal(proposal: FundingProposal, code: int = status.HTTP_200_OK) -> Response:
    return Response(serializers.FundingProposalReply(proposal).data, status=code)
