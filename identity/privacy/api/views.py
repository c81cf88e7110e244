"""Retention and personal data over HTTP: permission, parse, one call, answer."""

from typing import Any, ClassVar
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
from identity.contracts import ANY_MEMBER, Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from identity.privacy import classes, selectors, services
from identity.privacy.api import serializers
from identity.privacy.contracts import HeldKind
from identity.privacy.filters import LegalHoldFilter, SeenFilter
from identity.privacy.models import LegalHold, SeenRecord

READ = "privacy:read"
OPERATORS = frozenset({Role.OPERATOR})


class DataClassList(APIView):
    """What the market keeps, how long, and on what ground."""

    public = True

    @extend_schema(responses=serializers.DataClassesReply)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Return the classes and levels, and which table holds what."""
        kept: dict[str, Any] = {
            "version": classes.VERSION,
            "levels": classes.levels(),
            "classes": classes.data_classes(),
            "tables": list(classes.kept_tables().values()),
        }
        return Response(serializers.DataClassesReply(kept).data)


class Retention(APIView):
    """What is kept longer than its term, and what went when its term was over."""

    required_roles: ClassVar = {"GET": selectors.WATCHERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=serializers.RetentionReply)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Return what is over and why it stays, if it does, and the latest that went."""
        told = {"over": services.preview(now=clock.now()), "removed": selectors.removals()}
        return Response(serializers.RetentionReply(told).data)


class LegalHoldList(generics.ListAPIView[LegalHold]):
    """Legal holds, the newest first."""

    required_roles: ClassVar = {"GET": selectors.WATCHERS, "POST": OPERATORS}
    required_scopes: ClassVar = {"GET": READ}
    serializer_class = serializers.LegalHoldReply
    filterset_class = LegalHoldFilter
    queryset = LegalHold.objects.none()

    def get_queryset(self) -> QuerySet[LegalHold]:
        """Return every hold."""
        return selectors.holds()

    @extend_schema(request=serializers.NewLegalHold, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Propose a hold; another operator's approval places it, and nothing it is on goes."""
        form = serializers.NewLegalHold(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data
        made = services.propose_hold(
            kind=HeldKind(said["kind"]),
            object_id=said["object_id"],
            reason=said["reason"],
            by=_person(request),
            now=clock.now(),
        )
        return waits(made)


class LegalHoldDetail(APIView):
    """One legal hold."""

    required_roles: ClassVar = {"GET": selectors.WATCHERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=serializers.LegalHoldReply)
    def get(self, request: Request, hold_id: UUID) -> Response:  # noqa: ARG002 - DRF's signature
        """Return the hold."""
        return Response(serializers.LegalHoldReply(selectors.hold(hold_id)).data)


class LegalHoldLift(APIView):
    """The end of a hold."""

    required_roles: ClassVar = {"POST": OPERATORS}

    @extend_schema(request=serializers.LiftReason, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request, hold_id: UUID) -> Response:
        """Propose to lift the hold; another operator's approval does it."""
        form = serializers.LiftReason(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.propose_lift(
            hold_id=hold_id,
            reason=form.validated_data["reason"],
            by=_person(request),
            now=clock.now(),
        )
        return waits(made)


class SeenList(generics.ListAPIView[SeenRecord]):
    """Who of other organisations opened what is the organisation's, the latest first."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": READ}
    serializer_class = serializers.SeenReply
    filterset_class = SeenFilter
    queryset = SeenRecord.objects.none()

    def get_queryset(self) -> QuerySet[SeenRecord]:
        """Return what was seen of the actor's organisation; of everybody for those who watch."""
        return selectors.seen_for(actor_of(self.request))


class OwnSeenList(generics.ListAPIView[SeenRecord]):
    """Who of other organisations opened what is about the person, the latest first."""

    open_to_suspended = True
    required_roles: ClassVar = {"GET": ANY_MEMBER}
    serializer_class = serializers.SeenReply
    filterset_class = SeenFilter
    queryset = SeenRecord.objects.none()

    def get_queryset(self) -> QuerySet[SeenRecord]:
        """Return what was seen of the person in the organisation that they act for."""
        return selectors.seen_of_person(actor_of(self.request).person_id)


def _person(request: Request) -> Person:
    actor = actor_of(request)
    return Person(actor.person_id, actor.organization_id)
