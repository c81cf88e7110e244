"""Writes of payments."""

from marketplace.payments.services.moving import ask_money, move_money

__all__ = ["ask_money", "move_money"]
