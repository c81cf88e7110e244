"""The paper of an order: what was agreed, and what was charged day by day."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from identity.contracts import CapacityUnit
from marketplace.orders.contracts import Phase
from marketplace.portal import figures, names
from marketplace.portal.papers.setting import typeset
from marketplace.settlement.selectors import ChargedDay
from marketplace.settlement.selectors.reading import ChargeTotals

DAYS_MAX: Final = 400  # some 14 sheets


def order_paper(
    order: Any,
    *,
    phase: Phase,
    charged: ChargeTotals,
    days: list[ChargedDay],
    at: datetime,
    not_delivered: str = "",
    receipt: Any = None,
) -> bytes:
    """
    Return an order as PDF, in the language of the reader.

    One that was not delivered is its receipt: why, no lines, and nothing to pay; `receipt` is the
    numbered one, once it is written.
    """
    shown = sorted(days[:DAYS_MAX], key=lambda each: each.day)
    values = {
        "lang": "zh" if (get_language() or "").startswith("zh") else "en",
        "market": str(settings.SITE_NAME),
        "subtitle": _("Market and ledger"),
        "title": _("Receipt") if not_delivered else _("Order confirmation"),
        "state": _("Not delivered") if not_delivered else str(phase.label),
        "number": order.number,
        "number_label": _("Number"),
        "parties": [
            _party(_("Buyer"), order.buyer),
            *([_party(_("Provider"), order.provider)] if order.provider else []),
        ],
        "facts": _facts(order) + _receipt_facts(receipt),
        "sums": _sums(order, charged),
        "days_title": _("Charges by day"),
        "days_note": _days_note(len(days)),
        "no_days": _no_days(not_delivered),
        "heads": [_("Day"), _("Standard hours"), _("Charged"), _("Vouchers"), _("Cash")],
        "days": [_row(each) for each in shown],
        "total": [
            _("Total"),
            "",
            figures.money(charged.gross_minor),
            figures.money(charged.voucher_minor),
            figures.money(charged.cash_minor),
        ],
        "note": _(
            "Use is charged by what meters recorded; corrections count on the day of their use."
        ),
        "footer": _("As of %(at)s. Made by the system; this is no invoice.")
        % {"at": figures.moment(at)},
    }
    return typeset("order", values, at=at)


def _no_days(not_delivered: str) -> str:
    if not not_delivered:
        return _("Nothing has been charged so far.")
    told = _("Receipt: not delivered, %(reason)s. Lines: 0. Total: %(total)s.")
    return told % {"reason": not_delivered, "total": figures.money(0)}


def _party(label: str, organization: Any) -> dict[str, str]:
    return {
        "label": label,
        "name": str(names.named(organization)),
        "code": organization.uscc,
    }


def _facts(order: Any) -> list[dict[str, str]]:
    listing = order.listing or order.wanted_listing
    capacity = figures.grouped(Decimal(order.units_milli).scaleb(-3))
    of = CapacityUnit(listing.capacity_unit) if listing else CapacityUnit.CARD
    unit = names.unit(of, is_one=order.units_milli == 1000)
    facts = [
        (_("What"), str(names.named(listing, "title")) if listing else names.book_name(order.book)),
        (_("Compute identifier"), listing.resource.identifier if listing else ""),
        (_("Capacity"), f"{capacity} {unit}"),
        (_("From"), figures.moment(order.starts_at)),
        (_("Until"), figures.moment(order.ends_at)),
        (_("Ordered"), figures.moment(order.placed_at)),
    ]
    return [{"label": label, "value": value} for label, value in facts if value]


def _receipt_facts(receipt: Any) -> list[dict[str, str]]:
    if receipt is None:
        return []
    return [
        {"label": _("Receipt"), "value": receipt.number},
        {"label": _("Hash"), "value": f"{receipt.content_hash[:32]} {receipt.content_hash[32:]}"},
    ]


def _sums(order: Any, charged: ChargeTotals) -> list[dict[str, str]]:
    agreed = "—" if order.gross_minor is None else figures.money(order.gross_minor)
    return [
        {"label": _("Agreed"), "value": agreed, "tone": ""},
        {"label": _("Charged so far"), "value": figures.money(charged.gross_minor), "tone": ""},
        {
            "label": _("Paid by vouchers"),
            "value": figures.money(charged.voucher_minor),
            "tone": "voucher",
        },
        {"label": _("Paid in cash"), "value": figures.money(charged.cash_minor), "tone": ""},
    ]


def _row(day: ChargedDay) -> list[str]:
    hours = "—" if day.standard_hours is None else figures.grouped(day.standard_hours, 3)
    amounts = (day.gross_minor, day.voucher_minor, day.cash_minor)
    return [f"{day.day:%Y-%m-%d}", hours, *(figures.money(each) for each in amounts)]


def _days_note(count: int) -> str:
    if count <= DAYS_MAX:
        return ""
    return _("the last %(most)s of %(count)s days") % {"most": DAYS_MAX, "count": count}
