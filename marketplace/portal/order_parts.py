"""What each part of an order's page shows beside its head."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common import moments
from common.errors import Refusal
from common.period import Period
from identity.contracts import Actor, Role
from identity.events import selectors as events
from identity.events import telling
from marketplace.catalog.rows import ListingRow
from marketplace.demands import selectors as demands_selectors
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.fulfilment.contracts import DELIVERY
from marketplace.orders import selectors as orders_selectors
from marketplace.orders.contracts import UNIT_OF_CLASS, OrderState, RefusalCode
from marketplace.orders.event_names import ORDER
from marketplace.portal import activity, order_energy, token_words, use_chart, why_page
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement.selectors import ChargedDay

DAYS_SHOWN: Final = 14
WINDOWS_SHOWN: Final = 48
SEALED_SHOWN: Final = 12
CHARGES_SHOWN: Final = 200
EVENTS_SHOWN: Final = 100
# Finance reads orders for their money alone.
WHY_READERS: Final = (Role.BUYER, Role.PROVIDER, Role.AUDITOR, Role.OPERATOR)


@dataclass(frozen=True, slots=True)
class Way:
    """A way on from an order that came to nothing."""

    label: str | Promise
    address: str
    icon: str


@dataclass(frozen=True, slots=True)
class ShownDay:
    """A day of charges with the windows that the page holds of it."""

    day: ChargedDay
    charges: list[Any]
    address: str

    @property
    def more(self) -> int:
        """Return how many windows the page leaves to the address."""
        return max(0, self.day.windows - len({each.starts_at for each in self.charges}))


def address_of(order_id: UUID, **query: str) -> str:
    """Return the address of an order's page, or of a part of it."""
    address = reverse("portal:order", args=[order_id])
    return f"{address}?{urlencode(query)}" if query else address


def _overview(actor: Actor, found: Any, _query: QueryDict, now: datetime) -> dict[str, Any]:
    order = found.order
    days = settlement_selectors.charged_days(order.pk)
    return {
        "days": _shown_days(order.pk, days[:DAYS_SHOWN]),
        "days_left_out": len(days) - len(days[:DAYS_SHOWN]),
        "chart": _chart(order, now=now) if days else None,
        "foreseen": orders_selectors.foreseen(order),
        "tokens": token_words.used(order),
        "ways": list(_ways(order)) if order.buyer_id == actor.organization_id else [],
    } | (_why(actor, found, _query, now) if order.state == OrderState.REJECTED else {})


def _why(actor: Actor, found: Any, _query: QueryDict, now: datetime) -> dict[str, Any]:
    """Return why the order was filled or refused; what would have filled it is its buyer's."""
    order = found.order
    if not actor.has_role(*WHY_READERS):
        return {}
    is_own = order.buyer_id == actor.organization_id
    watches = actor.has_role(Role.AUDITOR, Role.OPERATOR)
    why = demands_selectors.order_why(
        order, at=now, provider_id=None if is_own or watches else actor.organization_id
    )
    listing = order.listing or order.wanted_listing
    unit = listing.capacity_unit if listing else UNIT_OF_CLASS[order.book.resource_class]
    return {"is_own": is_own} | why_page.context(
        why,
        unit=unit,
        source={"order": str(order.pk)},
        is_own=is_own,
        proof=_proof(why.round_number) if watches and why and why.round_number else None,
    )


def _proof(round_number: str) -> tuple[str, str]:
    """Return where a round is, whole, for those who check it, and the script that clears it."""
    return (
        reverse("portal:clearing-round-file", args=[round_number]),
        reverse("portal:clearing-verifier"),
    )


def _shown_days(order_id: UUID, days: Sequence[ChargedDay]) -> list[ShownDay]:
    """Return days with as many of their windows as one look holds, the newest first."""
    by_day: dict[date, list[Any]] = {}
    kept = settlement_selectors.charges_on(order_id, [each.day for each in days])
    for charge in kept[:WINDOWS_SHOWN] if days else ():
        by_day.setdefault(moments.market_date(charge.starts_at), []).append(charge)
    return [
        ShownDay(
            each,
            by_day.get(each.day, []),
            address_of(order_id, part="charges", day=each.day.isoformat()),
        )
        for each in days
    ]


def _chart(order: Any, *, now: datetime) -> use_chart.UseChart:
    period = Period(order.starts_at, order.ends_at)
    return use_chart.use_chart(
        settlement_selectors.course(order.pk, period),
        starts_at=order.starts_at,
        ends_at=order.ends_at,
        per_second=Decimal(order.units_milli).scaleb(-3),
        now=now,
    )


def _ways(order: Any) -> Iterator[Way]:
    """Yield what a buyer may do about an order that came to nothing."""
    if order.state not in (OrderState.REJECTED, OrderState.CANCELLED):
        return
    listing, market = order.wanted_listing, reverse("portal:market")
    if listing is not None:
        place = reverse("portal:order-place", args=[listing.pk])
        again = _("Change and order again")
        yield Way(again, f"{place}?{urlencode({'again': order.pk})}", "refresh")
        yield Way(_("Cheaper listings"), f"{market}?{cheaper(listing)}", "building-store")
        like = urlencode({"resource_class": listing.resource_class, "sort": "free"})
        yield Way(_("Listings with room"), f"{market}?{like}", "building-store")
    if order.refusal_code == RefusalCode.INSUFFICIENT_FUNDS:
        yield Way(_("Your prepaid account"), reverse("portal:ledger-accounts"), "wallet")


def cheaper(listing: ListingRow) -> str:
    """Return the query that finds what is like a listing and costs no more."""
    query = {"resource_class": listing.resource_class, "sort": "price"}
    if listing.price_per_standard_hour is not None:
        query["price_max"] = f"{listing.price_per_standard_hour:f}"
    return urlencode(query)


def _charges(_actor: Actor, found: Any, query: QueryDict, _now: datetime) -> dict[str, Any]:
    days = settlement_selectors.charged_days(found.order.pk)
    chosen = _day(query.get("day", ""))
    wanted = [each.day for each in days if chosen is None or each.day == chosen]
    return {
        "days": days,
        "chosen_day": chosen,
        "charges": settlement_selectors.charges_on(found.order.pk, wanted),
        "page_address": address_of(found.order.pk, part="charges"),
    }


def _day(text: str) -> date | None:
    try:
        return moments.parse_day(text) if text else None
    except Refusal:
        return None


def _ledger(_actor: Actor, found: Any, _query: QueryDict, _now: datetime) -> dict[str, Any]:
    charges = settlement_selectors.charges_of_order(found.order.pk)[:CHARGES_SHOWN]
    groups = [each.ledger_group for each in charges if each.ledger_group]
    lines = orders_selectors.ledger_lines(found.order, groups=groups)
    totals = orders_selectors.ledger_totals(lines)
    return {
        "ledger_lines": lines,
        "ledger_totals": totals,
        "is_balanced": all(each.debit_minor == each.credit_minor for each in totals),
        "charges_max": CHARGES_SHOWN,
        "is_cut": len(groups) >= CHARGES_SHOWN,
    }


def _energy(_actor: Actor, found: Any, _query: QueryDict, _now: datetime) -> dict[str, Any]:
    main, side = order_energy.blocks(found.order.pk)
    return {"energy_main": main, "energy_side": side}


def _evidence(_actor: Actor, found: Any, _query: QueryDict, _now: datetime) -> dict[str, Any]:
    contract = settlement_selectors.contract_of_order(found.order.pk)
    records = settlement_selectors.trade_records()
    trades = records.filter(contract_id=contract.pk) if contract else records.none()
    charges = settlement_selectors.charges_of_order(found.order.pk)
    return {
        "contract": contract,
        "trades": list(trades[:SEALED_SHOWN]),
        "sealed": list(charges[:SEALED_SHOWN]),
        "charges_address": address_of(found.order.pk, part="charges"),
    }


def _events(actor: Actor, found: Any, _query: QueryDict, _now: datetime) -> dict[str, Any]:
    """Return what the record tells this reader of the order and its delivery, newest first."""
    rows = events.of_objects(ORDER, [found.order.pk])[found.order.pk]
    delivery = fulfilment_selectors.delivery_of_order(found.order.pk)
    if delivery is not None:
        rows = [*rows, *events.of_objects(DELIVERY, [delivery.pk])[delivery.pk]]
        rows.sort(key=lambda each: each.id)
    rows = rows[-EVENTS_SHOWN:]
    told = telling.told(rows[::-1], reader=actor)
    return {"events": activity.lines(told, reader=actor)}


BUILD: Final[dict[str, Callable[..., dict[str, Any]]]] = {
    "": _overview,
    "charges": _charges,
    "ledger": _ledger,
    "why": _why,
    "energy": _energy,
    "evidence": _evidence,
    "events": _events,
}
