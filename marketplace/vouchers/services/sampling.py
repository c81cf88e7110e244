"""Samples of awards: a seed is committed to before the awards are known, and revealed to draw."""

import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from common import tenancy
from common.errors import NotFound
from common.numbers import take_numbers
from identity.approvals.contracts import Person
from marketplace.vouchers import control, locks, telling
from marketplace.vouchers.contracts import SampleDrawn, SeedRefused
from marketplace.vouchers.event_names import VoucherEvent
from marketplace.vouchers.models import SampleDraw, Voucher

SEED_BYTES: Final = 32


@transaction.atomic
def commit_sample(
    *, programme_id: UUID, percent: int, by: Person, now: datetime
) -> tuple[SampleDraw, str]:
    """
    Commit to a seed by which awards from now on are drawn; return it with what was published.

    The market keeps the commitment alone: who draws brings the seed.

    :raises ProgrammeNotFound: if it is another issuer's
    """
    programme = locks.programme(programme_id=programme_id, issuer_id=by.organization_id)
    seed = secrets.token_bytes(SEED_BYTES)
    with tenancy.acting_as_platform():
        (number,) = take_numbers("vouchers_sample_number", prefix="S", at=now)
        sample = SampleDraw.objects.create(
            number=number,
            issuer_id=by.organization_id,
            programme=programme,
            percent=percent,
            commitment=control.commitment(seed),
            committed_at=now,
            committed_by_id=by.id,
        )
        telling.of_sample(VoucherEvent.SAMPLE_COMMITTED, sample)
    return sample, seed.hex()


@transaction.atomic
def draw_sample(*, sample_id: UUID, seed: str, issuer_id: UUID, now: datetime) -> SampleDraw:
    """
    Draw the sample of what was issued since its seed was committed to; anybody draws it again.

    :raises NotFound: if it is another issuer's
    :raises SampleDrawn: if it was drawn before
    :raises SeedRefused: if it is not the seed that was committed to
    """
    with tenancy.acting_as_platform():
        mine = SampleDraw.objects.filter(pk=sample_id, issuer_id=issuer_id)
        sample = mine.select_for_update(no_key=True).first()
        if sample is None:
            raise NotFound
        if sample.drawn_at is not None:
            raise SampleDrawn
        try:
            meant = bytes.fromhex(seed.strip())
        except ValueError:
            raise SeedRefused(field="seed") from None
        if control.commitment(meant) != sample.commitment:
            raise SeedRefused(field="seed")
        issued = Voucher.objects.filter(
            programme_version__programme_id=sample.programme_id,
            issued_at__gt=sample.committed_at,
            issued_at__lte=now,
        )
        names = sorted(issued.values_list("number", flat=True))
        count = -(-len(names) * sample.percent // 100)  # At least one of what there is.
        sample.seed, sample.names, sample.drawn_at = meant.hex(), names, now
        sample.drawn = control.drawn(meant, names, count=count)
        sample.save(update_fields=["seed", "names", "drawn", "drawn_at"])
        telling.of_sample(VoucherEvent.SAMPLE_DRAWN, sample)
    return sample
