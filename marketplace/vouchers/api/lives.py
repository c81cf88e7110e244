"""The steps of an application over the API: permission, parse, one call, answer."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock, tenancy
from identity.contracts import ANY_MEMBER, Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from marketplace.vouchers import selectors, services
from marketplace.vouchers.api import serializers
from marketplace.vouchers.api.views import (
    BUYERS,
    ISSUERS,
    READ,
    WATCHERS,
    WRITE,
    applications_of,
    voucher_reply,
)
from marketplace.vouchers.models import Application


class _OwnStep(APIView):
    """A step that the applicant takes."""

    required_roles: ClassVar = {"POST": BUYERS}
    required_scopes: ClassVar = {"POST": WRITE}


class ApplicationSubmission(_OwnStep):
    """Handing a draft in."""

    @extend_schema(request=None, responses=serializers.ApplicationReply)
    @idempotent
    def post(self, request: Request, application_id: UUID) -> Response:
        """Hand the draft in; every rule of the programme is checked."""
        actor = actor_of(request)
        made = services.submit_application(
            application_id=application_id,
            applicant_id=actor.organization_id,
            person_id=actor.person_id,
            now=clock.now(),
        )
        return Response(serializers.ApplicationReply(made).data)


class ApplicationEvidence(_OwnStep):
    """Answering what the issuer asked."""

    @extend_schema(request=serializers.NewEvidence, responses=serializers.ApplicationReply)
    @idempotent
    def post(self, request: Request, application_id: UUID) -> Response:
        """Add evidence: an answer, and files that were brought before."""
        actor = actor_of(request)
        form = serializers.NewEvidence(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.add_evidence(
            application_id=application_id,
            applicant_id=actor.organization_id,
            person_id=actor.person_id,
            now=clock.now(),
            **form.validated_data,
        )
        return Response(serializers.ApplicationReply(made).data)


class ApplicationWithdrawal(_OwnStep):
    """Taking an application back."""

    @extend_schema(request=serializers.NewNote, responses=serializers.ApplicationReply)
    @idempotent
    def post(self, request: Request, application_id: UUID) -> Response:
        """Withdraw an application for which no voucher was issued."""
        actor = actor_of(request)
        form = serializers.NewNote(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.withdraw_application(
            application_id=application_id,
            applicant_id=actor.organization_id,
            person_id=actor.person_id,
            now=clock.now(),
            **form.validated_data,
        )
        return Response(serializers.ApplicationReply(made).data)


class ApplicationIssue(APIView):
    """Issuing the voucher of an approved application."""

    required_roles: ClassVar = {"POST": ISSUERS}

    @extend_schema(request=None, responses={201: serializers.VoucherReply})
    @idempotent
    def post(self, request: Request, application_id: UUID) -> Response:
        """Issue the voucher, of what the pool and the caps leave."""
        actor = actor_of(request)
        voucher = services.issue_voucher(
            application_id=application_id,
            issuer_id=actor.organization_id,
            issued_by_id=actor.person_id,
            now=clock.now(),
        )
        return voucher_reply(voucher, status=status.HTTP_201_CREATED)


class ApplicationSetIssue(APIView):
    """Issuing the vouchers of many approved applications."""

    required_roles: ClassVar = {"POST": ISSUERS}

    @extend_schema(
        request=serializers.ApplicationSet,
        responses=serializers.IssueOutcomeReply(many=True),
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Issue those that pool and caps reach, in the order of their beginning."""
        form = serializers.ApplicationSet(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        done = services.issue_vouchers(
            issuer_id=actor.organization_id,
            issued_by_id=actor.person_id,
            now=clock.now(),
            **form.validated_data,
        )
        return Response(serializers.IssueOutcomeReply(done, many=True).data)


class ApplicationRevocation(APIView):
    """Ending an approval."""

    required_roles: ClassVar = {"POST": ISSUERS}

    @extend_schema(request=serializers.NewNote, responses=serializers.ApplicationReply)
    @idempotent
    def post(self, request: Request, application_id: UUID) -> Response:
        """Revoke an approval for which no voucher was issued, for a reason."""
        actor = actor_of(request)
        form = serializers.NewNote(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.revoke_approval(
            application_id=application_id,
            issuer_id=actor.organization_id,
            revoked_by_id=actor.person_id,
            note=form.validated_data["note"],
            now=clock.now(),
        )
        return Response(serializers.ApplicationReply(made).data)


class ApplicationSteps(APIView):
    """What happened to an application."""

    required_roles: ClassVar = {"GET": BUYERS | ISSUERS | WATCHERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=serializers.ApplicationStepReply(many=True))
    def get(self, request: Request, application_id: UUID) -> Response:
        """Return the steps of an application, oldest first."""
        actor = actor_of(request)
        found = selectors.application(application_id=application_id, **applications_of(actor))
        is_own = found.applicant_id == actor.organization_id
        steps = selectors.told_steps(found.pk) if is_own else selectors.steps_of(found.pk)
        return Response(serializers.ApplicationStepReply(steps, many=True).data)


class PublicityList(generics.ListAPIView[Application]):
    """Applications that everybody may object to."""

    public = True
    serializer_class = serializers.PublishedReply
    queryset = Application.objects.none()

    def get_queryset(self) -> QuerySet[Application]:
        """Return what is open to objections now."""
        return selectors.open_to_objections(clock.now())

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Read as the platform: who was granted what is public while it can be objected to."""
        with tenancy.acting_as_platform():
            return super().list(request, *args, **kwargs)


class ObjectionList(APIView):
    """Objections to an application."""

    required_roles: ClassVar = {"POST": ANY_MEMBER}

    @extend_schema(request=serializers.NewObjection, responses={201: serializers.ObjectionReply})
    @idempotent
    def post(self, request: Request, application_id: UUID) -> Response:
        """Object, once an organisation, while it is open to objections."""
        actor = actor_of(request)
        form = serializers.NewObjection(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.object_to(
            application_id=application_id,
            person_id=actor.person_id,
            organization_id=actor.organization_id,
            reason=form.validated_data["reason"],
            now=clock.now(),
        )
        reply = serializers.ObjectionReply(made).data
        return Response(reply, status=status.HTTP_201_CREATED)


class ObjectionAnswer(APIView):
    """The answer to an objection."""

    required_roles: ClassVar = {"POST": frozenset({Role.ISSUER})}

    @extend_schema(request=serializers.NewAnswer, responses=serializers.ObjectionReply)
    @idempotent
    def post(self, request: Request, objection_id: UUID) -> Response:
        """Answer; an objection that is upheld rejects the application."""
        actor = actor_of(request)
        form = serializers.NewAnswer(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.answer_objection(
            objection_id=objection_id,
            issuer_id=actor.organization_id,
            person_id=actor.person_id,
            now=clock.now(),
            **form.validated_data,
        )
        return Response(serializers.ObjectionReply(made).data)
