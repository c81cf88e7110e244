"""The paper of a quote, with a code that leads to its proof."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from identity.projects import selectors as projects_selectors
from marketplace.catalog.selectors import QuotedEnergy
from marketplace.demands.selectors import Alternatives
from marketplace.orders.selectors.previews import Preview
from marketplace.portal import (
    alternative_words,
    ending_words,
    figures,
    foreseen_words,
    names,
    quote_page,
)
from marketplace.portal.papers.setting import typeset
from marketplace.portal.papers.statement import HASH_LINE, qr_svg
from pricing import group_selectors, wording
from pricing.contracts import RateUnit
from pricing.group_contracts import PriceGroup


def quote_paper(
    quote: Any,
    *,
    listing: Any,
    buyer: Any,
    foreseen: Preview,
    energy: QuotedEnergy,
    others: Alternatives,
    proof_address: str,
    at: datetime,
) -> bytes:
    """Return a quote as PDF, in the language of the reader."""
    digest = quote.inputs_hash
    facts = quote_page.what_for(listing, quote.subject, quote.standard_hours)
    facts += quote_page.document_of(quote)
    values = {
        "lang": "zh" if (get_language() or "").startswith("zh") else "en",
        "market": str(settings.SITE_NAME),
        "subtitle": _("Market and ledger"),
        "title": _("Quote"),
        "state": _("holds until %(until)s") % {"until": figures.moment(quote.valid_until)},
        "number": names.quoted(quote.pk),
        "number_label": _("Number"),
        "facts": [
            {"label": _("Buyer"), "value": str(names.named(buyer))},
            *({"label": str(label), "value": str(cell.text)} for label, cell in facts),
            {"label": _("Asked"), "value": figures.moment(quote.quoted_at)},
            *_project(quote),
        ],
        "sums": [
            {"label": _("Price"), "value": figures.money(quote.gross_minor), "tone": ""},
            *_member(quote),
            {
                "label": _("Vouchers would pay"),
                "value": figures.money(foreseen.plan.total_minor),
                "tone": "voucher",
            },
            {"label": _("Cash"), "value": figures.money(foreseen.cash_minor), "tone": ""},
            {
                "label": _("Held when it clears"),
                "value": figures.money(foreseen.held_minor),
                "tone": "",
            },
        ],
        "lines_title": _("How the price comes"),
        "heads": [_("Part"), _("Quantity"), _("Unit price"), _("Amount")],
        "lines": [_line(each, quote.lines) for each in quote.lines],
        "total": [_("Total"), "", "", figures.money(quote.gross_minor)],
        "held": foreseen_words.holding(foreseen),
        "others_title": _("Alternatives now"),
        "others_heads": alternative_words.heads(),
        "others": alternative_words.plain_rows(others),
        "others_told": alternative_words.told(others),
        "energy_title": _("Electricity and carbon, estimated"),
        "energy": _energy(energy),
        "qr": qr_svg(proof_address),
        "proof_title": _("Scan to verify"),
        "hash_label": _("Hash of the inputs"),
        "hash": [digest[at_ : at_ + HASH_LINE] for at_ in range(0, len(digest), HASH_LINE)],
        "proof_note": proof_address.partition("?")[0],
        "note": " ".join([
            _("A quote promises a price; it sets no capacity aside. Use that was not measured is"
              " not charged."),
            ending_words.of_terms(
                quote.plan_version.terms, window_seconds=listing.rule_version.window_seconds
            ),
        ]),
        "footer": _("As of %(at)s. Made by the system; this is no invoice.")
        % {"at": figures.moment(at)},
    }  # fmt: skip
    return typeset("quote", values, at=at)


def _member(quote: Any) -> list[dict[str, str]]:
    """Return what a member of a price group is charged; the other sums are at the list price."""
    found = group_selectors.member_quote(quote)
    if found is None:
        return []
    label = _("As %(group)s, if all is used") % {"group": PriceGroup(found.group).label}
    return [{"label": label, "value": figures.money(found.gross_minor), "tone": ""}]


def _project(quote: Any) -> list[dict[str, str]]:
    if quote.project_id is None:
        return []
    project = projects_selectors.by_ids([quote.project_id])[quote.project_id]
    return [{"label": _("Project"), "value": f"{project.code} · {project.name}"}]


def _line(line: dict[str, Any], lines: list[dict[str, Any]]) -> list[str]:
    notes = wording.line_notes(line, lines)
    named = str(names.COMPONENTS.get(line["component"], line["component"]))
    return [
        f"{named} · {notes}" if notes else named,
        f"{figures.grouped(Decimal(line['quantity']))} {RateUnit(line['unit']).label}",
        figures.unit_price(Decimal(line["unit_price"])),
        figures.money(line["amount_minor"]),
    ]


def _energy(energy: QuotedEnergy) -> str:
    facts = quote_page.energy_facts(energy)
    return " · ".join(f"{label}: {cell.text}" for label, cell in facts.pairs)
