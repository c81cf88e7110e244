"""What the API of prices reads and answers."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from identity.http.fields import MomentField, StrictCharField, StrictSerializer
from pricing.contracts import COMPONENTS_MAX, TIERS_MAX, RateUnit

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
            "unit": {"type": "string", "enum": RateUnit.values},
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
        },
    },
}


@extend_schema_field(COMPONENTS_SCHEMA)
class ComponentsField(serializers.JSONField):
    """The rates of a plan; `pricing.rules.parse_components` checks them."""


@extend_schema_field(LINES_SCHEMA)
class LinesField(serializers.JSONField):
    """Rated lines, each explaining itself."""


class PlanVersionReply(serializers.Serializer[Any]):
    """What a plan says from one moment until the next version."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    asset = serializers.CharField()
    components = ComponentsField()
    content_hash = serializers.CharField()
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

    components = ComponentsField()
    starts_at = MomentField(required=False, help_text="by default at once")


class QuoteReply(serializers.Serializer[Any]):
    """A price promised for a while, with the lines that explain it."""

    id = serializers.UUIDField()
    plan_version_id = serializers.UUIDField()
    rule_version_id = serializers.UUIDField(allow_null=True)
    measure = serializers.JSONField()
    subject = serializers.JSONField()
    lines = LinesField()
    asset = serializers.CharField()
    gross_minor = serializers.IntegerField()
    standard_hours = serializers.DecimalField(max_digits=38, decimal_places=12, allow_null=True)
    inputs_hash = serializers.CharField()
    quoted_at = serializers.DateTimeField()
    valid_until = serializers.DateTimeField()


class EvaluationReply(serializers.Serializer[Any]):
    """Why a quote has its price: everything that decided it, computed anew."""

    quote_id = serializers.UUIDField()
    plan_code = serializers.CharField()
    plan_version = serializers.IntegerField()
    plan_version_id = serializers.UUIDField()
    plan_content_hash = serializers.CharField()
    rule_version_id = serializers.UUIDField(allow_null=True)
    components = ComponentsField()
    measure = serializers.JSONField()
    subject = serializers.JSONField()
    lines = LinesField()
    raw_total = serializers.CharField()
    gross_minor = serializers.IntegerField()
    inputs_hash = serializers.CharField()
    recomputes = serializers.BooleanField(help_text="lines, sum and hash equal what was stored")
