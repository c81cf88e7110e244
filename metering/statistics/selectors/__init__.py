"""Reads of statistics."""

from metering.statistics.selectors.capacity import capacity_by
from metering.statistics.selectors.cells import StatisticsQuestion, cells
from metering.statistics.selectors.months import month_sums
from metering.statistics.selectors.suppression import suppressed

__all__ = ["StatisticsQuestion", "capacity_by", "cells", "month_sums", "suppressed"]
