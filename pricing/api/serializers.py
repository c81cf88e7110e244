"""What the API of prices reads and answers."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from identity.http.fields import (
    MomentField,
    StrictCharField,
    StrictDecimalField,
    StrictIntegerField,
    StrictSerializer,
)
from pricing import group_selectors, plan_schema, shared_calendars
from pricing.contracts import (
    CLAUSE_MAX,
    COMPONENTS_MAX,
    METERED,
    SOURCE_MAX,
    TIERS_MAX,
    PathBasis,
    RateUnit,
)
from pricing.paths import PATHS_MAX, PathFacts

COMPONENTS_SCHEMA: dict[str, Any] = {
    "type": "array",
    "minItems": 1,
    "maxItems": COMPONENTS_MAX,
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["code", "unit", "tiers"],
        "properties": {
            "code": {"type": "string", "pattern": "^[a-z][a-z0-9-]{0,39}$"},
            "unit": {"type": "string", "enum": [*map(str, METERED)]},
            "tiers": {
                "type": "array",
                "minItems": 1,
                "maxItems": TIERS_MAX,
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["from", "unit_price"],
                    "properties": {
                        "from": {"type": "string", "example": "0"},
                        "unit_price": {"type": "string", "example": "3.18"},
                    },
                },
            },
        },
    },
}
LINES_SCHEMA: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "component": {"type": "string"},
            "unit": {"type": "string", "enum": RateUnit.values},
            "quantity": {"type": "string"},
            "tier_from": {"type": "string"},
            "tier_until": {"type": "string", "nullable": True},
            "unit_price": {"type": "string"},
            "raw_amount": {"type": "string", "description": "exact, before rounding"},
            "amount_minor": {"type": "integer"},
            "asset": {"type": "string"},
            "plan_version_id": {"type": "string", "format": "uuid"},
            "rule_version_id": {"type": "string", "format": "uuid", "nullable": True},
            "rating_rule": {"type": "string", "description": "where it is not rate-1"},
            "period": {"type": "string", "description": "a month, where it counts by months"},
            "band": {"type": "string", "description": "time of use, such as peak"},
            "factors": {
                "type": "array",
                "description": "what multiplies the unit price: kind, value, figure",
                "items": {"type": "array", "items": {"type": "string"}},
            },
            "evidence": {
                "type": "object",
                "description": "what factors rest on, by kind, where a line was charged",
                "additionalProperties": {"type": "string"},
            },
            "plan_hash": {"type": "string", "description": "of what the plan's version says"},
            "sold_as": {
                "type": "string",
                "enum": ["compute", "storage", "network"],
                "description": "what it is a price of, where the plan has prices of several things",
            },
        },
    },
}


@extend_schema_field(COMPONENTS_SCHEMA)
class ComponentsField(serializers.JSONField):
    """The rates of a plan; `pricing.rules.parse_components` checks them."""


@extend_schema_field(plan_schema.as_openapi())
class TermsField(serializers.JSONField):
    """What a plan says under `rate-2`; `pricing.plan_terms.parse` checks it."""


@extend_schema_field(LINES_SCHEMA)
class LinesField(serializers.JSONField):
    """Rated lines, each explaining itself."""


class CalendarsField(serializers.ListField):
    """The shared calendars that a plan takes: `cn-2026` for the last version, or `cn-2026@1`."""

    def __init__(self, **more: Any) -> None:
        settled: dict[str, Any] = {
            "child": StrictCharField(max_length=40),
            "required": False,
            "default": list,
            "max_length": shared_calendars.CALENDARS_MAX,
            "help_text": "shared calendars whose days the terms name: `cn-2026`, or `cn-2026@1`",
        }
        super().__init__(**(settled | more))


class PlanVersionReply(serializers.Serializer[Any]):
    """What a plan says from one moment until the next version."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    asset = serializers.CharField()
    components = ComponentsField()
    terms = TermsField(allow_null=True, help_text="what a plan says under `rate-2`")
    rating_rule = serializers.CharField()
    content_hash = serializers.CharField()
    source = serializers.CharField(  # type: ignore[assignment]
        allow_blank=True, help_text="the document that the prices rest on"
    )
    clause = serializers.CharField(allow_blank=True)
    calendars = serializers.ListField(
        child=serializers.CharField(), help_text="shared calendars whose days the terms took"
    )
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)
    published_at = serializers.DateTimeField()


class PlanReply(serializers.Serializer[Any]):
    """A provider's price list."""

    id = serializers.UUIDField()
    provider_id = serializers.UUIDField()
    provider_name = serializers.CharField(source="provider.name")
    code = serializers.CharField()
    name = serializers.CharField()
    name_en = serializers.CharField()
    created_at = serializers.DateTimeField()


class PlanDetailReply(PlanReply):
    """A price list with everything it ever said, newest first."""

    versions = PlanVersionReply(many=True, source="history")


class NewPlan(StrictSerializer):
    """A price list to open."""

    code = StrictCharField(max_length=40)
    name = StrictCharField(max_length=80)
    name_en = StrictCharField(max_length=120, required=False, allow_blank=True)


class NewPlanVersion(StrictSerializer):
    """What a plan shall say."""

    components = ComponentsField(required=False)
    terms = TermsField(required=False, help_text="instead of components: rated by `rate-2`")
    starts_at = MomentField(required=False, help_text="by default at once")
    source = StrictCharField(  # type: ignore[assignment]
        max_length=SOURCE_MAX,
        required=False,
        default="",
        allow_blank=True,
        help_text="the document that the prices rest on",
    )
    clause = StrictCharField(max_length=CLAUSE_MAX, required=False, default="", allow_blank=True)
    calendars = CalendarsField()


class QuoteReply(serializers.Serializer[Any]):
    """A price promised for a while, with the lines that explain it."""

    id = serializers.UUIDField()
    plan_version_id = serializers.UUIDField()
    rule_version_id = serializers.UUIDField(allow_null=True)
    project_id = serializers.UUIDField(allow_null=True, help_text="an order at it is for this")
    measure = serializers.JSONField()
    subject = serializers.JSONField()
    lines = LinesField()
    asset = serializers.CharField()
    gross_minor = serializers.IntegerField()
    standard_hours = serializers.DecimalField(max_digits=38, decimal_places=12, allow_null=True)
    inputs_hash = serializers.CharField()
    quoted_at = serializers.DateTimeField()
    valid_until = serializers.DateTimeField()


class MemberQuoteReply(serializers.Serializer[Any]):
    """What the buyer is charged as a member of a price group, if all of it is used."""

    group = serializers.CharField()
    since = serializers.DateTimeField()
    lines = LinesField()
    gross_minor = serializers.IntegerField(help_text="it clears, and is held, at the list price")


class QuoteDetailReply(QuoteReply):
    """A quote, with what its buyer pays in the group of the provider that it is in."""

    member = serializers.SerializerMethodField(help_text="null: the buyer is in no group")

    @extend_schema_field(MemberQuoteReply(allow_null=True))
    def get_member(self, quote: Any) -> Any:
        """Return the price of the buyer's group, as of when the quote was made."""
        found = group_selectors.member_quote(quote)
        return None if found is None else MemberQuoteReply(found).data


class EvaluationReply(serializers.Serializer[Any]):
    """Why a quote has its price: everything that decided it, computed anew."""

    quote_id = serializers.UUIDField()
    plan_code = serializers.CharField()
    plan_version = serializers.IntegerField()
    plan_version_id = serializers.UUIDField()
    plan_content_hash = serializers.CharField()
    plan_source = serializers.CharField(allow_blank=True)
    plan_clause = serializers.CharField(allow_blank=True)
    rule_version_id = serializers.UUIDField(allow_null=True)
    components = ComponentsField()
    terms = TermsField(allow_null=True)
    rating_rule = serializers.CharField()
    measure = serializers.JSONField()
    subject = serializers.JSONField()
    lines = LinesField()
    raw_total = serializers.CharField()
    gross_minor = serializers.IntegerField()
    inputs_hash = serializers.CharField()
    recomputes = serializers.BooleanField(help_text="lines, sum and hash equal what was stored")


class PathReply(serializers.Serializer[Any]):
    """The network between two hubs."""

    hub_a = serializers.CharField()
    hub_b = serializers.CharField()
    latency_ms = serializers.DecimalField(7, 1, help_text="there and back")
    bandwidth_gbps = serializers.IntegerField()
    price_per_gb = serializers.DecimalField(10, 4, help_text="in yuan")
    basis = serializers.ChoiceField(PathBasis.choices)
    source = serializers.CharField()  # type: ignore[assignment]


class NewPath(StrictSerializer):
    """The network between two hubs, as it is to be."""

    hub_a = StrictCharField(max_length=8)
    hub_b = StrictCharField(max_length=8)
    latency_ms = StrictDecimalField(max_digits=7, decimal_places=1, min_value=Decimal("0.1"))
    bandwidth_gbps = StrictIntegerField(min_value=1, max_value=1_000_000)
    price_per_gb = StrictDecimalField(max_digits=10, decimal_places=4, min_value=0)
    basis = serializers.ChoiceField(PathBasis.choices)
    source = StrictCharField(max_length=200)  # type: ignore[assignment]


class NewPaths(StrictSerializer):
    """Some paths, and from when on they hold."""

    paths: Any = serializers.ListSerializer(child=NewPath(), min_length=1, max_length=PATHS_MAX)
    starts_at = MomentField(required=False, allow_null=True, default=None)

    def paths_sent(self) -> list[PathFacts]:
        """Return the paths, the hubs of each in the order of the alphabet."""
        facts = []
        for each in self.validated_data["paths"]:
            hub_a, hub_b = sorted((each["hub_a"], each["hub_b"]))
            facts.append(PathFacts(**(each | {"hub_a": hub_a, "hub_b": hub_b})))
        return facts
