"""The policy room over HTTP: permission, parse, one call, answer."""

from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock, tenancy
from common.moments import start_of_day
from common.period import Period
from identity.contracts import Actor, Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from marketplace.policy import selectors, services
from marketplace.policy.api import serializers
from marketplace.policy.bundle import VERIFIER
from marketplace.policy.contracts import WorkbenchBasis, WorkbenchWish
from marketplace.policy.models import PolicyRun
from marketplace.vouchers.contracts import ProgrammeNotFound

ISSUERS = frozenset({Role.ISSUER})
READERS = frozenset({Role.ISSUER, Role.AUDITOR, Role.OPERATOR, Role.FINANCE})
READ, WRITE = "vouchers:read", "vouchers:write"


class PolicyRunList(generics.ListAPIView[PolicyRun]):
    """Runs of the workbench."""

    required_roles: ClassVar = {"GET": ISSUERS, "POST": ISSUERS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = serializers.PolicyRunReply
    queryset = PolicyRun.objects.none()

    def get_queryset(self) -> QuerySet[PolicyRun]:
        """Return the issuer's own runs."""
        if getattr(self, "swagger_fake_view", False):
            return PolicyRun.objects.none()
        return selectors.runs_of(actor_of(self.request).organization_id)

    @extend_schema(request=serializers.NewPolicyRun, responses={202: serializers.PolicyRunReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Queue a run of rules on the trades and applications of a period; a worker decides it."""
        form = serializers.NewPolicyRun(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        wish = _wish(form.validated_data, actor)
        run = services.request_run(actor=actor, wish=wish, now=clock.now())
        return Response(serializers.PolicyRunReply(run).data, status=status.HTTP_202_ACCEPTED)


def _wish(values: dict[str, Any], actor: Actor) -> WorkbenchWish:
    """Return what a run is to try: what is not said is what holds now."""
    code = values["code"]
    in_force = selectors.rules_in_force(code, at=clock.now())
    rules = values.get("rules") or in_force
    if rules is None:
        raise ProgrammeNotFound(field="code")
    base = values.get("base_rules", in_force if values.get("rules") else None)
    money = values.get("budget_minor")
    if money is None:
        money = selectors.money_of(rules, code=code, issuer_id=actor.organization_id)
    return WorkbenchWish(
        title=values["title"],
        code=code,
        rules=rules,
        base_rules=base,
        basis=WorkbenchBasis(values["basis"]),
        starts_at=values["starts_at"],
        ends_at=values["ends_at"],
        years_later=values["years_later"],
        budget_minor=money,
    )


class PolicyRunDetail(APIView):
    """One run."""

    required_roles: ClassVar = {"GET": READERS, "DELETE": ISSUERS}
    required_scopes: ClassVar = {"GET": READ, "DELETE": WRITE}

    @extend_schema(responses=serializers.PolicyRunDetailReply)
    def get(self, request: Request, policy_run_id: UUID) -> Response:
        """Return an own run, or one that was published, with what it came to."""
        run = selectors.run_of(
            run_id=policy_run_id, organization_id=actor_of(request).organization_id
        )
        return Response(serializers.PolicyRunDetailReply(run).data)

    @extend_schema(responses={200: serializers.PolicyRunReply})
    def delete(self, request: Request, policy_run_id: UUID) -> Response:
        """Cancel a run that is not finished."""
        run = services.cancel_run(
            run_id=policy_run_id,
            organization_id=actor_of(request).organization_id,
            now=clock.now(),
        )
        return Response(serializers.PolicyRunReply(run).data)


class PolicyRunPublication(APIView):
    """The publication of a run."""

    required_roles: ClassVar = {"POST": ISSUERS}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=None, responses=serializers.PolicyRunReply)
    @idempotent
    def post(self, request: Request, policy_run_id: UUID) -> Response:
        """Publish a run: its hash and figures stand beside the rules from now on."""
        actor = actor_of(request)
        run = services.publish_run(
            run_id=policy_run_id,
            organization_id=actor.organization_id,
            person_id=actor.person_id,
            now=clock.now(),
        )
        return Response(serializers.PolicyRunReply(run).data)


class PolicyRunDownload(APIView):
    """The file of a run."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request, policy_run_id: UUID) -> FileResponse:
        """Return inputs, rules, result and the script that decides them anew as one archive."""
        run, path = selectors.file_of(
            run_id=policy_run_id, organization_id=actor_of(request).organization_id
        )
        return FileResponse(path.open("rb"), as_attachment=True, filename=f"{run.number}.zip")


class PolicyRunVerifier(APIView):
    """The script that decides runs anew."""

    public = True

    @extend_schema(
        parameters=[OpenApiParameter("format", exclude=True)],
        responses={(200, "text/x-python"): OpenApiResponse(OpenApiTypes.STR)},
    )
    def get(self, request: Request) -> FileResponse:  # noqa: ARG002 - DRF's signature
        """Return the stand-alone script; it needs Python 3.11 and nothing else."""
        return FileResponse(
            VERIFIER.open("rb"),
            as_attachment=True,
            filename=VERIFIER.name,
            content_type="text/x-python",
        )


class ProgrammePerformance(APIView):
    """What a programme did."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(
        parameters=[serializers.PerformancePeriod], responses=serializers.PerformanceReply
    )
    def get(self, request: Request, programme_id: UUID) -> Response:
        """Return a programme's budget, use, returns and effect in a period of at most a year."""
        form = serializers.PerformancePeriod(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        ends = start_of_day(form.validated_data["ends_on"] + timedelta(days=1))
        period = Period(start_of_day(form.validated_data["starts_on"]), ends)
        actor = actor_of(request)
        with tenancy.acting_as_platform():
            found = selectors.performance(
                programme_id=programme_id, period=period, issuer_id=whose(actor)
            )
        return Response(serializers.PerformanceReply(found).data)


def whose(actor: Actor) -> UUID | None:
    """Return whose programmes somebody reads: an issuer its own, the others by duty all."""
    if actor.has_role(Role.AUDITOR, Role.OPERATOR, Role.FINANCE):
        return None
    return actor.organization_id
