"""Control over the API: permission, parse, one call, answer."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person
from identity.contracts import Actor, Role
from identity.http.actors import actor_of
from identity.http.fields import (
    DayField,
    StrictCharField,
    StrictIntegerField,
    StrictSerializer,
    StrictUUIDField,
)
from identity.http.idempotency import idempotent
from marketplace.vouchers import selectors, services
from marketplace.vouchers.api.views import BUYERS, ISSUERS, WATCHERS
from marketplace.vouchers.control_contracts import (
    CONTRACT_NUMBER_MAX,
    NOTE_MAX,
    ControlCode,
    ControlSeverity,
    FindingState,
)
from marketplace.vouchers.models import ControlFinding, ControlRule, SampleDraw
from marketplace.vouchers.selectors.controls import FindingFilter

READERS = ISSUERS | WATCHERS
OPERATORS = frozenset({Role.OPERATOR})


class NamedContractReply(serializers.Serializer[Any]):
    """A contract that an application is for."""

    id = serializers.UUIDField()
    seller_uscc = serializers.CharField()
    number = serializers.CharField()
    signed_on = serializers.DateField()
    amount_minor = serializers.IntegerField()


class NewContract(StrictSerializer):
    """A contract that an application is for; the amount in fen."""

    seller_uscc = StrictCharField(max_length=18)
    number = StrictCharField(max_length=CONTRACT_NUMBER_MAX)
    signed_on = DayField()
    amount_minor = StrictIntegerField(min_value=1)


class FindingReply(serializers.Serializer[Any]):
    """What control found about an application."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    application_id = serializers.UUIDField()
    applicant_id = serializers.UUIDField()
    code = serializers.ChoiceField(choices=ControlCode.choices)
    rule_version = serializers.IntegerField(source="rule.version")
    severity = serializers.ChoiceField(choices=ControlSeverity.choices)
    evidence = serializers.JSONField()
    content_hash = serializers.CharField()
    found_at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=FindingState.choices)
    decided_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField()


class FindingDecision(StrictSerializer):
    """What a person made of a finding, and why."""

    is_confirmed = serializers.BooleanField()
    note = StrictCharField(max_length=NOTE_MAX)


class ControlRuleReply(serializers.Serializer[Any]):
    """One version of a rule of control."""

    id = serializers.UUIDField()
    code = serializers.ChoiceField(choices=ControlCode.choices)
    version = serializers.IntegerField()
    severity = serializers.ChoiceField(choices=ControlSeverity.choices)
    parameters = serializers.JSONField()
    content_hash = serializers.CharField()
    reason = serializers.CharField()
    valid_from = serializers.DateTimeField()


class NewControlRule(StrictSerializer):
    """Another version of a rule of control."""

    code = serializers.ChoiceField(choices=ControlCode.choices)
    severity = serializers.ChoiceField(choices=ControlSeverity.choices)
    parameters = serializers.DictField(child=StrictIntegerField(), default=dict)
    reason = StrictCharField(max_length=NOTE_MAX)


class SampleReply(serializers.Serializer[Any]):
    """A sample of awards: what was committed to, and once drawn the seed and what it drew."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    programme_id = serializers.UUIDField()
    percent = serializers.IntegerField()
    commitment = serializers.CharField()
    committed_at = serializers.DateTimeField()
    seed = serializers.CharField()
    names = serializers.ListField(child=serializers.CharField())
    drawn = serializers.ListField(child=serializers.CharField())
    drawn_at = serializers.DateTimeField(allow_null=True)


class CommittedSampleReply(SampleReply):
    """A sample that was just committed to, with its seed: the market keeps the commitment alone."""

    secret_seed = serializers.CharField()


class NewSample(StrictSerializer):
    """Of which programme how much is drawn."""

    programme_id = StrictUUIDField()
    percent = StrictIntegerField(min_value=1, max_value=100)


class SampleSeed(StrictSerializer):
    """The seed that was committed to, in hexadecimal."""

    seed = StrictCharField(max_length=128)


def _scope(actor: Actor) -> dict[str, UUID]:
    """Return whose findings an actor sees; nothing to narrow for those who watch."""
    return {} if actor.has_role(*WATCHERS) else {"issuer_id": actor.organization_id}


class ContractNaming(APIView):
    """The contracts that an application is for."""

    required_roles: ClassVar = {"POST": BUYERS}

    @extend_schema(request=NewContract, responses={201: NamedContractReply})
    @idempotent
    def post(self, request: Request, application_id: UUID) -> Response:
        """Name a contract, before the application is handed in or while it is asked for more."""
        form = NewContract(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        made = services.name_contract(
            application_id=application_id,
            applicant_id=actor.organization_id,
            person_id=actor.person_id,
            now=clock.now(),
            **form.validated_data,
        )
        return Response(NamedContractReply(made).data, status=status.HTTP_201_CREATED)


class FindingList(generics.ListAPIView[ControlFinding]):
    """What control found in applications."""

    required_roles: ClassVar = {"GET": READERS}
    serializer_class = FindingReply
    filterset_class = FindingFilter
    queryset = ControlFinding.objects.none()

    def get_queryset(self) -> QuerySet[ControlFinding]:
        """Return what the actor may see."""
        return selectors.control_findings(**_scope(actor_of(self.request)))


class FindingDetail(APIView):
    """One finding."""

    required_roles: ClassVar = {"GET": READERS}

    @extend_schema(responses=FindingReply)
    def get(self, request: Request, finding_id: UUID) -> Response:
        """Return the finding with what shows it."""
        found = selectors.finding(finding_id=finding_id, **_scope(actor_of(request)))
        return Response(FindingReply(found).data)


class FindingDeciding(APIView):
    """That a person decides on a finding."""

    required_roles: ClassVar = {"POST": ISSUERS}

    @extend_schema(request=FindingDecision, responses=FindingReply)
    @idempotent
    def post(self, request: Request, finding_id: UUID) -> Response:
        """Confirm it or explain it, for a reason; nothing follows by itself."""
        form = FindingDecision(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        services.decide_finding(
            finding_id=finding_id,
            issuer_id=actor.organization_id,
            person_id=actor.person_id,
            now=clock.now(),
            **form.validated_data,
        )
        return Response(FindingReply(selectors.finding(finding_id=finding_id)).data)


class ControlRuleList(generics.ListAPIView[ControlRule]):
    """The rules of control with their versions."""

    required_roles: ClassVar = {"GET": READERS, "POST": OPERATORS}
    serializer_class = ControlRuleReply
    queryset = ControlRule.objects.none()

    def get_queryset(self) -> QuerySet[ControlRule]:
        """Return every version, the latest of each rule first."""
        return selectors.control_rule_versions()

    @extend_schema(request=NewControlRule, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Propose another version; another operator decides."""
        form = NewControlRule(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        made = services.propose_control_rule(
            by=Person(actor.person_id, actor.organization_id),
            now=clock.now(),
            **form.validated_data,
        )
        return waits(made)


class SampleList(generics.ListAPIView[SampleDraw]):
    """The samples of awards."""

    required_roles: ClassVar = {"GET": READERS, "POST": ISSUERS}
    serializer_class = SampleReply
    queryset = SampleDraw.objects.none()

    def get_queryset(self) -> QuerySet[SampleDraw]:
        """Return what the actor may see."""
        return selectors.samples(**_scope(actor_of(self.request)))

    @extend_schema(request=NewSample, responses={201: CommittedSampleReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Commit to a seed; the answer shows it once."""
        form = NewSample(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        sample, seed = services.commit_sample(
            by=Person(actor.person_id, actor.organization_id),
            now=clock.now(),
            **form.validated_data,
        )
        data = {**SampleReply(sample).data, "secret_seed": seed}
        return Response(data, status=status.HTTP_201_CREATED)


class SampleDrawing(APIView):
    """Drawing a sample."""

    required_roles: ClassVar = {"POST": ISSUERS}

    @extend_schema(request=SampleSeed, responses=SampleReply)
    @idempotent
    def post(self, request: Request, sample_id: UUID) -> Response:
        """Draw from what was issued since, by the seed that was committed to."""
        form = SampleSeed(data=request.data)
        form.is_valid(raise_exception=True)
        drawn = services.draw_sample(
            sample_id=sample_id,
            seed=form.validated_data["seed"],
            issuer_id=actor_of(request).organization_id,
            now=clock.now(),
        )
        return Response(SampleReply(drawn).data)
