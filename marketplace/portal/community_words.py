"""What is told of community capacity: whom it is given to, and what is left."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from identity import selectors as identity_selectors
from identity.contracts import CapacityUnit, Role
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.community import CommunityTerms
from marketplace.orders import selectors as orders_selectors


def given_to(terms: CommunityTerms) -> str:
    """Return whom a version of the rule gives capacity to."""
    if not terms.industries:
        return _("everyone")
    return _("organisations of the industries %(codes)s") % {"codes": ", ".join(terms.industries)}


def left_told(listing: Any, actor: Any, *, now: datetime) -> str:
    """Return what a listing of the community gives a reader; nothing for what is sold."""
    if listing.community_rule_id is None:
        return ""
    terms = catalog_selectors.community_rules()[listing.community_rule_id]
    told = _("Free by version %(version)s of the rule, for %(whom)s. It is ordered by name alone.")
    said = told % {"version": terms.version, "whom": given_to(terms)}
    if not actor.has_role(Role.BUYER):
        return said
    if not terms.admits(identity_selectors.organization(actor.organization_id).industry):
        return f"{said} {_('Your organisation is none of them.')}"
    quotas = orders_selectors.community_quotas(buyer_id=actor.organization_id, at=now)
    mine = next(each for each in quotas if each.unit == listing.capacity_unit)
    left = _("Left to you this month: %(left)s of %(most)s %(unit)s-hours.") % {
        "left": mine.left_hours,
        "most": mine.most_hours,
        "unit": CapacityUnit(mine.unit).label,
    }
    return f"{said} {left}"
