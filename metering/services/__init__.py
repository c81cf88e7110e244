"""Writes of measured facts: publish rules, register meters, take readings, close windows."""

from metering.services.certifying import certify_capacity
from metering.services.closing import close_windows, close_windows_of
from metering.services.deciding import decide_window, measure_again
from metering.services.ingestion import ingest, ingest_request
from metering.services.publishing import install_shipped_rules, publish_rule_version
from metering.services.registering import bind_agent, end_agent, register_meter, rotate_agent

__all__ = [
    "bind_agent",
    "certify_capacity",
    "close_windows",
    "close_windows_of",
    "decide_window",
    "end_agent",
    "ingest",
    "ingest_request",
    "install_shipped_rules",
    "measure_again",
    "publish_rule_version",
    "register_meter",
    "rotate_agent",
]
