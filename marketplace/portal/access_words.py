"""Access in words: a key that is missing, and what is said of a key for an interface."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from marketplace.fulfilment import rules as fulfilment_rules
from marketplace.portal import desk, figures


def key_notes(found: Any, *, is_asked: bool, own: UUID) -> list[desk.Note]:
    """Return to the parties of a delivery that access waits for a key; else nothing."""
    is_open = found.state not in fulfilment_rules.OVER
    if is_asked or not is_open or own not in (found.buyer_id, found.provider_id):
        return []
    since = {"since": figures.moment(found.key_wanted_at)} if found.key_wanted_at else {}
    if own == found.buyer_id:
        told = _(
            "You have named no key yet, so nobody can let you in: make one on the page of its"
            " access."
        )
        if since:
            told = _(
                "The provider waits for your key since %(since)s: make one on the page of its"
                " access, or it comes to nothing."
            )
        return [desk.Note(told % since, "warning")]
    if not since:
        return []
    told = _(
        "You wait for the buyer's key since %(since)s; your time stands still. Once it is named you"
        " have the whole time to be ready."
    )
    return [desk.Note(told % since, "info")]


def key_facts(found: Any, handed: Sequence[Any]) -> list[desk.Facts]:
    """Return what is said of the latest key for an interface; nothing where there is none."""
    last = handed[0] if handed else None
    if last is None or last.expires_at is None:
        return []
    rate = last.requests_a_minute
    pairs = [
        (_("Ends with"), desk.Cell(f"…{last.key_hint}" if last.key_hint else "–", is_code=True)),
        (_("Scopes"), desk.Cell(", ".join(last.scopes) or _("all that was ordered"))),
        (_("Requests a minute"), desk.Cell(figures.grouped(rate) if rate else "–")),
        (_("Expires"), desk.Cell(figures.moment(last.expires_at))),
    ]
    if last.former_until is not None:
        counts = desk.Cell(figures.moment(last.former_until))
        pairs.append((_("The former key counts until"), counts))
    elif len(handed) > 1:
        pairs.append((_("The former key"), desk.Cell(_("counts no longer"))))
    if found.state in fulfilment_rules.OVER:
        at = figures.moment(found.wiped_at) if found.wiped_at else ""
        told = _("revoked, as the provider said at %(at)s") % {"at": at}
        waits = _("the provider has yet to say that it is revoked")
        pairs.append((_("Since the end"), desk.Cell(told if at else waits)))
    return [desk.Facts(_("The key"), pairs)]
