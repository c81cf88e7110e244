"""One box for everything that has a number."""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from common import clock
from identity.contracts import Actor, Role
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.contracts import MarketFilter
from marketplace.orders import selectors as orders_selectors
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.order_page import whose_orders
from marketplace.portal.qr import passport_of
from marketplace.portal.views.orders import ORDER_READERS
from marketplace.settlement import selectors as settlement_selectors
from marketplace.vouchers import selectors as vouchers_selectors

TEXT_MAX: Final = 96


@page()
def search(request: PortalRequest) -> HttpResponse:
    """Lead to the one thing that the text names; otherwise to the market, narrowed by it."""
    text = "".join(filter(str.isprintable, request.GET.get("q", ""))).strip()[:TEXT_MAX]
    if not text:
        return redirect("portal:market")
    for look in LOOKS:
        if address := look(request.actor, text.upper()):
            return redirect(address)
    found = catalog_selectors.market_page(MarketFilter(text=text), at=clock.now(), size=2).rows
    if len(found) == 1:
        return redirect("portal:listing", found[0].id)
    return redirect(f"{reverse('portal:market')}?{urlencode({'q': text})}")


# Each answers the address of what a number names, or nothing: also for what is someone else's.
def _listing(_actor: Actor, number: str) -> str:
    found = catalog_selectors.listing_by_number(number) if number.startswith("L-") else None
    return reverse("portal:listing", args=[found.pk]) if found else ""


def _order(actor: Actor, number: str) -> str:
    """Find an order by its own number, or by that of its contract or its trade record."""
    if not actor.has_role(*ORDER_READERS):
        return ""
    mine = orders_selectors.orders_of(organization_id=whose_orders(actor))
    if number.startswith("O-"):
        mine = mine.filter(number=number)
    elif number.startswith("C-"):
        contracts = settlement_selectors.contracts().filter(number=number)
        mine = mine.filter(pk__in=contracts.order_by().values("order_id"))
    elif number.startswith("T-"):
        trades = settlement_selectors.trade_records().filter(number=number)
        mine = mine.filter(number__in=trades.order_by().values("order_number"))
    else:
        return ""
    found = mine.first()
    return reverse("portal:order", args=[found.pk]) if found else ""


def _voucher(actor: Actor, number: str) -> str:
    """Find a voucher in its holder's wallet, or among those of an issuer's programmes."""
    if not number.startswith("V-"):
        return ""
    if actor.has_role(Role.BUYER):
        held = vouchers_selectors.vouchers(holder_id=actor.organization_id).filter(number=number)
        if held.exists():
            return f"{reverse('portal:vouchers')}#{number}"
    if actor.has_role(Role.ISSUER):
        issued = vouchers_selectors.vouchers(issuer_id=actor.organization_id).filter(number=number)
        if issued.exists():
            return reverse("portal:programmes")
    return ""


def _resource(_actor: Actor, identifier: str) -> str:
    """Find an offer of the resource with a code, or the passport of a code that is not offered."""
    if found := catalog_selectors.listing_of_identifier(identifier):
        return reverse("portal:listing", args=[found.pk])
    return passport_of(identifier)


LOOKS: Final[tuple[Callable[[Actor, str], str], ...]] = (_listing, _order, _voucher, _resource)
