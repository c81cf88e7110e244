"""Audits of capacity over HTTP: auditors examine and conclude, the supplier answers its own."""

from datetime import datetime
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
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.fields import (
    DayField,
    StrictCharField,
    StrictIntegerField,
    StrictSerializer,
    StrictUUIDField,
)
from identity.http.idempotency import idempotent
from marketplace.assurance import audit_selectors as selectors
from marketplace.assurance import services
from marketplace.assurance.audit_contracts import (
    AUDITING,
    DRAWN_MAX,
    DUE_DAYS_MAX,
    REASON_MAX,
    AuditConclusion,
    AuditGravity,
    AuditSource,
    LineVerdict,
)
from marketplace.assurance.audit_selectors import AuditFilter
from marketplace.assurance.contracts import TEXT_MAX
from marketplace.assurance.models import AuditDraw, AuditFinding, AuditLine, CapacityAudit
from marketplace.vouchers.supplier_contracts import SIZE_MAX

PROVIDERS = frozenset({Role.PROVIDER})
READERS = AUDITING | PROVIDERS
JUDGED = [each for each in LineVerdict.choices if each[0] != LineVerdict.OPEN]


class AuditReply(serializers.ModelSerializer[CapacityAudit]):
    """Where an audit stands: what is claimed, what was found, what the supplier said."""

    supplier_uscc = serializers.CharField(source="supplier.uscc")
    supplier_name = serializers.CharField(source="supplier.name")
    claimed_pflops = serializers.IntegerField(source="size.pflops", allow_null=True)
    claimed_racks = serializers.IntegerField(source="size.racks", allow_null=True)
    found_pflops = serializers.IntegerField(
        source="found_size.pflops", allow_null=True, default=None
    )
    found_racks = serializers.IntegerField(source="found_size.racks", allow_null=True, default=None)

    class Meta:
        model = CapacityAudit
        fields: ClassVar[tuple[str, ...]] = (
            *("id", "number", "supplier_uscc", "supplier_name", "state", "due_on", "opened_at"),
            *("claimed_pflops", "claimed_racks", "told_at", "answer_due_on", "answer"),
            *("answered_at", "conclusion", "found_pflops", "found_racks", "explanation"),
            "closed_at",
        )


class AuditLineReply(serializers.ModelSerializer[AuditLine]):
    """A line of the checklist: what the market knows, and what the auditor made of it."""

    class Meta:
        model = AuditLine
        fields: ClassVar = ("source", "facts", "content_hash", "read_at", "verdict", "note")


class AuditFindingReply(serializers.ModelSerializer[AuditFinding]):
    """What was found, and how grave it is."""

    class Meta:
        model = AuditFinding
        fields: ClassVar = ("id", "source", "gravity", "text", "found_at")


class AuditPageReply(AuditReply):
    """An audit with its findings, and the checklist for those who audit."""

    findings = serializers.SerializerMethodField()
    lines = serializers.SerializerMethodField()

    class Meta(AuditReply.Meta):
        fields: ClassVar[tuple[str, ...]] = (*AuditReply.Meta.fields, "findings", "lines")

    @extend_schema(responses=AuditFindingReply(many=True))
    def get_findings(self, audit: CapacityAudit) -> list[dict[str, Any]]:
        """Return what was found, the oldest first."""
        return list(AuditFindingReply(selectors.audit_findings(audit.pk), many=True).data)

    @extend_schema(responses=AuditLineReply(many=True))
    def get_lines(self, audit: CapacityAudit) -> list[dict[str, Any]]:
        """Return the checklist; a supplier is shown none of it."""
        return list(AuditLineReply(selectors.audit_lines(audit.pk), many=True).data)


class NewAudit(StrictSerializer):
    """Whom to audit, why, and until when."""

    supplier_id = StrictUUIDField()
    reason = StrictCharField(max_length=REASON_MAX)
    due_on = DayField()


class LineJudgement(StrictSerializer):
    """What a line shows; one that does not agree says why."""

    line = serializers.ChoiceField(AuditSource.choices)
    verdict = serializers.ChoiceField(JUDGED)
    note = StrictCharField(max_length=REASON_MAX, required=False, allow_blank=True, default="")


class NewAuditFinding(StrictSerializer):
    """What was found, which line shows it, and how grave it is."""

    line = serializers.ChoiceField(AuditSource.choices)
    gravity = serializers.ChoiceField(AuditGravity.choices)
    text = StrictCharField(max_length=TEXT_MAX)


class AuditAnswer(StrictSerializer):
    """What the supplier says of the findings."""

    text = StrictCharField(max_length=TEXT_MAX)


class AuditCancellation(StrictSerializer):
    """Why an audit is cancelled."""

    explanation = StrictCharField(max_length=TEXT_MAX)


def _found() -> Any:
    return StrictIntegerField(
        min_value=0, max_value=SIZE_MAX, required=False, allow_null=True, default=None
    )


class NewConclusion(StrictSerializer):
    """What an audit comes to; where less was found, how much, and another operator decides."""

    conclusion = serializers.ChoiceField(AuditConclusion.choices)
    explanation = StrictCharField(max_length=TEXT_MAX)
    pflops = _found()
    racks = _found()


class AuditDrawReply(serializers.ModelSerializer[AuditDraw]):
    """A draw: what was committed to, the seed once it was told, and who was drawn."""

    class Meta:
        model = AuditDraw
        fields: ClassVar[tuple[str, ...]] = (
            *("id", "number", "count", "due_days", "commitment", "committed_at"),
            *("seed", "names", "drawn", "drawn_at"),
        )


class CommittedDrawReply(AuditDrawReply):
    """A draw that was just committed to, with the seed that is shown once."""

    secret_seed = serializers.CharField()

    class Meta(AuditDrawReply.Meta):
        fields: ClassVar[tuple[str, ...]] = (*AuditDrawReply.Meta.fields, "secret_seed")


class NewAuditDraw(StrictSerializer):
    """How many suppliers are drawn, and how long their audits may take."""

    count = StrictIntegerField(min_value=1, max_value=DRAWN_MAX)
    due_days = StrictIntegerField(min_value=1, max_value=DUE_DAYS_MAX)


class AuditSeed(StrictSerializer):
    """The seed that was committed to, in hexadecimal."""

    seed = StrictCharField(max_length=128)


def _by(request: Request) -> Person:
    actor = actor_of(request)
    return Person(actor.person_id, actor.organization_id)


def _scope(request: Request) -> dict[str, UUID]:
    """Return whose audits are seen; nothing to narrow for those who audit."""
    actor = actor_of(request)
    return {} if actor.has_role(*AUDITING) else {"supplier_id": actor.organization_id}


def _shown(request: Request, audit_id: UUID) -> Response:
    return Response(AuditPageReply(selectors.audit(audit_id, **_scope(request))).data)


class AuditList(generics.ListAPIView[CapacityAudit]):
    """Audits of the capacity that suppliers qualify with."""

    required_roles: ClassVar = {"GET": READERS, "POST": AUDITING}
    serializer_class = AuditReply
    filterset_class = AuditFilter
    queryset = CapacityAudit.objects.none()

    def get_queryset(self) -> QuerySet[CapacityAudit]:
        """Return what the actor may see: a supplier what it was told of."""
        return selectors.audits(**_scope(self.request))

    @extend_schema(request=NewAudit, responses={201: AuditReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Open an audit, with what the market knows as its checklist."""
        form = NewAudit(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.open_audit(by=_by(request), now=clock.now(), **form.validated_data)
        return Response(AuditReply(selectors.audit(made.pk)).data, status=status.HTTP_201_CREATED)


class AuditDetail(APIView):
    """One audit."""

    required_roles: ClassVar = {"GET": READERS}

    @extend_schema(responses=AuditPageReply)
    def get(self, request: Request, audit_id: UUID) -> Response:
        """Return the audit with its findings."""
        return _shown(request, audit_id)


class AuditTaking(APIView):
    """Taking an audit."""

    required_roles: ClassVar = {"POST": AUDITING}

    @extend_schema(request=None, responses=AuditPageReply)
    @idempotent
    def post(self, request: Request, audit_id: UUID) -> Response:
        """Take the audit into one's own hands."""
        services.take_audit(audit_id=audit_id, by=_by(request))
        return _shown(request, audit_id)


class _Acting(APIView):
    """One act on an audit: a body, one call, the audit as it stands then."""

    required_roles: ClassVar = {"POST": AUDITING}

    def act(self, request: Request, audit_id: UUID, form: StrictSerializer, call: Any) -> Response:
        """Read the body, call the service, answer with the audit."""
        form.is_valid(raise_exception=True)
        now: datetime = clock.now()
        said = dict(form.validated_data)
        if "line" in said:
            said["source"] = said.pop("line")
        call(audit_id=audit_id, by=_by(request), now=now, **said)
        return _shown(request, audit_id)


class AuditJudging(_Acting):
    """Judging lines."""

    @extend_schema(request=LineJudgement, responses=AuditPageReply)
    @idempotent
    def post(self, request: Request, audit_id: UUID) -> Response:
        """Say what a line of the checklist shows."""
        return self.act(request, audit_id, LineJudgement(data=request.data), services.judge_line)


class AuditWriting(_Acting):
    """Writing findings."""

    @extend_schema(request=NewAuditFinding, responses=AuditPageReply)
    @idempotent
    def post(self, request: Request, audit_id: UUID) -> Response:
        """Write down what was found; it stays."""
        form = NewAuditFinding(data=request.data)
        return self.act(request, audit_id, form, services.write_finding)


class AuditAsking(APIView):
    """Asking the supplier."""

    required_roles: ClassVar = {"POST": AUDITING}

    @extend_schema(request=None, responses=AuditPageReply)
    @idempotent
    def post(self, request: Request, audit_id: UUID) -> Response:
        """Send the findings to the supplier, which has some days to answer."""
        services.ask_supplier(audit_id=audit_id, by=_by(request), now=clock.now())
        return _shown(request, audit_id)


class AuditAnswering(_Acting):
    """The supplier's answer."""

    required_roles: ClassVar = {"POST": PROVIDERS}

    @extend_schema(request=AuditAnswer, responses=AuditPageReply)
    @idempotent
    def post(self, request: Request, audit_id: UUID) -> Response:
        """Answer what was found, once."""
        return self.act(request, audit_id, AuditAnswer(data=request.data), services.answer_audit)


class AuditCancelling(_Acting):
    """Cancelling an audit."""

    @extend_schema(request=AuditCancellation, responses=AuditPageReply)
    @idempotent
    def post(self, request: Request, audit_id: UUID) -> Response:
        """Cancel an audit before its supplier was asked, for a reason."""
        form = AuditCancellation(data=request.data)
        return self.act(request, audit_id, form, services.cancel_audit)


class AuditConcluding(APIView):
    """Concluding an audit."""

    required_roles: ClassVar = {"POST": AUDITING}

    @extend_schema(request=NewConclusion, responses={200: AuditPageReply, 202: WaitingReply})
    @idempotent
    def post(self, request: Request, audit_id: UUID) -> Response:
        """Confirm the capacity, or propose that less was found, which another operator decides."""
        form = NewConclusion(data=request.data)
        form.is_valid(raise_exception=True)
        said, by, now = dict(form.validated_data), _by(request), clock.now()
        if said["conclusion"] != AuditConclusion.CONFIRMED:
            return waits(services.propose_conclusion(audit_id=audit_id, by=by, now=now, **said))
        services.confirm_capacity(
            audit_id=audit_id, explanation=said["explanation"], by=by, now=now
        )
        return _shown(request, audit_id)


class AuditDrawList(generics.ListAPIView[AuditDraw]):
    """The draws of audits."""

    required_roles: ClassVar = {"GET": AUDITING, "POST": AUDITING}
    serializer_class = AuditDrawReply
    queryset = AuditDraw.objects.none()

    def get_queryset(self) -> QuerySet[AuditDraw]:
        """Return every draw, the latest first."""
        return selectors.audit_draws()

    @extend_schema(request=NewAuditDraw, responses={201: CommittedDrawReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Commit to a seed; the answer shows it once."""
        form = NewAuditDraw(data=request.data)
        form.is_valid(raise_exception=True)
        draw, seed = services.commit_audits(by=_by(request), now=clock.now(), **form.validated_data)
        data = {**AuditDrawReply(draw).data, "secret_seed": seed}
        return Response(data, status=status.HTTP_201_CREATED)


class AuditDrawing(APIView):
    """Drawing audits."""

    required_roles: ClassVar = {"POST": AUDITING}

    @extend_schema(request=AuditSeed, responses=AuditDrawReply)
    @idempotent
    def post(self, request: Request, draw_id: UUID) -> Response:
        """Draw suppliers by the seed that was committed to, and open their audits."""
        form = AuditSeed(data=request.data)
        form.is_valid(raise_exception=True)
        drawn = services.draw_audits(
            draw_id=draw_id, seed=form.validated_data["seed"], by=_by(request), now=clock.now()
        )
        return Response(AuditDrawReply(drawn).data)
