"""A provider takes back what it delivers, with the notice that its listing promised."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from common import moments, tenancy
from marketplace.catalog import preemption
from marketplace.fulfilment import rules, telling
from marketplace.fulfilment.contracts import ComputeDeliveryNotFound
from marketplace.fulfilment.ending_contracts import (
    DeliveryIsOver,
    NotPreemptible,
    PreemptionNoticed,
    PreemptionTooLate,
    PreemptionTooShort,
)
from marketplace.fulfilment.models import ComputeDelivery, PreemptionNotice
from marketplace.fulfilment.services.closing import leave_earlier


@transaction.atomic
def give_preemption_notice(
    *,
    delivery_id: UUID,
    provider_id: UUID,
    now: datetime,
    takes_back_at: datetime | None = None,
    note: str = "",
    by_id: int | None = None,
) -> PreemptionNotice:
    """
    Take a delivery back at a moment, or as soon as its listing's notice lets; said again, a no-op.

    Until then it runs and is charged as before. At the moment it ends, whatever its provider says
    then, and nothing is charged from there on. A notice is never taken back.

    :raises ComputeDeliveryNotFound: if it does not exist or is someone else's (the two look alike)
    :raises PreemptionNoticed: if notice was given for another moment
    :raises DeliveryIsOver: if nothing of it is delivered any more
    :raises NotPreemptible: if its listing never said so
    :raises PreemptionTooShort: if the notice is shorter than the listing promised
    :raises PreemptionTooLate: if it ends by itself before
    """
    with tenancy.acting_as_platform():
        delivery = (
            ComputeDelivery.objects.filter(pk=delivery_id, provider_id=provider_id)
            .select_for_update(no_key=True)
            .first()
        )
        if delivery is None:
            raise ComputeDeliveryNotFound
        before = PreemptionNotice.objects.filter(delivery=delivery).first()
        if before is not None:
            if takes_back_at in (None, before.takes_back_at):
                return before
            raise PreemptionNoticed(moment=moments.written(before.takes_back_at))
        minutes, moment = _moment(delivery, takes_back_at, now=now)
        made = PreemptionNotice.objects.create(
            delivery=delivery,
            buyer_id=delivery.buyer_id,
            provider_id=delivery.provider_id,
            rule=delivery.preemption_rule,
            notice_minutes=minutes,
            noticed_at=now,
            takes_back_at=moment,
            note=note,
            by_id=by_id,
        )
        leave_earlier(delivery, moment)
        telling.of_preemption(delivery, made, at=now)
        return made


def _moment(
    delivery: ComputeDelivery, asked: datetime | None, *, now: datetime
) -> tuple[int, datetime]:
    """Return the notice that was promised of a delivery, and when it would be taken back."""
    if delivery.state in rules.OVER:
        raise DeliveryIsOver
    minutes = delivery.preemption_minutes
    if minutes is None:
        raise NotPreemptible
    earliest = preemption.earliest_end(minutes, now=now)
    moment = asked or earliest
    if moment < earliest:
        told = moments.written(_whole_minute(earliest))  # What is named is accepted.
        raise PreemptionTooShort(field="takes_back_at", minutes=minutes, moment=told)
    if moment >= delivery.leaves_at:
        raise PreemptionTooLate(field="takes_back_at", moment=moments.written(delivery.leaves_at))
    return minutes, moment


def _whole_minute(moment: datetime) -> datetime:
    """Return a moment, or the next whole minute: sentences name minutes, and forms take them."""
    cut = moment.replace(second=0, microsecond=0)
    return moment if cut == moment else cut + timedelta(minutes=1)
