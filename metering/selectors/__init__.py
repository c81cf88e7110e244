"""Reads of measured facts. Row-level security decides whose."""

from metering.selectors.charts import daily_hours, meter_health, utilisation_by_hour
from metering.selectors.meters import (
    capacity_lines,
    certificates_ending,
    certificates_of,
    decisions_for,
    known_readings,
    meter_for,
    meters_by_agent,
    meters_for,
    meters_matching,
    meters_named,
    meters_of_resource,
    providers_of_meters,
    readings_for,
    windows_for,
)
from metering.selectors.moments import used_within
from metering.selectors.rules_in_force import facts_of, rule_version, rule_versions
from metering.selectors.usage import (
    current_usage,
    open_subjects,
    subjects_past,
    usage_after,
    usage_for,
    usage_of_subject,
    usage_past,
    usage_record_for,
)

__all__ = [
    "capacity_lines",
    "certificates_ending",
    "certificates_of",
    "current_usage",
    "daily_hours",
    "decisions_for",
    "facts_of",
    "known_readings",
    "meter_for",
    "meter_health",
    "meters_by_agent",
    "meters_for",
    "meters_matching",
    "meters_named",
    "meters_of_resource",
    "open_subjects",
    "providers_of_meters",
    "readings_for",
    "rule_version",
    "rule_versions",
    "subjects_past",
    "usage_after",
    "usage_for",
    "usage_of_subject",
    "usage_past",
    "usage_record_for",
    "used_within",
    "utilisation_by_hour",
    "windows_for",
]
