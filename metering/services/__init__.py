"""Writes of measured facts: publish rules, register meters, take readings, close windows."""

from metering.services.certifying import certify_capacity
from metering.services.closing import close_windows, close_windows_of
from metering.services.deciding import decide_window, measure_again
from metering.services.ingestion import ingest, ingest_request
from metering.services.months import keep_months, remove_month
from metering.services.proposing import (
    confirm_rule_version,
    confirm_table,
    propose_rule_version,
    propose_table,
)
from metering.services.publishing import install_shipped_rules, publish_rule_version
from metering.services.registering import bind_agent, end_agent, register_meter, rotate_agent
from metering.services.tables import publish_table

__all__ = [
    "bind_agent",
    "certify_capacity",
    "close_windows",
    "close_windows_of",
    "confirm_rule_version",
    "confirm_table",
    "decide_window",
    "end_agent",
    "ingest",
    "ingest_request",
    "install_shipped_rules",
    "keep_months",
    "measure_again",
    "propose_rule_version",
    "propose_table",
    "publish_rule_version",
    "publish_table",
    "register_meter",
    "remove_month",
    "rotate_agent",
]
