"""Payouts over the API: permission, parse, one call, answer."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
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
from marketplace.payouts import selectors, services
from marketplace.payouts.api import serializers
from marketplace.payouts.contracts import AccountNotFound, Answer, BankAnswer, NewAccount
from marketplace.payouts.models import PayoutLine, PayoutRun
from marketplace.payouts.selectors.filters import PayoutFilter, PayoutRunFilter

CLERKS = frozenset({Role.FINANCE})
WATCHERS = frozenset({Role.FINANCE, Role.OPERATOR, Role.AUDITOR})
PROVIDERS = frozenset({Role.PROVIDER})


class PayoutRunList(generics.ListAPIView[PayoutRun]):
    """Runs of payouts."""

    required_roles: ClassVar = {"GET": WATCHERS, "POST": CLERKS}
    required_scopes: ClassVar = {"GET": "settlement:read"}
    serializer_class = serializers.PayoutRunReply
    filterset_class = PayoutRunFilter
    queryset = PayoutRun.objects.none()

    def get_queryset(self) -> QuerySet[PayoutRun]:
        """Return the runs."""
        return selectors.runs()

    @extend_schema(request=serializers.NewPayoutRun, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """
        Propose to pay what providers earned before a day.

        202 names the proposal; nothing moves until another person of finance approves it.
        """
        form = serializers.NewPayoutRun(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        by = Person(actor.person_id, actor.organization_id)
        _run, proposed = services.propose_run(by=by, now=clock.now(), **form.validated_data)
        return waits(proposed)


class PayoutRunDetail(APIView):
    """One run of payouts."""

    required_roles: ClassVar = {"GET": WATCHERS}
    required_scopes: ClassVar = {"GET": "settlement:read"}

    @extend_schema(responses=serializers.PayoutRunReply)
    def get(self, request: Request, payout_run_id: UUID) -> Response:  # noqa: ARG002 - DRF's
        """Return the run."""
        return Response(serializers.PayoutRunReply(selectors.run(payout_run_id)).data)


class PayoutRunSending(APIView):
    """That the file of a run is with the bank."""

    required_roles: ClassVar = {"POST": CLERKS}

    @extend_schema(request=None, responses=serializers.PayoutRunReply)
    @idempotent
    def post(self, request: Request, payout_run_id: UUID) -> Response:  # noqa: ARG002 - DRF's
        """Note that the file was handed over; again is no matter."""
        run = services.send_run(run_id=payout_run_id, now=clock.now())
        return Response(serializers.PayoutRunReply(run).data)


class PayoutRunAnswers(APIView):
    """What the bank says of a run's payouts."""

    required_roles: ClassVar = {"POST": CLERKS}

    @extend_schema(request=serializers.BankAnswers, responses=serializers.AnsweredReply)
    @idempotent
    def post(self, request: Request, payout_run_id: UUID) -> Response:
        """Book what was paid and what came back; lines that are not taken say why."""
        form = serializers.BankAnswers(data=request.data)
        form.is_valid(raise_exception=True)
        answers = [
            BankAnswer(
                number,
                line["reference"],
                line["amount_minor"],
                Answer(line["answer"]),
                line["reason"],
            )
            for number, line in enumerate(form.validated_data["lines"], start=1)
        ]
        told = services.take_answers(run_id=payout_run_id, answers=answers, now=clock.now())
        return Response(serializers.AnsweredReply(told).data)


class PayoutList(generics.ListAPIView[PayoutLine]):
    """Payouts to providers; to a provider its own, those that no run took up left out."""

    required_roles: ClassVar = {"GET": PROVIDERS | WATCHERS}
    required_scopes: ClassVar = {"GET": "settlement:read"}
    serializer_class = serializers.PayoutReply
    filterset_class = PayoutFilter
    queryset = PayoutLine.objects.none()

    def get_queryset(self) -> QuerySet[PayoutLine]:
        """Return what the actor may see."""
        actor = actor_of(self.request)
        own = None if actor.has_role(*WATCHERS) else actor.organization_id
        return selectors.lines(provider_id=own)


class PayoutAccountView(APIView):
    """Where the actor's organisation is paid."""

    required_roles: ClassVar = {"GET": PROVIDERS, "PUT": PROVIDERS}

    @extend_schema(parameters=[serializers.WhichAccount], responses=serializers.PayoutAccountReply)
    def get(self, request: Request) -> Response:
        """Return the account in use: the bank's, or the one at the gateway."""
        form = serializers.WhichAccount(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        found = selectors.bank_account(
            provider_id=actor_of(request).organization_id, **form.validated_data
        )
        if found is None:
            raise AccountNotFound
        return Response(serializers.PayoutAccountReply(found).data)

    @extend_schema(request=serializers.NewPayoutAccount, responses=serializers.PayoutAccountReply)
    @idempotent
    def put(self, request: Request) -> Response:
        """Be paid to another account, once its cooling time is over."""
        form = serializers.NewPayoutAccount(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        made = services.set_bank_account(
            provider_id=actor.organization_id,
            account=NewAccount(**form.validated_data),
            person_id=actor.person_id,
            now=clock.now(),
        )
        return Response(serializers.PayoutAccountReply(made).data)
