"""What a provider has earned: running contracts, months, trade records."""

from typing import Final

from django.http import HttpResponse
from django.shortcuts import render

from identity.contracts import Role
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.pager import paged
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement.contracts import ContractState, Side

ROWS: Final = 15
CONTRACTS_SHOWN: Final = 20
CONTRACTS_CURSOR: Final = "contracts_cursor"


@page(Role.PROVIDER)
def settlement(request: PortalRequest) -> HttpResponse:
    """Show what runs, what was earned in each month, and the records behind it."""
    provider_id = request.actor.organization_id
    active = settlement_selectors.contracts().filter(
        provider_id=provider_id, state=ContractState.ACTIVE
    )
    contracts, contract_pages = paged(active, request, size=CONTRACTS_SHOWN, name=CONTRACTS_CURSOR)
    records = settlement_selectors.trade_records().filter(provider_id=provider_id)
    rows, pages = paged(records, request, size=ROWS, order=("-id",))
    context = {
        "overview": settlement_selectors.provider_overview(provider_id=provider_id),
        "months": settlement_selectors.statements(organization_id=provider_id, side=Side.PROVIDER),
        "contracts": contracts,
        "contract_pages": contract_pages,
        "records": rows,
        "pages": pages,
    }
    return render(request, "portal/settlement.html", context)
