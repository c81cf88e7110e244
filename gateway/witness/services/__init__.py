"""Writes of witnesses: cosigning others' logs, and having one's own cosigned."""

from gateway.witness.services.asking import ask_witnesses
from gateway.witness.services.cosigning import add_checkpoint

__all__ = ["add_checkpoint", "ask_witnesses"]
