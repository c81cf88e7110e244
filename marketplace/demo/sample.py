"""The sample market: one call that fills an installation, and changes nothing the second time."""

from datetime import datetime, timedelta
from typing import Final

from marketplace import accounts
from marketplace.bulletin import services as bulletin_services
from marketplace.demo import cast, funding, history, supply
from metering import services as metering_services
from pricing import paths as pricing_paths
from pricing import services as pricing_services

HISTORY: Final = timedelta(days=15)


def load(*, now: datetime) -> dict[str, int]:
    """Load what is missing of the sample market; return how much of each there is."""
    since = (now - HISTORY).replace(hour=0, minute=0, second=0, microsecond=0)
    accounts.install_chart()
    metering_services.install_shipped_rules(now=since)
    organizations = cast.organizations(now=now)
    people = cast.people(known=organizations, password=cast.password())
    cast.certify_buyers(known=organizations, members=people, now=now)
    pricing_services.publish_paths(paths=pricing_paths.assumed(), starts_at=now, now=now)
    supplied = supply.supply_market(known=organizations, since=since, now=now)
    programmes = funding.open_programmes(known=organizations, members=people, since=since)
    funding.fund_buyers(known=organizations, members=people, since=since)
    funding.open_bank_accounts(known=organizations, members=people, since=since)
    projects = funding.open_projects(known=organizations, members=people, since=since)
    orders = history.tell(
        known=organizations, supplied=supplied, projects=projects, since=since, now=now
    )
    bulletin_services.publish_missing(now=now)  # Nobody waits ten minutes for past days.
    return {
        "organizations": len(organizations),
        "people": len(people),
        "listings": len(supplied),
        "programmes": programmes,
        "orders": orders,
    }
