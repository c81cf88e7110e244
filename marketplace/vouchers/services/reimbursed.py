"""What is granted afterwards takes turns with what is issued, and counts against the same caps."""

from datetime import datetime
from uuid import UUID

from common.moments import market_date
from marketplace.vouchers import caps, locks
from marketplace.vouchers.models import Programme, ReimbursedAmount


def hold_programme(*, programme_id: UUID, issuer_id: UUID) -> Programme:
    """
    Let grants of a programme wait for each other until the transaction ends.

    :raises ProgrammeNotFound: if it does not exist or is another issuer's
    """
    return locks.programme(programme_id=programme_id, issuer_id=issuer_id)


def count_reimbursed(
    *,
    request_id: UUID,
    programme: Programme,
    holder_id: UUID,
    asked_at: datetime,
    amount_minor: int,
    now: datetime,
) -> None:
    """Count what was granted afterwards against the caps of a programme that is held."""
    ReimbursedAmount.objects.create(
        id=request_id,
        programme=programme,
        issuer_id=programme.issuer_id,
        holder_id=holder_id,
        entity_year=market_date(now).year,
        quarter=caps.quarter_of(now),
        asked_at=asked_at,
        amount_minor=amount_minor,
        counted_minor=amount_minor,
    )


def uncount_reimbursed(*, request_id: UUID) -> None:
    """Let caps have again what was granted afterwards and came back."""
    ReimbursedAmount.objects.filter(pk=request_id).update(counted_minor=0)
