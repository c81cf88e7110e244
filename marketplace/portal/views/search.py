"""One box for everything that has a number."""

from typing import Final
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from marketplace.catalog import selectors as catalog
from marketplace.catalog.contracts import MarketFilter
from marketplace.portal.access import PortalRequest, page

TEXT_MAX: Final = 96


@page()
def search(request: PortalRequest) -> HttpResponse:
    """Lead to the one listing that the text names; otherwise to the market, narrowed by it."""
    text = "".join(filter(str.isprintable, request.GET.get("q", ""))).strip()[:TEXT_MAX]
    if not text:
        return redirect("portal:market")
    found = catalog.market_page(MarketFilter(text=text), at=timezone.now(), size=2).rows
    if len(found) == 1:
        return redirect("portal:listing", found[0].id)
    return redirect(f"{reverse('portal:market')}?{urlencode({'q': text})}")
