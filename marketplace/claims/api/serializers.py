"""What the API of claims answers. Amounts are whole minor units (fen)."""

from typing import Any

from rest_framework import serializers

from common import clock
from identity.http.fields import StrictCharField, StrictSerializer, StrictUUIDField
from marketplace.claims import controls, selectors
from marketplace.claims.contracts import (
    EVIDENCE_LENGTH_MAX,
    LINES_MAX,
    REASON_LENGTH_MAX,
    REFERENCE_LENGTH_MAX,
    ClaimKind,
    ClaimState,
    RecoveryState,
)
from marketplace.vouchers.terms import ClawBackGround


class ClaimReply(serializers.Serializer[Any]):
    """Captured vouchers that a provider wants to be paid."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    kind = serializers.ChoiceField(choices=ClaimKind.choices)
    state = serializers.ChoiceField(choices=ClaimState.choices)
    programme_id = serializers.UUIDField()
    issuer_id = serializers.UUIDField()
    provider_id = serializers.UUIDField()
    claimed_minor = serializers.IntegerField()
    accepted_minor = serializers.IntegerField()
    reason = serializers.CharField()
    batch = serializers.CharField()
    payment_reference = serializers.CharField()
    submitted_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    paid_at = serializers.DateTimeField(allow_null=True)


class ClaimLineReply(serializers.Serializer[Any]):
    """What one trade adds to a claim."""

    id = serializers.UUIDField()
    trade_number = serializers.CharField(source="trade_record.number")
    amount_minor = serializers.IntegerField()
    is_live = serializers.BooleanField()
    reason = serializers.CharField()


class ClaimShareReply(serializers.Serializer[Any]):
    """What one payer pays of a claim."""

    funding_source = serializers.CharField(source="source")
    payer_id = serializers.UUIDField()
    amount_minor = serializers.IntegerField()
    paid_at = serializers.DateTimeField(allow_null=True)
    payment_reference = serializers.CharField()


class ClaimDetailReply(ClaimReply):
    """A claim with its lines, and who pays how much of it."""

    lines = serializers.SerializerMethodField()
    shares = serializers.SerializerMethodField()
    control = serializers.SerializerMethodField()

    def get_control(self, claim: Any) -> list[dict[str, Any]]:
        """Return what each rule of control says; what is unknown accuses nobody."""
        lines = list(selectors.lines(claim.pk).filter(is_live=True))
        asks_power = selectors.asks_power(claim)
        found = controls.controls_of(lines, asks_power=asks_power, at=clock.now())
        return [
            {
                "rule": str(each.code),
                "version": each.version,
                "severity": each.severity,
                "outcome": str(each.outcome),
                "count": each.count,
                "trades": list(each.trades),
            }
            for each in found
        ]

    def get_shares(self, claim: Any) -> list[dict[str, Any]]:
        """Return the part of each payer; none before the claim is accepted."""
        found = claim.shares.order_by("source")
        return [dict(each) for each in ClaimShareReply(found, many=True).data]

    def get_lines(self, claim: Any) -> list[dict[str, Any]]:
        """Return the lines, those that were struck out too."""
        found = claim.lines.select_related("trade_record").order_by("id")
        return [dict(each) for each in ClaimLineReply(found, many=True).data]


class NewClaim(StrictSerializer):
    """The programme that is claimed from."""

    programme_id = StrictUUIDField()


class ClaimCheck(StrictSerializer):
    """What is struck out, and why."""

    struck = serializers.ListField(child=StrictUUIDField(), max_length=LINES_MAX, default=list)
    reason = StrictCharField(
        max_length=REASON_LENGTH_MAX, required=False, allow_blank=True, default=""
    )


class ClaimReturn(StrictSerializer):
    """Why a claim is returned."""

    reason = StrictCharField(max_length=REASON_LENGTH_MAX)


class ClaimBatch(StrictSerializer):
    """How the payer's batch is called."""

    batch = StrictCharField(max_length=REFERENCE_LENGTH_MAX)


class ClaimPaid(StrictSerializer):
    """The payer's reference of the payment."""

    payment_reference = StrictCharField(max_length=REFERENCE_LENGTH_MAX)


class NewClawBack(StrictSerializer):
    """Why a voucher is taken back, and what proves it."""

    ground = serializers.ChoiceField(choices=ClawBackGround.choices)
    reason = StrictCharField(max_length=REASON_LENGTH_MAX)
    evidence = StrictCharField(max_length=EVIDENCE_LENGTH_MAX)


class RecoveryReply(serializers.Serializer[Any]):
    """What a programme wants back of who was paid by a voucher that it took back."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    state = serializers.ChoiceField(choices=RecoveryState.choices)
    programme_id = serializers.UUIDField()
    issuer_id = serializers.UUIDField()
    payee_id = serializers.UUIDField()
    voucher_number = serializers.CharField()
    ground = serializers.ChoiceField(choices=ClawBackGround.choices)
    reason = serializers.CharField()
    amount_minor = serializers.IntegerField()
    lowered_minor = serializers.IntegerField(help_text="of it, what corrections took off")
    demanded_at = serializers.DateTimeField()
    repaid_at = serializers.DateTimeField(allow_null=True)
    payment_reference = serializers.CharField()
