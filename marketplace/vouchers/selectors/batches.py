"""Batches of vouchers with how far they have come."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from marketplace.vouchers.contracts import BatchNotFound
from marketplace.vouchers.models import BatchLine, VoucherBatch


def batches(
    *, made_for: UUID | None = None, issuer_id: UUID | None = None
) -> QuerySet[VoucherBatch]:
    """Return the batches that an organisation made, or an issuer decides; newest first."""
    found = VoucherBatch.objects.select_related("programme", "made_for").order_by("-id")
    if made_for is not None:
        found = found.filter(made_for_id=made_for)
    if issuer_id is not None:
        found = found.filter(programme__issuer_id=issuer_id)
    return found


def batch(batch_id: UUID, **whose: Any) -> VoucherBatch:
    """
    Return one of them.

    :raises BatchNotFound: if there is none, or it is someone else's
    """
    found = batches(**whose).filter(pk=batch_id).first()
    if found is None:
        raise BatchNotFound
    return found


def batch_lines(batch_id: UUID) -> QuerySet[BatchLine]:
    """Return the lines of a batch with their applications and vouchers, as they were listed."""
    return (
        BatchLine.objects.filter(batch_id=batch_id)
        .select_related("holder", "application__voucher")
        .order_by("id")
    )


def batch_states(batch_id: UUID) -> Mapping[str, int]:
    """Return how many of a batch stand in each state."""
    rows = (
        BatchLine.objects.filter(batch_id=batch_id)
        .order_by()
        .values_list("application__state")
        .annotate(count=Count("pk"))
    )
    return dict(rows)
