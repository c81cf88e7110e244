"""Writes of caps: set, ended, taken from, given back to, told of."""

from marketplace.budgets.services.keeping import end_cap, set_cap
from marketplace.budgets.services.taking import lock, return_room, take
from marketplace.budgets.services.telling import tell_of_use

__all__ = ["end_cap", "lock", "return_room", "set_cap", "take", "tell_of_use"]
