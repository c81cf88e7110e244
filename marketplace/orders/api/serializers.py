"""What the orders' API reads and answers. Amounts are whole fen, units whole thousandths."""

from typing import Any

from rest_framework import serializers

from identity.contracts import ResourceClass
from identity.http.fields import (
    MomentField,
    StrictCharField,
    StrictIntegerField,
    StrictSerializer,
    StrictUUIDField,
)
from marketplace.catalog.api.token_fields import AmountOrTokens
from marketplace.orders.contracts import (
    CHIPS_MAX,
    UNITS_MILLI_MAX,
    VOUCHERS_MAX,
    OrderEventKind,
    OrderState,
    StepState,
)
from marketplace.orders.set_contracts import BESIDE_MAX


class NewRequirement(StrictSerializer):
    """What is needed, where any listing of a book will do; the cheapest with room is taken."""

    resource_class = serializers.ChoiceField(ResourceClass.choices)
    hub = StrictCharField(max_length=8)
    chips = serializers.ListField(
        child=StrictCharField(max_length=60), max_length=CHIPS_MAX, required=False, default=list
    )


class RepeatedSize(StrictSerializer):
    """How much an unusually large order is and costs, said once more."""

    units_milli = StrictIntegerField(min_value=1, max_value=UNITS_MILLI_MAX)
    amount_minor = StrictIntegerField(
        min_value=0,
        max_value=2**63 - 1,
        allow_null=True,
        required=False,
        default=None,
        help_text="exactly, in fen; null for a requirement, which has no price yet",
    )


class NewOrderBeside(StrictSerializer):
    """Something that stands beside the listing, ordered with it: both or none."""

    listing_id = StrictUUIDField()
    units_milli = StrictIntegerField(
        min_value=1, max_value=UNITS_MILLI_MAX, help_text="thousandths of a GB, or of a Gbit/s"
    )
    quote_id = StrictUUIDField(required=False, allow_null=True, default=None)
    repeat = RepeatedSize(
        required=False,
        allow_null=True,
        default=None,
        help_text="needed where `order_not_repeated` says so with its figures",
    )


class NewOrder(AmountOrTokens):
    """An order for one listing, or for whatever meets a requirement."""

    listing_id = StrictUUIDField(required=False, allow_null=True, default=None)
    requirement = NewRequirement(required=False, allow_null=True, default=None)
    units_milli = StrictIntegerField(
        min_value=1,
        max_value=UNITS_MILLI_MAX,
        required=False,
        help_text="thousandths of the capacity unit; of an API tokens may be said instead",
    )
    starts_at = MomentField(help_text="whole seconds")
    ends_at = MomentField(help_text="whole seconds; exclusive")
    quote_id = StrictUUIDField(required=False, allow_null=True, default=None)
    use_vouchers = serializers.BooleanField(required=False, default=True)
    voucher_ids = serializers.ListField(
        child=StrictUUIDField(), max_length=VOUCHERS_MAX, required=False, default=list
    )
    project_id = StrictUUIDField(
        required=False, allow_null=True, default=None, help_text="what it is for, by `projects`"
    )
    repeat = RepeatedSize(
        required=False,
        allow_null=True,
        default=None,
        help_text="needed where `order_not_repeated` says so, with its figures",
    )
    beside = serializers.ListField(
        child=NewOrderBeside(),
        max_length=BESIDE_MAX,
        required=False,
        default=list,
        help_text="storage and a network of `listings/{id}/beside`; all of it clears at once, or"
        " nothing is ordered",
    )


class OrderReply(serializers.Serializer[Any]):
    """An order."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    state = serializers.ChoiceField(OrderState.choices)
    refusal_code = serializers.CharField()
    relation = serializers.CharField(
        help_text="how buyer and provider are not strangers: RELATED, SAME_PERSON or empty"
    )
    needs_review = serializers.BooleanField(
        help_text="clearing failed with the order; it waits for a check and may be cancelled"
    )
    review_code = serializers.CharField()
    review_since = serializers.DateTimeField(allow_null=True)
    buyer_id = serializers.UUIDField()
    provider_id = serializers.UUIDField(allow_null=True)
    listing_id = serializers.UUIDField(allow_null=True)
    wanted_listing_id = serializers.UUIDField(allow_null=True)
    project_id = serializers.UUIDField(allow_null=True)
    beside_id = serializers.UUIDField(
        allow_null=True, help_text="the order of compute that it was ordered with"
    )
    community_month = serializers.DateField(
        allow_null=True,
        help_text="first day of the month whose quota of community capacity it takes from",
    )
    book = serializers.CharField()
    units_milli = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    unit_hours = serializers.DecimalField(38, 12, allow_null=True)
    standard_hours = serializers.DecimalField(38, 12, allow_null=True)
    gross_minor = serializers.IntegerField(allow_null=True)
    voucher_minor = serializers.IntegerField(allow_null=True)
    cash_minor = serializers.IntegerField(allow_null=True)
    held_minor = serializers.IntegerField(
        allow_null=True, help_text="of the cash, what was held when it cleared"
    )
    instalment_rule = serializers.CharField(
        help_text="by which the rest is held; empty where everything was held at once"
    )
    placed_at = serializers.DateTimeField()
    cleared_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class StepReply(serializers.Serializer[Any]):
    """One of the seven steps of an order's path."""

    kind = serializers.ChoiceField(OrderEventKind.choices)
    state = serializers.ChoiceField([(each.value, each.value) for each in StepState])
    at = serializers.DateTimeField(allow_null=True)


class LapReply(serializers.Serializer[Any]):
    """A step of a round and how long it took."""

    label = serializers.CharField()  # type: ignore[assignment]
    microseconds = serializers.IntegerField()


class PanelReply(serializers.Serializer[Any]):
    """Where the order stands in clearing."""

    is_live = serializers.BooleanField()
    position = serializers.IntegerField()
    total = serializers.IntegerField()
    number = serializers.CharField()
    rule_version = serializers.CharField()
    input_hash = serializers.CharField()
    output_hash = serializers.CharField()
    cleared = serializers.IntegerField()
    rejected = serializers.IntegerField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    laps = LapReply(many=True)


class PriceLineReply(serializers.Serializer[Any]):
    """One rated line."""

    component = serializers.CharField()
    unit = serializers.CharField()
    quantity = serializers.DecimalField(38, 12)
    unit_price = serializers.DecimalField(16, 6)
    amount_minor = serializers.IntegerField()


class VoucherLineReply(serializers.Serializer[Any]):
    """What one voucher pays, and why that much."""

    voucher_id = serializers.UUIDField()
    number = serializers.CharField()
    programme_code = serializers.CharField()
    programme_version = serializers.IntegerField()
    rate = serializers.DecimalField(10, 9)
    base_minor = serializers.IntegerField()
    amount_minor = serializers.IntegerField()
    limited_by = serializers.CharField()
    explained = serializers.JSONField()


class BreakdownReply(serializers.Serializer[Any]):
    """The price, line by line, with the versions of the rules that made it."""

    lines = PriceLineReply(many=True)
    vouchers = VoucherLineReply(many=True)
    plan = serializers.CharField()
    plan_version_id = serializers.UUIDField(allow_null=True)
    rule = serializers.CharField()
    rule_version_id = serializers.UUIDField(allow_null=True)
    quote_id = serializers.UUIDField(allow_null=True)


class LedgerLineReply(serializers.Serializer[Any]):
    """One side of a ledger transfer of the order."""

    transfer_id = serializers.UUIDField()
    at = serializers.DateTimeField()
    op = serializers.CharField(source="op.name")
    reason = serializers.CharField()
    account = serializers.CharField()
    asset = serializers.CharField()
    debit_minor = serializers.IntegerField()
    credit_minor = serializers.IntegerField()


class EmptyReceiptReply(serializers.Serializer[Any]):
    """The receipt of an order that was not delivered: no line, and why."""

    lines = serializers.ListField(child=serializers.JSONField(), max_length=0)
    total_minor = serializers.IntegerField()
    reason = serializers.CharField(help_text="of the delivery, of its fixed list")
    delivery_id = serializers.UUIDField()
    closed_at = serializers.DateTimeField()
    number = serializers.CharField(
        allow_null=True, help_text="of the receipt, once the order is over"
    )
    content_hash = serializers.CharField(allow_null=True, help_text="of the receipt's texts")


class TogetherReply(serializers.Serializer[Any]):
    """One of the orders that were placed together."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    state = serializers.ChoiceField(OrderState.choices)
    listing = serializers.CharField(source="wanted_listing.number")
    capacity_unit = serializers.CharField(source="wanted_listing.capacity_unit")
    units_milli = serializers.IntegerField()
    gross_minor = serializers.IntegerField()


class OrderPageReply(OrderReply):
    """An order with its path, its round, its price and its ledger entries."""

    steps = StepReply(many=True)
    clearing = PanelReply(allow_null=True)
    price = BreakdownReply()
    ledger = LedgerLineReply(many=True)
    is_cancellable = serializers.BooleanField()
    receipt = EmptyReceiptReply(
        allow_null=True, help_text="of what was not delivered; what was charged is in `charges`"
    )
    review = serializers.CharField(help_text="in words, why the order waits for a check")
    together = TogetherReply(
        many=True, help_text="all that was ordered together with it, itself too; else empty"
    )


class RoundReply(serializers.Serializer[Any]):
    """A clearing round with everything needed to compute it again."""

    number = serializers.CharField()
    book = serializers.CharField()
    rule_version = serializers.CharField()
    seed = serializers.CharField()
    input_hash = serializers.CharField()
    output_hash = serializers.CharField()
    snapshot = serializers.JSONField(source="whole_snapshot")
    result = serializers.JSONField()
    late_refusals = serializers.JSONField()
    order_count = serializers.IntegerField()
    cleared_count = serializers.IntegerField()
    rejected_count = serializers.IntegerField()
    steps = serializers.JSONField()
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField()
