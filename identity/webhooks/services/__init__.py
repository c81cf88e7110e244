"""Writes of webhooks."""

from identity.webhooks.services.endpoints import (
    IssuedEndpoint,
    change_endpoint,
    create_endpoint,
    enable_endpoint,
    pause_all,
    pause_endpoint,
    remove_endpoint,
    rotate_secret,
)
from identity.webhooks.services.replaying import (
    continue_replays,
    replay_delivery,
    replay_since,
    send_test,
)
from identity.webhooks.services.sending import run
from identity.webhooks.services.spreading import spread
from identity.webhooks.services.tidying import close_delivery, retry_delivery, tidy

__all__ = [
    "IssuedEndpoint",
    "change_endpoint",
    "close_delivery",
    "continue_replays",
    "create_endpoint",
    "enable_endpoint",
    "pause_all",
    "pause_endpoint",
    "remove_endpoint",
    "replay_delivery",
    "replay_since",
    "retry_delivery",
    "rotate_secret",
    "run",
    "send_test",
    "spread",
    "tidy",
]
