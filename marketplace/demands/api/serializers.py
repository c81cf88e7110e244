"""What the demands' API reads and answers. Amounts are whole fen, units whole thousandths."""

from typing import Any

from rest_framework import serializers

from identity.contracts import ResourceClass, ResourceForm
from identity.http.fields import (
    MomentField,
    StrictCharField,
    StrictDecimalField,
    StrictIntegerField,
    StrictSerializer,
    StrictUUIDField,
)
from marketplace.demands.contracts import (
    DATA_GB_MAX,
    LIMIT_MINOR_MAX,
    NAMES_MAX,
    OPTIONS_MAX,
    DemandKind,
    DemandState,
    DemandTerms,
    Need,
    Option,
    Preference,
    PriceLimit,
)
from marketplace.orders.contracts import SECONDS_MAX, UNITS_MILLI_MAX, VOUCHERS_MAX

FIGURE_MAX = 2**31 - 1


def _figure(told: str = "", most: int = FIGURE_MAX) -> Any:
    return StrictIntegerField(
        min_value=0, max_value=most, required=False, allow_null=True, default=None, help_text=told
    )


def _names(most: int, length: int, told: str = "") -> Any:
    return serializers.ListField(
        child=StrictCharField(max_length=length),
        max_length=most,
        required=False,
        default=list,
        help_text=told,
    )


def _providers(told: str) -> Any:
    return serializers.ListField(
        child=StrictUUIDField(), max_length=NAMES_MAX, required=False, default=list, help_text=told
    )


class NewNeed(StrictSerializer):
    """What a listing must be; what is left out is not asked, what is unknown is not eligible."""

    resource_class = serializers.ChoiceField(ResourceClass.choices)
    form = serializers.ChoiceField(
        ResourceForm.choices, required=False, allow_blank=True, default=""
    )
    chips = _names(NAMES_MAX, 60, "any of these")
    card_memory_gb = _figure("at least, of a card")
    cards_per_node = _figure("at least")
    network_gbps = _figure("at least")
    hubs = _names(NAMES_MAX, 8, "any of these; none: all")
    near_hub = StrictCharField(max_length=8, required=False, allow_blank=True, default="")
    near_ms = StrictDecimalField(
        max_digits=7,
        decimal_places=1,
        min_value=0,
        required=False,
        allow_null=True,
        default=None,
        help_text="milliseconds there and back from `near_hub`, at most",
    )
    pue_max = StrictDecimalField(
        max_digits=4, decimal_places=3, min_value=0, required=False, allow_null=True, default=None
    )
    carbon_max = _figure("grams of CO2 a kilowatt-hour, at most")
    verification_min = _figure("0 to 3", 3)
    quality_min = _figure("0 to 100", 100)
    only = _providers("these providers and no others")
    never = _providers("not these providers")

    def need(self, data: dict[str, Any]) -> Need:
        """Return the need that was sent."""
        listed = {name: tuple(data[name]) for name in ("chips", "hubs", "only", "never")}
        return Need(**(data | listed))


class NewPriceLimit(StrictSerializer):
    """What it may cost at most; every limit that is set counts."""

    max_price_per_standard_hour_minor = _figure("fen a standard hour", LIMIT_MINOR_MAX)
    max_price_per_unit_hour_minor = _figure("fen a unit-hour (card, vCPU, node)", LIMIT_MINOR_MAX)
    max_amount_minor = _figure("fen in all", LIMIT_MINOR_MAX)


class NewOption(StrictSerializer):
    """One of the ranked alternatives."""

    need = NewNeed()
    units_milli = StrictIntegerField(min_value=1, max_value=UNITS_MILLI_MAX)
    least_milli = _figure("divisible, with this minimum; left out: all or none", UNITS_MILLI_MAX)
    starts_at = MomentField(help_text="whole seconds")
    latest_start_at = MomentField(required=False, allow_null=True, default=None)
    seconds = StrictIntegerField(min_value=1, max_value=SECONDS_MAX)
    limit = NewPriceLimit(required=False, allow_null=True, default=None)


class NewDemand(StrictSerializer):
    """A demand: ranked alternatives, how long it is looked at, and how it is paid."""

    options: Any = serializers.ListSerializer(
        child=NewOption(), min_length=1, max_length=OPTIONS_MAX
    )
    kind = serializers.ChoiceField(DemandKind.choices, required=False, default=DemandKind.IMMEDIATE)
    expires_at = MomentField(required=False, allow_null=True, default=None)
    at_market_price = serializers.BooleanField(
        required=False,
        default=False,
        help_text="without a price limit: any price of the market will do",
    )
    prefer = serializers.ChoiceField(
        Preference.choices, required=False, default=Preference.CHEAPEST
    )
    data_gb = StrictIntegerField(min_value=0, max_value=DATA_GB_MAX, required=False, default=0)
    use_vouchers = serializers.BooleanField(required=False, default=True)
    voucher_ids = serializers.ListField(
        child=StrictUUIDField(), max_length=VOUCHERS_MAX, required=False, default=list
    )
    project_id = StrictUUIDField(
        required=False, allow_null=True, default=None, help_text="what it is for, by `projects`"
    )

    def terms(self) -> DemandTerms:
        """Return the terms that were sent."""
        return terms_of(self.validated_data)


class Amendment(NewDemand):
    """A demand as it shall be from now on, and the revision that it was written against."""

    revision = StrictIntegerField(min_value=1, max_value=FIGURE_MAX)


def terms_of(data: dict[str, Any]) -> DemandTerms:
    """Return the terms that a checked body states."""
    values = {name: data[name] for name in data if name not in ("options", "revision")}
    options = tuple(
        Option(
            **(
                option
                | {
                    "need": NewNeed().need(option["need"]),
                    "limit": PriceLimit(**(option["limit"] or {})),
                }
            )
        )
        for option in data["options"]
    )
    return DemandTerms(**(values | {"options": options, "voucher_ids": tuple(data["voucher_ids"])}))


class TriedReply(serializers.Serializer[Any]):
    """What came of one alternative when the demand was last looked at."""

    code = serializers.CharField()
    eligible = serializers.IntegerField()
    barred = serializers.DictField(
        child=serializers.IntegerField(), help_text="how many listings failed first at what"
    )


class LotReply(serializers.Serializer[Any]):
    """An order that serves a demand."""

    order_id = serializers.UUIDField()
    order_number = serializers.CharField(source="order.number")
    listing_id = serializers.UUIDField()
    units_milli = serializers.IntegerField()
    amount_minor = serializers.IntegerField()
    path_minor = serializers.IntegerField(help_text="what moving the data costs; not charged here")
    latency_ms = serializers.DecimalField(7, 1, allow_null=True)
    watt_hours = serializers.IntegerField(allow_null=True)
    carbon_g = serializers.IntegerField(allow_null=True)
    serves = serializers.BooleanField(
        help_text="false: it came to nothing, and the demand was opened again"
    )


class ReopeningReply(serializers.Serializer[Any]):
    """That what filled a demand was not delivered: it waited again, without that listing."""

    sequence = serializers.IntegerField()
    order_id = serializers.UUIDField()
    order_number = serializers.CharField(source="order.number")
    listing_id = serializers.UUIDField(help_text="left out from then on")
    option = serializers.IntegerField(help_text="the alternative that had been filled")
    reason = serializers.CharField(help_text="of the delivery")
    reopened_at = serializers.DateTimeField()


class DemandReply(serializers.Serializer[Any]):
    """A demand."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    state = serializers.ChoiceField(DemandState.choices)
    kind = serializers.ChoiceField(DemandKind.choices)
    revision = serializers.IntegerField()
    buyer_id = serializers.UUIDField()
    terms = serializers.JSONField()
    terms_hash = serializers.CharField()
    refusal_code = serializers.CharField()
    option = serializers.IntegerField(allow_null=True, help_text="the alternative that was filled")
    reopened_count = serializers.IntegerField(
        help_text="how often what filled it was not delivered"
    )
    tried = TriedReply(many=True)
    posted_at = serializers.DateTimeField()
    queued_at = serializers.DateTimeField()
    looked_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class DemandPageReply(DemandReply):
    """A demand with its place in the queue and the orders that serve it."""

    place = serializers.IntegerField(allow_null=True, help_text="in the queue of its class, from 1")
    waiting = serializers.IntegerField(help_text="how many wait in that queue")
    lots = LotReply(many=True)
    reopenings = ReopeningReply(many=True)


class OfferedReply(serializers.Serializer[Any]):
    """What one preference would choose now."""

    prefer = serializers.ChoiceField(Preference.choices)
    option = serializers.IntegerField()
    listing_ids = serializers.SerializerMethodField()
    units_milli = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    amount_minor = serializers.IntegerField()
    path_minor = serializers.IntegerField()
    watt_hours = serializers.IntegerField(allow_null=True)
    carbon_g = serializers.IntegerField(allow_null=True)
    latency_ms = serializers.DecimalField(7, 1, allow_null=True)
    more_minor = serializers.IntegerField(help_text="than the cheapest of the offers")
    more_carbon_g = serializers.IntegerField(allow_null=True)
    more_ms = serializers.DecimalField(7, 1, allow_null=True)

    def get_listing_ids(self, offered: Any) -> list[str]:
        """Return the listings that would serve."""
        return [str(each.pk) for each in offered.listings]


class OutlookReply(serializers.Serializer[Any]):
    """What a demand would meet if it were posted now; nothing is set aside."""

    offers = OfferedReply(many=True)
    candidates = serializers.IntegerField()
    largest_free_milli = serializers.IntegerField()
    tried = TriedReply(many=True, source="match.tried")
    at = serializers.DateTimeField()


class NewSearch(StrictSerializer):
    """A search that is kept."""

    name = StrictCharField(max_length=80)
    need = NewNeed()
    price_max = StrictDecimalField(
        max_digits=16,
        decimal_places=6,
        min_value=0,
        required=False,
        allow_null=True,
        default=None,
        help_text="yuan by the unit-hour",
    )
    is_alerting = serializers.BooleanField(required=False, default=True)


class SearchReply(serializers.Serializer[Any]):
    """A saved search."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    need = serializers.JSONField()
    price_max = serializers.DecimalField(16, 6, allow_null=True)
    is_alerting = serializers.BooleanField()
    saved_at = serializers.DateTimeField()
    found = serializers.IntegerField(help_text="listings that it was told of so far")
