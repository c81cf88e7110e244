"""Writes of caps: set, ended, taken from, given back to, told of."""

from marketplace.budgets.services.keeping import end_cap, set_cap
from marketplace.budgets.services.taking import give_back, lock, take
from marketplace.budgets.services.telling import tell_of_use

__all__ = ["end_cap", "give_back", "lock", "set_cap", "take", "tell_of_use"]
