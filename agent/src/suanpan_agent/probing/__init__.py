"""`suanpan-agent probe`: what a machine can do, measured repeatedly and told with its spread."""

from suanpan_agent.probing.report import Report, Wish, probe

__all__ = ["Report", "Wish", "probe"]
