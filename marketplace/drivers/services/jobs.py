"""Batch jobs as orders: placed with what they run, in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.drivers import job_rules
from marketplace.drivers.job_contracts import BatchJobInvalid, JobWish
from marketplace.drivers.models import BatchJob
from marketplace.orders import services as orders_services
from marketplace.orders.contracts import OrderWish


@transaction.atomic
def place_job(*, buyer_id: UUID, wish: OrderWish, job: JobWish, placed_at: datetime) -> BatchJob:
    """
    Place an order that runs a job; its driver is told of both, and its exit code is the result.

    Placed again under the same key, it is the job that was placed then.

    :raises BatchJobInvalid: if the job breaks its limits, or another stands under the key
    :raises Refusal: what `orders.services.place_order` refuses
    """
    length = wish.period.ends_at - wish.period.starts_at
    job_rules.check_job(job, seconds=int(length.total_seconds()))
    order = orders_services.place_order(buyer_id=buyer_id, wish=wish, placed_at=placed_at)
    wanted = {
        "command": list(job.command),
        "image": job.image,
        "data_reference": job.data_reference,
        "environment": dict(job.environment),
        "sealed_names": list(job.sealed_names),
        "wall_seconds": job.wall_seconds,
    }
    made, is_new = BatchJob.objects.get_or_create(
        order_id=order.pk, defaults={**wanted, "buyer_id": buyer_id, "made_at": placed_at}
    )
    # An order that stood before without a job may be under way: it gets none afterwards.
    is_same = order.placed_at == placed_at if is_new else _is_kept(made, wanted)
    if not is_same:
        raise BatchJobInvalid(field="command", problem=_("another order stands under this key"))
    return made


def _is_kept(made: BatchJob, wanted: Mapping[str, Any]) -> bool:
    return all(getattr(made, name) == value for name, value in wanted.items())
