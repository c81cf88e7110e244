"""States as people see them: one word, one tone and one symbol each, the same on every list."""

from datetime import datetime
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from identity.contracts import ResourceStatus
from marketplace.portal import order_page, order_words
from marketplace.portal.tables.columns import RowLink, Tag
from marketplace.portal.templatetags import portal as words
from metering.contracts import SetAsideReason, Verdict


def of_order(order: Any, *, at: datetime) -> tuple[Tag, ...]:
    """Return what an order does at a moment, and that its parties are no strangers."""
    phase = order_page.phase_of(order, at=at)
    tags = (Tag(phase.label, order_words.TONES[phase], order_words.ICONS.get(phase, "")),)
    if not order.relation:
        return tags
    told = Tag(_("Related parties"), "warn", title=order.get_relation_display())
    return (*tags, told)


BEING_CHECKED: Final = Tag(_("Being checked"), "warn", "alert-triangle")
OF_LISTINGS: Final = {"OPEN": ("ok", "check"), "PAUSED": ("warn", "alert-triangle")}


def of_listing(listing: Any) -> Tag:
    """Return where a listing stands."""
    tone, icon = OF_LISTINGS.get(listing.state, ("neutral", ""))
    return Tag(listing.get_state_display(), tone, icon)


def beyond(row: Any) -> str:
    """Return how much was measured beyond an order, in words; nothing where nothing was."""
    if not row.beyond_quantity:
        return ""
    told = gettext("%(beyond)s beyond the order, not charged")
    if getattr(row, "remark", "") == "not_ready":
        told = gettext("%(beyond)s while it was not delivered, not charged")
    return told % {"beyond": words.unit_hours(row.beyond_quantity, row.unit)}


def uncollected(charge: Any) -> str:
    """Return how much of a charge its hold did not cover, in words; nothing where all was."""
    if not charge.uncollected_minor:
        return ""
    told = gettext("%(amount)s beyond the hold, not collected")
    return told % {"amount": words.money(charge.uncollected_minor)}


def proof(kind: str, reference: Any) -> list[RowLink]:
    """Return the way to the proof that a document is sealed."""
    address = reverse("portal:document", args=[kind, reference])
    return [RowLink(_("Proof"), address, str(reference))]


OPEN: Final = Tag(_("Open"), "ok", "check")
CLOSED: Final = Tag(_("Closed"))
OF_VOUCHERS: Final = {"ACTIVE": "ok", "EXPIRED": "warn", "CLAWED_BACK": "bad"}
OF_APPLICATIONS: Final = {
    "DRAFT": ("neutral", ""),
    "EVIDENCE_ASKED": ("warn", "alert-triangle"),
    "APPROVED": ("ok", "check"),
    "ISSUED": ("ok", "check"),
    "REJECTED": ("bad", "circle-x"),
    "REVOKED": ("bad", "circle-x"),
    "WITHDRAWN": ("neutral", ""),
    "EXPIRED": ("warn", ""),
}


def of_voucher(state: Any) -> Tag:
    """Return what a voucher is."""
    return Tag(state.label, OF_VOUCHERS.get(state, "neutral"))


def of_application(application: Any) -> Tag:
    """Return what became of an application."""
    tone, icon = OF_APPLICATIONS.get(application.state, ("brand", ""))
    return Tag(application.get_state_display(), tone, icon)


def of_key(row: Any) -> Tag:
    """Return whether an API key opens anything."""
    if row.key.revoked_at:
        return Tag(_("Revoked"), "bad")
    if not row.is_live:
        return Tag(_("Expired"), "warn")
    if row.key.ends_at is not None:
        return Tag(_("Replaced, still valid"), "warn")
    return Tag(_("Valid"), "ok", "check")


def of_endpoint(endpoint: Any) -> Tag:
    """Return whether an endpoint is told anything."""
    if endpoint["state"] == "DISABLED":
        return Tag(endpoint["state_label"], "bad")
    if endpoint["state"] == "PAUSED":
        return Tag(endpoint["state_label"], "warn")
    if endpoint["is_failing"]:
        return Tag(_("Failing"), "warn", "alert-triangle")
    return Tag(endpoint["state_label"], "ok", "check")


def of_delivery(delivery: Any) -> Tag:
    """Return whether a delivery was taken."""
    if delivery["state"] == "DELIVERED":
        return Tag(delivery["state_label"], "ok", "check")
    if delivery["state"] == "GIVEN_UP" or delivery["needs_review"]:
        return Tag(delivery["state_label"], "bad")
    return Tag(delivery["state_label"], "warn")


def of_meter(state: Any) -> Tag:
    """Return how a meter is doing."""
    tone = {"LIVE": "ok", "LATE": "warn"}.get(state, "bad")
    return Tag(state.label, tone, "check" if tone == "ok" else "alert-triangle")


def of_export(row: Any) -> Tag | None:
    """Return how far an export is; its template draws one that is at work."""
    export = row["export"]
    tone = {"READY": "ok", "FAILED": "bad"}.get(export.state, "neutral")
    icon = {"READY": "check", "FAILED": "circle-x"}.get(export.state, "")
    return Tag(export.get_state_display(), tone, icon)


OF_RESOURCES: Final = {
    ResourceStatus.REGISTERED: ("neutral", ""),
    ResourceStatus.ACTIVE: ("ok", "check"),
    ResourceStatus.SUSPENDED: ("warn", "alert-triangle"),
    ResourceStatus.WITHDRAWN: ("bad", ""),
    ResourceStatus.RENAMED: ("neutral", "refresh"),
}


def of_resource(resource: Any) -> Tag:
    """Return where a resource stands for everybody, if that was read with it."""
    status = ResourceStatus(getattr(resource, "counted_status", resource.status))
    return Tag(status.label, *OF_RESOURCES[status])


def of_agent(row: Any) -> Tag:
    """Return whether what an agent signs is taken."""
    return of_agent_key(row.agent, row.at)


def of_agent_key(agent: Any, now: Any) -> Tag:
    """Return whether what is signed with an agent's key is taken at a moment."""
    if agent.revoked_at:
        return Tag(_("Revoked"), "bad")
    if agent.ends_at is None:
        return Tag(_("Valid"), "ok", "check")
    return Tag(_("Replaced"), "warn") if now < agent.ends_at else Tag(_("Ended"), "bad")


def of_standing(first: Any, end: Any, now: Any, *, is_revoked: bool = False) -> Tag:
    """Return whether what holds for some time does so now."""
    if is_revoked:
        return Tag(_("Revoked"), "bad")
    if end <= now:
        return Tag(_("Expired"), "warn")
    if first > now:
        return Tag(_("to come"))
    return Tag(_("Valid"), "ok", "check")


def of_set_aside(row: Any) -> Tag:
    """Return why a window waits for a decision."""
    return Tag(SetAsideReason(row.window.set_aside_reason).label, "warn", "alert-triangle")


def of_verdict(decision: Any) -> Tag:
    """Return what was decided about a window."""
    verdict = Verdict(decision.verdict)
    return Tag(verdict.label, "ok" if verdict is Verdict.ADMIT else "neutral")
