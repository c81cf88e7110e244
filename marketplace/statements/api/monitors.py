"""Monitors of accounts over the API: permission, parse, one call, answer."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from marketplace.statements import selectors, services
from marketplace.statements.api import serializers
from marketplace.statements.contracts import MonitorKind, MonitorWish
from marketplace.statements.models import AccountMonitor
from marketplace.statements.selectors.filters import MonitorFilter

WATCHERS = frozenset({Role.BUYER, Role.PROVIDER, Role.FINANCE})


class AccountMonitorList(generics.ListAPIView[AccountMonitor]):
    """Monitors of accounts, the newest first."""

    required_roles: ClassVar = {"GET": WATCHERS | selectors.READERS_OF_ALL, "POST": WATCHERS}
    required_scopes: ClassVar = {"GET": "ledger:read"}
    serializer_class = serializers.AccountMonitorReply
    filterset_class = MonitorFilter
    queryset = AccountMonitor.objects.none()
    ordering = ("-id",)

    def get_queryset(self) -> QuerySet[AccountMonitor]:
        """Return what the actor may see."""
        return selectors.monitors_of(actor_of(self.request))

    @extend_schema(
        request=serializers.NewAccountMonitor, responses={201: serializers.AccountMonitorReply}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Watch an account: a notice comes once each time that it becomes so."""
        form = serializers.NewAccountMonitor(data=request.data)
        form.is_valid(raise_exception=True)
        wanted = dict(form.validated_data)
        wish = MonitorWish(kind=MonitorKind(wanted.pop("kind")), **wanted)
        made = services.add_monitor(wish=wish, by=actor_of(request), now=clock.now())
        return Response(serializers.AccountMonitorReply(made).data, status=status.HTTP_201_CREATED)


class AccountMonitorEnding(APIView):
    """The end of a monitor."""

    required_roles: ClassVar = {"POST": WATCHERS}

    @extend_schema(request=None, responses=serializers.AccountMonitorReply)
    @idempotent
    def post(self, request: Request, monitor_id: UUID) -> Response:
        """Watch the account no more; again is no matter."""
        ended = services.end_monitor(
            monitor_id=monitor_id,
            organization_id=actor_of(request).organization_id,
            now=clock.now(),
        )
        return Response(serializers.AccountMonitorReply(ended).data)
