"""The clearing desk: how books stand, what waits, what was set aside, and the way to each act."""

from collections.abc import Sequence
from typing import Any, Final

from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from common import clock
from identity.contracts import Role
from marketplace.catalog import selectors as catalog_selectors
from marketplace.orders import selectors as orders_selectors
from marketplace.portal import names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.lists.clearing import CLEARING
from marketplace.portal.tables import Queried

REVIEW_SHOWN: Final = 10


@page(Role.OPERATOR, Role.AUDITOR)
@require_http_methods(["GET", "POST"])
def clearing_desk(request: PortalRequest) -> HttpResponseBase:
    """Show how each book stands, and the orders that were set aside."""
    now = clock.now()

    def dress(books: Sequence[Any]) -> list[Any]:
        return orders_selectors.standings(books, at=now)

    table = CLEARING.read(request, Queried(catalog_selectors.books()), dress=dress)
    halted = len(orders_selectors.halts_in_force(at=now))
    set_aside = list(orders_selectors.orders_for_review().select_related("book")[:REVIEW_SHOWN])
    context = {
        "told": _told(halted, len(set_aside)),
        "may_act": request.actor.has_role(Role.OPERATOR),
        "review": [
            {
                "id": order.pk,
                "number": order.number,
                "book": names.traded_in(order.book.resource_class, order.book.hub),
                "since": order.review_since,
                "why": order.review_code,
            }
            for order in set_aside
        ],
    }
    return table.answer("portal/clearing_desk.html", context)


def _told(halted: int, set_aside: int) -> str:
    if not halted and not set_aside:
        return _("Every book trades, and no order waits for a check.")
    trade = ngettext("%(n)s book is halted", "%(n)s books are halted", halted) % {"n": halted}
    more = "+" if set_aside == REVIEW_SHOWN else ""
    aside = ngettext(
        "%(n)s order waits for a check", "%(n)s orders wait for a check", set_aside
    ) % {"n": f"{set_aside}{more}"}
    return f"{trade}, {aside}."
