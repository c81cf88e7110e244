"""Community capacity: the rule, what is given, what is left, who took it, who is named."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common import clock
from identity.contracts import Actor, Role
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog import services as catalog_services
from marketplace.catalog.community import CommunityTerms, DonorNaming
from marketplace.orders import selectors as orders_selectors
from marketplace.portal import community_words
from marketplace.portal.access import PortalRequest, form_only, page

GIVEN_SHOWN = 100


@require_safe
def community(request: HttpRequest) -> HttpResponse:
    """
    Show everybody the rule and what is given by it.

    A buyer reads its quotas, too, and a provider who took what it gives.
    """
    now, actor = clock.now(), getattr(request, "actor", None)
    rule = catalog_selectors.community_rule(at=now)
    context = {
        "rule": rule,
        "given_to": community_words.given_to(rule),
        "given": catalog_selectors.community_listings()[:GIVEN_SHOWN],
        "is_stranger": actor is None,
    }
    if actor is not None:
        context |= _own(actor, rule, now)
    return render(request, "portal/community.html", context)


def _own(actor: Actor, rule: CommunityTerms, now: datetime) -> dict[str, Any]:
    """Return what a member reads of its own: what is left to it, and what it gives."""
    owner, month = actor.organization_id, rule.month(now)
    is_buyer, is_provider = actor.has_role(Role.BUYER), actor.has_role(Role.PROVIDER)
    return {
        "is_buyer": is_buyer,
        "is_provider": is_provider,
        "may_choose": rule.donor == DonorNaming.CHOICE,
        "quotas": (orders_selectors.community_quotas(buyer_id=owner, at=now) if is_buyer else []),
        "own": catalog_selectors.given_by(owner)[:GIVEN_SHOWN] if is_provider else [],
        "used": (
            orders_selectors.community_use(provider_id=owner, month=month) if is_provider else []
        ),
    }


@page(Role.PROVIDER)
@form_only
def donor(request: PortalRequest, listing_id: UUID) -> HttpResponse:
    """Say whether the donor of a listing is named; either can be said again."""
    named = catalog_services.name_donor(
        listing_id=listing_id,
        provider_id=request.actor.organization_id,
        is_named=request.POST.get("named") == "yes",
    )
    told = (
        _("%(number)s names its donor.")
        if named.is_donor_named
        else _("%(number)s does not name its donor.")
    )
    messages.success(request, told % {"number": named.number})
    return redirect("portal:community")
