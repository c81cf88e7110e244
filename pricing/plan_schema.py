"""The published form of a plan's terms, as JSON schema; `plan_terms.parse` says faults in words."""

from typing import Any, Final

from pricing.contracts import METERED, TIERS_MAX
from pricing.early_ends import NOTICE_HOURS_MAX
from pricing.plan_models import OWED_FROM_START, CountedBy, CountedOver, DayKind, PlanModel, SoldAs
from pricing.plan_terms import (
    BAND_TIMES_MAX,
    BANDS,
    DAYS_NAMED_MAX,
    FACTOR_KINDS,
    FACTOR_VALUES_MAX,
    MEMBERS,
    PARTS_MAX,
    TO_MINOR,
)

Form = dict[str, Any]
PRICE: Final[Form] = {"type": "string", "pattern": r"^[0-9]{1,7}(\.[0-9]{1,6})?$"}
QUANTITY: Final[Form] = {"type": "string", "pattern": r"^[0-9]{1,16}(\.[0-9]{1,6})?$"}
FACTOR: Final[Form] = {"type": "string", "pattern": r"^[0-9]{1,3}(\.[0-9]{1,4})?$"}
CLOCK: Final[Form] = {"type": "string", "pattern": r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"}
DAY: Final[Form] = {"type": "string", "format": "date"}


def json_schema() -> Form:
    """Return the schema, as `docs/rooms/rate-plan-2.schema.json` keeps it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Terms of a rate plan under rate-2 or a later rule",
        **_object(
            {
                "zone": {"type": "string", "description": "whose clock tells the time of use"},
                "components": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": PARTS_MAX,
                    "items": {"oneOf": [_component(model) for model in PlanModel]},
                },
                "bands": {"type": "array", "maxItems": BAND_TIMES_MAX, "items": _time()},
                "holidays": {"type": "array", "maxItems": DAYS_NAMED_MAX, "items": DAY},
                "workdays": {"type": "array", "maxItems": DAYS_NAMED_MAX, "items": DAY},
                "factors": _object({kind: _table() for kind in FACTOR_KINDS}),
                "counted_by": {"enum": [*map(str, CountedBy)]},
                "fiscal_month": {"type": "integer", "minimum": 1, "maximum": 12},
                "to_minor": {"enum": [*TO_MINOR]},
                "early_end": _early_end(),
            },
            required=["zone", "components"],
        ),
    }


def as_openapi() -> Form:
    """Return the schema as a document of the API holds it: its alternatives told, not listed."""
    return {
        "type": "object",
        "description": "the form is served at /api/v1/rate-plans/schema",
        "additionalProperties": True,
    }


def _component(model: PlanModel) -> Form:
    needed, allowed = MEMBERS[model]
    forms: Form = {
        "code": {"type": "string", "pattern": "^[a-z][a-z0-9-]{0,39}$"},
        "model": {"const": str(model)},
        "unit": {"enum": [*map(str, METERED)]},
        "tiers": {
            "type": "array",
            "minItems": 1,
            "maxItems": TIERS_MAX,
            "items": _object({"from": QUANTITY, "unit_price": PRICE}, ["from", "unit_price"]),
        },
        "unit_price": PRICE,
        "price": PRICE,
        "block": QUANTITY,
        "hours": QUANTITY,
        "increment": QUANTITY,
        "discount": FACTOR,
        "per": {"enum": [*map(str, CountedOver)]},
        "bands": _object(dict.fromkeys(BANDS, FACTOR)),
        "factors": {
            "type": "array",
            "uniqueItems": True,
            "items": {"enum": [*FACTOR_KINDS]},
        },
        "owed_from": {"const": OWED_FROM_START},
        "sold_as": {
            "enum": [*map(str, SoldAs)],
            "description": "what it is a price of, where the plan has prices of several things",
        },
    }
    said = {"code", "model"} | needed | allowed
    members = {name: form for name, form in forms.items() if name in said}
    return _object(members, required=sorted({"code", "model"} | needed))


def _time() -> Form:
    return _object(
        {
            "band": {"enum": [*BANDS]},
            "from": CLOCK,
            "until": CLOCK,
            "days": {"type": "array", "minItems": 1, "items": {"enum": [*map(str, DayKind)]}},
            "months": {
                "type": "array",
                "items": {"type": "integer", "minimum": 1, "maximum": 12},
            },
        },
        required=["band", "from", "until"],
    )


def _early_end() -> Form:
    hours = {"type": "integer", "minimum": 0, "maximum": NOTICE_HOURS_MAX}
    return _object(
        {"notice_hours": hours, "fee": PRICE, "gives_back": FACTOR}, required=["notice_hours"]
    )


def _table() -> Form:
    values = {
        "type": "object",
        "maxProperties": FACTOR_VALUES_MAX,
        "propertyNames": {"pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$"},
        "additionalProperties": FACTOR,
    }
    return _object({"otherwise": FACTOR, "values": values}, required=["otherwise", "values"])


def _object(properties: Form, required: list[str] | None = None) -> Form:
    form: Form = {"type": "object", "additionalProperties": False, "properties": properties}
    return form | ({"required": required} if required else {})
