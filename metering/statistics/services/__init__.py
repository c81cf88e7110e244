"""Writes of statistics: rolling up what changed, and capacity as it is."""

from metering.statistics.services.rolling import RolledBatch, roll_up

__all__ = ["RolledBatch", "roll_up"]
