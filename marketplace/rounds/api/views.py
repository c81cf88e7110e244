"""The API of call rounds: permission, parse, one call, answer."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import Actor, Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotency_key, idempotent
from marketplace.rounds import selectors, services
from marketplace.rounds.api import serializers
from marketplace.rounds.models import CallRound, RoundOrder
from marketplace.rounds.selectors.filters import CallRoundFilter, RoundOrderFilter

BUYERS = frozenset({Role.BUYER})
OPERATORS = frozenset({Role.OPERATOR})
WATCHERS = frozenset({Role.AUDITOR, Role.OPERATOR})
READ, WRITE = "orders:read", "orders:write"


class CallRoundList(generics.ListAPIView[CallRound]):
    """Call rounds, the latest first."""

    required_roles: ClassVar = {"GET": frozenset(Role), "POST": OPERATORS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = serializers.CallRoundReply
    filterset_class = CallRoundFilter
    queryset = CallRound.objects.none()

    def get_queryset(self) -> QuerySet[CallRound]:
        """Return every round: they are everybody's to read."""
        return selectors.rounds()

    @extend_schema(request=serializers.NewRound, responses={201: serializers.CallRoundReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Schedule a round; the hash of its seed is told with the answer."""
        form = serializers.NewRound(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.schedule_round(
            terms=form.terms(), now=clock.now(), scheduled_by_id=actor_of(request).person_id
        )
        return Response(serializers.CallRoundReply(made).data, status=status.HTTP_201_CREATED)


class CallRoundDetail(APIView):
    """One round."""

    required_roles: ClassVar = {"GET": frozenset(Role)}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=serializers.CallRoundPageReply)
    def get(self, request: Request, call_round_id: UUID) -> Response:  # noqa: ARG002
        """Return a round and the prices that were told of it."""
        found = selectors.call_round(call_round_id)
        prices = serializers.RoundPriceReply(selectors.prices_of(found.pk).values(), many=True)
        return Response({**serializers.CallRoundReply(found).data, "prices": prices.data})


class CallRoundCallOff(APIView):
    """Calling a round off."""

    required_roles: ClassVar = {"POST": OPERATORS}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=serializers.CallingOff, responses=serializers.CallRoundReply)
    def post(self, request: Request, call_round_id: UUID) -> Response:
        """Call a round off before its end; nobody pays."""
        form = serializers.CallingOff(data=request.data)
        form.is_valid(raise_exception=True)
        row = services.call_off_round(
            round_id=call_round_id, reason=form.validated_data["reason"], now=clock.now()
        )
        return Response(serializers.CallRoundReply(row).data)


class CallRoundResult(APIView):
    """A published round, whole."""

    required_roles: ClassVar = {"GET": frozenset(Role)}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, call_round_id: UUID) -> Response:  # noqa: ARG002
        """Return the document that `verify_round.py` checks; it names nobody."""
        return Response(selectors.result(call_round_id).document)


class RoundOrderList(generics.ListAPIView[RoundOrder]):
    """The organisation's orders of a round; all of them for those who watch."""

    required_roles: ClassVar = {"GET": BUYERS | WATCHERS, "POST": BUYERS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = serializers.RoundOrderReply
    filterset_class = RoundOrderFilter
    queryset = RoundOrder.objects.none()

    def get_queryset(self) -> QuerySet[RoundOrder]:
        """Return the orders of the round, by their numbers."""
        found = selectors.call_round(self.kwargs["call_round_id"])
        return selectors.orders_of(found.pk, buyer_id=_whose(actor_of(self.request)))

    @extend_schema(request=serializers.NewRoundOrder, responses={201: serializers.RoundOrderReply})
    @idempotent
    def post(self, request: Request, call_round_id: UUID) -> Response:
        """Enter an order in an open round."""
        form = serializers.NewRoundOrder(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        made = services.place_order(
            round_id=call_round_id,
            buyer_id=actor.organization_id,
            key=idempotency_key(request),
            terms=form.terms(),
            now=clock.now(),
            placed_by_id=actor.person_id,
        )
        return Response(serializers.RoundOrderReply(made).data, status=status.HTTP_201_CREATED)


class RoundOrderDetail(APIView):
    """One order of a round."""

    required_roles: ClassVar = {"GET": BUYERS | WATCHERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=serializers.RoundOrderPageReply)
    def get(self, request: Request, round_order_id: UUID) -> Response:
        """Return an order of a round with the orders on the market that it became."""
        found = selectors.order_of(
            round_order_id=round_order_id, buyer_id=_whose(actor_of(request))
        )
        lots = serializers.RoundLotReply(selectors.lots_of([found.pk]), many=True)
        return Response({**serializers.RoundOrderReply(found).data, "lots": lots.data})


class RoundOrderAmend(APIView):
    """Changing an order of a round."""

    required_roles: ClassVar = {"POST": BUYERS}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=serializers.RoundOrderAmendment, responses=serializers.RoundOrderReply)
    def post(self, request: Request, round_order_id: UUID) -> Response:
        """Change an order; in the no-cancel phase its limit may be raised, and nothing else."""
        form = serializers.RoundOrderAmendment(data=request.data)
        form.is_valid(raise_exception=True)
        row = services.amend_order(
            round_order_id=round_order_id,
            buyer_id=actor_of(request).organization_id,
            revision=form.validated_data["revision"],
            terms=form.terms(),
            now=clock.now(),
        )
        return Response(serializers.RoundOrderReply(row).data)


class RoundOrderWithdraw(APIView):
    """Withdrawing an order of a round."""

    required_roles: ClassVar = {"POST": BUYERS}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=None, responses=serializers.RoundOrderReply)
    def post(self, request: Request, round_order_id: UUID) -> Response:
        """Withdraw an order while the round is open; it held nothing."""
        row = services.withdraw_order(
            round_order_id=round_order_id,
            buyer_id=actor_of(request).organization_id,
            now=clock.now(),
        )
        return Response(serializers.RoundOrderReply(row).data)


class RoundOrderProof(APIView):
    """The proof that an order was in the round."""

    required_roles: ClassVar = {"GET": BUYERS | WATCHERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=serializers.RoundProofReply)
    def get(self, request: Request, round_order_id: UUID) -> Response:
        """Return the way from an order to the root that was sealed before the round was decided."""
        found = selectors.order_of(
            round_order_id=round_order_id, buyer_id=_whose(actor_of(request))
        )
        return Response(selectors.proof_of(found))


def _whose(actor: Actor) -> UUID | None:
    return None if actor.has_role(*WATCHERS) else actor.organization_id
