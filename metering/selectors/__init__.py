"""Reads of measured facts. Row-level security decides whose."""

from metering.selectors.charts import daily_hours, meter_health, utilisation_by_hour
from metering.selectors.meters import (
    certificates_of,
    meter_of_provider,
    meters_of_resource,
    readings_of,
)
from metering.selectors.rules_in_force import facts_of, rule_version, rule_versions
from metering.selectors.usage import (
    current_usage,
    open_subjects,
    usage_after,
    usage_of_subject,
)

__all__ = [
    "certificates_of",
    "current_usage",
    "daily_hours",
    "facts_of",
    "meter_health",
    "meter_of_provider",
    "meters_of_resource",
    "open_subjects",
    "readings_of",
    "rule_version",
    "rule_versions",
    "usage_after",
    "usage_of_subject",
    "utilisation_by_hour",
]
