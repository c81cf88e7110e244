"""The conversation about an order over the API, for its two parties alone."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.fields import (
    MomentField,
    StrictIntegerField,
    StrictLinesField,
    StrictSerializer,
    StrictUUIDField,
)
from identity.http.idempotency import idempotent
from marketplace.fulfilment import services, talk_selectors
from marketplace.fulfilment.api.views import READ, WRITE
from marketplace.fulfilment.filters import ReceivedMessageFilter
from marketplace.fulfilment.models import DeliveryChange, DeliveryMessage
from marketplace.fulfilment.talk_contracts import (
    ATTACHMENTS_MAX,
    BODY_LENGTH_MAX,
    CHANGE_WORDS_LENGTH_MAX,
    TO_DO,
    ChangeVerdict,
    DeliveryChangeKind,
    DeliveryChangeState,
    TalkSide,
    TalkSubject,
)
from marketplace.orders.contracts import UNITS_MILLI_MAX

PARTIES = frozenset({Role.BUYER, Role.PROVIDER})


class AttachmentReply(serializers.Serializer[Any]):
    """A file that a message carries; its content is under `/files/{file_id}/content`."""

    file_id = serializers.UUIDField()
    name = serializers.CharField()
    bytes = serializers.IntegerField()


class DeliveryMessageReply(serializers.ModelSerializer[DeliveryMessage]):
    """A message of one party of an order to the other."""

    attachments = AttachmentReply(many=True)

    class Meta:
        model = DeliveryMessage
        fields = (
            *("id", "order_id", "order_number", "sequence", "side", "body"),
            *("attachments", "sent_at"),
        )


class ReceivedMessageReply(DeliveryMessageReply):
    """A message of the other party of an order."""

    is_unread = serializers.BooleanField()

    class Meta:
        model = DeliveryMessage
        fields = (*DeliveryMessageReply.Meta.fields, "is_unread")


class NewDeliveryMessage(StrictSerializer):
    """A message to the other party."""

    body = StrictLinesField(max_length=BODY_LENGTH_MAX)
    file_ids = serializers.ListField(
        child=StrictUUIDField(),
        required=False,
        default=list,
        max_length=ATTACHMENTS_MAX,
        help_text="files of the organisation, kept before; the other party sees them from now on",
    )


class TalkReadingReply(serializers.Serializer[Any]):
    """How far the organisation has read, and how many messages of the other party it has not."""

    read = serializers.IntegerField(help_text="the sequence of the last message that was read")
    unread = serializers.IntegerField()
    closes_at = serializers.DateTimeField(
        allow_null=True, help_text="from when on no message is taken; none while the order is open"
    )


class NewTalkReading(StrictSerializer):
    """Up to which message the organisation has read."""

    sequence = StrictIntegerField(min_value=0)


class DeliveryChangeReply(serializers.ModelSerializer[DeliveryChange]):
    """What one party asks the other to agree on."""

    state = serializers.ChoiceField(DeliveryChangeState.choices)
    to_do = serializers.SerializerMethodField(
        help_text="once agreed on: what both have to do, since nothing happens by itself"
    )

    class Meta:
        model = DeliveryChange
        fields = (
            *("id", "order_id", "order_number", "sequence", "kind", "side", "moment"),
            *("units_milli", "words"),
            *("asked_at", "expires_at", "state", "answer", "closed_at", "to_do"),
        )

    def get_to_do(self, row: DeliveryChange) -> str:
        """Return what is left to do by both; nothing where nothing was agreed on."""
        is_agreed = row.state == DeliveryChangeState.ACCEPTED
        return str(TO_DO[DeliveryChangeKind(row.kind)]) if is_agreed else ""


class NewDeliveryChange(StrictSerializer):
    """What to ask the other party for."""

    kind = serializers.ChoiceField(DeliveryChangeKind.choices)
    moment = MomentField(
        required=False,
        allow_null=True,
        default=None,
        help_text="EXTEND: until when; SHRINK, END: from when on; MOVE: none",
    )
    units_milli = StrictIntegerField(
        min_value=1,
        max_value=UNITS_MILLI_MAX,
        required=False,
        allow_null=True,
        default=None,
        help_text="SHRINK: how much it is from the moment on, in thousandths",
    )
    words = StrictLinesField(
        max_length=CHANGE_WORDS_LENGTH_MAX,
        required=False,
        allow_blank=True,
        default="",
        help_text="of MOVE: what it is to be",
    )


class NewChangeAnswer(StrictSerializer):
    """The answer to a request."""

    verdict = serializers.ChoiceField(ChangeVerdict.choices)
    reason = StrictLinesField(
        max_length=CHANGE_WORDS_LENGTH_MAX,
        required=False,
        allow_blank=True,
        default="",
        help_text="why it is refused",
    )


def subject_named(request: Request, named: Mapping[str, Any]) -> tuple[TalkSubject, TalkSide]:
    """
    Return the order that an address names, itself or by its delivery, and the actor's side.

    :raises OrderNotFound, ComputeDeliveryNotFound: if it is not one of the actor's organisation
    :raises NobodyToTalkTo: if no provider is known of it yet
    """
    own = actor_of(request).organization_id
    if "order_id" in named:
        return talk_selectors.subject_of(named["order_id"], organization_id=own)
    return talk_selectors.subject_of_delivery(named["order_delivery_id"], organization_id=own)


class OrderMessageList(generics.ListAPIView[DeliveryMessage]):
    """The messages about an order, the latest first."""

    required_roles: ClassVar = {"GET": PARTIES, "POST": PARTIES}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = DeliveryMessageReply
    queryset = DeliveryMessage.objects.none()
    ordering = ("-sequence",)

    def get_queryset(self) -> QuerySet[DeliveryMessage]:
        """Return the messages about an order of the actor's organisation."""
        subject, _side = subject_named(self.request, self.kwargs)
        return talk_selectors.messages_of(subject.order_id)

    @extend_schema(request=NewDeliveryMessage, responses={201: DeliveryMessageReply})
    @idempotent
    def post(self, request: Request, /, **named: UUID) -> Response:
        """Write to the other party."""
        form = NewDeliveryMessage(data=request.data)
        form.is_valid(raise_exception=True)
        actor, (subject, _side) = actor_of(request), subject_named(request, named)
        made = services.write_message(
            order_id=subject.order_id,
            organization_id=actor.organization_id,
            body=form.validated_data["body"],
            file_ids=form.validated_data["file_ids"],
            by_id=actor.person_id,
            now=clock.now(),
        )
        return Response(DeliveryMessageReply(made).data, status=201)


class OrderReading(APIView):
    """How far the organisation has read."""

    required_roles: ClassVar = {"GET": PARTIES, "POST": PARTIES}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}

    @extend_schema(responses=TalkReadingReply)
    def get(self, request: Request, **named: UUID) -> Response:
        """Return how many messages of the other party are unread."""
        return Response(
            TalkReadingReply(talk_selectors.reading_of(*subject_named(request, named))).data
        )

    @extend_schema(request=NewTalkReading, responses=TalkReadingReply)
    def post(self, request: Request, /, **named: UUID) -> Response:
        """Note up to which message was read; what was read stays read."""
        form = NewTalkReading(data=request.data)
        form.is_valid(raise_exception=True)
        subject, _side = subject_named(request, named)
        noted = services.read_messages(
            order_id=subject.order_id,
            organization_id=actor_of(request).organization_id,
            sequence=form.validated_data["sequence"],
            now=clock.now(),
        )
        return Response(TalkReadingReply(noted).data)


class OrderChangeList(generics.ListAPIView[DeliveryChange]):
    """What was asked for of an order, the latest first."""

    required_roles: ClassVar = {"GET": PARTIES, "POST": PARTIES}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = DeliveryChangeReply
    queryset = DeliveryChange.objects.none()
    ordering = ("-sequence",)

    def get_queryset(self) -> QuerySet[DeliveryChange]:
        """Return the requests about an order of the actor's organisation."""
        subject, _side = subject_named(self.request, self.kwargs)
        return talk_selectors.changes_of(subject.order_id)

    @extend_schema(request=NewDeliveryChange, responses={201: DeliveryChangeReply})
    @idempotent
    def post(self, request: Request, /, **named: UUID) -> Response:
        """Ask the other party for a change; one of a kind waits at a time."""
        form = NewDeliveryChange(data=request.data)
        form.is_valid(raise_exception=True)
        said, actor = form.validated_data, actor_of(request)
        subject, _side = subject_named(request, named)
        made = services.ask_change(
            order_id=subject.order_id,
            organization_id=actor.organization_id,
            kind=DeliveryChangeKind(said["kind"]),
            moment=said["moment"],
            units_milli=said["units_milli"],
            words=said["words"],
            by_id=actor.person_id,
            now=clock.now(),
        )
        return Response(DeliveryChangeReply(made).data, status=201)


class OrderChangeWithdrawal(APIView):
    """A request that is asked for no longer."""

    required_roles: ClassVar = {"POST": PARTIES}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=None, responses=DeliveryChangeReply)
    def post(self, request: Request, delivery_change_id: UUID, **named: UUID) -> Response:
        """Withdraw a request of one's own."""
        actor, (subject, _side) = actor_of(request), subject_named(request, named)
        found = services.withdraw_change(
            order_id=subject.order_id,
            change_id=delivery_change_id,
            organization_id=actor.organization_id,
            by_id=actor.person_id,
            now=clock.now(),
        )
        return Response(DeliveryChangeReply(found).data)


class ReceivedMessageList(generics.ListAPIView[DeliveryMessage]):
    """What others wrote to the organisation, about all its orders, the latest first."""

    required_roles: ClassVar = {"GET": PARTIES}
    required_scopes: ClassVar = {"GET": READ}
    serializer_class = ReceivedMessageReply
    queryset = DeliveryMessage.objects.none()
    filterset_class = ReceivedMessageFilter
    ordering = ("-id",)

    def get_queryset(self) -> QuerySet[DeliveryMessage]:
        """Return what was written to the actor's organisation."""
        return talk_selectors.received_by(actor_of(self.request).organization_id)
