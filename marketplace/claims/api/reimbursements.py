"""Reimbursements over the API: permission, parse, one call, answer."""

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
from identity.contracts import ANY_MEMBER, Role
from identity.http.actors import actor_of
from identity.http.fields import (
    DayField,
    StrictCharField,
    StrictSerializer,
    StrictUUIDField,
)
from identity.http.idempotency import idempotent
from marketplace.claims import services
from marketplace.claims.api.serializers import NewClawBack
from marketplace.claims.contracts import REASON_LENGTH_MAX
from marketplace.claims.models import Reimbursement
from marketplace.claims.reimbursement_contracts import ReimbursementState, ReimbursementWish
from marketplace.claims.selectors import reimbursements as selectors
from marketplace.claims.selectors.filters import ReimbursementFilter
from marketplace.vouchers.contracts import Decision
from marketplace.vouchers.terms import ClawBackGround, EvidenceKind

BUYERS = frozenset({Role.BUYER})
ISSUERS = frozenset({Role.ISSUER})
READERS = BUYERS | ISSUERS | selectors.OF_ALL


class ReimbursementReply(serializers.Serializer[Any]):
    """What a buyer asks of a programme for trades that it paid itself."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    state = serializers.ChoiceField(choices=ReimbursementState.choices)
    programme_id = serializers.UUIDField()
    issuer_id = serializers.UUIDField()
    applicant_id = serializers.UUIDField()
    since = serializers.DateField()
    until = serializers.DateField()
    amount_minor = serializers.IntegerField()
    beneficiary = serializers.CharField()
    note = serializers.CharField()
    asked_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    publicity_until = serializers.DateTimeField(allow_null=True)
    claim_id = serializers.UUIDField(allow_null=True)


class ReimbursementLineReply(serializers.Serializer[Any]):
    """What one trade adds to a request, and why that much."""

    trade_number = serializers.CharField(source="trade_record.number")
    base_minor = serializers.IntegerField()
    amount_minor = serializers.IntegerField()
    is_live = serializers.BooleanField()
    explained = serializers.DictField()


class ReimbursementDetailReply(ReimbursementReply):
    """A request with its lines."""

    lines = serializers.SerializerMethodField()

    def get_lines(self, row: Any) -> list[dict[str, Any]]:
        """Return the lines, those that are granted nothing too."""
        found = selectors.reimbursement_lines(row.pk)
        return [dict(each) for each in ReimbursementLineReply(found, many=True).data]


class EvidenceFile(StrictSerializer):
    """One file of the applicant, and what it proves."""

    kind = serializers.ChoiceField(choices=EvidenceKind.choices)
    file_id = StrictUUIDField()


class NewReimbursement(StrictSerializer):
    """The programme, the days on which trades ended, and what proves them."""

    programme_id = StrictUUIDField()
    since = DayField()
    until = DayField()
    files = serializers.ListField(
        child=EvidenceFile(), required=False, default=list, max_length=len(EvidenceKind)
    )


class ReimbursementVerdict(StrictSerializer):
    """What an officer decides, and why."""

    decision = serializers.ChoiceField(choices=[each.value for each in Decision])
    note = StrictCharField(
        max_length=REASON_LENGTH_MAX, required=False, allow_blank=True, default=""
    )


class ReimbursementReason(StrictSerializer):
    """Why an organisation objects."""

    reason = StrictCharField(max_length=REASON_LENGTH_MAX)


class ReimbursementAnswer(StrictSerializer):
    """What is answered to the objection of an organisation."""

    organization_id = StrictUUIDField()
    answer = StrictCharField(max_length=REASON_LENGTH_MAX)


class ReimbursementObjectionReply(serializers.Serializer[Any]):
    """An objection, and what became of it."""

    organization_id = serializers.UUIDField()
    reason = serializers.CharField()
    made_at = serializers.DateTimeField()
    answer = serializers.CharField()
    answered_at = serializers.DateTimeField(allow_null=True)


class ReimbursementList(generics.ListAPIView[Reimbursement]):
    """Requests of a buyer, or to an issuer's programmes."""

    required_roles: ClassVar = {"GET": READERS, "POST": BUYERS}
    required_scopes: ClassVar = {"GET": "settlement:read"}
    serializer_class = ReimbursementReply
    filterset_class = ReimbursementFilter
    queryset = Reimbursement.objects.none()

    def get_queryset(self) -> QuerySet[Reimbursement]:
        """Return what the actor may see."""
        return selectors.reimbursements_of(actor_of(self.request))

    @extend_schema(request=NewReimbursement, responses={201: ReimbursementReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Ask to be reimbursed for the trades that ended on some days."""
        form = NewReimbursement(data=request.data)
        form.is_valid(raise_exception=True)
        actor, told = actor_of(request), form.validated_data
        files = {each["kind"]: each["file_id"] for each in told["files"]}
        made = services.submit_reimbursement(
            applicant_id=actor.organization_id,
            person_id=actor.person_id,
            wish=ReimbursementWish(told["programme_id"], told["since"], told["until"], files),
            now=clock.now(),
        )
        return Response(ReimbursementReply(made).data, status=status.HTTP_201_CREATED)


class ReimbursementDetail(APIView):
    """One request."""

    required_roles: ClassVar = {"GET": READERS}
    required_scopes: ClassVar = {"GET": "settlement:read"}

    @extend_schema(responses=ReimbursementDetailReply)
    def get(self, request: Request, reimbursement_id: UUID) -> Response:
        """Return the request with its lines."""
        row = selectors.reimbursement(reimbursement_id, actor_of(request))
        return Response(ReimbursementDetailReply(row).data)


class ReimbursementDeciding(APIView):
    """The decisions of the programme's people."""

    required_roles: ClassVar = {"POST": ISSUERS}

    @extend_schema(request=ReimbursementVerdict, responses=ReimbursementReply)
    @idempotent
    def post(self, request: Request, reimbursement_id: UUID) -> Response:
        """Review a request, or check another person's review; or reject it, for a reason."""
        form = ReimbursementVerdict(data=request.data)
        form.is_valid(raise_exception=True)
        row = services.decide_reimbursement(
            reimbursement_id=reimbursement_id,
            decision=Decision(form.validated_data["decision"]),
            note=form.validated_data["note"],
            by=_person(request),
            now=clock.now(),
        )
        return Response(ReimbursementReply(row).data)


class ReimbursementWithdrawal(APIView):
    """That a buyer takes a request back."""

    required_roles: ClassVar = {"POST": BUYERS}

    @extend_schema(request=None, responses=ReimbursementReply)
    @idempotent
    def post(self, request: Request, reimbursement_id: UUID) -> Response:
        """Take the request back before it is granted."""
        actor = actor_of(request)
        row = services.withdraw_reimbursement(
            reimbursement_id=reimbursement_id,
            applicant_id=actor.organization_id,
            person_id=actor.person_id,
            now=clock.now(),
        )
        return Response(ReimbursementReply(row).data)


class ReimbursementObjecting(APIView):
    """Objections to a request that is public."""

    required_roles: ClassVar = {"POST": ANY_MEMBER}

    @extend_schema(request=ReimbursementReason, responses={201: ReimbursementObjectionReply})
    @idempotent
    def post(self, request: Request, reimbursement_id: UUID) -> Response:
        """Object, once an organisation, while the request is open to objections."""
        form = ReimbursementReason(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.object_to_reimbursement(
            reimbursement_id=reimbursement_id,
            by=_person(request),
            reason=form.validated_data["reason"],
            now=clock.now(),
        )
        reply = ReimbursementObjectionReply(made).data
        return Response(reply, status=status.HTTP_201_CREATED)


class ReimbursementAnswering(APIView):
    """The answers to objections."""

    required_roles: ClassVar = {"POST": ISSUERS}

    @extend_schema(request=ReimbursementAnswer, responses=ReimbursementObjectionReply)
    @idempotent
    def post(self, request: Request, reimbursement_id: UUID) -> Response:
        """Dismiss an objection with an answer; who agrees with it rejects the request."""
        form = ReimbursementAnswer(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.answer_reimbursement_objection(
            reimbursement_id=reimbursement_id,
            by=_person(request),
            now=clock.now(),
            **form.validated_data,
        )
        return Response(ReimbursementObjectionReply(made).data)


class ReimbursementClawBack(APIView):
    """Taking a reimbursement back."""

    required_roles: ClassVar = {"POST": ISSUERS}

    @extend_schema(request=NewClawBack, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request, reimbursement_id: UUID) -> Response:
        """Propose it; another person of the issuer decides, and what was paid is wanted back."""
        form = NewClawBack(data=request.data)
        form.is_valid(raise_exception=True)
        return waits(
            services.propose_reimbursement_claw_back(
                reimbursement_id=reimbursement_id,
                ground=ClawBackGround(form.validated_data["ground"]),
                reason=form.validated_data["reason"],
                evidence=form.validated_data["evidence"],
                by=_person(request),
                now=clock.now(),
            )
        )


class PayerReply(serializers.Serializer[Any]):
    """Who pays for a source of a programme's money."""

    funding_source = serializers.CharField(source="source")
    payer_id = serializers.UUIDField(allow_null=True, help_text="none: the issuer")


class NewPayer(StrictSerializer):
    """Who pays for a source from now on."""

    funding_source = StrictCharField(max_length=40, allow_blank=True, source="source")
    payer_id = StrictUUIDField()


class ProgrammePayers(APIView):
    """Who pays for the sources of a programme's money."""

    required_roles: ClassVar = {"GET": ISSUERS | selectors.OF_ALL, "POST": ISSUERS}
    required_scopes: ClassVar = {"GET": "settlement:read"}

    @extend_schema(responses=PayerReply(many=True))
    def get(self, request: Request, programme_id: UUID) -> Response:  # noqa: ARG002
        """Return the sources that the rules name, and who pays for each."""
        named = selectors.payers_of(programme_id)
        rows = [
            {"source": each, "payer_id": named[each].payer_id if each in named else None}
            for each in services.sources_of(programme_id)
        ]
        return Response(PayerReply(rows, many=True).data)

    @extend_schema(request=NewPayer, responses={201: PayerReply})
    @idempotent
    def post(self, request: Request, programme_id: UUID) -> Response:
        """Name who pays for a source; claims that were divided before stay as they are."""
        form = NewPayer(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.set_payer(
            programme_id=programme_id, by=_person(request), now=clock.now(), **form.validated_data
        )
        return Response(PayerReply(made).data, status=status.HTTP_201_CREATED)


def _person(request: Request) -> Person:
    actor = actor_of(request)
    return Person(actor.person_id, actor.organization_id)
