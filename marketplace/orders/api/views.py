"""The orders' API: permission, parse, one call, answer."""

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
from identity.approvals.contracts import Person, Proposed
from identity.contracts import Actor, Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotency_key, idempotent
from marketplace.orders import receipts, selectors, services
from marketplace.orders.api import serializers
from marketplace.orders.api.wishes import ordered_beside, ordered_wish
from marketplace.orders.models import Order
from marketplace.orders.selectors.filters import OrderFilter

BUYERS = frozenset({Role.BUYER})
TRADERS = frozenset({Role.BUYER, Role.PROVIDER})
WATCHERS = frozenset({Role.AUDITOR, Role.OPERATOR})
CASHIERS = frozenset({Role.FINANCE})
READ, WRITE = "orders:read", "orders:write"


class OrderList(generics.ListAPIView[Order]):
    """Orders, newest first."""

    required_roles: ClassVar = {"GET": TRADERS | WATCHERS | CASHIERS, "POST": BUYERS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = serializers.OrderReply
    filterset_class = OrderFilter
    queryset = Order.objects.none()

    def get_queryset(self) -> QuerySet[Order]:
        """Return what the organisation bought or sold; everything for those who watch."""
        return selectors.orders_of(organization_id=_whose(actor_of(self.request)))

    @extend_schema(
        request=serializers.NewOrder,
        responses={201: serializers.OrderReply, 202: WaitingReply},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """
        Place an order; it is cleared within seconds. With something beside it, at once.

        Where a budget asks for a second person of the organisation it is not placed yet: 202 names
        the proposal that another buyer approves.
        """
        form = serializers.NewOrder(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        made = services.place_or_propose(
            buyer_id=actor.organization_id,
            wish=ordered_wish(idempotency_key(request), form.validated_data),
            beside=ordered_beside(form.validated_data),
            by=Person(actor.person_id, actor.organization_id),
            placed_at=clock.now(),
        )
        if isinstance(made, Proposed):
            return waits(made)
        return Response(serializers.OrderReply(made).data, status=status.HTTP_201_CREATED)


class OrderDetail(APIView):
    """One order."""

    required_roles: ClassVar = {"GET": TRADERS | WATCHERS | CASHIERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=serializers.OrderPageReply)
    def get(self, request: Request, order_id: UUID) -> Response:
        """Return the order with its path, its round, its price and its ledger entries."""
        page = selectors.order_page(
            order_id=order_id, at=clock.now(), organization_id=_whose(actor_of(request))
        )
        order = serializers.OrderReply(page.order).data
        receipt = receipts.empty_receipt(page.order.pk)
        return Response(
            {
                **order,
                "steps": serializers.StepReply(page.steps, many=True).data,
                "clearing": serializers.PanelReply(page.panel).data if page.panel else None,
                "price": serializers.BreakdownReply(page.breakdown).data,
                "ledger": serializers.LedgerLineReply(page.ledger_lines, many=True).data,
                "is_cancellable": page.is_cancellable,
                "receipt": receipt and serializers.EmptyReceiptReply(receipt).data,
                "review": str(page.review),
                "together": serializers.TogetherReply(
                    selectors.ordered_together(page.order), many=True
                ).data,
            }
        )


class OrderCancel(APIView):
    """Cancelling an order."""

    required_roles: ClassVar = {"POST": BUYERS}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=None, responses=serializers.OrderReply)
    def post(self, request: Request, order_id: UUID) -> Response:
        """Cancel the order if it has not started; every hold is released."""
        order = services.cancel_order(
            order_id=order_id,
            buyer_id=actor_of(request).organization_id,
            now=clock.now(),
        )
        return Response(serializers.OrderReply(order).data)


class RoundDetail(APIView):
    """A clearing round, for those who check it."""

    required_roles: ClassVar = {"GET": WATCHERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=serializers.RoundReply)
    def get(self, request: Request, round_number: str) -> Response:  # noqa: ARG002 - DRF's form
        """Return the round with its snapshot, its result and their hashes."""
        found = selectors.clearing_round(number=round_number)
        return Response(serializers.RoundReply(found).data)


def _whose(actor: Actor) -> UUID | None:
    """Return whose orders an actor sees; nobody's for those who watch or keep the books."""
    return None if actor.has_role(*WATCHERS, *CASHIERS) else actor.organization_id
