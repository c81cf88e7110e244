"""Writes of what is perceived."""

from gateway.sensing.services.hearing import hear, tell_of_silence
from gateway.sensing.services.probing import observe, probe_due, relate
from gateway.sensing.services.watching import ask_address, watch

__all__ = ["ask_address", "hear", "observe", "probe_due", "relate", "tell_of_silence", "watch"]
