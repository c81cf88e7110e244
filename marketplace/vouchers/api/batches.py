"""Batches over the API: permission, parse, one call, answer."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import Actor, Role
from identity.http.actors import actor_of
from identity.http.fields import AmountField, StrictCharField, StrictSerializer, StrictUUIDField
from identity.http.idempotency import idempotent
from marketplace.vouchers import selectors, services
from marketplace.vouchers.api.serializers import NewDecision
from marketplace.vouchers.api.views import BUYERS, ISSUERS, READ, WATCHERS
from marketplace.vouchers.batch_files import LINES_MAX, NAMED_MAX, BatchRow
from marketplace.vouchers.contracts import ApplicationState, Decision
from marketplace.vouchers.models import VoucherBatch


class NewVoucherBatchLine(StrictSerializer):
    """One beneficiary; an issuer names the organisation that holds the voucher by its code."""

    name = StrictCharField(max_length=NAMED_MAX)
    amount_minor = AmountField()
    uscc = StrictCharField(max_length=18, required=False, default="", allow_blank=True)


class NewVoucherBatch(StrictSerializer):
    """A list of beneficiaries that a programme is applied to for."""

    programme_id = StrictUUIDField()
    name = StrictCharField(max_length=80)
    lines = NewVoucherBatchLine(many=True, min_length=1, max_length=LINES_MAX)  # type: ignore[call-arg]


class VoucherBatchReply(serializers.ModelSerializer[VoucherBatch]):
    """A batch."""

    programme_code = serializers.CharField(source="programme.code")
    made_for_id = serializers.UUIDField()

    class Meta:
        model = VoucherBatch
        fields = (
            "id",
            "number",
            "programme_code",
            "name",
            "made_for_id",
            "made_at",
            "count",
            "total_minor",
            "list_hash",
        )


class VoucherBatchLineReply(serializers.Serializer[Any]):
    """One line of a batch and what became of it."""

    name = serializers.CharField(source="named")
    holder_id = serializers.UUIDField()
    application_id = serializers.UUIDField()
    amount_minor = serializers.IntegerField(source="application.amount_minor")
    state = serializers.ChoiceField(ApplicationState.choices, source="application.state")
    voucher_number = serializers.CharField(
        source="application.voucher.number", allow_null=True, default=None
    )


class VoucherBatchPageReply(VoucherBatchReply):
    """A batch with its lines."""

    lines = VoucherBatchLineReply(many=True)

    class Meta(VoucherBatchReply.Meta):
        fields = (*VoucherBatchReply.Meta.fields, "lines")  # type: ignore[assignment]


class VoucherBatchOutcome(serializers.Serializer[Any]):
    """How many lines a step was taken with."""

    count = serializers.IntegerField()


def _whose(actor: Actor) -> dict[str, UUID]:
    if actor.has_role(Role.ISSUER):
        return {"issuer_id": actor.organization_id}
    return {} if actor.spans_tenants else {"made_for": actor.organization_id}


class BatchList(generics.ListAPIView[VoucherBatch]):
    """Batches that an organisation made, or an issuer decides."""

    required_roles: ClassVar = {"GET": BUYERS | ISSUERS | WATCHERS, "POST": BUYERS | ISSUERS}
    required_scopes: ClassVar = {"GET": READ}
    serializer_class = VoucherBatchReply
    queryset = VoucherBatch.objects.none()

    def get_queryset(self) -> QuerySet[VoucherBatch]:
        """Return the batches that the actor may see."""
        return selectors.batches(**_whose(actor_of(self.request)))

    @extend_schema(request=NewVoucherBatch, responses={201: VoucherBatchReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Apply for every line: all of it, or nothing."""
        form = NewVoucherBatch(data=request.data)
        form.is_valid(raise_exception=True)
        typed, actor = form.validated_data, actor_of(request)
        rows = [
            BatchRow(place, each["name"], each["amount_minor"], each["uscc"].upper())
            for place, each in enumerate(typed["lines"], start=1)
        ]
        made = services.apply_batch(
            programme_id=typed["programme_id"],
            made_for=actor.organization_id,
            name=typed["name"],
            rows=rows,
            person_id=actor.person_id,
            now=clock.now(),
        )
        return Response(VoucherBatchReply(made).data, status=status.HTTP_201_CREATED)


class BatchDetail(APIView):
    """One batch with its lines."""

    required_roles: ClassVar = {"GET": BUYERS | ISSUERS | WATCHERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=VoucherBatchPageReply)
    def get(self, request: Request, batch_id: UUID) -> Response:
        """Return the batch."""
        found = selectors.batch(batch_id, **_whose(actor_of(request)))
        lines = VoucherBatchLineReply(selectors.batch_lines(found.pk), many=True).data
        return Response({**VoucherBatchReply(found).data, "lines": lines})


class BatchDecision(APIView):
    """The review of a batch, or its check by another person."""

    required_roles: ClassVar = {"POST": ISSUERS}

    @extend_schema(request=NewDecision, responses=VoucherBatchOutcome)
    @idempotent
    def post(self, request: Request, batch_id: UUID) -> Response:
        """Decide all of it that waits for the same."""
        form = NewDecision(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        count = services.decide_batch(
            batch_id=batch_id,
            issuer_id=actor.organization_id,
            decided_by_id=actor.person_id,
            decision=Decision(form.validated_data["decision"]),
            note=form.validated_data["note"],
            now=clock.now(),
        )
        return Response({"count": count})


class BatchIssue(APIView):
    """The vouchers of a batch."""

    required_roles: ClassVar = {"POST": ISSUERS}

    @extend_schema(request=None, responses=VoucherBatchOutcome)
    @idempotent
    def post(self, request: Request, batch_id: UUID) -> Response:
        """Issue what is approved of it: all or none."""
        actor = actor_of(request)
        issued = services.issue_batch(
            batch_id=batch_id,
            issuer_id=actor.organization_id,
            issued_by_id=actor.person_id,
            now=clock.now(),
        )
        return Response({"count": len(issued)})
