"""What was handed over goes: nobody reads it any more."""

from datetime import datetime
from uuid import UUID

from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce

from marketplace.fulfilment.handover_contracts import ErasedBecause
from marketplace.fulfilment.models import Handover


def erase_held(delivery_id: UUID, *, because: ErasedBecause, now: datetime) -> None:
    """Erase what was sealed, and what endpoint was in the open: nobody reads it from now on."""
    held = Handover.objects.filter(delivery_id=delivery_id)
    held.filter(Q(sealed__isnull=False) | ~Q(endpoint="")).update(
        sealed=None,
        endpoint="",
        erased_at=Coalesce(F("erased_at"), Value(now)),
        erased_because=Case(
            When(erased_because="", then=Value(str(because))), default=F("erased_because")
        ),
    )
