"""The answer to what one party of an order asks of the other: what is agreed on is carried out."""

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.http.actors import actor_of
from marketplace.fulfilment.api.talk import (
    PARTIES,
    DeliveryChangeReply,
    NewChangeAnswer,
    subject_named,
)
from marketplace.fulfilment.api.views import WRITE
from marketplace.fulfilment.talk_contracts import ChangeVerdict
from marketplace.settlement import services


class OrderChangeAnswer(APIView):
    """The other party's answer to a request."""

    required_roles: ClassVar = {"POST": PARTIES}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=NewChangeAnswer, responses=DeliveryChangeReply)
    def post(self, request: Request, delivery_change_id: UUID, **named: UUID) -> Response:
        """Agree to it, or refuse it with a reason; said again, it changes nothing."""
        form = NewChangeAnswer(data=request.data)
        form.is_valid(raise_exception=True)
        actor, (subject, _side) = actor_of(request), subject_named(request, named)
        found = services.answer_order_change(
            order_id=subject.order_id,
            change_id=delivery_change_id,
            organization_id=actor.organization_id,
            verdict=ChangeVerdict(form.validated_data["verdict"]),
            reason=form.validated_data["reason"],
            by_id=actor.person_id,
            now=clock.now(),
        )
        return Response(DeliveryChangeReply(found).data)
