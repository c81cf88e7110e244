"""The paper of a top-up that arrived."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from marketplace.payments.contracts import PayChannel
from marketplace.portal import figures, names
from marketplace.portal.papers.setting import typeset


def receipt_paper(movement: Any, *, at: datetime) -> bytes:
    """Return the receipt of a top-up as PDF, in the language of the reader."""
    source = movement.source
    facts = [
        (_("Way"), str(PayChannel(movement.channel).label)),
        (_("Source"), (source.holder or source.reference[-8:]) if source else "—"),
        (_("Booked"), figures.moment(movement.moved_at)),
    ]
    values = {
        "lang": "zh" if (get_language() or "").startswith("zh") else "en",
        "market": str(settings.SITE_NAME),
        "subtitle": _("Market and ledger"),
        "title": _("Receipt"),
        "state": str(movement.get_state_display()),
        "number": movement.number,
        "number_label": _("Number"),
        "parties": [
            {
                "label": _("Buyer"),
                "name": str(names.named(movement.organization)),
                "code": movement.organization.uscc,
            }
        ],
        "facts": [{"label": label, "value": value} for label, value in facts],
        "sums": [{"label": _("Amount"), "value": figures.money(movement.amount_minor), "tone": ""}],
        "days_title": "",
        "days_note": "",
        "no_days": "",
        "heads": [],
        "days": [],
        "total": [],
        "note": _("Prepaid cash goes back to its source only, never more than came by it."),
        "footer": _("As of %(at)s. Made by the system; this is no invoice.")
        % {"at": figures.moment(at)},
    }
    return typeset("order", values, at=at)
