"""Batches: many applications from one list, decided and issued together or not at all."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from common import tenancy
from common.canonical import content_hash
from common.errors import Refusal
from common.ids import uuid7
from common.numbers import take_numbers
from identity import selectors as identity_selectors
from ledger import selectors as ledger_selectors
from marketplace import accounts
from marketplace.vouchers import locks, selectors, telling
from marketplace.vouchers.batch_files import LINES_MAX, BatchRow
from marketplace.vouchers.contracts import (
    BatchExists,
    BatchLineRefused,
    BatchUndecided,
    Decision,
    ProgrammeExhausted,
)
from marketplace.vouchers.event_names import VoucherEvent
from marketplace.vouchers.life import S
from marketplace.vouchers.models import Application, BatchLine, Programme, Voucher, VoucherBatch
from marketplace.vouchers.moves import Officer
from marketplace.vouchers.services import deciding
from marketplace.vouchers.services.applications import apply
from marketplace.vouchers.services.issuing import issued_all

DECIDABLE: Final = (S.APPLIED, S.REVIEWED)


@transaction.atomic
def apply_batch(
    *,
    programme_id: UUID,
    made_for: UUID,
    name: str,
    rows: Sequence[BatchRow],
    person_id: int,
    now: datetime,
) -> VoucherBatch:
    """
    Apply for every row of a list: all of it, or nothing.

    An organisation lists its own beneficiaries; an issuer those of others, by their codes.

    :raises BatchExists: if the programme has a batch of the name of this organisation
    :raises BatchLineRefused: naming the first row that cannot be applied for, and why
    :raises ProgrammeExhausted: if the pool holds less than all of it
    """
    if not 1 <= len(rows) <= LINES_MAX:
        raise BatchLineRefused(field="lines", named=name, problem=f"1 – {LINES_MAX}")
    programme = selectors.programme(programme_id=programme_id)
    holders = _holders(programme, made_for, rows)
    batch = _batch(programme, made_for, name, rows, person_id=person_id, now=now)
    with tenancy.acting_as_platform():
        pool = accounts.voucher_pool(programme.code)
        if ledger_selectors.balances([pool])[pool].available < batch.total_minor:
            raise ProgrammeExhausted(field="lines")
    for row in rows:
        holder_id = holders[row.uscc]
        _line(batch, row, holder_id, person_id=person_id, now=now)
    telling.of_batch(VoucherEvent.BATCH_MADE, batch)
    return batch


def _holders(programme: Programme, made_for: UUID, rows: Sequence[BatchRow]) -> Mapping[str, UUID]:
    """
    Return who holds the voucher of each row, by its code.

    :raises BatchLineRefused: if nobody has a code, or it is not the applicant's to name
    """
    found: dict[str, UUID] = {}
    for row in rows:
        if row.uscc not in found:
            found[row.uscc] = _holder(programme, made_for, row)
    return found


def _holder(programme: Programme, made_for: UUID, row: BatchRow) -> UUID:
    holder = identity_selectors.organization_by_uscc(row.uscc) if row.uscc else None
    holder_id = holder.pk if holder else made_for
    is_issuer = programme.issuer_id == made_for
    problem = ""
    if row.uscc and holder is None:
        problem = _("No organisation has this code.")
    elif is_issuer and holder_id == made_for:
        problem = _("an issuer names the code of another organisation in each row")
    elif not is_issuer and holder_id != made_for:
        problem = _("an organisation lists its own beneficiaries only")
    if problem:
        raise BatchLineRefused(field="lines", named=row.named, problem=problem)
    return holder_id


def _batch(
    programme: Programme,
    made_for: UUID,
    name: str,
    rows: Sequence[BatchRow],
    *,
    person_id: int,
    now: datetime,
) -> VoucherBatch:
    (number,) = take_numbers("vouchers_batch_number", prefix="B", at=now)
    listed = [[each.named, each.amount_minor, each.uscc] for each in rows]
    batch = VoucherBatch(
        id=uuid7(),
        number=number,
        programme=programme,
        name=name,
        made_for_id=made_for,
        made_by_id=person_id,
        made_at=now,
        count=len(rows),
        total_minor=sum(each.amount_minor for each in rows),
        list_hash=content_hash(listed),
    )
    try:
        with transaction.atomic():
            batch.save(force_insert=True)
    except IntegrityError as error:
        raise BatchExists(field="name") from error
    return batch


def _line(
    batch: VoucherBatch, row: BatchRow, holder_id: UUID, *, person_id: int, now: datetime
) -> None:
    try:
        application = apply(
            programme_id=batch.programme_id,
            applicant_id=holder_id,
            amount_minor=row.amount_minor,
            purpose=f"{batch.name}: {row.named}",
            applied_by_id=person_id,
            now=now,
            in_batch=True,
        )
    except Refusal as refusal:
        problem = str(refusal)
        raise BatchLineRefused(field="lines", named=row.named, problem=problem) from refusal
    BatchLine.objects.create(
        batch=batch,
        made_for_id=batch.made_for_id,
        holder_id=holder_id,
        named=row.named,
        application=application,
    )


@transaction.atomic
def decide_batch(
    *,
    batch_id: UUID,
    issuer_id: UUID,
    decided_by_id: int,
    decision: Decision,
    note: str,
    now: datetime,
) -> int:
    """
    Review what of a batch was handed in, or check what was reviewed: all of it, or nothing.

    :raises BatchUndecided: if nothing waits for a decision
    :raises SecondPersonRequired: if who reviewed checks, or who applied decides
    :raises RuleNotMet, NoteMissing: as for one application
    """
    batch = selectors.batch(batch_id, issuer_id=issuer_id)
    held = _locked(batch, issuer_id)
    states = {each.state for each in held}
    turn = next((state for state in DECIDABLE if state in states), None)
    if turn is None:
        raise BatchUndecided
    waiting = [each for each in held if each.state == turn]
    for each in waiting:
        deciding.decide(
            application_id=each.pk,
            decision=decision,
            issuer_id=issuer_id,
            decided_by_id=decided_by_id,
            note=note,
            now=now,
        )
    telling.of_batch(VoucherEvent.BATCH_DECIDED, batch)
    return len(waiting)


@transaction.atomic
def issue_batch(
    *, batch_id: UUID, issuer_id: UUID, issued_by_id: int, now: datetime
) -> list[Voucher]:
    """
    Issue the vouchers of what is approved of a batch, each with a number of its own: all or none.

    :raises BatchUndecided: if nothing is approved
    :raises ProgrammeExhausted, EntityYearCapReached: if pool or cap leave less than all of it
    """
    batch = selectors.batch(batch_id, issuer_id=issuer_id)
    ready = [each for each in _locked(batch, issuer_id) if each.state == S.APPROVED]
    if not ready:
        raise BatchUndecided
    issued = issued_all(ready, Officer(issued_by_id, issuer_id), now=now)
    telling.of_batch(VoucherEvent.BATCH_ISSUED, batch)
    return issued


def _locked(batch: VoucherBatch, issuer_id: UUID) -> list[Application]:
    """Lock all applications of a batch, in order, before the programme is."""
    return locks.applications_of_batch(batch_id=batch.pk, issuer_id=issuer_id)
