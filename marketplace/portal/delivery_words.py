"""Deliveries in words: where they stand, what happens next, and what is charged."""

from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from marketplace.fulfilment import rules as fulfilment_rules
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.fulfilment.contracts import (
    PROVIDERS_REASONS,
    Confirmer,
    DeliveryReason,
    FulfilmentState,
    PolicyMode,
)
from marketplace.orders.contracts import Phase
from marketplace.portal import figures
from marketplace.portal.tables.columns import Tag

TONES: Final = {
    FulfilmentState.PREPARING: ("warn", ""),
    FulfilmentState.CONNECTED: ("brand", ""),
    FulfilmentState.SCHEDULED: ("brand", ""),
    FulfilmentState.RUNNING: ("ok", "check"),
    FulfilmentState.INTERRUPTED: ("bad", "alert-triangle"),
    FulfilmentState.EXITED: ("neutral", ""),
    FulfilmentState.FAILED: ("bad", "circle-x"),
    FulfilmentState.CALLED_OFF: ("neutral", ""),
}


def tag(row: Any) -> Tag:
    """Return where a delivery stands."""
    return Tag(row.get_state_display(), *TONES[row.state])


def reason(code: str) -> str:
    """Return why nothing, or no more, is delivered; nothing where there is no reason."""
    return str(DeliveryReason(code).label) if code else ""


def has_ended(row: Any) -> bool:
    """Return whether nothing more of a delivery comes; none is charged by the clock alone."""
    return row is not None and row.state in (FulfilmentState.EXITED, FulfilmentState.FAILED)


def not_delivered(row: Any) -> str:
    """Return why a delivery failed; nothing where it did not."""
    return reason(row.reason) if row is not None and row.state == FulfilmentState.FAILED else ""


def ending_tag(row: Any, phase: str, why: str) -> Tag | None:
    """Return how an order stands where its delivery says it better than its phase; else none."""
    if why or (has_ended(row) and phase in (Phase.SETTLING, Phase.CANCELLED)):
        return tag(row)
    return None


def by(step: Any) -> str:
    """Return who said what happened: what the market alone finds has a reason of its own."""
    if step.reason == DeliveryReason.AGENT_DOWN:
        return _("The provider's agent")
    is_markets = step.reason and step.reason not in PROVIDERS_REASONS
    return _("The market") if is_markets else _("The provider")


def told(row: Any, *, now: datetime) -> str:
    """Return in a sentence where a delivery stands, and what it means for what is paid."""
    if row.state in fulfilment_rules.BEFORE_READY:
        return _waiting(row, now=now)
    return _TOLD[row.state](row)


def _waiting(row: Any, *, now: datetime) -> str:
    is_unanswered = row.state == FulfilmentState.PREPARING and row.answer_by is not None
    if is_unanswered and now < row.starts_at:
        by = {"by": figures.moment(row.answer_by), "fails": figures.moment(row.next_at)}
        if now > row.answer_by:
            return (
                _(
                    "The provider has not answered yet, and should have by %(by)s. Says it nothing"
                    " by %(fails)s, the order is called off, and what was held returns."
                )
                % by
            )
        return (
            _("The provider has until %(by)s to answer. Nothing is charged before it is ready.")
            % by
        )
    by = {"by": figures.moment(row.ready_by)}
    if now > row.ready_by:
        return _("It had to be ready by %(by)s. Nothing is charged.") % by
    return _("The provider has until %(by)s. Nothing is charged before it is ready.") % by


def _running(row: Any) -> str:
    said = {"since": figures.moment(row.changed_at)}
    if row.confirmed_at is None:
        return _("Ready since %(since)s; no reading has confirmed it yet.") % said
    who = _("the buyer") if row.confirmed_by == Confirmer.BUYER else _("a reading")
    return _("In operation since %(since)s, confirmed by %(who)s.") % (said | {"who": who})


def _interrupted(row: Any) -> str:
    said = {"at": figures.moment(row.changed_at), "reason": reason(row.reason)}
    return _("Interrupted at %(at)s: %(reason)s. Nothing is charged until it runs again.") % said


def _failed(row: Any) -> str:
    said = {"reason": reason(row.reason)}
    return _("Not delivered: %(reason)s. What was held for it returns.") % said


def _called_off(row: Any) -> str:  # noqa: ARG001 - as the others
    return _("The order was cancelled before it began.")


def _exited(row: Any) -> str:
    said = {"at": figures.moment(row.exited_at)}
    if row.wiped_at is not None:
        return _("Exited at %(at)s; the provider confirmed that data is wiped.") % said
    return _("Exited at %(at)s; the provider has yet to confirm that data is wiped.") % said


_TOLD: Final = {
    FulfilmentState.RUNNING: _running,
    FulfilmentState.INTERRUPTED: _interrupted,
    FulfilmentState.FAILED: _failed,
    FulfilmentState.CALLED_OFF: _called_off,
    FulfilmentState.EXITED: _exited,
}


def charging_told(now: datetime) -> str:
    """Return in a sentence from when on an order would be charged that is placed now."""
    policy = fulfilment_selectors.policy_at(fulfilment_selectors.policies(), now)
    if policy is None:
        return policy_told(PolicyMode.BY_CLOCK, fulfilment_rules.DELIVERIES.newest)
    return policy_told(policy.mode, policy.rule)


def policy_told(mode: str, rule: str) -> str:
    """Return in a sentence from when on an order is charged that clears now."""
    if mode == PolicyMode.READY_TO_BILL:
        terms = fulfilment_rules.DELIVERIES.rule(rule)
        length = figures.duration(terms.ready_seconds)
        told = _when_ready(length, is_of_parts=bool(terms.parts_of_order))
        if not terms.follows_agent:
            return told
        rest = _(
            "Nothing is charged either for time in which the provider's own agent says that it"
            " stands still."
        )
        return f"{told} {rest}"
    return _("You pay for what the meters record, never more than what is held at clearing.")


def _when_ready(length: str, *, is_of_parts: bool) -> str:
    if is_of_parts:
        return _(
            "Charged only while it is in operation, by what the meters record. If it is not"
            " ready within %(length)s of its start, or within half of an order that is shorter"
            " than twice that, nothing is charged and all that is held returns."
        ) % {"length": length}
    return _(
        "Charged only while it is in operation, by what the meters record. If it is not ready"
        " within %(length)s of its start, nothing is charged and all that is held returns."
    ) % {"length": length}
