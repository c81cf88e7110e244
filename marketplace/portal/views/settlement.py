"""What a provider has earned: running contracts, months, trade records."""

from django.http import HttpResponseBase

from identity.contracts import Role
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.lists.energy_cells import trade_lines
from marketplace.portal.lists.supply import CONTRACTS, MONTHS, TRADES
from marketplace.portal.tables import Given, Queried, answer_lists
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement.contracts import ContractState, Side


@page(Role.PROVIDER)
def settlement(request: PortalRequest) -> HttpResponseBase:
    """Show what runs, what was earned in each month, and the records behind it."""
    provider_id = request.actor.organization_id
    active = settlement_selectors.contracts().filter(
        provider_id=provider_id, state=ContractState.ACTIVE
    )
    records = settlement_selectors.trade_records().filter(provider_id=provider_id)
    records = records.select_related("buyer")
    months = settlement_selectors.statements(organization_id=provider_id, side=Side.PROVIDER)
    overview = settlement_selectors.provider_overview(provider_id=provider_id)
    return answer_lists(
        request,
        "portal/settlement.html",
        TRADES.read(
            request, Queried(records.order_by("-sequence"), tie="sequence"), dress=trade_lines
        ),
        CONTRACTS.read(request, Queried(active)),
        MONTHS.read(request, Given(months)),
        context={"overview": overview},
    )
