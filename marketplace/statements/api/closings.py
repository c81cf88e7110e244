"""The closing of months over the API: what is open of one, and the proposal to close it."""

from typing import ClassVar

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock, moments
from common.errors import InvalidInput
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from marketplace.statements import selectors, services
from marketplace.statements.api import serializers
from marketplace.statements.contracts import BookGrouping
from marketplace.statements.models import BookClosing
from marketplace.statements.selectors import books

CLERKS = frozenset({Role.FINANCE})


class BookClosingList(generics.ListAPIView[BookClosing]):
    """Closings of months, the latest month first."""

    required_roles: ClassVar = {"GET": selectors.READERS_OF_ALL, "POST": CLERKS}
    required_scopes: ClassVar = {"GET": "settlement:read"}
    serializer_class = serializers.BookClosingReply
    queryset = BookClosing.objects.none()
    ordering = ("-month", "-id")

    def get_queryset(self) -> QuerySet[BookClosing]:
        """Return all of them."""
        return books.closings()

    @extend_schema(request=serializers.NewBookClosing, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """
        Propose to close a month that is over.

        202 names the proposal; the month is closed once another person of finance approves it.
        """
        form = serializers.NewBookClosing(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        by = Person(actor.person_id, actor.organization_id)
        _closing, proposed = services.propose_closing(by=by, now=clock.now(), **form.validated_data)
        return waits(proposed)


BY = OpenApiParameter("by", OpenApiTypes.STR, enum=BookGrouping.values, default="owner")


class BookSums(APIView):
    """What a month moved, added up."""

    required_roles: ClassVar = {"GET": selectors.READERS_OF_ALL}
    required_scopes: ClassVar = {"GET": "settlement:read"}

    @extend_schema(parameters=[BY], responses=serializers.BookSumReply(many=True))
    def get(self, request: Request, month: str) -> Response:
        """Return the sums by owner, programme or region; of owners the 1,000 that moved most."""
        by = request.query_params.get("by", BookGrouping.OWNER)
        if by not in BookGrouping.values:
            raise InvalidInput(field="by")
        sums = books.sums(moments.parse_month(month), BookGrouping(by))
        return Response(serializers.BookSumReply(sums, many=True).data)


class MonthChecklist(APIView):
    """What must be so before a month is closed."""

    required_roles: ClassVar = {"GET": selectors.READERS_OF_ALL}
    required_scopes: ClassVar = {"GET": "settlement:read"}

    @extend_schema(responses=serializers.CheckReply(many=True))
    def get(self, request: Request, month: str) -> Response:  # noqa: ARG002 - DRF's form
        """Return the lines of the checklist, each with how many are in its way."""
        checks = books.checklist(moments.parse_month(month))
        return Response(serializers.CheckReply(checks, many=True).data)
