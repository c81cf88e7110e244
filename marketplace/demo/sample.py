"""The sample market: one call that fills an installation, and changes nothing the second time."""

from datetime import datetime, timedelta
from typing import Final

from common import moments
from common.period import Period
from marketplace import accounts
from marketplace.bulletin import services as bulletin_services
from marketplace.demo import (
    answering,
    assuring,
    cast,
    funding,
    history,
    scenes,
    side_by_side,
    supply,
)
from marketplace.statements import selectors as statements_selectors
from metering import services as metering_services
from pricing import paths as pricing_paths
from pricing import services as pricing_services

HISTORY: Final = timedelta(days=15)
DAY: Final = timedelta(days=1)
# Of a month that is over: days on which orders are placed, and those until all has ended.
PAST_BEGINS: Final = 9 * DAY
PAST_PLACING: Final = 2 * DAY
PAST_TELLING: Final = 6 * DAY


def load(*, now: datetime, with_past_month: bool = False) -> dict[str, int]:
    """
    Load what is missing of the sample market; return how much of each there is.

    With some trade of the last month whose statements are due, its books can be closed.
    """
    recent = (now - HISTORY).replace(hour=0, minute=0, second=0, microsecond=0)
    chapters = [history.Chapter("sample", Period(recent, now), now)]
    if with_past_month:
        chapters = [*_past_month(recent, now), *chapters]
    since = chapters[0].placing.starts_at
    accounts.install_chart()
    metering_services.install_shipped_rules(now=since)
    organizations = cast.organizations(now=now)
    people = cast.people(known=organizations, password=cast.password())
    cast.certify_buyers(known=organizations, members=people, now=now)
    pricing_services.publish_paths(paths=pricing_paths.assumed(), starts_at=now, now=now)
    supplied = supply.supply_market(known=organizations, members=people, since=since, now=now)
    answering.open_storage(known=organizations, since=since)
    side_by_side.stand_side_by_side(known=organizations, since=since)
    answering.certify_model(supplied, known=organizations, members=people, now=now)
    answering.say_reference(known=organizations, members=people, now=now)
    given = supply.give_to_community(known=organizations, members=people, since=since, now=now)
    published = scenes.publish_scenes(known=organizations, members=people, now=now)
    programmes = funding.open_programmes(known=organizations, members=people, since=since)
    funding.fund_buyers(known=organizations, members=people, since=since)
    funding.open_bank_accounts(known=organizations, members=people, since=since)
    projects = funding.open_projects(known=organizations, members=people, since=since)
    buyer, shown = cast.visited(organizations, "BUYER"), supplied[0]
    deal = history.shown_deal(buyer.pk, shown, chapters[-1])
    is_new = assuring.promise_level(shown, now=since)
    orders = history.tell(
        known=organizations,
        supplied=supplied,
        projects=projects,
        chapters=chapters,
        shown=deal,
    )
    if is_new:
        assuring.tell_of_states(supplied, broken=deal, told=Period(recent, now))
        assuring.count(now=now)
    metering_services.install_shipped_rules(now=now)  # What is announced, and not in force yet.
    bulletin_services.publish_missing(now=now)  # Nobody waits ten minutes for past days.
    return {
        "organizations": len(organizations),
        "people": len(people),
        "listings": len(supplied),
        "given": given,
        "scenes": published,
        "programmes": programmes,
        "orders": orders,
    }


def _past_month(recent: datetime, now: datetime) -> list[history.Chapter]:
    """Return what is told of the last month that is due, unless the recent trade lies in it."""
    month = statements_selectors.last_due_month(now=now)
    starts_at = moments.month_period(month).starts_at + PAST_BEGINS
    ends_at = starts_at + PAST_TELLING
    if ends_at > recent:
        return []
    return [history.Chapter("past", Period(starts_at, starts_at + PAST_PLACING), ends_at)]
