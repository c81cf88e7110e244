"""Halts of books over the API: permission, parse, one call, answer."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person
from identity.contracts import ANY_MEMBER, Role
from identity.http.actors import actor_of
from identity.http.fields import StrictCharField, StrictSerializer
from identity.http.idempotency import idempotent
from marketplace.orders import selectors, services
from marketplace.orders.contracts import HALT_REASON_MAX
from marketplace.orders.models import BookHalt

READ = "orders:read"
OPERATORS = frozenset({Role.OPERATOR})


class HaltReply(serializers.ModelSerializer[BookHalt]):
    """A time in which a book was, or is, halted."""

    resource_class = serializers.CharField(source="book.resource_class")
    hub = serializers.CharField(source="book.hub")

    class Meta:
        model = BookHalt
        fields: ClassVar = (
            *("id", "resource_class", "hub", "reason", "since", "until"),
            *("ended_at", "end_reason"),
        )


class NewHalt(StrictSerializer):
    """Why a book is halted, and for how long."""

    reason = StrictCharField(max_length=HALT_REASON_MAX)
    until_resumed = serializers.BooleanField(
        default=False,
        help_text="false: at once, for an hour at most; true: once another operator approves",
    )


class NewResumption(StrictSerializer):
    """Why trade is taken up again."""

    reason = StrictCharField(max_length=HALT_REASON_MAX)


class HaltList(generics.ListAPIView[BookHalt]):
    """Halts of books, the latest first; everybody may read why."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": READ}
    serializer_class = HaltReply
    queryset = BookHalt.objects.none()

    def get_queryset(self) -> QuerySet[BookHalt]:
        """Return every halt there was."""
        return selectors.halts()


class BookHalting(APIView):
    """Halting one book."""

    required_roles: ClassVar = {"POST": OPERATORS}

    @extend_schema(request=NewHalt, responses={201: HaltReply, 202: WaitingReply})
    @idempotent
    def post(self, request: Request, resource_class: str, hub: str) -> Response:
        """
        Halt the book at once for an hour, or propose to halt it until two operators resume it.

        Nobody orders in a halted book and nothing clears; what waits may be cancelled.
        """
        form = NewHalt(data=request.data)
        form.is_valid(raise_exception=True)
        asked = _asked(request, resource_class, hub, form.validated_data["reason"])
        if form.validated_data["until_resumed"]:
            return waits(services.propose_halt(**asked))
        reply = HaltReply(services.halt_book(**asked)).data
        return Response(reply, status=status.HTTP_201_CREATED)


class BookResumption(APIView):
    """Taking up the trade of a halted book again."""

    required_roles: ClassVar = {"POST": OPERATORS}

    @extend_schema(request=NewResumption, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request, resource_class: str, hub: str) -> Response:
        """Propose to resume; another operator's approval has the book trade again at once."""
        form = NewResumption(data=request.data)
        form.is_valid(raise_exception=True)
        asked = _asked(request, resource_class, hub, form.validated_data["reason"])
        return waits(services.propose_resume(**asked))


def _asked(request: Request, resource_class: str, hub: str, reason: str) -> dict[str, Any]:
    actor = actor_of(request)
    return {
        "resource_class": resource_class,
        "hub": hub,
        "reason": reason,
        "by": Person(actor.person_id, actor.organization_id),
        "now": clock.now(),
    }
