"""Writes of changes: numbers, and who follows what."""

from gateway.changes.services.following import end, follow
from gateway.changes.services.numbering import number_changes

__all__ = ["end", "follow", "number_changes"]
