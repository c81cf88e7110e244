"""Requests of certificates over the API: permission, parse, one call, answer."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.money import AMOUNT_MINOR_MAX
from identity.certifying import selectors, services
from identity.certifying.contracts import NOTE_MAX, RequestState
from identity.certifying.filters import CertificateRequestFilter
from identity.certifying.models import CertificateRequest
from identity.contracts import ANY_MEMBER, CertificateKind, Role
from identity.http.actors import actor_of
from identity.http.fields import (
    DayField,
    StrictCharField,
    StrictIntegerField,
    StrictSerializer,
)
from identity.http.idempotency import idempotent
from identity.services import CertificateFigures

HOLDERS = frozenset({Role.BUYER, Role.PROVIDER})
READ, WRITE = "sme-certificates:read", "sme-certificates:write"


class NewCertificateRequest(StrictSerializer):
    """A certificate that is asked for, and the answers to the form `certificate-request`."""

    kind = serializers.ChoiceField(CertificateKind.choices)
    form_version = StrictIntegerField(min_value=1, max_value=10_000)
    answers = serializers.DictField()
    consents = serializers.BooleanField(required=False, default=False)


def _amount() -> StrictIntegerField:
    return StrictIntegerField(
        min_value=0, max_value=AMOUNT_MINOR_MAX, required=False, allow_null=True
    )


def _points() -> StrictIntegerField:
    return StrictIntegerField(min_value=0, max_value=100, required=False, allow_null=True)


class NewVerification(StrictSerializer):
    """What is written on the certificate; its kind's criteria say which figures it needs."""

    number = StrictCharField(max_length=40)
    valid_from = DayField()
    valid_to = DayField(help_text="exclusive")
    staff_count = StrictIntegerField(
        min_value=0, max_value=10_000_000, required=False, allow_null=True
    )
    revenue_minor = _amount()
    assets_minor = _amount()
    score = _points()
    staff_score = _points()
    established_on = DayField(required=False, allow_null=True)
    is_listed = serializers.BooleanField(required=False, default=False)


class NewRefusal(StrictSerializer):
    """Why a request is refused."""

    note = StrictCharField(max_length=NOTE_MAX)


class CertificateRequestReply(serializers.Serializer[Any]):
    """A request of a certificate and what became of it."""

    id = serializers.UUIDField()
    organization_id = serializers.UUIDField()
    kind = serializers.ChoiceField(CertificateKind.choices)
    state = serializers.ChoiceField(RequestState.choices)
    submission_id = serializers.UUIDField()
    asked_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    decided_for_id = serializers.UUIDField(allow_null=True)
    note = serializers.CharField()
    certificate_id = serializers.UUIDField(allow_null=True)


class RequestList(generics.ListAPIView[CertificateRequest]):
    """Requests of certificates: one's own, or the queue of those who attest."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": HOLDERS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = CertificateRequestReply
    filterset_class = CertificateRequestFilter
    queryset = CertificateRequest.objects.none()

    def get_queryset(self) -> QuerySet[CertificateRequest]:
        """Return the requests that the actor may see."""
        return selectors.requests_for(actor_of(self.request))

    @extend_schema(request=NewCertificateRequest, responses={201: CertificateRequestReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Ask for a certificate."""
        form = NewCertificateRequest(data=request.data)
        form.is_valid(raise_exception=True)
        typed, actor = dict(form.validated_data), actor_of(request)
        row = services.ask_certificate(
            organization_id=actor.organization_id,
            person_id=actor.person_id,
            kind=CertificateKind(typed.pop("kind")),
            version=typed.pop("form_version"),
            now=clock.now(),
            **typed,
        )
        return Response(CertificateRequestReply(row).data, status=status.HTTP_201_CREATED)


class RequestDetail(APIView):
    """One request."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=CertificateRequestReply)
    def get(self, request: Request, certificate_request_id: UUID) -> Response:
        """Return the request."""
        found = selectors.request_for(actor_of(request), certificate_request_id)
        return Response(CertificateRequestReply(found).data)


class RequestVerification(APIView):
    """The certificate that was asked for."""

    required_roles: ClassVar = {"POST": selectors.ATTESTORS}

    @extend_schema(request=NewVerification, responses=CertificateRequestReply)
    @idempotent
    def post(self, request: Request, certificate_request_id: UUID) -> Response:
        """Verify the request: the certificate is issued."""
        form = NewVerification(data=request.data)
        form.is_valid(raise_exception=True)
        typed, actor = dict(form.validated_data), actor_of(request)
        facts = {name: typed.pop(name) for name in ("number", "valid_from", "valid_to")}
        row = services.verify_request(
            request_id=certificate_request_id,
            attestor_id=actor.organization_id,
            person_id=actor.person_id,
            said=services.Attestation(**facts, figures=CertificateFigures(**typed)),
            now=clock.now(),
        )
        return Response(CertificateRequestReply(row).data)


class RefusalView(APIView):
    """The end of a request that is not verified."""

    required_roles: ClassVar = {"POST": selectors.ATTESTORS}

    @extend_schema(request=NewRefusal, responses=CertificateRequestReply)
    @idempotent
    def post(self, request: Request, certificate_request_id: UUID) -> Response:
        """Refuse the request, for a reason."""
        form = NewRefusal(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        row = services.refuse_request(
            request_id=certificate_request_id,
            attestor_id=actor.organization_id,
            person_id=actor.person_id,
            note=form.validated_data["note"],
            now=clock.now(),
        )
        return Response(CertificateRequestReply(row).data)


class RequestWithdrawal(APIView):
    """Taking a request back."""

    required_roles: ClassVar = {"POST": HOLDERS}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=None, responses=CertificateRequestReply)
    @idempotent
    def post(self, request: Request, certificate_request_id: UUID) -> Response:
        """Withdraw the request while it waits."""
        actor = actor_of(request)
        row = services.withdraw_request(
            request_id=certificate_request_id,
            organization_id=actor.organization_id,
            person_id=actor.person_id,
            now=clock.now(),
        )
        return Response(CertificateRequestReply(row).data)
