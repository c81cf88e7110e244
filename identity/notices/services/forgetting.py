"""Notices are kept for a time; the record of events keeps what happened for good."""

from datetime import datetime
from typing import Final

from common import tenancy
from identity.notices.models import LetterChoice, Notice
from identity.privacy.contracts import HeldKind
from identity.privacy.rows import is_held

FORGOTTEN_MAX: Final = 10_000


def forget(*, before: datetime) -> int:
    """Drop some of the notices from before a moment; return how many."""
    with tenancy.acting_as_platform():
        held = is_held(organization="organization_id", kind=HeldKind.PERSON, object_id="user_id")
        old = Notice.objects.filter(~held, noticed_at__lt=before).order_by("noticed_at")
        ids = list(old.values_list("pk", flat=True)[:FORGOTTEN_MAX])
        dropped, _models = Notice.objects.filter(pk__in=ids).delete()
    return dropped


def forget_notices_of(*, user_id: int) -> int:
    """Drop the notices of a person who is erased, and what they chose; return how many."""
    with tenancy.acting_as_platform():
        dropped, _models = Notice.objects.filter(user_id=user_id).delete()
        choices, _models = LetterChoice.objects.filter(user_id=user_id).delete()
    return dropped + choices
