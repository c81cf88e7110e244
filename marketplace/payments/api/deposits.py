"""Deposits: money that finance books by hand."""

from typing import ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person, Proposed
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from marketplace.payments import selectors, services
from marketplace.payments.api import serializers
from marketplace.payments.models import Deposit
from marketplace.payments.selectors.filters import DepositFilter

BUYERS = frozenset({Role.BUYER})
CASHIERS = frozenset({Role.FINANCE})
WATCHERS = frozenset({Role.OPERATOR, Role.AUDITOR})


class DepositList(generics.ListAPIView[Deposit]):
    """Money that reached the bank for buyers."""

    required_roles: ClassVar = {"GET": BUYERS | CASHIERS | WATCHERS, "POST": CASHIERS}
    required_scopes: ClassVar = {"GET": "deposits:read"}
    serializer_class = serializers.DepositReply
    filterset_class = DepositFilter
    queryset = Deposit.objects.none()

    def get_queryset(self) -> QuerySet[Deposit]:
        """Return the buyer's deposits; all for those with a duty across the market."""
        actor = actor_of(self.request)
        own = None if actor.has_role(Role.FINANCE, *WATCHERS) else actor.organization_id
        return selectors.deposits(organization_id=own)

    @extend_schema(
        request=serializers.NewDeposit,
        responses={201: serializers.DepositReply, 202: WaitingReply},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """
        Credit a buyer with money that reached the bank, once for each bank reference.

        A large amount is not credited yet: 202 names the proposal that another person approves.
        """
        form = serializers.NewDeposit(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        made = services.record_deposit(
            by=Person(actor.person_id, actor.organization_id),
            now=clock.now(),
            **form.validated_data,
        )
        if isinstance(made, Proposed):
            return waits(made)
        return Response(serializers.DepositReply(made).data, status=status.HTTP_201_CREATED)
