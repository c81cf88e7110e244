"""Statements over the API: permission, parse, one call, answer."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.errors import InvalidInput
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from marketplace.statements import files, selectors, services, subjects
from marketplace.statements.api import serializers
from marketplace.statements.contracts import Grouping
from marketplace.statements.models import Statement, StatementLine
from marketplace.statements.selectors.filters import StatementFilter, StatementLineFilter

CLERKS = frozenset({Role.FINANCE})
READERS = frozenset({Role.BUYER, Role.PROVIDER, Role.ISSUER}) | selectors.READERS_OF_ALL
FORM = OpenApiParameter("form", OpenApiTypes.STR, enum=list(files.TYPES), default="json")
BY = OpenApiParameter("by", OpenApiTypes.STR, enum=Grouping.values, default="order")
HASH = OpenApiParameter("hash", OpenApiTypes.STR, description="in hexadecimal", required=True)


class IssuedStatementList(generics.ListAPIView[Statement]):
    """Statements, the newest first."""

    required_roles: ClassVar = {"GET": READERS, "POST": CLERKS}
    required_scopes: ClassVar = {"GET": "settlement:read"}
    serializer_class = serializers.IssuedStatementReply
    filterset_class = StatementFilter
    queryset = Statement.objects.none()
    ordering = ("-sequence",)

    def get_queryset(self) -> QuerySet[Statement]:
        """Return what the actor may see."""
        return selectors.statements_of(actor_of(self.request))

    @extend_schema(
        request=serializers.NewStatement, responses={201: serializers.IssuedStatementReply}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Issue the statement of a month that is over, where its round has not yet."""
        form = serializers.NewStatement(data=request.data)
        form.is_valid(raise_exception=True)
        wanted = form.validated_data
        subject = subjects.find(
            wanted["side"],
            organization_id=wanted["organization_id"],
            programme=wanted["programme"],
        )
        made = services.issue_statement(
            subject=subject,
            month=wanted["month"],
            now=clock.now(),
            by_id=actor_of(request).person_id,
        )
        return Response(serializers.IssuedStatementReply(made).data, status=status.HTTP_201_CREATED)


class StatementDetail(APIView):
    """One statement."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": "settlement:read"}

    @extend_schema(responses=serializers.IssuedStatementReply)
    def get(self, request: Request, statement_id: UUID) -> Response:
        """Return the statement."""
        found = selectors.statement(statement_id, actor_of(request))
        return Response(serializers.IssuedStatementReply(found).data)


class StatementLines(generics.ListAPIView[StatementLine]):
    """The lines of a statement."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": "settlement:read"}
    serializer_class = serializers.IssuedStatementLineReply
    filterset_class = StatementLineFilter
    queryset = StatementLine.objects.none()
    ordering = ("position",)

    def get_queryset(self) -> QuerySet[StatementLine]:
        """Return the lines, if the actor may see the statement."""
        if "statement_id" not in self.kwargs:  # the schema asks without one
            return StatementLine.objects.none()
        found = selectors.statement(self.kwargs["statement_id"], actor_of(self.request))
        return selectors.lines(found.pk)


class StatementSums(APIView):
    """The lines of a statement, added up."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": "settlement:read"}

    @extend_schema(parameters=[BY], responses=serializers.SummedReply(many=True))
    def get(self, request: Request, statement_id: UUID) -> Response:
        """Return the sums by order, project, chip, day, reason or region."""
        found = selectors.statement(statement_id, actor_of(request))
        by = request.query_params.get("by", Grouping.ORDER)
        if by not in Grouping.values:
            raise InvalidInput(field="by")
        sums = selectors.summed(found.pk, Grouping(by))
        return Response(serializers.SummedReply(sums, many=True).data)


class StatementFile(APIView):
    """A statement as a file."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": "settlement:read"}

    @extend_schema(parameters=[FORM], responses={200: OpenApiTypes.BINARY})
    def get(self, request: Request, statement_id: UUID) -> FileResponse:
        """Return all lines as CSV, XLSX, or JSON with its hash."""
        found = selectors.statement(statement_id, actor_of(request))
        form = request.query_params.get("form", "json")
        if form not in files.TYPES:
            raise InvalidInput(field="form")
        return answered(found, form)


class StatementCancelling(APIView):
    """The end of a statement."""

    required_roles: ClassVar = {"POST": CLERKS}

    @extend_schema(
        request=serializers.Cancelling, responses={201: serializers.IssuedStatementReply}
    )
    @idempotent
    def post(self, request: Request, statement_id: UUID) -> Response:
        """Cancel the latest statement by one that mirrors it; return that one."""
        form = serializers.Cancelling(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.cancel_statement(
            statement_id=statement_id,
            by_id=actor_of(request).person_id,
            now=clock.now(),
            **form.validated_data,
        )
        return Response(serializers.IssuedStatementReply(made).data, status=status.HTTP_201_CREATED)


class StatementProof(APIView):
    """Whether a paper is a statement of the market; for everybody."""

    public = True

    @extend_schema(parameters=[HASH], responses=serializers.StatementProofReply)
    def get(self, request: Request, number: str) -> Response:
        """Return whether a hash is the statement's, and whether it was cancelled; no amount."""
        told = selectors.proof(number[:24], request.query_params.get("hash", "")[:64] or "-")
        return Response(serializers.StatementProofReply(told).data)


def answered(found: Statement, form: str) -> FileResponse:
    """Return a statement's file as an answer."""
    name = f"{found.number}.{form}"
    answer = FileResponse(
        files.written(found, form),
        as_attachment=True,
        filename=name,
        content_type=files.TYPES[form],
    )
    answer["Cache-Control"] = "no-store"
    return answer
