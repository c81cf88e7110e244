"""One order as its page shows it: a summary first, and the rest behind tabs that are addresses."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from identity.contracts import Actor, Role
from identity.events.selectors import READERS_OF_ALL
from marketplace.budgets import selectors as budgets_selectors
from marketplace.budgets import words as budget_words
from marketplace.fulfilment import maintenance_selectors as fulfilment_maintenance
from marketplace.fulfilment import rules as fulfilment_rules
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.orders import rules as orders_rules
from marketplace.orders import selectors as orders_selectors
from marketplace.orders.contracts import OrderState, Phase, RefusalCode
from marketplace.portal import (
    access_words,
    after_failure,
    delivery_words,
    driver_words,
    figures,
    instalment_page,
    maintenance_words,
    order_parts,
    order_words,
    preemption_words,
    talk_links,
)
from marketplace.portal.order_parts import address_of
from marketplace.settlement import selectors as settlement_selectors

PARTS: Final[dict[str, str | Promise]] = {
    "": _("Overview"),
    "charges": _("Charges"),
    "ledger": _("Ledger lines"),
    "why": _("Why"),
    "energy": _("Energy"),
    "evidence": _("Evidence"),
    "events": _("Events"),
}
# Whose duty the record of events is: the parties' own part of it, and all of it.
EVENT_READERS: Final = (Role.BUYER, Role.PROVIDER, *READERS_OF_ALL)
# In which there is a contract that can be disputed.
DISPUTED_PHASES: Final = (Phase.RUNNING, Phase.SETTLING, Phase.SETTLED)
# How soon a page asks again: clearing takes seconds, a contract may run for a month.
POLL_CLEARING: Final = 1
POLL_RUNNING: Final = 3
POLL_WAITING: Final = 30
AROUND: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Tab:
    """A part of the page, at an address of its own."""

    label: str | Promise
    address: str
    is_current: bool
    count: int | None


def context(actor: Actor, order_id: UUID, query: QueryDict, *, now: datetime) -> dict[str, Any]:
    """
    Return everything that one part of an order's page shows.

    :raises OrderNotFound: if it does not exist or is someone else's (the two look alike)
    """
    parts = _parts(actor)
    part = query.get("part", "")
    part = part if part in parts else ""
    charged = settlement_selectors.charged_of_order(order_id)
    found = orders_selectors.order_page(
        order_id=order_id, at=now, organization_id=whose_orders(actor), with_entries=False
    )
    order = found.order
    is_cleared = order.listing_id is not None
    early_end = settlement_selectors.early_end_of_order(order_id) if is_cleared else None
    delivery = None
    if is_cleared and (part == "" or not charged.gross_minor):
        delivery = fulfilment_selectors.delivery_of_order(order.pk)
    phase, is_over = _standing(order, delivery, early_end, at=now)
    facts = order_words.Facts(
        order=order,
        phase=phase,
        charged_minor=charged.gross_minor,
        cash_minor=charged.cash_minor,
        income_minor=charged.gross_minor - charged.fee_minor,
        refusal=str(found.refusal),
        queue=(found.panel.position, found.panel.total) if found.panel else (0, 0),
        is_provider=order.provider_id == actor.organization_id,
        at=now,
        is_over=is_over,
        not_delivered="" if charged.gross_minor else delivery_words.not_delivered(delivery),
        leaves_at=delivery.leaves_at if delivery is not None else None,
    )
    shown: dict[str, Any] = {
        "now": now,
        "page": found,
        "order": order,
        "part": part,
        "phase": phase,
        "shown_state": delivery_words.ending_tag(delivery, phase, facts.not_delivered),
        "not_delivered": facts.not_delivered,
        "is_over": is_over,
        "answer": order_words.answer(facts),
        "next_step": order_words.next_step(facts),
        "listing": order.listing or order.wanted_listing,
        "charged": charged,
        "length": figures.duration(orders_rules.whole_seconds(order.starts_at, order.ends_at)),
        "income_minor": facts.income_minor,
        "is_buyer": order.buyer_id == actor.organization_id,
        "is_provider": facts.is_provider,
        "tabs": list(_tabs(order_id, part, parts, charges=charged.charges)),
        "halt": _halt_of(order, at=now),
        "early_end": early_end,
        "disputed_phases": DISPUTED_PHASES,
        "instalments": instalment_page.shown(order, at=now) if part == "" else None,
        **_together(order, part),
        "chain": settlement_selectors.chain_of(order_id) if is_cleared else None,
        "poll_seconds": poll_seconds(order, phase, at=now) if part == "" else 0,
    }
    shown |= _for_whom(order, own=whose_orders(actor))
    shown["talk_told"] = talk_links.talk_told(order, actor)
    if part == "":
        if is_cleared:
            shown["reduction"] = settlement_selectors.reduction_of_order(order_id)
        shown["job"] = driver_words.job_panel(order, is_buyer=shown["is_buyer"])
    if part == "" and delivery is not None:
        shown |= _delivery_of(order, delivery, now=now)
        if not shown["job"] or delivery.key_wanted_at is not None:
            shown["delivery_notes"] += access_words.key_notes(
                delivery, is_asked=delivery.is_access_asked, own=actor.organization_id
            )
        if shown["is_buyer"]:
            shown |= after_failure.instead(order, is_failed=bool(facts.not_delivered), at=now)
    return shown | order_parts.BUILD[part](actor, found, query, now)


def _together(order: Any, part: str) -> dict[str, Any]:
    """Return what was ordered together with an order, and what all of it costs at most."""
    found = orders_selectors.ordered_together(order) if part == "" else []
    return {"together": found, "together_minor": sum(each.gross_minor or 0 for each in found)}


def _for_whom(order: Any, *, own: UUID | None) -> dict[str, Any]:
    """Return the project that an order is for and the cap that stopped it: the buyer's own."""
    if own is not None and order.buyer_id != own:
        return {}
    return {
        "project": order.project,
        "stop": _stop_of(order) if order.refusal_code == RefusalCode.BUDGET_EXCEEDED else "",
    }


def _stop_of(order: Any) -> str:
    stop = budgets_selectors.stop_of(order.pk)
    if stop is None:
        return ""
    rooms = budgets_selectors.rooms_of_rows([stop.cap], on=order.placed_at.date())
    told = gettext(
        "The budget %(budget)s left %(left)s at its clearing; the order needed %(needed)s."
    )
    return told % {
        "budget": budget_words.name_of(rooms[stop.cap_id]),
        "left": figures.money(stop.left_minor),
        "needed": figures.money(stop.needed_minor),
    }


def _delivery_of(order: Any, found: Any, *, now: datetime) -> dict[str, Any]:
    """Return what is delivered of an order, in words, and what interrupts or ends it early."""
    is_over = found.state in fulfilment_rules.OVER
    notes = preemption_words.ending_notes(
        found,
        fulfilment_selectors.preemption_of(found.pk),
        fulfilment_selectors.stop_of(found.pk),
        is_over=is_over,
        now=now,
    )
    if not is_over:
        works = fulfilment_maintenance.maintenance_to_come(order.listing_id, now=now)
        within = (each for each in works if each.starts_at < found.leaves_at)
        notes += maintenance_words.maintenance_notes(within)
    return {
        "delivery_notes": notes,
        "delivery": found,
        "delivery_tag": delivery_words.tag(found),
        "delivery_told": delivery_words.told(found, now=now),
    }


def whose_orders(actor: Actor) -> UUID | None:
    """
    Return whose orders an actor sees: its organisation's, or everybody's.

    Finance reads every order, for its ledger names them; it acts on none.
    """
    oversees = actor.has_role(Role.AUDITOR, Role.OPERATOR, Role.FINANCE)
    return None if oversees else actor.organization_id


def _halt_of(order: Any, *, at: datetime) -> Any:
    """Return why an order's book does not trade, while the order waits for it."""
    if order.state != OrderState.PLACED:
        return None
    return orders_selectors.halt_in_force(book_id=order.book_id, at=at)


def phase_of(order: Any, *, at: datetime, ends_at: datetime | None = None) -> Phase:
    """Return the one word for what an order is doing; `ends_at` if it was ended early."""
    return orders_rules.phase(
        order.state,
        starts_at=order.starts_at,
        ends_at=ends_at or order.ends_at,
        is_set_aside=order.needs_review,
        at=at,
    )


def course_of(order: Any, *, is_charged: bool, at: datetime) -> tuple[Phase, str]:
    """Return what an order is doing, and why nothing was delivered of it, if so."""
    if order.listing_id is None:
        return phase_of(order, at=at), ""
    delivery = fulfilment_selectors.delivery_of_order(order.pk)
    early_end = settlement_selectors.early_end_of_order(order.pk)
    phase, _is_over = _standing(order, delivery, early_end, at=at)
    return phase, "" if is_charged else delivery_words.not_delivered(delivery)


def _standing(order: Any, delivery: Any, early_end: Any, *, at: datetime) -> tuple[Phase, bool]:
    """Return what an order is doing, and whether nothing of it is delivered any more."""
    is_over = delivery_words.has_ended(delivery) or bool(early_end and early_end.is_undelivered)
    phase = phase_of(order, at=at, ends_at=early_end.ends_at if early_end else None)
    if is_over and phase in (Phase.SCHEDULED, Phase.RUNNING):
        phase = Phase.SETTLING
    return phase, is_over


def poll_seconds(order: Any, phase: Phase, *, at: datetime) -> int:
    """Return how soon the page should ask again; 0 when nothing moves any more."""
    if phase == Phase.WAITING:
        return POLL_CLEARING
    if phase == Phase.CHECKED:
        return POLL_WAITING
    if order.state != OrderState.CLEARED:
        return 0
    is_near = order.starts_at - AROUND <= at <= order.ends_at + AROUND
    return POLL_RUNNING if is_near else POLL_WAITING


def _parts(actor: Actor) -> dict[str, str | Promise]:
    hidden = set()
    if not actor.has_role(*EVENT_READERS):
        hidden.add("events")
    if not actor.has_role(*order_parts.WHY_READERS):
        hidden.add("why")
    return {name: label for name, label in PARTS.items() if name not in hidden}


def _tabs(
    order_id: UUID, part: str, parts: dict[str, str | Promise], *, charges: int
) -> Iterator[Tab]:
    for name, label in parts.items():
        address = address_of(order_id, part=name) if name else address_of(order_id)
        yield Tab(label, address, name == part, charges if name == "charges" else None)
