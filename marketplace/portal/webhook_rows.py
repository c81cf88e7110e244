"""Endpoints, deliveries and tries as pages show them: plain values."""

import json
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from identity.events import registry

# What people read in place of a code; what has none is shown as it is.
ERRORS: Final = {
    "outbound_address_invalid": gettext_lazy("The address cannot be called"),
    "outbound_address_refused": gettext_lazy("The address leads into a private network"),
    "outbound_name_unknown": gettext_lazy("The name of the server is not known"),
    "outbound_unreachable": gettext_lazy("Nobody takes the connection"),
    "outbound_tls_failed": gettext_lazy("The certificate is not valid"),
    "outbound_timed_out": gettext_lazy("No answer in time"),
    "outbound_reply_unreadable": gettext_lazy("The answer cannot be read"),
    "outbound_redirected": gettext_lazy("A redirect, which is not followed"),
    "unexpected": gettext_lazy("A fault of the market"),
}


def endpoint(found: Any) -> dict[str, Any]:
    """Return what a page says of an endpoint."""
    return {
        "id": found.pk,
        "url": found.url,
        "description": found.description,
        "prefixes": list(found.event_prefixes),
        "state": found.state,
        "state_label": found.get_state_display(),
        "is_failing": found.is_failing,
        "failing_since": found.failing_since,
        "failures": found.failures,
        "delivered_at": found.delivered_at,
        "created_at": found.created_at,
        "disabled_at": found.disabled_at,
        "disabled_for": found.get_disabled_for_display() if found.disabled_for else "",
        "is_replaying": found.replay_before is not None,
    }


def delivery(found: Any) -> dict[str, Any]:
    """Return what a page says of a delivery."""
    return {
        "id": found.pk,
        "name": found.event_name,
        "label": str(registry.label(found.event_name)),
        "object": found.object_label or found.object_id,
        "state": found.state,
        "state_label": _("Set aside") if found.needs_review else found.get_state_display(),
        "needs_review": found.needs_review,
        "attempts": found.attempts,
        "next_attempt_at": found.next_attempt_at,
        "created_at": found.created_at,
        "ended_at": found.ended_at,
        "message": f"evt_{found.event_id.hex}",
    }


def attempt(found: Any) -> dict[str, Any]:
    """Return what a page says of a try."""
    is_status = found.error.startswith("status_")
    return {
        "started_at": found.started_at,
        "duration_ms": found.duration_ms,
        "status": found.status,
        "is_taken": not found.error,
        "error": "" if is_status else str(ERRORS.get(found.error, found.error)),
        "reply": found.reply,
    }


def readable(body: str) -> str:
    """Return what is sent with its members one below the other."""
    return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
