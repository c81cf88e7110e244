"""Many orders in one request: permission, parse, one call, an answer for each order."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.errors import Refusal
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.bodies import StrictJSONParser
from identity.http.fields import StrictCharField, StrictSerializer
from identity.http.idempotency import idempotent
from identity.http.problems import problem_for
from marketplace.orders import services
from marketplace.orders.api.serializers import NewOrder, OrderReply
from marketplace.orders.api.wishes import ordered_wish
from marketplace.orders.contracts import BATCH_ORDERS_MAX, BatchRefused, OrderWish
from marketplace.orders.models import Order

KEY = r"^[!-~]+\Z"
MEMBERS_A_BODY = 100 * BATCH_ORDERS_MAX
KEYS_DIFFER = _("Each order of a batch has a key of its own.")


class BatchParser(StrictJSONParser):
    """The body of many orders has more members than any other."""

    members_max = MEMBERS_A_BODY


class NewBatchOrder(NewOrder):
    """One order of a batch, with its own name."""

    beside = None  # type: ignore[assignment]  # What is ordered together is an order's own request.
    key = serializers.RegexField(
        KEY, max_length=255, help_text="your name for this order: placed once, however often sent"
    )


class NewBatch(StrictSerializer):
    """Orders that are placed by one request."""

    orders = serializers.ListField(
        child=NewBatchOrder(), min_length=1, max_length=BATCH_ORDERS_MAX, help_text="in your order"
    )
    is_whole = serializers.BooleanField(
        default=False,
        help_text="false: each order is placed or refused by itself; true: all of them, or none",
    )

    def validate_orders(self, orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the orders if each has a key of its own."""
        if len({order["key"] for order in orders}) < len(orders):
            raise serializers.ValidationError(KEYS_DIFFER)
        return orders


class BatchAnswerReply(serializers.Serializer[Any]):
    """What became of one order: the order, or the problem for which it was not placed."""

    key = StrictCharField()
    order = OrderReply(allow_null=True)
    problem = serializers.SerializerMethodField()

    @extend_schema_field({"allOf": [{"$ref": "#/components/schemas/Problem"}], "nullable": True})
    def get_problem(self, answer: dict[str, Any]) -> dict[str, Any] | None:
        """Return the problem document, as the order alone would have been answered."""
        found: dict[str, Any] | None = answer["problem"]
        return found


class BatchReply(serializers.Serializer[Any]):
    """An answer for each order, in the order in which they were sent."""

    placed = serializers.IntegerField()
    refused = serializers.IntegerField()
    answers = BatchAnswerReply(many=True)


class OrderBatch(APIView):
    """Many orders at once."""

    required_roles: ClassVar = {"POST": frozenset({Role.BUYER})}
    required_scopes: ClassVar = {"POST": "orders:write"}
    parser_classes = (BatchParser,)

    @extend_schema(request=NewBatch, responses=BatchReply)
    @idempotent
    def post(self, request: Request) -> Response:
        """
        Place up to 1,000 orders; each has a key of its own and an answer of its own.

        With `is_whole`, one refusal refuses all: 422 `batch_refused`, with the problem of each.
        A body that is no batch of orders is refused as a whole, naming the order and the field.
        """
        form = NewBatch(data=request.data)
        form.is_valid(raise_exception=True)
        wanted = form.validated_data["orders"]
        found = _placed(actor_of(request).organization_id, wanted)
        refused = sum(isinstance(each, Refusal) for each in found)
        if refused and form.validated_data["is_whole"]:
            raise BatchRefused(refused=refused, problems=_problems(wanted, found))
        orders = [each for each in found if isinstance(each, Order)]
        prefetch_related_objects(orders, "book")
        answers = [
            {
                "key": each["key"],
                "order": answer if isinstance(answer, Order) else None,
                "problem": problem_for(answer) if isinstance(answer, Refusal) else None,
            }
            for each, answer in zip(wanted, found, strict=True)
        ]
        reply = {"placed": len(orders), "refused": refused, "answers": answers}
        return Response(BatchReply(reply).data)


def _placed(buyer_id: UUID, wanted: list[dict[str, Any]]) -> list[Order | Refusal]:
    """Place what can be placed; a period that is none is an answer like any other."""
    found: dict[str, Order | Refusal | OrderWish] = {}
    for each in wanted:
        try:
            found[each["key"]] = ordered_wish(each["key"], each)
        except Refusal as refusal:
            found[each["key"]] = refusal
    wishes = [each for each in found.values() if isinstance(each, OrderWish)]
    if wishes:
        placed = services.place_each(buyer_id=buyer_id, wishes=wishes, placed_at=clock.now())
        found |= {wish.key: answer for wish, answer in zip(wishes, placed, strict=True)}
    return [each for each in found.values() if not isinstance(each, OrderWish)]


def _problems(wanted: list[dict[str, Any]], found: list[Order | Refusal]) -> list[dict[str, Any]]:
    return [
        {"key": each["key"], "problem": problem_for(answer)}
        for each, answer in zip(wanted, found, strict=True)
        if isinstance(answer, Refusal)
    ]
