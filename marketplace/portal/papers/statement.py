"""The paper of a statement, with a code that leads to its proof."""

import io
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import segno
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from marketplace.portal import figures, names
from marketplace.portal.papers.setting import typeset
from marketplace.statements.contracts import PAPER_ROWS_MAX, BillSide, Summed

HASH_LINE: Final = 16


def statement_paper(
    statement: Any,
    *,
    sums: Sequence[Summed],
    balances: Sequence[Any],
    proof_address: str,
    at: datetime,
) -> bytes:
    """Return a statement as PDF, in the language of the reader."""
    shown = sums[:PAPER_ROWS_MAX]
    digest = statement.content_hash
    values = {
        "lang": "zh" if (get_language() or "").startswith("zh") else "en",
        "market": str(settings.SITE_NAME),
        "subtitle": _("Market and ledger"),
        "title": str(statement.get_kind_display()),
        "month": f"{statement.starts_on:%Y-%m}",
        "state": _state(statement),
        "number": statement.number,
        "number_label": _("Number"),
        "facts": _facts(statement),
        "sums": _sums(statement),
        "lines_title": _("By order"),
        "lines_note": _rest(len(sums)),
        "heads": [_("What"), _("Days"), _("Standard hours"), _("Came"), _("Went")],
        "lines": [_line(each) for each in shown],
        "total": [
            _("Total"),
            "",
            figures.grouped(sum((each.standard_hours for each in sums), Decimal(0)), 3),
            figures.money(sum(each.added_minor for each in sums)),
            figures.money(sum(each.taken_minor for each in sums)),
        ],
        "ledger_title": _("In the ledger"),
        "ledger_heads": [_("Account"), _("Opening"), _("Closing")],
        "ledger": [_balance(each) for each in balances],
        "tax_title": _("Tax within what was charged"),
        "tax_heads": [_("Rate"), _("Charged"), _("Tax")],
        "taxes": [_tax(row) for row in statement.taxes],
        "qr": qr_svg(proof_address),
        "proof_title": _("Scan to verify"),
        "hash_label": _("Hash of the statement"),
        "hash": [digest[at : at + HASH_LINE] for at in range(0, len(digest), HASH_LINE)],
        "proof_note": proof_address,
        "note": _("What comes late stands on a later statement, with a link to this one."),
        "footer": _("As of %(at)s. Made by the system; this is no invoice.")
        % {"at": figures.moment(statement.issued_at)},
    }
    return typeset("statement", values, at=at)


def _state(statement: Any) -> str:
    undone = getattr(statement, "cancelled_by", None)
    if undone:
        return _("Cancelled by %(number)s") % {"number": undone.number}
    if statement.cancels:
        return _("Cancels %(number)s") % {"number": statement.cancels.number}
    return ""


def _facts(statement: Any) -> list[dict[str, str]]:
    owner = statement.organization
    whose = str(names.named(owner)) if owner else str(settings.SITE_NAME)
    code = statement.subject if statement.side == BillSide.PROGRAMME else getattr(owner, "uscc", "")
    facts = [
        (str(statement.get_side_display()), whose),
        (_("Code"), code),
        (_("Month"), f"{statement.starts_on:%Y-%m-%d} – {statement.ends_on:%Y-%m-%d}"),
        (_("Issued"), figures.moment(statement.issued_at)),
    ]
    return [{"label": label, "value": value} for label, value in facts if value]


def _sums(statement: Any) -> list[dict[str, str]]:
    return [
        {"label": _("Opening"), "value": figures.money(statement.opening_minor)},
        {"label": "", "value": "+"},
        {"label": _("Came"), "value": figures.money(statement.added_minor)},
        {"label": "", "value": "−"},
        {"label": _("Went"), "value": figures.money(-statement.taken_minor)},
        {"label": "", "value": "="},
        {"label": _("Closing"), "value": figures.money(statement.closing_minor)},
    ]


def _line(each: Summed) -> list[str]:
    named = f"{each.label} {each.key}".strip() or _("Not of an order")
    days = f"{each.first_day:%m-%d} – {each.last_day:%m-%d}"
    hours = figures.grouped(each.standard_hours, 3) if each.standard_hours else "—"
    return [named, days, hours, figures.money(each.added_minor), figures.money(each.taken_minor)]


def _rest(count: int) -> str:
    if count <= PAPER_ROWS_MAX:
        return ""
    return _("the first %(most)s of %(count)s; the files have all") % {
        "most": PAPER_ROWS_MAX,
        "count": count,
    }


def _balance(each: Any) -> list[str]:
    kind = str(names.ACCOUNT_KINDS.get(each.kind, each.kind))
    named = kind if each.asset == "CNY" else f"{kind} {each.asset}"
    return [named, figures.money(each.opening_minor), figures.money(each.closing_minor)]


def _tax(row: dict[str, Any]) -> list[str]:
    rate = f"{Decimal(row['rate']) * 100:f}".rstrip("0").rstrip(".")
    return [f"{rate} %", figures.money(row["charged_minor"]), figures.money(row["tax_minor"])]


def qr_svg(address: str) -> str:
    """Return a code that leads to an address, as SVG."""
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", scale=4, border=1, xmldecl=False)
    return out.getvalue().decode()
