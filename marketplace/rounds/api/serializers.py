"""What the API of call rounds reads and answers. Prices are fen by the standard hour."""

from typing import Any

from rest_framework import serializers

from identity.contracts import ResourceClass
from identity.http.fields import (
    MomentField,
    StrictCharField,
    StrictIntegerField,
    StrictSerializer,
)
from marketplace.orders.contracts import UNITS_MILLI_MAX
from marketplace.rounds.contracts import (
    LIMIT_MINOR_MAX,
    NAMES_MAX,
    OPTIONS_MAX,
    SOLVE_SECONDS,
    OrderTerms,
    PriceKind,
    RoundOption,
    RoundOrderState,
    RoundState,
    RoundTerms,
    Schedule,
)

FIGURE_MAX = 2**31 - 1
HOURS_MAX = 31 * 24
MOMENTS = ("opens_at", "first_at", "no_cancel_at", "second_at", "ends_at")


def _names(length: int, told: str, **options: Any) -> Any:
    return serializers.ListField(
        child=StrictCharField(max_length=length), max_length=NAMES_MAX, help_text=told, **options
    )


class NewRound(StrictSerializer):
    """A round: what it sells, when, and the moments of its phases."""

    resource_class = serializers.ChoiceField(ResourceClass.choices)
    hubs = _names(8, "listings at any of these take part", min_length=1)
    chips = _names(60, "any of these; none: all", required=False, default=list)
    delivers_from = MomentField(help_text="a whole hour")
    delivers_until = MomentField(help_text="a whole hour, at most 31 days later")
    opens_at = MomentField()
    first_at = MomentField(help_text="when the first indicative price is told")
    no_cancel_at = MomentField(help_text="from when orders may only raise their limit")
    second_at = MomentField(help_text="when the second indicative price is told")
    ends_at = MomentField()
    solve_seconds = StrictIntegerField(
        min_value=2, max_value=60, required=False, default=SOLVE_SECONDS
    )

    def terms(self) -> RoundTerms:
        """Return the terms that were sent."""
        data = self.validated_data
        return RoundTerms(
            resource_class=data["resource_class"],
            hubs=tuple(data["hubs"]),
            chips=tuple(data["chips"]),
            schedule=Schedule(**{name: data[name] for name in MOMENTS}),
            delivers_from=data["delivers_from"],
            delivers_until=data["delivers_until"],
            solve_seconds=data["solve_seconds"],
        )


class CallingOff(StrictSerializer):
    """Why a round is called off."""

    reason = StrictCharField(max_length=500)


class NewRoundOption(StrictSerializer):
    """One of the ranked alternatives: where, how much, when."""

    units_milli = StrictIntegerField(min_value=1, max_value=UNITS_MILLI_MAX)
    least_milli = StrictIntegerField(
        min_value=1,
        max_value=UNITS_MILLI_MAX,
        required=False,
        allow_null=True,
        default=None,
        help_text="divisible, with this minimum; left out: all or none",
    )
    may_span = serializers.BooleanField(
        required=False, default=False, help_text="all at once, but of up to eight listings"
    )
    starts_at = MomentField(help_text="a whole hour")
    latest_start_at = MomentField(required=False, allow_null=True, default=None)
    hours = StrictIntegerField(min_value=1, max_value=HOURS_MAX)
    hubs = _names(8, "any of these; none: all of the round", required=False, default=list)
    chips = _names(60, "any of these; none: all of the round", required=False, default=list)


class NewRoundOrder(StrictSerializer):
    """An order of a round: ranked alternatives and one limit."""

    options: Any = serializers.ListSerializer(
        child=NewRoundOption(), min_length=1, max_length=OPTIONS_MAX
    )
    limit_minor = StrictIntegerField(
        min_value=1, max_value=LIMIT_MINOR_MAX, help_text="fen by the standard hour, at most"
    )
    use_vouchers = serializers.BooleanField(required=False, default=True)
    use_groups = serializers.BooleanField(
        required=False,
        default=True,
        help_text="listings of providers in whose price groups the buyer is ask it that price; the"
        " document shows where, without a name",
    )

    def terms(self) -> OrderTerms:
        """Return the terms that were sent."""
        data = self.validated_data
        options = tuple(
            RoundOption(**(each | {"hubs": tuple(each["hubs"]), "chips": tuple(each["chips"])}))
            for each in data["options"]
        )
        return OrderTerms(
            options=options,
            limit_minor=data["limit_minor"],
            use_vouchers=data["use_vouchers"],
            use_groups=data["use_groups"],
        )


class RoundOrderAmendment(NewRoundOrder):
    """An order as it shall be, and the revision that it was written against."""

    revision = StrictIntegerField(min_value=1, max_value=FIGURE_MAX)


class RoundPriceReply(serializers.Serializer[Any]):
    """A price that was told of a round."""

    kind = serializers.ChoiceField(PriceKind.choices)
    price_minor = serializers.IntegerField(allow_null=True)
    volume_milli_hours = serializers.IntegerField()
    short_milli_hours = serializers.IntegerField()
    order_count = serializers.IntegerField()
    told_at = serializers.DateTimeField()


class CallRoundReply(serializers.Serializer[Any]):
    """A round."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    state = serializers.ChoiceField(RoundState.choices)
    resource_class = serializers.ChoiceField(ResourceClass.choices)
    hubs = serializers.ListField(child=serializers.CharField())
    chips = serializers.ListField(child=serializers.CharField())
    delivers_from = serializers.DateTimeField()
    delivers_until = serializers.DateTimeField()
    opens_at = serializers.DateTimeField()
    first_at = serializers.DateTimeField()
    no_cancel_at = serializers.DateTimeField()
    second_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    solve_seconds = serializers.IntegerField()
    seed_hash = serializers.CharField(help_text="told before the round opens")
    sealed_at = serializers.DateTimeField(allow_null=True)
    order_root = serializers.CharField(help_text="the Merkle root above all orders")
    input_hash = serializers.CharField()
    closed_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(help_text="why it was called off")
    price_minor = serializers.IntegerField(allow_null=True)
    volume_milli_hours = serializers.IntegerField()
    order_count = serializers.IntegerField()
    filled_count = serializers.IntegerField()
    saved_minor = serializers.IntegerField()
    bound_permille = serializers.IntegerField(
        allow_null=True, help_text="of the best that is possible, at least"
    )


class CallRoundPageReply(CallRoundReply):
    """A round with the prices that were told of it."""

    prices = RoundPriceReply(many=True)


class ChangeReply(serializers.Serializer[Any]):
    """A smallest change with which the order would have been filled."""

    kind = serializers.ChoiceField([("limit", "limit"), ("start", "start"), ("units", "units")])
    limit_minor = serializers.IntegerField(allow_null=True)
    slot = serializers.IntegerField(
        allow_null=True, help_text="the start, in hours of the round's window"
    )
    units_milli = serializers.IntegerField(allow_null=True)


class RoundLotReply(serializers.Serializer[Any]):
    """An order on the market that an order of the round became."""

    order_id = serializers.UUIDField()
    order_number = serializers.CharField(source="order.number")
    listing_id = serializers.UUIDField()
    units_milli = serializers.IntegerField()
    amount_minor = serializers.IntegerField()
    price_minor = serializers.IntegerField(
        help_text="by the standard hour: the round's, or less for a member of a price group"
    )


class RoundOrderReply(serializers.Serializer[Any]):
    """An order of a round."""

    id = serializers.UUIDField()
    round_id = serializers.UUIDField()
    tag = serializers.IntegerField(help_text="by which everybody knows it, and nobody whose")
    buyer_id = serializers.UUIDField()
    state = serializers.ChoiceField(RoundOrderState.choices)
    terms = serializers.JSONField()
    terms_hash = serializers.CharField()
    limit_minor = serializers.IntegerField()
    revision = serializers.IntegerField()
    placed_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()
    is_likely = serializers.BooleanField(
        allow_null=True, help_text="to be filled, at the second indicative price"
    )
    turn = serializers.IntegerField(allow_null=True)
    why = serializers.CharField()
    changes = ChangeReply(many=True)
    option = serializers.IntegerField(allow_null=True)
    starts_at = serializers.DateTimeField(allow_null=True)
    got_milli = serializers.IntegerField()
    closed_at = serializers.DateTimeField(allow_null=True)


class RoundOrderPageReply(RoundOrderReply):
    """An order of a round with the orders on the market that it became."""

    lots = RoundLotReply(many=True)


class RoundProofReply(serializers.Serializer[Any]):
    """The way from an order to the root that the round sealed."""

    order = serializers.JSONField(help_text="the leaf: canonical JSON of this is hashed")
    place = serializers.IntegerField()
    orders = serializers.IntegerField()
    proof = serializers.ListField(child=serializers.CharField(), help_text="as in RFC 9162")
    order_root = serializers.CharField()
