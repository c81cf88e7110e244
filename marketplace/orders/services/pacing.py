"""How often an organisation orders and cancels: a number for all, another for whom an operator."""

from datetime import datetime
from math import ceil
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from common import tenancy
from identity import selectors as identity_selectors
from identity.approvals.contracts import Person
from marketplace.orders import telling
from marketplace.orders.contracts import (
    HALT_REASON_MAX,
    RATE_MAX,
    InvalidRate,
    OrdersTooFast,
    PaceAct,
)
from marketplace.orders.models import OrderRate


def take(act: PaceAct, *, organization_id: UUID, times: int = 1) -> bool:
    """
    Count acts of an organisation, by the database's clock: who fills in the past acts now.

    Returns whether caps bind the organisation, so that who has none is asked nothing more.

    :raises OrdersTooFast: with the seconds to wait, if they are too many for now
    """
    usual = {
        PaceAct.PLACED: settings.ORDERS_PLACED_PER_MINUTE,
        PaceAct.CANCELLED: settings.ORDERS_CANCELLED_PER_MINUTE,
    }[act]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT early, most, budgets_bind(%s) FROM orders_take_pace(%s, %s, %s, %s)",
            [organization_id, organization_id, act, times, usual],
        )
        early, most, is_capped = cursor.fetchone()
    if early > 0:
        raise OrdersTooFast(most=most, retry_after=ceil(early))
    return bool(is_capped)


@transaction.atomic
def set_order_rate(
    *,
    organization_id: UUID,
    placed_per_minute: int,
    cancelled_per_minute: int,
    reason: str,
    by: Person,
    now: datetime,
) -> OrderRate:
    """
    Say how many orders an organisation may place and cancel a minute, from now on.

    :raises NotFound: if there is none such
    :raises InvalidRate: if a number breaks its limits, or it isn't said why
    """
    reason = reason.strip()
    for field, number in (
        ("placed_per_minute", placed_per_minute),
        ("cancelled_per_minute", cancelled_per_minute),
    ):
        if not 1 <= number <= RATE_MAX:
            raise InvalidRate(
                field=field,
                problem=_("%(least)s to %(most)s are allowed") % {"least": 1, "most": RATE_MAX},
            )
    if not 1 <= len(reason) <= HALT_REASON_MAX:
        raise InvalidRate(
            field="reason",
            problem=_("say why, in 1 to %(most)s characters") % {"most": HALT_REASON_MAX},
        )
    with tenancy.acting_as_platform():
        organization = identity_selectors.organization(organization_id)
        rate = OrderRate.objects.create(
            organization_id=organization.pk,
            placed_per_minute=placed_per_minute,
            cancelled_per_minute=cancelled_per_minute,
            reason=reason,
            set_by_id=by.id,
            set_at=now,
        )
        telling.of_rate(rate)
    return rate
