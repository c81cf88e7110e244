"""Writes of verification: reports, certificates, assessments, challenges, cross-checks."""

from metering.verifying.services.assessing import (
    ask_assessment,
    grant_assessment,
    record_assessment,
    refuse_assessment,
    withdraw_assessment,
)
from metering.verifying.services.assessors import end_assessor, name_assessor
from metering.verifying.services.challenging import draw_day, open_due, settle_due
from metering.verifying.services.crosschecking import check_day
from metering.verifying.services.declaring import declare
from metering.verifying.services.reporting import take_report
from metering.verifying.services.standing import follow_due, remind_due, revoke_certificate

__all__ = [
    "ask_assessment",
    "check_day",
    "declare",
    "draw_day",
    "end_assessor",
    "follow_due",
    "grant_assessment",
    "name_assessor",
    "open_due",
    "record_assessment",
    "refuse_assessment",
    "remind_due",
    "revoke_certificate",
    "settle_due",
    "take_report",
    "withdraw_assessment",
]
