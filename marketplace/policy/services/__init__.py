"""Changes of the policy room."""

from marketplace.policy.services.publishing import drop_files, publish_run
from marketplace.policy.services.requesting import cancel_run, request_run
from marketplace.policy.services.running import run_next

__all__ = ["cancel_run", "drop_files", "publish_run", "request_run", "run_next"]
