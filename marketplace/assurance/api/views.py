"""Assurance's API: permission, parse, one call, answer. People alone act on cases."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
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
from marketplace.assurance import selectors, services
from marketplace.assurance.api import serializers
from marketplace.assurance.contracts import CaseEffect, CaseFinding
from marketplace.assurance.models import Case, SurveillanceRule
from marketplace.assurance.selectors import CaseFilter

OPERATORS = frozenset({Role.OPERATOR})
WATCHERS = OPERATORS | {Role.AUDITOR}


class CaseList(generics.ListAPIView[Case]):
    """Cases, the latest first."""

    required_roles: ClassVar = {"GET": WATCHERS}
    serializer_class = serializers.CaseReply
    filterset_class = CaseFilter
    queryset = Case.objects.none()

    def get_queryset(self) -> QuerySet[Case]:
        """Return every case."""
        return selectors.cases()


class CaseDetail(APIView):
    """One case."""

    required_roles: ClassVar = {"GET": WATCHERS}

    @extend_schema(responses=serializers.CasePageReply)
    def get(self, request: Request, case_id: UUID) -> Response:  # noqa: ARG002 - DRF's form
        """Return the case with its evidence and notes."""
        return Response(serializers.CasePageReply(selectors.case(case_id)).data)


class CaseTaking(APIView):
    """Taking a case."""

    required_roles: ClassVar = {"POST": OPERATORS}

    @extend_schema(request=None, responses=serializers.CaseReply)
    @idempotent
    def post(self, request: Request, case_id: UUID) -> Response:
        """Take the case into one's own hands."""
        return Response(
            serializers.CaseReply(services.take_case(case_id=case_id, by=_by(request))).data
        )


class CaseNoting(APIView):
    """Notes on a case."""

    required_roles: ClassVar = {"POST": OPERATORS}

    @extend_schema(request=serializers.NewCaseNote, responses={201: serializers.CaseNoteReply})
    @idempotent
    def post(self, request: Request, case_id: UUID) -> Response:
        """Write down what was found out."""
        form = serializers.NewCaseNote(data=request.data)
        form.is_valid(raise_exception=True)
        note = services.add_note(
            case_id=case_id, text=form.validated_data["text"], by=_by(request), now=clock.now()
        )
        return Response(serializers.CaseNoteReply(note).data, status=status.HTTP_201_CREATED)


class CaseClosing(APIView):
    """Closing a case."""

    required_roles: ClassVar = {"POST": OPERATORS}

    @extend_schema(
        request=serializers.NewClosing,
        responses={200: serializers.CaseReply, 202: WaitingReply},
    )
    @idempotent
    def post(self, request: Request, case_id: UUID) -> Response:
        """Close a case that comes to nothing, or propose what a confirmed one has for effect."""
        form = serializers.NewClosing(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        facts = {
            "case_id": case_id,
            "explanation": asked["explanation"],
            "by": _by(request),
            "now": clock.now(),
        }
        if asked["finding"] == CaseFinding.CONFIRMED:
            effect = CaseEffect(asked["placed_per_minute"], asked["cancelled_per_minute"])
            return waits(services.propose_closing(effect=effect, **facts))
        closed = services.close_case(finding=asked["finding"], **facts)
        return Response(serializers.CaseReply(closed).data)


class SurveillanceRuleList(generics.ListAPIView[SurveillanceRule]):
    """Versions of the surveillance rules."""

    required_roles: ClassVar = {"GET": WATCHERS, "POST": OPERATORS}
    serializer_class = serializers.SurveillanceRuleReply
    queryset = SurveillanceRule.objects.none()

    def get_queryset(self) -> QuerySet[SurveillanceRule]:
        """Return every version, the latest of each rule first."""
        return selectors.rule_versions()

    @extend_schema(request=serializers.NewSurveillanceRule, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Propose another version of a rule; it holds once another operator approved it."""
        form = serializers.NewSurveillanceRule(data=request.data)
        form.is_valid(raise_exception=True)
        return waits(services.propose_rule(**form.validated_data, by=_by(request), now=clock.now()))


def _by(request: Request) -> Person:
    actor = actor_of(request)
    return Person(actor.person_id, actor.organization_id)
