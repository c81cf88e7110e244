"""Replies kept for idempotency keys, until nobody sends their request again."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from identity.models import IdempotencyRecord
from identity.privacy.rows import is_held


@transaction.atomic
def forget_replies(*, before: datetime, limit: int = 10_000) -> int:
    """Remove replies that were stored before a moment, the oldest first; return how many."""
    held = is_held(organization="organization_id")
    oldest = (
        IdempotencyRecord.objects.filter(~held, created_at__lt=before)
        .order_by("created_at")
        .values("pk")[:limit]
    )
    removed, _models = IdempotencyRecord.objects.filter(pk__in=oldest).delete()
    return removed


def kept_reply(*, organization_id: UUID, key: str) -> str | None:
    """Return what an organisation's earlier request of this key was answered with."""
    found = IdempotencyRecord.objects.filter(organization_id=organization_id, key=key).first()
    return None if found is None else found.body


def keep_reply(
    *, organization_id: UUID, key: str, request_hash: str, status: int, body: str, now: datetime
) -> None:
    """Keep what a request is answered with, in the transaction of its effect."""
    IdempotencyRecord.objects.create(
        organization_id=organization_id,
        key=key,
        request_hash=request_hash,
        status=status,
        body=body,
        created_at=now,
    )
