"""Writes of what is perceived."""

from gateway.sensing.services.hearing import hear, tell_of_silence

__all__ = ["hear", "tell_of_silence"]
