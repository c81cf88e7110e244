"""How an organisation comes to trade, over HTTP."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity import selectors as identity_selectors
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person
from identity.contracts import ANY_MEMBER, Role
from identity.http.actors import actor_of
from identity.http.fields import StrictCharField, StrictSerializer
from identity.http.idempotency import idempotent
from identity.onboarding import closures, leaving, selectors, services
from identity.onboarding.contracts import NOTE_MAX, Life, LineBy

OPERATORS = frozenset({Role.OPERATOR})


class ChecklistLineReply(serializers.Serializer[Any]):
    """One line of the checklist, in the language that is asked for."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment] # DRF has a label of its own
    by = serializers.ChoiceField(LineBy.choices)
    is_done = serializers.BooleanField()
    note = serializers.CharField()


class OnboardingReply(serializers.Serializer[Any]):
    """Where an organisation stands, and its checklist; no lines if it was never onboarded."""

    life = serializers.ChoiceField(Life.choices)
    role = serializers.ChoiceField(Role.choices, allow_null=True)
    checklist = serializers.IntegerField(allow_null=True, help_text="the version that asks")
    lines = ChecklistLineReply(many=True)


class NewConfirmation(StrictSerializer):
    """A line that an operator does, and how it was checked."""

    line = StrictCharField(max_length=40)
    note = StrictCharField(max_length=NOTE_MAX)


class ActivationReason(StrictSerializer):
    """Why the organisation may trade, or is closed."""

    reason = StrictCharField(max_length=NOTE_MAX)


class OnboardingView(APIView):
    """An organisation's way to trade."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": "organizations:read"}

    @extend_schema(responses=OnboardingReply)
    def get(self, request: Request, organization_id: UUID) -> Response:
        """Return where it stands and what is left to do."""
        case = selectors.case_for(actor_of(request), organization_id)
        told = {
            "life": selectors.life_of(organization_id),
            "role": case.role if case else None,
            "checklist": case.checklist if case else None,
            "lines": selectors.lines_of_case(case, now=clock.now()) if case else [],
        }
        return Response(OnboardingReply(told).data)


class ConfirmationView(APIView):
    """Lines that operators confirm."""

    required_roles: ClassVar = {"POST": OPERATORS}

    @extend_schema(request=NewConfirmation, responses={201: OnboardingReply})
    @idempotent
    def post(self, request: Request, organization_id: UUID) -> Response:
        """Confirm a line of the checklist; how it was checked is kept."""
        form = NewConfirmation(data=request.data)
        form.is_valid(raise_exception=True)
        services.confirm_line(
            organization_id=organization_id,
            by=_person(request),
            now=clock.now(),
            **form.validated_data,
        )
        reply = OnboardingView().get(request, organization_id)
        return Response(reply.data, status=status.HTTP_201_CREATED)


class ActivationView(APIView):
    """The end of an onboarding."""

    required_roles: ClassVar = {"POST": OPERATORS}

    @extend_schema(request=ActivationReason, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request, organization_id: UUID) -> Response:
        """Propose that the organisation trades; another operator's approval lets it."""
        form = ActivationReason(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.propose_activation(
            organization_id=organization_id,
            reason=form.validated_data["reason"],
            by=_person(request),
            now=clock.now(),
        )
        return waits(made)


class LeftOverReply(serializers.Serializer[Any]):
    """
    What an organisation still has of a kind.

    At 0 nothing of it keeps it from being closed; what `ends_with_it` never does.
    """

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment] # DRF has a label of its own
    count = serializers.IntegerField()
    ends_with_it = serializers.BooleanField()


class ClosureReply(serializers.Serializer[Any]):
    """Whether an organisation was closed, and what it still has."""

    closed_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    left = LeftOverReply(many=True)


class ClosureView(APIView):
    """The end of an organisation."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": OPERATORS}
    required_scopes: ClassVar = {"GET": "organizations:read"}

    @extend_schema(responses=ClosureReply)
    def get(self, request: Request, organization_id: UUID) -> Response:
        """Return what must come to an end before it is closed, or that it was."""
        found = identity_selectors.organization_for(actor_of(request), organization_id)
        closure = selectors.closure_of(found.pk)
        told = {
            "closed_at": found.closed_at,
            "reason": closure.reason if closure else "",
            "left": leaving.left_of(found.pk, now=clock.now()),
        }
        return Response(ClosureReply(told).data)

    @extend_schema(request=ActivationReason, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request, organization_id: UUID) -> Response:
        """Propose to close it for good; another operator's approval does it at once."""
        form = ActivationReason(data=request.data)
        form.is_valid(raise_exception=True)
        made = closures.propose_closure(
            organization_id=organization_id,
            reason=form.validated_data["reason"],
            by=_person(request),
            now=clock.now(),
        )
        return waits(made)


def _person(request: Request) -> Person:
    actor = actor_of(request)
    return Person(actor.person_id, actor.organization_id)
