"""Claw-backs over the API: permission, parse, one call, answer."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from marketplace.claims import selectors, services
from marketplace.claims.api import serializers
from marketplace.claims.models import Recovery
from marketplace.claims.selectors.filters import RecoveryFilter
from marketplace.vouchers.terms import ClawBackGround

ISSUERS = frozenset({Role.ISSUER})
READERS = frozenset({Role.PROVIDER, Role.BUYER}) | ISSUERS | selectors.READERS_OF_ALL


class ClawBackProposal(APIView):
    """Taking a voucher back."""

    required_roles: ClassVar = {"POST": ISSUERS}

    @extend_schema(request=serializers.NewClawBack, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request, voucher_id: UUID) -> Response:
        """Propose it; another person of the issuer decides, and what it paid is wanted back."""
        actor = actor_of(request)
        form = serializers.NewClawBack(data=request.data)
        form.is_valid(raise_exception=True)
        return waits(
            services.propose_claw_back(
                voucher_id=voucher_id,
                ground=ClawBackGround(form.validated_data["ground"]),
                reason=form.validated_data["reason"],
                evidence=form.validated_data["evidence"],
                by=Person(actor.person_id, actor.organization_id),
                now=clock.now(),
            )
        )


class RecoveryList(generics.ListAPIView[Recovery]):
    """What programmes want back of those whom vouchers paid."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": "settlement:read"}
    serializer_class = serializers.RecoveryReply
    filterset_class = RecoveryFilter
    queryset = Recovery.objects.none()

    def get_queryset(self) -> QuerySet[Recovery]:
        """Return what the actor may see."""
        return selectors.recoveries_of(actor_of(self.request))


class RecoveryRepayment(APIView):
    """That a payee paid back."""

    required_roles: ClassVar = {"POST": ISSUERS}

    @extend_schema(request=serializers.ClaimPaid, responses=serializers.RecoveryReply)
    @idempotent
    def post(self, request: Request, recovery_id: UUID) -> Response:
        """Note it under the payment's reference; the same again changes nothing."""
        form = serializers.ClaimPaid(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        made = services.record_repayment(
            recovery_id=recovery_id,
            by=Person(actor.person_id, actor.organization_id),
            now=clock.now(),
            **form.validated_data,
        )
        return Response(serializers.RecoveryReply(made).data)
