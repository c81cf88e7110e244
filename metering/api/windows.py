"""Windows, and decisions about those that were set aside."""

from typing import ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from metering import selectors, services
from metering.api import serializers
from metering.contracts import Verdict
from metering.models import Window, WindowDecision
from metering.selectors.filters import WindowFilter

READERS = frozenset({Role.PROVIDER, Role.AUDITOR, Role.OPERATOR})


class WindowList(generics.ListAPIView[Window]):
    """The provider's windows, the latest first; all for those with a duty across the market."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": "metering:read"}
    serializer_class = serializers.WindowReply
    filterset_class = WindowFilter
    ordering = ("-starts_at", "-id")
    queryset = Window.objects.none()

    def get_queryset(self) -> QuerySet[Window]:
        """Return the windows that the actor may see."""
        return selectors.windows_for(actor_of(self.request))


class DecisionList(generics.ListAPIView[WindowDecision]):
    """What was decided about one window, the latest first."""

    required_roles: ClassVar = {"GET": READERS, "POST": frozenset({Role.OPERATOR})}
    required_scopes: ClassVar = {"GET": "metering:read"}
    serializer_class = serializers.DecisionReply
    ordering = ("-decided_at", "-id")
    queryset = WindowDecision.objects.none()

    def get_queryset(self) -> QuerySet[WindowDecision]:
        """Return the decisions, if the window is the actor's to see."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return selectors.decisions_for(actor_of(self.request), self.kwargs["window_id"])

    @extend_schema(
        request=serializers.NewWindowDecision, responses={201: serializers.DecisionReply}
    )
    @idempotent
    def post(self, request: Request, window_id: int) -> Response:
        """Admit a window that was set aside, or discard it."""
        form = serializers.NewWindowDecision(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        decision = services.decide_window(
            window_id=window_id,
            decided_by=actor.organization_id,
            decided_by_person=actor.person_id,
            verdict=Verdict(form.validated_data["verdict"]),
            reason=form.validated_data["reason"],
            now=clock.now(),
        )
        reply = serializers.DecisionReply(decision).data
        return Response(reply, status=status.HTTP_201_CREATED)
