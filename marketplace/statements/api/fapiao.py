"""Fapiao over the API: permission, parse, one call, answer."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from marketplace.statements import selectors, services, tax_files
from marketplace.statements.api import serializers
from marketplace.statements.contracts import FapiaoKind, FapiaoState, FapiaoWish, TaxAnswer
from marketplace.statements.models import Fapiao
from marketplace.statements.selectors.filters import FapiaoFilter

BUYERS = frozenset({Role.BUYER})
CLERKS = frozenset({Role.FINANCE})


class FapiaoList(generics.ListAPIView[Fapiao]):
    """Requests for fapiao, the newest first."""

    required_roles: ClassVar = {"GET": BUYERS | selectors.READERS_OF_ALL, "POST": BUYERS}
    required_scopes: ClassVar = {"GET": "settlement:read"}
    serializer_class = serializers.FapiaoReply
    filterset_class = FapiaoFilter
    queryset = Fapiao.objects.none()
    ordering = ("-sequence",)

    def get_queryset(self) -> QuerySet[Fapiao]:
        """Return what the actor may see."""
        return selectors.fapiao_of(actor_of(self.request))

    @extend_schema(request=serializers.NewFapiao, responses={201: serializers.FapiaoReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Ask for the fapiao of what a statement charged."""
        form = serializers.NewFapiao(data=request.data)
        form.is_valid(raise_exception=True)
        wanted = dict(form.validated_data)
        actor = actor_of(request)
        made = services.request_fapiao(
            statement_id=wanted.pop("statement_id"),
            organization_id=actor.organization_id,
            wish=FapiaoWish(kind=FapiaoKind(wanted.pop("kind")), **wanted),
            by_id=actor.person_id,
            now=clock.now(),
        )
        return Response(serializers.FapiaoReply(made).data, status=status.HTTP_201_CREATED)


class FapiaoWithdrawing(APIView):
    """The end of a request."""

    required_roles: ClassVar = {"POST": BUYERS}

    @extend_schema(request=None, responses=serializers.FapiaoReply)
    @idempotent
    def post(self, request: Request, fapiao_id: UUID) -> Response:
        """Withdraw a request that the tax system does not know yet."""
        made = services.withdraw_fapiao(
            fapiao_id=fapiao_id,
            organization_id=actor_of(request).organization_id,
            now=clock.now(),
        )
        return Response(serializers.FapiaoReply(made).data)


class FapiaoExport(APIView):
    """What the tax system is to be told."""

    required_roles: ClassVar = {"POST": CLERKS}

    @extend_schema(request=None, responses={(200, "text/csv"): OpenApiTypes.STR})
    def post(self, request: Request) -> HttpResponse:  # noqa: ARG002 - DRF's
        """Return open requests as CSV; new ones are with the tax system from now on."""
        found = services.export_fapiao(now=clock.now())
        answer = HttpResponse(tax_files.exported(found), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="fapiao.csv"'
        return answer


class FapiaoAnswers(APIView):
    """What the tax system says."""

    required_roles: ClassVar = {"POST": CLERKS}

    @extend_schema(request=serializers.TaxAnswers, responses=serializers.TaxAnsweredReply)
    @idempotent
    def post(self, request: Request) -> Response:
        """Take what was issued, refused or reversed; lines that are not taken say why."""
        form = serializers.TaxAnswers(data=request.data)
        form.is_valid(raise_exception=True)
        answers = [
            TaxAnswer(
                number,
                line["reference"],
                FapiaoState(line["state"]),
                line["fapiao_number"],
                line["reason"],
            )
            for number, line in enumerate(form.validated_data["lines"], start=1)
        ]
        told = services.take_tax_answers(answers=answers, now=clock.now())
        return Response(serializers.TaxAnsweredReply(told).data)
