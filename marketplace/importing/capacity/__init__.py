"""Capacity from a file: read, sorted into new and known, entered and listed."""

from marketplace.importing.capacity.entering import import_capacity, look_at

__all__ = ["import_capacity", "look_at"]
