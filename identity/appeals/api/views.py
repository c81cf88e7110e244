"""Appeals against suspensions over HTTP: permission, parse, one call, answer."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.appeals import selectors, services
from identity.appeals.contracts import (
    ANSWER_MAX,
    FILES_MAX,
    TEXT_MAX,
    AppealOutcome,
    AppealState,
)
from identity.appeals.filters import AppealFilter
from identity.appeals.models import Appeal
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person
from identity.contracts import ANY_MEMBER, Role
from identity.http.actors import actor_of
from identity.http.fields import StrictCharField, StrictSerializer, StrictUUIDField
from identity.http.idempotency import idempotent


class NewAppeal(StrictSerializer):
    """Why the suspension is to be lifted, and files that the organisation keeps already."""

    text = StrictCharField(max_length=TEXT_MAX)
    files = serializers.ListField(
        child=StrictUUIDField(), max_length=FILES_MAX, required=False, default=list
    )


class NewAppealAnswer(StrictSerializer):
    """What an appeal comes to, and why; the organisation reads it."""

    outcome = serializers.ChoiceField(AppealOutcome.choices)
    answer = StrictCharField(max_length=ANSWER_MAX)


class AppealFileReply(serializers.Serializer[Any]):
    """A file that was taken along; `/api/v1/files/<file_id>/content` has its bytes."""

    file_id = serializers.UUIDField()
    name = serializers.CharField()
    bytes = serializers.IntegerField()


class AppealReply(serializers.Serializer[Any]):
    """An appeal, the suspension that it is against, and what was answered."""

    id = serializers.UUIDField()
    organization_id = serializers.UUIDField()
    suspension_id = serializers.UUIDField()
    suspended_since = serializers.DateTimeField(source="suspension.since")
    suspended_for = serializers.CharField(source="suspension.reason")
    text = serializers.CharField()
    files = AppealFileReply(many=True)
    made_at = serializers.DateTimeField()
    state = serializers.ChoiceField(AppealState.choices)
    answer = serializers.CharField()
    answered_at = serializers.DateTimeField(allow_null=True)


class AppealList(generics.ListAPIView[Appeal]):
    """Appeals: one's own, or all of them to operators and auditors."""

    open_to_suspended = True
    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": "organizations:read"}
    serializer_class = AppealReply
    filterset_class = AppealFilter
    queryset = Appeal.objects.none()

    def get_queryset(self) -> QuerySet[Appeal]:
        """Return the appeals that the actor may see."""
        return selectors.appeals_for(actor_of(self.request))

    @extend_schema(request=NewAppeal, responses={201: AppealReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Appeal against the suspension of one's own organisation, once; persons only."""
        form = NewAppeal(data=request.data)
        form.is_valid(raise_exception=True)
        row = services.appeal_suspension(
            by=_member(request),
            text=form.validated_data["text"],
            file_ids=form.validated_data["files"],
            now=clock.now(),
        )
        return Response(AppealReply(row).data, status=status.HTTP_201_CREATED)


class AppealDetail(APIView):
    """One appeal."""

    open_to_suspended = True
    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": "organizations:read"}

    @extend_schema(responses=AppealReply)
    def get(self, request: Request, appeal_id: UUID) -> Response:
        """Return the appeal."""
        return Response(AppealReply(selectors.appeal_for(actor_of(request), appeal_id)).data)


class AppealAnswer(APIView):
    """The answer to an appeal."""

    required_roles: ClassVar = {"POST": frozenset({Role.OPERATOR})}

    @extend_schema(request=NewAppealAnswer, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request, appeal_id: UUID) -> Response:
        """
        Propose to lift the suspension (LIFT) or to let it stay (KEEP).

        Another operator's approval answers, and reinstates where it is lifted.
        """
        form = NewAppealAnswer(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.propose_answer(
            appeal_id=appeal_id,
            outcome=AppealOutcome(form.validated_data["outcome"]),
            answer=form.validated_data["answer"],
            by=_member(request),
            now=clock.now(),
        )
        return waits(made)


def _member(request: Request) -> Person:
    actor = actor_of(request)
    return Person(actor.person_id, actor.organization_id)
