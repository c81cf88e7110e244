"""Batch jobs as orders: placed with what they run, in one transaction."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from identity.approvals import services as approvals_services
from identity.approvals.contracts import Person, Proposed
from marketplace.budgets.contracts import ApprovalRequired
from marketplace.drivers import job_rules, selectors
from marketplace.drivers.job_contracts import JOB_KIND, BatchJobInvalid, JobWish
from marketplace.drivers.models import BatchJob
from marketplace.orders import services as orders_services
from marketplace.orders.contracts import OrderWish, PriceRose


@transaction.atomic
def place_job(
    *,
    buyer_id: UUID,
    wish: OrderWish,
    job: JobWish,
    placed_at: datetime,
    proposal_id: UUID | None = None,
) -> BatchJob:
    """
    Place an order that runs a job; its driver is told of both, and its exit code is the result.

    Placed again under the same key, it is the job that was placed then.

    :raises BatchJobInvalid: if the job breaks its limits, or another stands under the key
    :raises JobNotForDriver: if the driver of the listing cannot run it like this
    :raises Refusal: what `orders.services.place_order` refuses
    """
    length = wish.period.ends_at - wish.period.starts_at
    job_rules.check_job(job, seconds=int(length.total_seconds()))
    if wish.listing_id is not None:
        job_rules.check_driver_takes(job, selectors.kind_for_listing(wish.listing_id))
    order = orders_services.place_order(buyer_id=buyer_id, wish=wish, placed_at=placed_at)
    wanted = job_rules.content_of(job)
    made, is_new = BatchJob.objects.get_or_create(
        order_id=order.pk,
        defaults={
            **wanted,
            "content_hash": job_rules.hash_of(job),
            "proposal_id": proposal_id,
            "buyer_id": buyer_id,
            "made_at": placed_at,
        },
    )
    # An order that stood before without a job may be under way: it gets none afterwards.
    is_same = order.placed_at == placed_at if is_new else _is_kept(made, wanted)
    if not is_same:
        raise BatchJobInvalid(field="command", problem=_("another order stands under this key"))
    return made


def _is_kept(made: BatchJob, wanted: Mapping[str, Any]) -> bool:
    return all(getattr(made, name) == value for name, value in wanted.items())


def place_or_propose_job(
    *, buyer_id: UUID, wish: OrderWish, job: JobWish, by: Person, placed_at: datetime
) -> BatchJob | Proposed:
    """
    Place a job, or propose it to another buyer of the organisation if a cap asks for that.

    What is proposed holds all that would run, and its hash: that runs, or nothing.

    :raises Refusal: as `place_job`, but for `ApprovalRequired`
    :raises ProposalWaits: if the same wish waits already
    """
    try:
        return place_job(buyer_id=buyer_id, wish=wish, job=job, placed_at=placed_at)
    except ApprovalRequired as asked:
        draft = orders_services.draft_of(buyer_id, wish, asked, by=by)
        carried = {"job": job_rules.content_of(job), "job_hash": job_rules.hash_of(job)}
        content = {**draft.content, **carried}
        return approvals_services.propose(
            replace(draft, kind=JOB_KIND, content=content), now=placed_at
        )


@transaction.atomic
def confirm_job(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> BatchJob:
    """
    Place a job that another buyer of the organisation proposed: exactly what was read.

    :raises PriceRose: if it would cost more than was read
    :raises BatchJobInvalid: if the job is not the one whose hash was agreed on
    :raises Refusal: as `place_job` and `settle`
    """
    agreed = approvals_services.settle(
        proposal_id=proposal_id,
        kind=JOB_KIND,
        by=Person(person_id, organization_id),
        now=now,
        note=note,
    )
    job = job_rules.job_from(agreed.content["job"])
    if job_rules.hash_of(job) != agreed.content["job_hash"]:
        raise BatchJobInvalid(field="command", problem=_("it is not what was read"))
    made = place_job(
        buyer_id=UUID(agreed.content["organization_id"]),
        wish=orders_services.proposed_wish(agreed.content, person_id=agreed.proposed_by_id),
        job=job,
        placed_at=now,
        proposal_id=proposal_id,
    )
    most = agreed.content["amount_minor"]
    if most is not None and (made.order.gross_minor or 0) > most:
        raise PriceRose
    return made


@transaction.atomic
def cancel_job(*, order_id: UUID, buyer_id: UUID, now: datetime) -> BatchJob:
    """
    Cancel a job that has not started; what was held returns.

    :raises JobNotFound: if there is none, or it is someone else's
    :raises OrderNotCancellable: if it started, or is over
    """
    found = selectors.job_of_party(order_id, organization_id=buyer_id)
    orders_services.cancel_order(order_id=order_id, buyer_id=buyer_id, now=now)
    return found
