"""Certificates, levels, assessments, challenges and comparisons with power."""

from typing import Any, ClassVar
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
from identity import selectors as identity_selectors
from identity.contracts import ANY_MEMBER, Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from metering.verifying import filters, selectors, services
from metering.verifying.api import serializers
from metering.verifying.contracts import Assessed, BenchmarkFigure
from metering.verifying.models import (
    Assessor,
    Certificate,
    Challenge,
    CrossCheck,
    ThirdPartyAssessment,
)

PROVIDERS = frozenset({Role.PROVIDER})
OPERATORS = frozenset({Role.OPERATOR})
READERS = frozenset({Role.PROVIDER, Role.OPERATOR, Role.AUDITOR})
READ = "metering:read"
HISTORY_MAX = 100


class CapabilityList(generics.ListAPIView[Certificate]):
    """What is certified of resources, the newest first."""

    public = True
    serializer_class = serializers.CapabilityReply
    filterset_class = filters.CapabilityFilter
    ordering = ("-issued_at", "-id")
    queryset = Certificate.objects.none()

    def get_queryset(self) -> QuerySet[Certificate]:
        """Return all certificates: they are public."""
        return selectors.certificates()


class CapabilityDetail(APIView):
    """One certificate."""

    public = True

    @extend_schema(responses=serializers.CapabilityReply)
    def get(self, request: Request, capability_id: UUID) -> Response:  # noqa: ARG002
        """Return the certificate."""
        return Response(serializers.CapabilityReply(selectors.certificate(capability_id)).data)


class CapabilityDocument(APIView):
    """The bytes that a certificate's signature and hash are over."""

    public = True

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, capability_id: UUID) -> HttpResponse:  # noqa: ARG002
        """Return the document, byte for byte."""
        return document_response(selectors.certificate(capability_id))


def document_response(certificate: Certificate) -> HttpResponse:
    """Return a certificate's document as a file."""
    response = HttpResponse(bytes(certificate.document), content_type="application/octet-stream")
    name = f"certificate-{certificate.pk}.bin"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


class CapabilityRevocation(APIView):
    """The end of a certificate before its time."""

    required_roles: ClassVar = {"POST": OPERATORS}

    @extend_schema(request=serializers.NewReason, responses=serializers.CapabilityReply)
    @idempotent
    def post(self, request: Request, capability_id: UUID) -> Response:
        """Revoke a certificate, for a reason."""
        form = serializers.NewReason(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        services.revoke_certificate(
            certificate_id=capability_id,
            person_id=actor.person_id,
            organization_id=actor.organization_id,
            note=form.validated_data["reason"],
            now=clock.now(),
        )
        return Response(serializers.CapabilityReply(selectors.certificate(capability_id)).data)


class ResourceVerification(APIView):
    """The level of a resource of the public register."""

    public = True

    @extend_schema(responses=serializers.VerificationReply)
    def get(self, request: Request, resource_id: UUID) -> Response:  # noqa: ARG002
        """Return the level, until when it lasts, and how it changed; the latest 100 changes."""
        identity_selectors.resource(resource_id)
        standing = selectors.standing_of(resource_id)
        told = {
            "resource_id": resource_id,
            "level": selectors.level_of(resource_id, clock.now()),
            "ends_at": standing.ends_at if standing else None,
            "history": list(selectors.history_of(resource_id)[:HISTORY_MAX]),
        }
        return Response(serializers.VerificationReply(told).data)


class Declarations(APIView):
    """What a provider declares of its resource: level 1."""

    required_roles: ClassVar = {"POST": PROVIDERS}
    required_scopes: ClassVar = {"POST": "metering:write"}

    @extend_schema(request=serializers.NewDeclaration, responses={201: serializers.CapabilityReply})
    @idempotent
    def post(self, request: Request, resource_id: UUID) -> Response:
        """Declare figures; they count for a year."""
        form = serializers.NewDeclaration(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        made = services.declare(
            resource_id=resource_id,
            provider_id=actor.organization_id,
            person_id=actor.person_id,
            figures=[BenchmarkFigure(**each) for each in form.validated_data["figures"]],
            now=clock.now(),
        )
        reply = serializers.CapabilityReply(made).data
        return Response(reply, status=status.HTTP_201_CREATED)


class AssessmentList(generics.ListAPIView[ThirdPartyAssessment]):
    """Assessments by third parties, the newest first."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": PROVIDERS}
    required_scopes: ClassVar = {"GET": READ, "POST": "metering:write"}
    serializer_class = serializers.AssessmentReply
    filterset_class = filters.AssessmentFilter
    ordering = ("-asked_at", "-id")
    queryset = ThirdPartyAssessment.objects.none()

    def get_queryset(self) -> QuerySet[ThirdPartyAssessment]:
        """Return what the actor may see."""
        return selectors.assessments_for(actor_of(self.request))

    @extend_schema(request=serializers.NewAssessment, responses={201: serializers.AssessmentReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Ask an accredited third party to assess a resource."""
        form = serializers.NewAssessment(data=request.data)
        form.is_valid(raise_exception=True)
        typed, actor = form.validated_data, actor_of(request)
        made = services.ask_assessment(
            resource_id=typed["resource_id"],
            provider_id=actor.organization_id,
            person_id=actor.person_id,
            assessor_organization_id=typed["assessor_id"],
            note=typed["note"],
            now=clock.now(),
        )
        reply = serializers.AssessmentReply(made).data
        return Response(reply, status=status.HTTP_201_CREATED)


class AssessmentDetail(APIView):
    """One assessment."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=serializers.AssessmentReply)
    def get(self, request: Request, assessment_id: UUID) -> Response:
        """Return the assessment."""
        found = selectors.assessment_for(actor_of(request), assessment_id)
        return Response(serializers.AssessmentReply(found).data)


class AssessmentRecord(APIView):
    """What an assessor found out."""

    required_roles: ClassVar = {"POST": ANY_MEMBER}

    @extend_schema(request=serializers.NewFinding, responses=serializers.AssessmentReply)
    @idempotent
    def post(self, request: Request, assessment_id: UUID) -> Response:
        """Record an assessment, as the assessor that was asked; somebody else decides."""
        form = serializers.NewFinding(data=request.data)
        form.is_valid(raise_exception=True)
        typed, actor = dict(form.validated_data), actor_of(request)
        figures = [BenchmarkFigure(**each) for each in typed.pop("figures")]
        row = services.record_assessment(
            assessment_id=assessment_id,
            assessor_organization_id=actor.organization_id,
            person_id=actor.person_id,
            said=Assessed(figures=figures, **typed),
            now=clock.now(),
        )
        return Response(serializers.AssessmentReply(row).data)


class AssessmentGrant(APIView):
    """The decision that an assessment counts."""

    required_roles: ClassVar = {"POST": OPERATORS}

    @extend_schema(request=None, responses={201: serializers.CapabilityReply})
    @idempotent
    def post(self, request: Request, assessment_id: UUID) -> Response:
        """Grant what was recorded: the resource has level 3."""
        actor = actor_of(request)
        made = services.grant_assessment(
            assessment_id=assessment_id,
            organization_id=actor.organization_id,
            person_id=actor.person_id,
            now=clock.now(),
        )
        reply = serializers.CapabilityReply(made).data
        return Response(reply, status=status.HTTP_201_CREATED)


class AssessmentRefusal(APIView):
    """The decision that an assessment does not count."""

    required_roles: ClassVar = {"POST": OPERATORS}

    @extend_schema(request=serializers.NewReason, responses=serializers.AssessmentReply)
    @idempotent
    def post(self, request: Request, assessment_id: UUID) -> Response:
        """Refuse an assessment, for a reason."""
        form = serializers.NewReason(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        row = services.refuse_assessment(
            assessment_id=assessment_id,
            organization_id=actor.organization_id,
            person_id=actor.person_id,
            reason=form.validated_data["reason"],
            now=clock.now(),
        )
        return Response(serializers.AssessmentReply(row).data)


class AssessmentWithdrawal(APIView):
    """Taking back what was asked for."""

    required_roles: ClassVar = {"POST": PROVIDERS}
    required_scopes: ClassVar = {"POST": "metering:write"}

    @extend_schema(request=None, responses=serializers.AssessmentReply)
    @idempotent
    def post(self, request: Request, assessment_id: UUID) -> Response:
        """Withdraw an assessment before it is decided."""
        actor = actor_of(request)
        row = services.withdraw_assessment(
            assessment_id=assessment_id,
            provider_id=actor.organization_id,
            person_id=actor.person_id,
        )
        return Response(serializers.AssessmentReply(row).data)


class AssessorList(generics.ListAPIView[Assessor]):
    """Third parties that may assess, the newest first."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": OPERATORS}
    required_scopes: ClassVar = {"GET": READ}
    serializer_class = serializers.AssessorReply
    filterset_class = filters.AssessorFilter
    ordering = ("-named_at", "-id")
    queryset = Assessor.objects.none()

    def get_queryset(self) -> QuerySet[Assessor]:
        """Return all assessors."""
        return selectors.all_assessors()

    @extend_schema(request=serializers.NewAssessor, responses={201: serializers.AssessorReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Name an assessor."""
        form = serializers.NewAssessor(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.name_assessor(
            person_id=actor_of(request).person_id, now=clock.now(), **form.validated_data
        )
        return Response(serializers.AssessorReply(made).data, status=status.HTTP_201_CREATED)


class AssessorEnd(APIView):
    """The end of an accreditation."""

    required_roles: ClassVar = {"POST": OPERATORS}

    @extend_schema(request=None, responses=serializers.AssessorReply)
    @idempotent
    def post(self, request: Request, assessor_id: UUID) -> Response:  # noqa: ARG002
        """End an accreditation; certificates that were issued stay."""
        row = services.end_assessor(assessor_id=assessor_id, now=clock.now())
        return Response(serializers.AssessorReply(row).data)


class ChallengeList(generics.ListAPIView[Challenge]):
    """Challenges that were opened, the newest first."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": READ}
    serializer_class = serializers.ChallengeReply
    filterset_class = filters.ChallengeFilter
    ordering = ("-opens_at", "-id")
    queryset = Challenge.objects.none()

    def get_queryset(self) -> QuerySet[Challenge]:
        """Return what the actor may see."""
        return selectors.challenges_for(actor_of(self.request))


class DrawList(APIView):
    """The days' draws of challenges."""

    public = True

    @extend_schema(responses=serializers.DrawReply(many=True))
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Return the latest 100 days: a day's seed is told when the day is over."""
        found: Any = selectors.draws(clock.now())
        return Response(serializers.DrawReply(found, many=True).data)


class CrossCheckList(generics.ListAPIView[CrossCheck]):
    """Days' use beside their power, the newest first."""

    required_roles: ClassVar = {"GET": frozenset({Role.OPERATOR, Role.AUDITOR})}
    serializer_class = serializers.CrossCheckReply
    filterset_class = filters.CrossCheckFilter
    ordering = ("-checked_at", "-id")
    queryset = CrossCheck.objects.none()

    def get_queryset(self) -> QuerySet[CrossCheck]:
        """Return all comparisons."""
        return selectors.checks()
