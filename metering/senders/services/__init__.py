"""Writes of senders: publish mappings, take series, follow what waits, tell what nobody reads."""

from metering.senders.services.mapping import create_mapping, end_mapping, publish_version
from metering.senders.services.taking import follow_due, take
from metering.senders.services.tidying import forget_series, tell_unmapped
from metering.senders.services.trying import try_batch

__all__ = [
    "create_mapping",
    "end_mapping",
    "follow_due",
    "forget_series",
    "publish_version",
    "take",
    "tell_unmapped",
    "try_batch",
]
