"""What the catalog's API reads and answers."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common import clock
from identity.api.serializers import ResolvedState
from identity.contracts import CapacityUnit, ResourceClass, ResourceForm
from identity.http.fields import (
    MomentField,
    StrictCharField,
    StrictDecimalField,
    StrictIntegerField,
    StrictSerializer,
    StrictUUIDField,
)
from marketplace.catalog import rules, selectors
from marketplace.catalog.api.members import member_prices
from marketplace.catalog.api.token_fields import MILLI_MAX, AmountOrTokens
from marketplace.catalog.contracts import AllIn, ListingState, RoundAbsence
from marketplace.catalog.least import LEAST_MILLI_MAX, LEAST_MINOR_MAX, LEAST_SECONDS_MAX
from marketplace.catalog.preemption import PREEMPTION_MINUTES_MAX, PREEMPTION_MINUTES_MIN
from pricing.api.serializers import QuoteDetailReply
from pricing.contracts import LINK_LASTS_MAX, METERED_CHOICES, QUOTE_DAYS_MAX


class PriceField(serializers.DecimalField):
    """A price in major units of CNY, as text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=16, decimal_places=6, **options)


class LeastReply(serializers.Serializer[Any]):
    """The least that may be ordered, and the steps that it goes in."""

    least_milli = serializers.IntegerField(help_text="thousandths of the capacity unit")
    step_milli = serializers.IntegerField(help_text="thousandths of the capacity unit")
    least_seconds = serializers.IntegerField()
    step_seconds = serializers.IntegerField()
    least_minor = serializers.IntegerField(
        help_text="fen that an order costs at least, unless it is free"
    )


class NewLeast(StrictSerializer):
    """The least that may be ordered; what is left out is 1."""

    least_milli = StrictIntegerField(min_value=1, max_value=LEAST_MILLI_MAX, required=False)
    step_milli = StrictIntegerField(min_value=1, max_value=LEAST_MILLI_MAX, required=False)
    least_seconds = StrictIntegerField(min_value=1, max_value=LEAST_SECONDS_MAX, required=False)
    step_seconds = StrictIntegerField(min_value=1, max_value=LEAST_SECONDS_MAX, required=False)
    least_minor = StrictIntegerField(min_value=1, max_value=LEAST_MINOR_MAX, required=False)


class BookReply(serializers.Serializer[Any]):
    """Where orders for one class of resource in one place meet."""

    resource_class = serializers.ChoiceField(ResourceClass.choices)
    hub = serializers.CharField(help_text="code of a hub cluster, or of a province")
    least = LeastReply()


class AbsenceReply(serializers.Serializer[Any]):
    """Why a listing takes part in no call round."""

    code = serializers.ChoiceField(RoundAbsence.choices)
    sentence = serializers.CharField()


class AllInReply(serializers.Serializer[Any]):
    """What the stated reference order comes to at a listing; see /reference-orders."""

    place = serializers.CharField(help_text="the buyer's hub; empty: where the listing stands")
    reference = serializers.IntegerField(help_text="number of the reference order")
    units_milli = serializers.IntegerField(help_text="as far as the order fits the listing")
    seconds = serializers.IntegerField()
    gross_minor = serializers.IntegerField(
        allow_null=True, help_text="the plan's price of the order, without the path"
    )
    standard_hours = serializers.DecimalField(max_digits=38, decimal_places=12, allow_null=True)
    plan_per_standard_hour = PriceField(allow_null=True)
    path_per_standard_hour = PriceField(
        allow_null=True,
        help_text="by published paths, which the market does not charge, or by what is ordered with"
        " the listing",
    )
    path_is_charged = serializers.BooleanField(
        help_text="whether it is the price of a network of `listings/{id}/beside`"
    )
    per_standard_hour = PriceField(
        allow_null=True, help_text="null: no standard hours, or no path is known"
    )
    price_group = serializers.CharField(
        help_text="the provider's group whose price this is, of the caller; empty: list price"
    )
    price_group_since = serializers.DateTimeField(
        allow_null=True, help_text="since when the caller is in it"
    )
    price_group_project = serializers.CharField(
        help_text="code of the project that the price is for; empty: whatever the caller orders for"
    )
    list_per_standard_hour = PriceField(
        allow_null=True, help_text="what who is in no group pays; null where that is this"
    )


class ListedState(ResolvedState):
    """What is told of a resource; a list read twice is the same, so nothing in it grows older."""

    age_seconds = None  # type: ignore[assignment] # how DRF leaves out what is inherited


class ListingReply(serializers.Serializer[Any]):
    """A provider's resource on the market."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    state = serializers.ChoiceField(ListingState.choices)
    title = serializers.CharField()
    title_en = serializers.CharField()
    provider_id = serializers.UUIDField()
    provider_name = serializers.CharField(source="provider.name")
    resource_id = serializers.UUIDField()
    identifier = serializers.CharField(source="resource.identifier")
    resource_class = serializers.ChoiceField(ResourceClass.choices)
    form = serializers.ChoiceField(ResourceForm.choices)
    region = serializers.CharField()
    hub = serializers.CharField(help_text="code of a hub cluster, or of a province")
    chip = serializers.CharField()
    specification = serializers.JSONField(source="resource.specification")
    pue = serializers.DecimalField(max_digits=4, decimal_places=3, allow_null=True)
    verification_level = serializers.IntegerField()
    accepts_vouchers = serializers.BooleanField()
    capacity_unit = serializers.ChoiceField(CapacityUnit.choices)
    total_milli = serializers.IntegerField(help_text="thousandths of the capacity unit")
    available_from = serializers.DateTimeField()
    available_until = serializers.DateTimeField(allow_null=True)
    plan_version_id = serializers.UUIDField()
    rule_version_id = serializers.UUIDField()
    standard_factor = serializers.DecimalField(
        max_digits=12,
        decimal_places=6,
        allow_null=True,
        help_text="standard hours of one unit-hour; null where no figure is published",
    )
    headline_unit = serializers.ChoiceField(METERED_CHOICES)
    headline_price = PriceField()
    price_per_standard_hour = PriceField(allow_null=True)
    price_per_unit_hour = PriceField(allow_null=True)
    all_in = serializers.SerializerMethodField(
        help_text="what a stated order comes to; null until it was computed"
    )
    call_round_absence = serializers.SerializerMethodField(
        help_text="why it takes part in no call round; null where it does"
    )
    least = LeastReply(help_text="by the listing and its book together")
    community_rule = serializers.IntegerField(
        source="community_rule_id",
        allow_null=True,
        help_text="version of the rule by which its capacity is given away; null: it is sold",
    )
    is_donor_named = serializers.BooleanField(help_text="the list of donors names its provider")
    preemption_rule = serializers.CharField(
        help_text="version of the rule by which it may be taken back; empty: never"
    )
    preemption_minutes = serializers.IntegerField(
        allow_null=True, help_text="of notice before it is taken back; null: never"
    )
    needs_review = serializers.BooleanField(
        help_text="the market took it off for a check; it cannot be resumed"
    )
    opened_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    told = serializers.SerializerMethodField(
        help_text="what sources tell of the resource now, as the register's resolver answers it"
    )

    @extend_schema_field(ListedState(allow_null=True))
    def get_told(self, listing: Any) -> Any:
        """Return what is told of the resource; the view asks for all of a page at once."""
        found = self.context.get("told", {}).get(listing.resource_id)
        return None if found is None else ListedState(found).data

    @extend_schema_field(AbsenceReply(allow_null=True))
    def get_call_round_absence(self, listing: Any) -> Any:
        """Return the code and sentence of why a listing takes part in no call round."""
        found = rules.round_absence(listing.standard_factor, listing.price_per_standard_hour)
        return found and AbsenceReply({"code": found.value, "sentence": str(found.label)}).data

    @extend_schema_field(AllInReply(allow_null=True))
    def get_all_in(self, listing: Any) -> Any:
        """Return the all-in price in the place that was asked for."""
        request = self.context.get("request")
        groups = {} if request is None else member_prices(request).by_provider
        own = ((pk, each.group) for pk, each in groups.items())
        found = selectors.all_in_of_row(listing, groups=own)
        if found is None:
            return None
        group = groups.get(listing.provider_id) if found.price_group else None
        return AllInReply(
            {name: getattr(found, name) for name in AllIn.__dataclass_fields__}
            | {
                "price_group_since": group and group.since,
                "price_group_project": group.project_code if group else "",
            }
        ).data


class NewListing(StrictSerializer):
    """A resource to put on the market."""

    resource_id = StrictUUIDField()
    plan_version_id = StrictUUIDField()
    rule_version_id = StrictUUIDField()
    title = StrictCharField(max_length=120)
    title_en = StrictCharField(max_length=160, required=False, allow_blank=True)
    available_from = MomentField(required=False, help_text="by default from now")
    available_until = MomentField(required=False, allow_null=True)
    total_milli = StrictIntegerField(
        min_value=1,
        max_value=MILLI_MAX,
        required=False,
        help_text="thousandths of the unit; by default all of the resource",
    )
    accepts_vouchers = serializers.BooleanField(required=False)
    is_community = serializers.BooleanField(
        required=False, help_text="give it away, by the rule in force; its plan asks for nothing"
    )
    is_donor_named = serializers.BooleanField(required=False)
    preemption_minutes = StrictIntegerField(
        min_value=PREEMPTION_MINUTES_MIN,
        max_value=PREEMPTION_MINUTES_MAX,
        required=False,
        allow_null=True,
        help_text="it may be taken back with so many minutes of notice; null: never",
    )
    least = NewLeast(required=False)


class FreeCapacityReply(serializers.Serializer[Any]):
    """What is free over a stretch of time."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    total_milli = serializers.IntegerField()
    free_milli = serializers.IntegerField()


class PeriodQuery(StrictSerializer):
    """A period to look at."""

    starts_at = MomentField()
    ends_at = MomentField()


class NewQuote(AmountOrTokens):
    """What a price is asked for: until when, or for how many standard hours of a job."""

    listing_id = StrictUUIDField()
    starts_at = MomentField()
    ends_at = MomentField(required=False)
    need_standard_hours = StrictDecimalField(
        min_value=Decimal("0.001"),
        max_digits=15,
        decimal_places=3,
        required=False,
        help_text="what the job needs, in place of `ends_at`: the length follows from the factor",
    )
    valid_days = StrictIntegerField(
        min_value=1,
        max_value=QUOTE_DAYS_MAX,
        required=False,
        help_text="kept so long, but not beyond what the plan says now; else half an hour",
    )
    project_id = StrictUUIDField(
        required=False,
        allow_null=True,
        default=None,
        help_text="what it is for, by `projects`: an order at it is for the same",
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Ask for one way of saying how long, and no two."""
        if ("ends_at" in data) == ("need_standard_hours" in data):
            told = _("Say ends_at, or need_standard_hours, not both.")
            raise serializers.ValidationError({"ends_at": [told]})
        if "need_standard_hours" in data and "units_milli" not in data:
            told = _("Tokens are for a time: say ends_at.")
            raise serializers.ValidationError({"need_standard_hours": [told]})
        return super().validate(data)


class QuotedEnergyReply(serializers.Serializer[Any]):
    """Electricity and carbon of all that is quoted, estimated from published power."""

    watt_hours = serializers.IntegerField(allow_null=True)
    carbon_g = serializers.IntegerField(allow_null=True)


class QuoteWholeReply(QuoteDetailReply):
    """A quote with what its buyer pays as a member, and what the use would draw."""

    energy = serializers.SerializerMethodField(help_text="at full use; null: no power is published")

    @extend_schema_field(QuotedEnergyReply())
    def get_energy(self, quote: Any) -> Any:
        """Return the estimate, by what is known now."""
        listing = selectors.listing(UUID(quote.subject["listing_id"]))
        drawn = selectors.energy_of_subject(listing, quote.subject, at=clock.now())
        return QuotedEnergyReply(drawn).data


class NewQuoteLink(StrictSerializer):
    """For how long a link shows a quote."""

    days = StrictIntegerField(min_value=1, max_value=LINK_LASTS_MAX.days)


class QuoteLinkReply(serializers.Serializer[Any]):
    """A link to a quote; its address is told this once."""

    id = serializers.UUIDField()
    address = serializers.CharField()
    expires_at = serializers.DateTimeField()


class LiveQuoteLink(serializers.Serializer[Any]):
    """A link that shows a quote now; its address was told once."""

    id = serializers.UUIDField()
    issued_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class RevokedQuoteLink(serializers.Serializer[Any]):
    """A link that leads nowhere any more."""

    id = serializers.UUIDField()
    revoked_at = serializers.DateTimeField()


class FacetValueReply(serializers.Serializer[Any]):
    """One value of a filter."""

    value = serializers.CharField()
    count = serializers.IntegerField()


class PriceBucketReply(serializers.Serializer[Any]):
    """One bar of the price histogram."""

    low = serializers.DecimalField(max_digits=20, decimal_places=6)
    high = serializers.DecimalField(max_digits=20, decimal_places=6)
    count = serializers.IntegerField()


class FacetsReply(serializers.Serializer[Any]):
    """How many listings each filter would leave."""

    total = serializers.IntegerField()
    resource_class = FacetValueReply(many=True, source="by_filter.resource_class")
    form = FacetValueReply(many=True, source="by_filter.form")
    hub = FacetValueReply(many=True, source="by_filter.hub")
    chip = FacetValueReply(many=True, source="by_filter.chip")
    accepts_vouchers = FacetValueReply(many=True, source="by_filter.accepts_vouchers")
    prices = PriceBucketReply(many=True)


class ClassCapacityReply(serializers.Serializer[Any]):
    """What one resource class has on the market, in one unit."""

    resource_class = serializers.ChoiceField(ResourceClass.choices)
    unit = serializers.ChoiceField(CapacityUnit.choices)
    listings = serializers.IntegerField()
    total_milli = serializers.IntegerField()
    available_milli = serializers.IntegerField()
    available_standard = serializers.DecimalField(
        max_digits=38,
        decimal_places=9,
        allow_null=True,
        help_text="standard hours an hour, of the listings with a factor",
    )
    converted_listings = serializers.IntegerField()


class MarketReply(serializers.Serializer[Any]):
    """The market at a glance."""

    listings = serializers.IntegerField()
    providers = serializers.IntegerField()
    capacity = ClassCapacityReply(many=True)
    facets = FacetsReply()


class NewTotal(StrictSerializer):
    """How much of a listing's resource is on sale."""

    total_milli = StrictIntegerField(min_value=1, max_value=10**12)
