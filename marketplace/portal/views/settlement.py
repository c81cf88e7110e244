"""What a provider has earned: running contracts, months, trade records."""

from typing import Final

from django.http import HttpResponse
from django.shortcuts import render

from identity.contracts import Role
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.paging import key_page
from marketplace.settlement import selectors
from marketplace.settlement.contracts import ContractState, Side

ROWS: Final = 15
CONTRACTS_SHOWN: Final = 20


@page(Role.PROVIDER)
def settlement(request: PortalRequest) -> HttpResponse:
    """Show what runs, what was earned in each month, and the records behind it."""
    provider_id = request.actor.organization_id
    active = selectors.contracts().filter(provider_id=provider_id, state=ContractState.ACTIVE)
    records = selectors.trade_records().filter(provider_id=provider_id).order_by("-id")
    rows, following = key_page(records, request, size=ROWS)
    context = {
        "overview": selectors.provider_overview(provider_id=provider_id),
        "months": selectors.statements(organization_id=provider_id, side=Side.PROVIDER),
        "contracts": active[:CONTRACTS_SHOWN],
        "records": rows,
        "following": following,
        "is_first": "after" not in request.GET,
    }
    return render(request, "portal/settlement.html", context)
