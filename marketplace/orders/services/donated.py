"""Orders of community capacity: whom it is given to, and how much of it is left to them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from common.errors import Refusal
from identity import selectors as identity_selectors
from identity.contracts import CapacityUnit
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.community import CommunityTerms
from marketplace.catalog.contracts import ListingTerms
from marketplace.orders import selectors, telling
from marketplace.orders.community_contracts import (
    TOLD_FROM,
    CommunityNotForYou,
    CommunityQuota,
    CommunityQuotaUsed,
    tenths,
)
from marketplace.orders.event_names import CommunityEvent
from marketplace.orders.models import Order

# What an order takes from: the month, the unit, and the version of the rule.
_Pot = tuple[date, str, int]


def refused_community(
    rows: Sequence[Order], listings: Mapping[UUID, ListingTerms], *, buyer_id: UUID
) -> dict[str, Refusal]:
    """
    Return why a buyer may not take some community capacity, by the orders' keys.

    What is left is held until the transaction ends; the database checks it once more.
    """
    pots = _pots(rows, listings)
    if not pots:
        return {}
    rules = catalog_selectors.community_rules()
    industry = identity_selectors.organization(buyer_id).industry
    found: dict[str, Refusal] = {}
    taken: Counter[tuple[date, str]] = Counter()  # versions of the rule count together
    for pot in sorted(pots):
        terms = rules[pot[2]]
        if terms.admits(industry):
            found |= _beyond(pots[pot], _quota(pot, terms, buyer_id), taken)
        else:
            told = CommunityNotForYou(field="listing_id", industries=", ".join(terms.industries))
            found |= dict.fromkeys((row.key for row in pots[pot]), told)
    return found


def tell_of_quotas(
    came: Sequence[Order], listings: Mapping[UUID, ListingTerms], *, buyer_id: UUID
) -> None:
    """Tell a buyer whose new orders took its quota past 80 per cent, or took all of it."""
    pots = _pots(came, listings)
    rules = catalog_selectors.community_rules() if pots else {}
    for pot, rows in sorted(pots.items(), key=lambda each: each[0]):
        now = _quota(pot, rules[pot[2]], buyer_id)
        before = now.used - sum(map(_amount, rows))
        if now.used >= now.most > before:
            telling.of_quota(CommunityEvent.USED, now, buyer_id=buyer_id)
        elif now.share >= TOLD_FROM > 100 * before // max(now.most, 1):
            telling.of_quota(CommunityEvent.NEARLY_USED, now, buyer_id=buyer_id)


def _pots(rows: Sequence[Order], listings: Mapping[UUID, ListingTerms]) -> dict[_Pot, list[Order]]:
    given = [
        (row, terms)
        for row in rows
        if row.wanted_listing_id
        and (terms := listings.get(row.wanted_listing_id)) is not None
        and terms.community_rule is not None
    ]
    rules = catalog_selectors.community_rules() if given else {}
    pots: dict[_Pot, list[Order]] = {}
    for row, terms in given:
        assert terms.community_rule is not None
        month = rules[terms.community_rule].month(row.starts_at)
        pots.setdefault((month, terms.capacity_unit, terms.community_rule), []).append(row)
    return pots


def _quota(pot: _Pot, terms: CommunityTerms, buyer_id: UUID) -> CommunityQuota:
    month, unit, _version = pot
    return selectors.community_quota(terms, buyer_id=buyer_id, unit=unit, month=month)


def _beyond(
    rows: Sequence[Order], quota: CommunityQuota, taken: Counter[tuple[date, str]]
) -> dict[str, Refusal]:
    pot = (quota.month, quota.unit)
    found: dict[str, Refusal] = {}
    for row in rows:
        wanted, left = _amount(row), max(quota.left - taken[pot], 0)
        if wanted <= left:
            taken[pot] += wanted
            continue
        found[row.key] = CommunityQuotaUsed(
            field="units_milli",
            left=tenths(left),
            most=quota.most_hours,
            unit=CapacityUnit(quota.unit).label,
            month=f"{quota.month:%Y-%m}",
            wanted=tenths(wanted),
        )
    return found


def _amount(row: Order) -> int:
    return int(row.units_milli * (row.ends_at - row.starts_at).total_seconds())
