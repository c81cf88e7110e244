"""Claims over the API: permission, parse, one call, answer."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from marketplace.claims import evidence, selectors, services
from marketplace.claims.api import serializers
from marketplace.claims.models import VoucherClaim
from marketplace.claims.selectors.filters import ClaimFilter

PROVIDERS = frozenset({Role.PROVIDER})
ISSUERS = frozenset({Role.ISSUER})
READERS = PROVIDERS | ISSUERS | frozenset({Role.BUYER}) | selectors.READERS_OF_ALL


class ClaimList(generics.ListAPIView[VoucherClaim]):
    """Voucher claims of a provider, or on an issuer's programmes."""

    required_roles: ClassVar = {"GET": READERS, "POST": PROVIDERS}
    required_scopes: ClassVar = {"GET": "settlement:read"}
    serializer_class = serializers.ClaimReply
    filterset_class = ClaimFilter
    queryset = VoucherClaim.objects.none()

    def get_queryset(self) -> QuerySet[VoucherClaim]:
        """Return what the actor may see."""
        return selectors.claims_of(actor_of(self.request))

    @extend_schema(request=serializers.NewClaim, responses={201: serializers.ClaimReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Claim all that a programme's vouchers paid and nobody claimed yet."""
        form = serializers.NewClaim(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        made = services.submit_claim(
            provider_id=actor.organization_id,
            person_id=actor.person_id,
            now=clock.now(),
            **form.validated_data,
        )
        return Response(serializers.ClaimReply(made).data, status=status.HTTP_201_CREATED)


class ClaimDetail(APIView):
    """One claim."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": "settlement:read"}

    @extend_schema(responses=serializers.ClaimDetailReply)
    def get(self, request: Request, claim_id: UUID) -> Response:
        """Return the claim with its lines."""
        claim = selectors.voucher_claim(claim_id, actor_of(request))
        return Response(serializers.ClaimDetailReply(claim).data)


class ClaimEvidence(APIView):
    """What proves a claim."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": "settlement:read"}

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request, claim_id: UUID) -> HttpResponse:
        """Return the pack: its parts, their hashes, and the script that checks them."""
        claim = selectors.voucher_claim(claim_id, actor_of(request))
        answer = HttpResponse(evidence.packed(claim), content_type="application/zip")
        answer["Content-Disposition"] = f'attachment; filename="{claim.number}.zip"'
        return answer


class ClaimWithdrawal(APIView):
    """That a provider takes a claim back."""

    required_roles: ClassVar = {"POST": PROVIDERS | frozenset({Role.BUYER})}

    @extend_schema(request=None, responses=serializers.ClaimReply)
    @idempotent
    def post(self, request: Request, claim_id: UUID) -> Response:
        """Take the claim back before the payer has it."""
        actor = actor_of(request)
        services.withdraw_claim(
            claim_id=claim_id,
            provider_id=actor.organization_id,
            person_id=actor.person_id,
            now=clock.now(),
        )
        return Response(serializers.ClaimReply(selectors.voucher_claim(claim_id, actor)).data)


class ClaimChecking(APIView):
    """That the programme's people accept a claim."""

    required_roles: ClassVar = {"POST": ISSUERS}

    @extend_schema(request=serializers.ClaimCheck, responses=serializers.ClaimReply)
    @idempotent
    def post(self, request: Request, claim_id: UUID) -> Response:
        """Accept a claim, but for the lines that are struck out."""
        form = serializers.ClaimCheck(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.check_claim(
            claim_id=claim_id, by=_person(request), now=clock.now(), **form.validated_data
        )
        return Response(serializers.ClaimReply(made).data)


class ClaimReturning(APIView):
    """That a claim goes back to its provider."""

    required_roles: ClassVar = {"POST": ISSUERS}

    @extend_schema(request=serializers.ClaimReturn, responses=serializers.ClaimReply)
    @idempotent
    def post(self, request: Request, claim_id: UUID) -> Response:
        """Return a claim that is not accepted, or that the bank did not pay."""
        form = serializers.ClaimReturn(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.return_claim(
            claim_id=claim_id, by=_person(request), now=clock.now(), **form.validated_data
        )
        return Response(serializers.ClaimReply(made).data)


class ClaimBatching(APIView):
    """What an issuer's payer is to pay."""

    required_roles: ClassVar = {"POST": ISSUERS}

    @extend_schema(request=serializers.ClaimBatch, responses=serializers.ClaimReply(many=True))
    @idempotent
    def post(self, request: Request) -> Response:
        """Put every accepted claim into a batch for the payer."""
        form = serializers.ClaimBatch(data=request.data)
        form.is_valid(raise_exception=True)
        issuer_id = actor_of(request).organization_id
        made = services.instruct_claims(issuer_id=issuer_id, now=clock.now(), **form.validated_data)
        return Response(serializers.ClaimReply(made, many=True).data)


class ClaimPayment(APIView):
    """That the payer paid a claim."""

    required_roles: ClassVar = {"POST": ISSUERS}

    @extend_schema(request=serializers.ClaimPaid, responses=serializers.ClaimReply)
    @idempotent
    def post(self, request: Request, claim_id: UUID) -> Response:
        """Settle the claim under the payer's reference; the same again changes nothing."""
        form = serializers.ClaimPaid(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.confirm_claim(
            claim_id=claim_id, by=_person(request), now=clock.now(), **form.validated_data
        )
        return Response(serializers.ClaimReply(made).data)


def _person(request: Request) -> Person:
    actor = actor_of(request)
    return Person(actor.person_id, actor.organization_id)
