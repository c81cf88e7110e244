"""Replies kept for idempotency keys, until nobody sends their request again."""

from datetime import datetime

from django.db import transaction

from identity.models import IdempotencyRecord


@transaction.atomic
def forget_replies(*, before: datetime, limit: int = 10_000) -> int:
    """Remove replies that were stored before a moment, the oldest first; return how many."""
    oldest = (
        IdempotencyRecord.objects.filter(created_at__lt=before)
        .order_by("created_at")
        .values("pk")[:limit]
    )
    removed, _models = IdempotencyRecord.objects.filter(pk__in=oldest).delete()
    return removed
