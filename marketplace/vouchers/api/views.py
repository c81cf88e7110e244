"""The vouchers' API: permission, parse, one call, answer."""

from typing import Any, ClassVar
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
from identity.approvals.contracts import Person
from identity.contracts import ANY_MEMBER, Actor, Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from marketplace.vouchers import selectors, services
from marketplace.vouchers.api import serializers
from marketplace.vouchers.contracts import Decision
from marketplace.vouchers.models import Application, Programme, Voucher
from marketplace.vouchers.selectors.filters import ApplicationFilter, VoucherFilter

ISSUERS = frozenset({Role.ISSUER})
BUYERS = frozenset({Role.BUYER})
WATCHERS = frozenset({Role.AUDITOR, Role.OPERATOR})
READ, WRITE = "vouchers:read", "vouchers:write"


class ProgrammeList(generics.ListAPIView[Programme]):
    """The voucher programmes of the market."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": ISSUERS}
    required_scopes: ClassVar = {"GET": READ}
    serializer_class = serializers.ProgrammeReply
    queryset = Programme.objects.none()

    def get_queryset(self) -> QuerySet[Programme]:
        """Return every programme."""
        return selectors.programmes()

    def paginate_queryset(self, queryset: Any) -> Any:
        """Add rules and budgets to the page's programmes alone."""
        return selectors.summaries(super().paginate_queryset(queryset) or [], at=clock.now())

    @extend_schema(request=serializers.NewProgramme, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """
        Propose a programme of the issuer's own organisation with its first rules.

        202 names the proposal; the programme opens once another person of the issuer approves it.
        """
        actor = actor_of(request)
        form = serializers.NewProgramme(data=request.data)
        form.is_valid(raise_exception=True)
        rules_data = form.validated_data.pop("rules")
        made = services.propose_programme(
            rules_data=rules_data,
            by=Person(actor.person_id, actor.organization_id),
            now=clock.now(),
            **form.validated_data,
        )
        return waits(made)


class ProgrammeDetail(APIView):
    """One programme."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=serializers.ProgrammeReply)
    def get(self, request: Request, programme_id: UUID) -> Response:  # noqa: ARG002 - DRF's form
        """Return the programme with the rules in force and its budget."""
        return _programme(programme_id)


class ProgrammeVersionList(APIView):
    """The rules of a programme over time."""

    required_roles: ClassVar = {"POST": ISSUERS}

    @extend_schema(request=serializers.NewVersion, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request, programme_id: UUID) -> Response:
        """
        Propose the next rules; vouchers already issued keep theirs.

        202 names the proposal; the rules are published once another person of the issuer approves.
        """
        actor = actor_of(request)
        form = serializers.NewVersion(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.propose_version(
            programme_id=programme_id,
            rules_data=form.validated_data["rules"],
            source=form.validated_data["source"],
            valid_from=form.validated_data.get("valid_from"),
            by=Person(actor.person_id, actor.organization_id),
            now=clock.now(),
        )
        return waits(made)


class ApplicationList(generics.ListAPIView[Application]):
    """Applications for vouchers."""

    required_roles: ClassVar = {"GET": BUYERS | ISSUERS | WATCHERS, "POST": BUYERS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = serializers.ApplicationReply
    filterset_class = ApplicationFilter
    queryset = Application.objects.none()

    def get_queryset(self) -> QuerySet[Application]:
        """Return the buyer's applications, those an issuer decides, or all for those who watch."""
        return selectors.applications(**applications_of(actor_of(self.request)))

    @extend_schema(
        request=serializers.NewApplication, responses={201: serializers.ApplicationReply}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Apply for a voucher; a draft is begun, and handed in later. The class is by evidence."""
        actor = actor_of(request)
        form = serializers.NewApplication(data=request.data)
        form.is_valid(raise_exception=True)
        wish = dict(form.validated_data)
        consents = wish.pop("consents")
        if "answers" in wish:
            wish["answered"] = services.AnsweredForm(
                wish.pop("form_version"), wish.pop("answers"), consents
            )
        begin: Any = services.apply
        if wish.pop("is_draft"):
            begin = services.draft_application
            wish.pop("file_ids")
        application = begin(
            applicant_id=actor.organization_id,
            applied_by_id=actor.person_id,
            now=clock.now(),
            **wish,
        )
        return Response(
            serializers.ApplicationReply(application).data, status=status.HTTP_201_CREATED
        )


class ApplicationDetail(APIView):
    """One application."""

    required_roles: ClassVar = {"GET": BUYERS | ISSUERS | WATCHERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=serializers.ApplicationReply)
    def get(self, request: Request, application_id: UUID) -> Response:
        """Return the application."""
        scope = applications_of(actor_of(request))
        found = selectors.application(application_id=application_id, **scope)
        return Response(serializers.ApplicationReply(found).data)


class ApplicationDecision(APIView):
    """The decision on an application."""

    required_roles: ClassVar = {"POST": ISSUERS}

    @extend_schema(request=serializers.NewDecision, responses=serializers.ApplicationReply)
    @idempotent
    def post(self, request: Request, application_id: UUID) -> Response:
        """
        Decide what is to be decided now: the review, or its check by another person.

        Sent back, a review asks the applicant for more evidence, and a check sends it to review.
        """
        actor = actor_of(request)
        form = serializers.NewDecision(data=request.data)
        form.is_valid(raise_exception=True)
        application = services.decide(
            application_id=application_id,
            decision=Decision(form.validated_data["decision"]),
            note=form.validated_data["note"],
            issuer_id=actor.organization_id,
            decided_by_id=actor.person_id,
            now=clock.now(),
        )
        return Response(serializers.ApplicationReply(application).data)


class VoucherList(generics.ListAPIView[Voucher]):
    """Vouchers with their balances."""

    required_roles: ClassVar = {"GET": BUYERS | ISSUERS | WATCHERS}
    required_scopes: ClassVar = {"GET": READ}
    serializer_class = serializers.VoucherReply
    filterset_class = VoucherFilter
    queryset = Voucher.objects.none()

    def get_queryset(self) -> QuerySet[Voucher]:
        """Return the holder's vouchers, those of an issuer's programmes, or all."""
        return selectors.vouchers(**_vouchers_of(actor_of(self.request)))

    def paginate_queryset(self, queryset: Any) -> Any:
        """Add balances to the page's vouchers alone."""
        page = super().paginate_queryset(queryset) or []
        return selectors.wallet_vouchers(page, at=clock.now())


class VoucherDetail(APIView):
    """One voucher."""

    required_roles: ClassVar = {"GET": BUYERS | ISSUERS | WATCHERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=serializers.VoucherReply)
    def get(self, request: Request, voucher_id: UUID) -> Response:
        """Return the voucher with its balance."""
        scope = _vouchers_of(actor_of(request))
        return voucher_reply(selectors.voucher(voucher_id=voucher_id, **scope))


def _programme(programme_id: UUID) -> Response:
    found = selectors.programme_summary(programme_id=programme_id, at=clock.now())
    return Response(serializers.ProgrammeReply(found).data)


def voucher_reply(voucher: Voucher, *, status: int | None = None) -> Response:
    """Answer with a voucher and its balance."""
    (found,) = selectors.wallet_vouchers([voucher], at=clock.now())
    return Response(serializers.VoucherReply(found).data, status=status)


def applications_of(actor: Actor) -> dict[str, UUID]:
    """Return which applications an actor sees; nothing to narrow for those who watch."""
    if actor.has_role(*WATCHERS):
        return {}
    if actor.has_role(Role.ISSUER):
        return {"issuer_id": actor.organization_id}
    return {"applicant_id": actor.organization_id}


def _vouchers_of(actor: Actor) -> dict[str, UUID]:
    """Return which vouchers an actor sees; nothing to narrow for those who watch."""
    if actor.has_role(*WATCHERS):
        return {}
    if actor.has_role(Role.ISSUER):
        return {"issuer_id": actor.organization_id}
    return {"holder_id": actor.organization_id}
