"""For which listings a rule of the market demands that prices name a document and its clause."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from marketplace.catalog.basis import BASES, grounds_of
from marketplace.catalog.models import BasisRule, Listing
from marketplace.catalog.selectors.collars import collars_in_force
from pricing import selectors as pricing_selectors
from pricing.basis import BasisGround


def basis_rules() -> list[BasisRule]:
    """Return every version of the rule, the newest first."""
    return list(BasisRule.objects.order_by("-starts_at"))


def basis_missing(listings: Sequence[Listing], *, at: datetime) -> BasisGround | None:
    """Return why the plan of one of some listings must name a document and does not, if so."""
    bare = pricing_selectors.without_basis({each.plan_version_id for each in listings})
    asking = [each for each in listings if each.plan_version_id in bare]
    rule = BasisRule.objects.filter(starts_at__lte=at).order_by("-starts_at").first()
    if not asking or rule is None:
        return None
    collared = collars_in_force(book_ids={each.book_id for each in asking}, at=at)
    read = BASES.rule(rule.name)
    grounds = (
        read(
            rule.grounds,
            grounds_of(
                is_community=each.community_rule_id is not None,
                is_collared=each.book_id in collared,
                accepts_vouchers=each.accepts_vouchers,
            ),
        )
        for each in asking
    )
    return next((ground for ground in grounds if ground is not None), None)


def basis_of_plan(plan_id: UUID, at: datetime) -> BasisGround | None:
    """Return why the next version of a plan must name a document, by what is listed under it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT catalog_basis_of_plan(%s, %s)", [plan_id, at])
        (ground,) = cursor.fetchone()
    return None if ground is None else BasisGround(ground)
