"""Endpoints, deliveries and tries as pages show them: plain values."""

import json
from typing import Any

from django.utils.translation import gettext as _

from identity.events import registry
from marketplace.portal.outbound_words import error_text


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
        "error": "" if is_status else error_text(found.error),
        "reply": found.reply,
    }


def readable(body: str) -> str:
    """Return what is sent with its members one below the other."""
    return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
