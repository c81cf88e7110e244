"""Measurement rules as data: their strict form, and the ones that come with Suanpan."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

from common.rulebooks import UnknownRuleVersion
from metering import definition_members, rules
from metering.contracts import InvalidRule, RuleDefinition
from metering.table_contracts import HourClass

RULES_DIR: Final = Path(__file__).parent / "rules_data"
TABLES_DIR: Final = Path(__file__).parent / "standards_data"
WINDOW_SECONDS_MAX: Final = 86_400
GRACE_SECONDS_MAX: Final = 7 * 86_400


def parse(definition: dict[str, Any]) -> RuleDefinition:
    """
    Read a definition strictly: unknown members, odd windows and wrong factors are refused.

    :raises InvalidRule: naming what is wrong
    """
    unknown = definition.keys() - set(RuleDefinition.__dataclass_fields__)
    if unknown:
        raise InvalidRule(reason=f"unknown member {min(unknown)}")
    try:
        parsed = msgspec.convert(definition, RuleDefinition)
    except msgspec.ValidationError as error:
        raise InvalidRule(reason=str(error)) from error
    _require_known_rule(parsed)
    _require_sound_windows(parsed)
    definition_members.require_sound(parsed)
    _require_sound_factors(parsed)
    _require_one_source_of_factors(parsed)
    return parsed


def schema() -> dict[str, Any]:
    """Return the JSON schema of a definition, as `docs/measurement-rule.schema.json` keeps it."""
    (root,), named = msgspec.json.schema_components([RuleDefinition], ref_template="#/$defs/{name}")
    for form in named.values():
        form["additionalProperties"] = False
    limited = definition_members.choices()
    named["RuleDefinition"]["properties"].update(limited)
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **root, "$defs": named}
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(whole))
    return plain


def factors_by_name(definition: RuleDefinition) -> dict[str, tuple[Decimal, str]]:
    """Return factor and source under every name that a chip goes by."""
    return {
        name: (Decimal(entry.factor), entry.source)
        for entry in definition.factors
        for name in (entry.chip, *entry.also)
    }


def shipped_tables() -> list[dict[str, Any]]:
    """Return the conversion tables that come with Suanpan."""
    return [json.loads(path.read_text("utf-8")) for path in sorted(TABLES_DIR.glob("*.v*.json"))]


def shipped_metrics() -> list[dict[str, Any]]:
    """Return the metrics that come with Suanpan."""
    metrics: list[dict[str, Any]] = json.loads((RULES_DIR / "metrics.json").read_text("utf-8"))
    return metrics


def shipped_rules() -> list[dict[str, Any]]:
    """Return the rule versions that come with Suanpan."""
    return [json.loads(path.read_text("utf-8")) for path in sorted(RULES_DIR.glob("*.v*.json"))]


def _require_known_rule(definition: RuleDefinition) -> None:
    try:
        rules.RULES.rule(definition.measuring_rule)
    except UnknownRuleVersion as unknown:
        raise InvalidRule(reason=str(unknown)) from unknown


def _require_sound_windows(definition: RuleDefinition) -> None:
    window = definition.window_seconds
    if not 0 < window <= WINDOW_SECONDS_MAX or WINDOW_SECONDS_MAX % window:
        raise InvalidRule(reason="window_seconds must divide a day")
    if not 0 <= definition.grace_seconds <= GRACE_SECONDS_MAX:
        raise InvalidRule(reason="grace_seconds must be between 0 and seven days")


def _require_one_source_of_factors(definition: RuleDefinition) -> None:
    """Refuse a rule that converts by a published table and by figures of its own."""
    table = definition.conversion
    if table is None:
        return
    if not definition.standard or definition.factors:
        raise InvalidRule(
            reason="a rule with a table has standard hours, and no factors of its own"
        )
    if table.name not in HourClass.values or table.version < 1:
        raise InvalidRule(reason=f"the table is a version of {', '.join(HourClass.values)}")


def _require_sound_factors(definition: RuleDefinition) -> None:
    if not definition.standard and (definition.factors or definition.accepts_certificates):
        raise InvalidRule(reason="a rule without standard hours has no factors")
    rule = rules.RULES.rule(definition.measuring_rule)
    names = [name for entry in definition.factors for name in (entry.chip, *entry.also)]
    if len(names) != len(set(names)):
        raise InvalidRule(reason="a chip is named twice")
    for entry in definition.factors:
        try:
            expected = rule.factor_for(Decimal(entry.tflops))
            is_right = Decimal(entry.factor) == expected and 0 < expected <= rules.FACTOR_MAX
        except ArithmeticError as error:
            raise InvalidRule(reason=f"the figures of {entry.chip} are no numbers") from error
        if not is_right:
            raise InvalidRule(reason=f"the factor of {entry.chip} should be {expected}")
