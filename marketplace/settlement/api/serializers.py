"""What settlement's API answers. Amounts are whole minor units (fen)."""

from typing import Any

from rest_framework import serializers

from identity.http.fields import (
    AmountField,
    MomentField,
    StrictCharField,
    StrictDecimalField,
    StrictSerializer,
    StrictUUIDField,
)
from marketplace.settlement.api.energy import ChargeEnergyReply, EmissionReply
from marketplace.settlement.contracts import (
    EVIDENCE_LENGTH_MAX,
    REFERENCE_LENGTH_MAX,
    AdjustmentReason,
    ChargeKind,
    ContractState,
    InstalmentState,
    Party,
    Side,
    TradeKind,
)


class FundsReply(serializers.Serializer[Any]):
    """One source that pays a contract."""

    asset = serializers.CharField()
    held_minor = serializers.IntegerField()
    captured_minor = serializers.IntegerField()
    returned_minor = serializers.IntegerField()
    released_minor = serializers.IntegerField()


class InstalmentReply(serializers.Serializer[Any]):
    """What of a long contract's cash is held for one of its periods."""

    part = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    amount_minor = serializers.IntegerField()
    due_at = serializers.DateTimeField(allow_null=True, help_text="none: held at clearing")
    state = serializers.ChoiceField(choices=InstalmentState.choices)
    refusal_code = serializers.CharField(help_text="why it is not held yet")
    decided_at = serializers.DateTimeField(allow_null=True)


class ContractReply(serializers.Serializer[Any]):
    """A cleared order while it is delivered and charged."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    order_id = serializers.UUIDField()
    order_number = serializers.CharField()
    buyer_id = serializers.UUIDField()
    provider_id = serializers.UUIDField()
    listing_id = serializers.UUIDField()
    resource_id = serializers.UUIDField()
    identifier = serializers.CharField(source="resource.identifier")
    plan_version_id = serializers.UUIDField()
    rule_version_id = serializers.UUIDField()
    relation = serializers.CharField(help_text="how the parties are not strangers, or empty")
    instalment_rule = serializers.CharField(
        help_text="by which its cash is held in parts; empty where it was held at once"
    )
    preemption_rule = serializers.CharField(
        help_text="version of the rule by which it may be taken back; empty: never"
    )
    preemption_minutes = serializers.IntegerField(
        allow_null=True, help_text="of notice before it is taken back; null: never"
    )
    price_facts = serializers.DictField(
        child=serializers.DictField(child=serializers.CharField()),
        help_text="what factors of its plan asked, by kind: value, and source on which it rests",
    )
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    settles_at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=ContractState.choices)
    unit = serializers.CharField()
    quantity = serializers.DecimalField(max_digits=38, decimal_places=12)
    standard_hours = serializers.DecimalField(max_digits=38, decimal_places=12, allow_null=True)
    beyond_quantity = serializers.DecimalField(max_digits=38, decimal_places=12)
    rated_minor = serializers.IntegerField()
    gross_minor = serializers.IntegerField()
    voucher_minor = serializers.IntegerField()
    cash_minor = serializers.IntegerField()
    fee_minor = serializers.IntegerField()
    settled_at = serializers.DateTimeField(allow_null=True)
    needs_review = serializers.BooleanField(
        help_text="charging or settling failed with it alone; it waits for a check"
    )
    review_code = serializers.CharField()
    review_since = serializers.DateTimeField(allow_null=True)
    energy = EmissionReply(allow_null=True, help_text="null before anything is charged")


class ContractDetailReply(ContractReply):
    """A contract with what pays it."""

    funds = FundsReply(many=True)
    instalments = InstalmentReply(
        many=True, source="instalments_in_order", help_text="none where all is held at once"
    )


class ChargeReply(serializers.Serializer[Any]):
    """The price of one usage record, and who paid it."""

    id = serializers.UUIDField()
    contract_id = serializers.UUIDField()
    contract_number = serializers.CharField(source="contract.number")
    order_number = serializers.CharField(source="contract.order_number")
    kind = serializers.ChoiceField(choices=ChargeKind.choices)
    corrects_id = serializers.UUIDField(allow_null=True)
    usage_id = serializers.UUIDField(allow_null=True, help_text="null of what the end came to")
    revision = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    unit = serializers.CharField()
    quantity = serializers.DecimalField(max_digits=38, decimal_places=12)
    standard_hours = serializers.DecimalField(max_digits=38, decimal_places=12, allow_null=True)
    measured_quantity = serializers.DecimalField(max_digits=38, decimal_places=12)
    beyond_quantity = serializers.DecimalField(max_digits=38, decimal_places=12)
    total_quantity = serializers.DecimalField(max_digits=38, decimal_places=12)
    total_standard_hours = serializers.DecimalField(
        max_digits=38, decimal_places=12, allow_null=True
    )
    lines = serializers.ListField(child=serializers.DictField())
    parts = serializers.DictField(child=serializers.IntegerField())
    rated_minor = serializers.IntegerField()
    gross_minor = serializers.IntegerField()
    voucher_minor = serializers.IntegerField()
    cash_minor = serializers.IntegerField()
    uncollected_minor = serializers.IntegerField()
    fee_minor = serializers.IntegerField()
    remark = serializers.CharField()
    ledger_group = serializers.UUIDField(allow_null=True)
    content_hash = serializers.CharField()
    charged_at = serializers.DateTimeField()
    energy = ChargeEnergyReply()


class TradeRecordReply(serializers.Serializer[Any]):
    """What was traded, for those who audit."""

    number = serializers.CharField()
    sequence = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=TradeKind.choices)
    corrects_number = serializers.CharField()
    contract_number = serializers.CharField()
    order_number = serializers.CharField()
    identifier = serializers.CharField()
    resource_class = serializers.CharField()
    region = serializers.CharField()
    buyer_uscc = serializers.CharField()
    buyer_name = serializers.CharField()
    provider_uscc = serializers.CharField()
    provider_name = serializers.CharField()
    relation = serializers.CharField(help_text="how the parties are not strangers, or empty")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    unit = serializers.CharField()
    quantity = serializers.DecimalField(max_digits=38, decimal_places=12)
    standard_hours = serializers.DecimalField(max_digits=38, decimal_places=12, allow_null=True)
    beyond_quantity = serializers.DecimalField(max_digits=38, decimal_places=12)
    gross_minor = serializers.IntegerField()
    voucher_minor = serializers.IntegerField()
    cash_minor = serializers.IntegerField()
    fee_minor = serializers.IntegerField()
    assets = serializers.CharField()
    plan = serializers.CharField()
    rule = serializers.CharField()
    fee_rule = serializers.CharField()
    traded_at = serializers.DateTimeField()
    content_hash = serializers.CharField()
    energy = EmissionReply(
        allow_null=True, help_text="as it is now, outside the hash; null for corrections"
    )


class StatementQuery(StrictSerializer):
    """On which side an organisation is looked at."""

    side = serializers.ChoiceField(choices=Side.choices, default=Side.PROVIDER)


class StatementReply(serializers.Serializer[Any]):
    """What an organisation sold or bought in one month."""

    month_starts_at = serializers.DateTimeField()
    side = serializers.ChoiceField(choices=Side.choices)
    trades = serializers.IntegerField()
    standard_hours = serializers.DecimalField(max_digits=38, decimal_places=12)
    gross_minor = serializers.IntegerField()
    voucher_minor = serializers.IntegerField()
    cash_minor = serializers.IntegerField()
    fee_minor = serializers.IntegerField()
    net_minor = serializers.IntegerField()


class FeeRuleReply(serializers.Serializer[Any]):
    """A version of the market's fee."""

    version = serializers.IntegerField()
    rate = serializers.DecimalField(max_digits=9, decimal_places=6)
    starts_at = serializers.DateTimeField()
    basis = serializers.CharField(source="source")
    content_hash = serializers.CharField()
    published_at = serializers.DateTimeField()


class NewFeeRule(StrictSerializer):
    """A fee to propose."""

    rate = StrictDecimalField(max_digits=7, decimal_places=6, help_text="0.03 is 3 per cent")
    starts_at = MomentField()
    basis = StrictCharField(max_length=500, help_text="where it was decided")


class AdjustmentReply(serializers.Serializer[Any]):
    """Money that moved without usage."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    reason = serializers.ChoiceField(choices=AdjustmentReason.choices)
    payer = serializers.ChoiceField(choices=Party.choices)
    payee = serializers.ChoiceField(choices=Party.choices)
    amount_minor = serializers.IntegerField()
    owed_minor = serializers.IntegerField(help_text="of it, what the provider still owes")
    buyer_id = serializers.UUIDField(allow_null=True)
    provider_id = serializers.UUIDField(allow_null=True)
    contract_id = serializers.UUIDField(allow_null=True)
    trade_number = serializers.CharField(source="trade_record.number", default="")
    reverses_id = serializers.UUIDField(allow_null=True)
    by_rule = serializers.CharField(
        allow_blank=True, help_text="the published rule that computed it; else two persons agreed"
    )
    asset = serializers.CharField(help_text="CNY, or that of a voucher that it goes back to")
    reference = serializers.CharField()
    evidence = serializers.CharField()
    ledger_group = serializers.UUIDField()
    booked_at = serializers.DateTimeField()
    content_hash = serializers.CharField()


class NewAdjustment(StrictSerializer):
    """An adjustment to propose: of a settled contract, or between parties that are named."""

    reason = serializers.ChoiceField(choices=AdjustmentReason.choices)
    payer = serializers.ChoiceField(choices=Party.choices)
    payee = serializers.ChoiceField(choices=Party.choices)
    amount_minor = AmountField()
    reference = StrictCharField(max_length=REFERENCE_LENGTH_MAX, help_text="the case, once")
    evidence = StrictCharField(max_length=EVIDENCE_LENGTH_MAX)
    contract_id = StrictUUIDField(required=False, allow_null=True, default=None)
    buyer_id = StrictUUIDField(required=False, allow_null=True, default=None)
    provider_id = StrictUUIDField(required=False, allow_null=True, default=None)


class NewReversal(StrictSerializer):
    """Why an adjustment is to be taken back."""

    evidence = StrictCharField(max_length=EVIDENCE_LENGTH_MAX)
