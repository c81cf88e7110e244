"""The finance desk over the API: what the bank says, what differs, who sees to it."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from identity.http.uploads import AnyBytes
from marketplace.payments import selectors, services
from marketplace.payments.api import serializers
from marketplace.payments.models import (
    BankLine,
    BankStatement,
    MoneyDifference,
    Reconciliation,
)
from marketplace.payments.selectors.filters import (
    BankLineFilter,
    BankStatementFilter,
    DifferenceFilter,
)

CLERKS = frozenset({Role.FINANCE})
WATCHERS = CLERKS | {Role.OPERATOR, Role.AUDITOR}
SEEN: dict[str, frozenset[Role]] = {"GET": WATCHERS}
READ = {"GET": "payments:read"}


class BankStatementList(generics.ListAPIView[BankStatement]):
    """Files of the bank. Persons import them; programs may not: what they say becomes money."""

    required_roles: ClassVar = {"GET": WATCHERS, "POST": CLERKS}
    required_scopes: ClassVar = READ
    serializer_class = serializers.BankStatementReply
    filterset_class = BankStatementFilter
    parser_classes = (AnyBytes,)
    queryset = BankStatement.objects.none()

    def get_queryset(self) -> QuerySet[BankStatement]:
        """Return the files that were taken."""
        return selectors.statements()

    @extend_schema(
        parameters=[serializers.NewBankStatement],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={201: serializers.BankStatementReply},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """
        Import a bank statement: the body is the file, CSV or CAMT.053.

        It is taken whole or not at all; the same file again is the same statement.
        """
        form = serializers.NewBankStatement(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        body: Any = request.data
        made = services.import_statement(
            raw=body if isinstance(body, bytes) else b"",  # DRF parses no empty body
            file_name=form.validated_data["name"],
            by=_person(request),
            now=clock.now(),
        )
        reply = serializers.BankStatementReply(made)
        return Response(reply.data, status=status.HTTP_201_CREATED)


class LineList(generics.ListAPIView[BankLine]):
    """What the bank says that it booked, newest first."""

    required_roles: ClassVar = SEEN
    required_scopes: ClassVar = READ
    serializer_class = serializers.BankLineReply
    filterset_class = BankLineFilter
    queryset = BankLine.objects.none()

    def get_queryset(self) -> QuerySet[BankLine]:
        """Return the lines."""
        return selectors.bank_lines()


class LineDetail(APIView):
    """One line of a bank statement."""

    required_roles: ClassVar = SEEN
    required_scopes: ClassVar = READ

    @extend_schema(responses=serializers.BankLineReply)
    def get(self, request: Request, line_id: UUID) -> Response:  # noqa: ARG002 - DRF's
        """Return the line."""
        return Response(serializers.BankLineReply(selectors.bank_line(line_id)).data)


class LineMatch(APIView):
    """Whose money a line is."""

    required_roles: ClassVar = {"POST": CLERKS}

    @extend_schema(request=serializers.NewMatch, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request, line_id: UUID) -> Response:
        """
        Say whose money a line is.

        202 names the proposal; the money is credited once another person of finance approves it.
        """
        form = serializers.NewMatch(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.propose_match(
            line_id=line_id, by=_person(request), now=clock.now(), **form.validated_data
        )
        return waits(made)


class DifferenceList(generics.ListAPIView[MoneyDifference]):
    """In what our books, the bank and the gateway differ, or differed."""

    required_roles: ClassVar = SEEN
    required_scopes: ClassVar = READ
    serializer_class = serializers.MoneyDifferenceReply
    filterset_class = DifferenceFilter
    queryset = MoneyDifference.objects.none()

    def get_queryset(self) -> QuerySet[MoneyDifference]:
        """Return them, newest first."""
        return selectors.differences()


class DifferenceDetail(APIView):
    """One difference."""

    required_roles: ClassVar = SEEN
    required_scopes: ClassVar = READ

    @extend_schema(responses=serializers.MoneyDifferenceReply)
    def get(self, request: Request, difference_id: UUID) -> Response:  # noqa: ARG002 - DRF's
        """Return the difference."""
        return Response(serializers.MoneyDifferenceReply(selectors.difference(difference_id)).data)


class DifferenceTaking(APIView):
    """Who sees to a difference."""

    required_roles: ClassVar = {"POST": CLERKS}

    @extend_schema(request=serializers.TakingOn, responses=serializers.MoneyDifferenceReply)
    @idempotent
    def post(self, request: Request, difference_id: UUID) -> Response:
        """Take a difference on; a colleague's is taken over."""
        form = serializers.TakingOn(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.take_difference(
            difference_id=difference_id,
            person_id=actor_of(request).person_id,
            now=clock.now(),
            **form.validated_data,
        )
        return Response(serializers.MoneyDifferenceReply(made).data)


class DifferenceSettling(APIView):
    """That a difference is over."""

    required_roles: ClassVar = {"POST": CLERKS}

    @extend_schema(request=serializers.Settling, responses=serializers.MoneyDifferenceReply)
    @idempotent
    def post(self, request: Request, difference_id: UUID) -> Response:
        """Say how a difference ended, once."""
        form = serializers.Settling(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.settle_difference(
            difference_id=difference_id,
            person_id=actor_of(request).person_id,
            now=clock.now(),
            **form.validated_data,
        )
        return Response(serializers.MoneyDifferenceReply(made).data)


class ReconciliationList(generics.ListAPIView[Reconciliation]):
    """Comparisons of the market's books with the gateway's."""

    required_roles: ClassVar = {"GET": WATCHERS, "POST": CLERKS}
    required_scopes: ClassVar = READ
    serializer_class = serializers.ReconciliationReply
    queryset = Reconciliation.objects.none()

    def get_queryset(self) -> QuerySet[Reconciliation]:
        """Return them, newest first."""
        return selectors.reconciliations()

    @extend_schema(
        request=serializers.NewReconciliation, responses={202: serializers.ReconciliationReply}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Let the books be compared now; the one that waits is the answer where one does."""
        form = serializers.NewReconciliation(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.ask_reconciliation(
            since=form.validated_data.get("since"),
            person_id=actor_of(request).person_id,
            now=clock.now(),
        )
        reply = serializers.ReconciliationReply(made)
        return Response(reply.data, status=status.HTTP_202_ACCEPTED)


class ClearingAccounts(APIView):
    """What the clearing accounts hold, of what is under way."""

    required_roles: ClassVar = SEEN
    required_scopes: ClassVar = READ

    @extend_schema(responses=serializers.ClearingReply(many=True))
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's
        """Return each account; one that holds anything else than what is under way is wrong."""
        return Response(serializers.ClearingReply(selectors.clearing(), many=True).data)


def _person(request: Request) -> Person:
    actor = actor_of(request)
    return Person(actor.person_id, actor.organization_id)
