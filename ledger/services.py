"""
What the ledger does: define, open, post, hold, capture, release, reverse, close.

Everything runs in the caller's transaction and, by itself, in the platform's scope.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from common import sets, tenancy
from common.period import Period
from identity.events import services as events
from ledger import batches, selectors
from ledger.contracts import (
    BATCH_MAX,
    AccountSpec,
    DefinitionConflict,
    FlowSpec,
    KindSpec,
    Op,
    Outcome,
    Refused,
    Transfer,
    TransferRefused,
    UnknownDefinition,
)
from ledger.event_names import LedgerEvent
from ledger.models import Account, Asset, Kind, Reason
from ledger.models import Period as ClosedPeriod

ACCOUNT: Final = {
    "code": "text",
    "asset_id": "smallint",
    "kind_id": "smallint",
    "owner_id": "uuid",
}
FLOW: Final = {
    "asset_id": "smallint",
    "asset_class": "text",
    "debit_kind_id": "smallint",
    "credit_kind_id": "smallint",
    "reason_id": "smallint",
}
EXPIRED_BATCH_MAX: Final = 1_000
PATIENCE: Final = "200ms"  # less than PostgreSQL waits before it looks for circles
PATIENT_TRIES: Final = 20


def define_asset(*, code: str, scale: int, asset_class: str) -> None:
    """
    Make an asset known, or find it known already.

    :raises DefinitionConflict: if the code is known with another scale or class
    """
    with tenancy.acting_as_platform():
        fields = {"scale": scale, "asset_class": asset_class}
        asset, _ = Asset.objects.get_or_create(code=code, defaults=fields)
        if (asset.scale, asset.asset_class) != (scale, asset_class):
            raise DefinitionConflict(name=code)


def define_kinds(*, specs: Sequence[KindSpec]) -> None:
    """
    Make kinds of account known, or find them known already.

    :raises DefinitionConflict: if a name is known with another rule
    """
    with tenancy.acting_as_platform():
        kept = _kinds()
        missing = [spec for spec in specs if spec.name not in kept]
        if missing:
            # What is known already is left out: a number that was drawn in vain is gone.
            Kind.objects.bulk_create(
                [Kind(name=each.name, rule=each.rule, deferred=each.deferred) for each in missing],
                ignore_conflicts=True,
            )
            kept = _kinds()
        for spec in specs:
            if (kept[spec.name].rule, kept[spec.name].deferred) != (spec.rule, spec.deferred):
                raise DefinitionConflict(name=spec.name)


def allow_flows(*, specs: Sequence[FlowSpec]) -> None:
    """
    Let assets move between two kinds of account each, in one statement.

    :raises UnknownDefinition: if an asset or a kind is not defined
    """
    with tenancy.acting_as_platform():
        kinds, reasons = _kinds(), _reasons({spec.reason for spec in specs})
        assets = dict(Asset.objects.values_list("code", "pk"))
        rows = []
        for spec in specs:
            of_class = spec.asset[1:] if spec.asset.startswith("*") else None
            unknown = {spec.debit_kind, spec.credit_kind} - kinds.keys()
            if of_class is None:
                unknown |= {spec.asset} - assets.keys()
            for name in sorted(unknown):
                raise UnknownDefinition(name=name)
            between = kinds[spec.debit_kind].pk, kinds[spec.credit_kind].pk
            rows.append((assets.get(spec.asset), of_class, *between, reasons[spec.reason]))
        sets.insert("ledger_flow", FLOW, rows, on_conflict="DO NOTHING")


def _kinds() -> dict[str, Kind]:
    return {kind.name: kind for kind in Kind.objects.all()}


def _reasons(names: Set[str]) -> dict[str, int]:
    """Return the keys of reasons; those that are not known yet become so."""
    known = dict(Reason.objects.values_list("name", "pk"))
    if missing := sorted(names - known.keys()):
        Reason.objects.bulk_create([Reason(name=name) for name in missing], ignore_conflicts=True)
        known = dict(Reason.objects.values_list("name", "pk"))
    return known


def open_accounts(*, specs: Sequence[AccountSpec]) -> None:
    """
    Open accounts in one statement; those that are open already are left as they are.

    :raises UnknownDefinition: if an asset or a kind is not defined
    :raises DefinitionConflict: if a code is taken by an account of another asset, kind or owner
    """
    if not specs:
        return
    with tenancy.acting_as_platform():
        assets = dict(Asset.objects.values_list("code", "pk"))
        kinds = dict(Kind.objects.values_list("name", "pk"))
        wanted: dict[str, tuple[int, int, UUID | None]] = {}
        for spec in specs:
            if spec.asset not in assets or spec.kind not in kinds:
                raise UnknownDefinition(name=spec.kind if spec.asset in assets else spec.asset)
            facts = (assets[spec.asset], kinds[spec.kind], spec.owner_id)
            if wanted.setdefault(spec.code, facts) != facts:
                raise DefinitionConflict(name=spec.code)
        codes = sorted(wanted)
        rows = [(code, *wanted[code]) for code in codes]
        opened = sets.insert("ledger_account", ACCOUNT, rows, on_conflict="(code) DO NOTHING")
        if opened.count == len(codes):
            return
        found = Account.objects.filter(code__in=codes).values_list(
            "code", "asset_id", "kind_id", "owner_id"
        )
        for code, *row in found:
            if wanted[code] != tuple(row):
                raise DefinitionConflict(name=code)


def post(*, transfers: Sequence[Transfer], partial: bool = False) -> Outcome:
    """
    Post a batch of any operations in one statement.

    What was posted before under the same identifier with the same content is reported as a
    duplicate and moves nothing. With `partial`, a batch that is refused is halved until the
    refused groups stand alone, and the rest is posted; what is too much for one statement takes
    several. Parts are posted after all that they touch was locked, in the order in which a whole
    batch locks it, so that batches never wait for each other in a circle.

    :raises TransferRefused: if a rule refuses the batch and `partial` is off; nothing is posted
    """
    if not partial:
        return _post(batches.checked(transfers))
    groups = _grouped(transfers)
    with transaction.atomic():
        return _together(groups) or _apart(groups)


def hold(*, transfers: Sequence[Transfer], partial: bool = False) -> Outcome:
    """
    Hold amounts until they are captured or released; see `post`.

    :raises TransferRefused: if a rule refuses the batch and `partial` is off
    """
    return post(transfers=_all_with(Op.HOLD, transfers), partial=partial)


def capture(*, transfers: Sequence[Transfer], partial: bool = False) -> Outcome:
    """
    Post all or part of held amounts and let the rest of each hold go; see `post`.

    :raises TransferRefused: if a rule refuses the batch and `partial` is off
    """
    return post(transfers=_all_with(Op.CAPTURE, transfers), partial=partial)


def release(*, transfers: Sequence[Transfer], partial: bool = False) -> Outcome:
    """
    Let whole holds go; see `post`.

    :raises TransferRefused: if a rule refuses the batch and `partial` is off
    """
    return post(transfers=_all_with(Op.RELEASE, transfers), partial=partial)


def reverse(*, transfer_id: UUID, new_id: UUID, reason: str, now: datetime) -> Outcome:
    """
    Take a posted transfer back by a new one that points at it.

    :raises TransferRefused: if there is no such transfer, or it was reversed before, or its
        account is short, or no flow leads back
    """
    with tenancy.acting_as_platform():
        original = selectors.transfer(transfer_id)
        if original is None:
            raise TransferRefused(Refused(new_id, None, "reversal_mismatch"))
        return post(
            transfers=[
                Transfer(
                    id=new_id,
                    debit=original.credit,
                    credit=original.debit,
                    asset=original.asset,
                    amount=original.amount,
                    reason=reason,
                    group=original.group,
                    reference=original.reference,
                    effective_at=now,
                    reverses=transfer_id,
                )
            ]
        )


def close_period(*, period: Period) -> None:
    """
    Close an accounting period: no transfer takes effect inside it any more.

    Batches under way are waited for. Closing a closed period again changes nothing.

    :raises DefinitionConflict: if the period overlaps another closed one
    """
    with tenancy.acting_as_platform():
        try:
            with transaction.atomic():
                closed = ClosedPeriod.objects.create(
                    starts_at=period.starts_at, ends_at=period.ends_at
                )
                facts = {"starts_at": period.starts_at, "ends_at": period.ends_at}
                event = events.Event(
                    name=LedgerEvent.PERIOD_CLOSED,
                    object_kind="ledger_period",
                    object_id=closed.pk,
                    facts=facts,
                )
                events.record([event])
        except IntegrityError:
            if not ClosedPeriod.objects.filter(
                starts_at=period.starts_at, ends_at=period.ends_at
            ).exists():
                raise DefinitionConflict(name=f"{period.starts_at:%Y-%m-%d}") from None


def release_expired(*, now: datetime, limit: int = EXPIRED_BATCH_MAX) -> int:
    """Release holds whose time is over; return how many there were."""
    with tenancy.acting_as_platform():
        expired = selectors.expired_holds(now=now, limit=limit)
        return len(post(transfers=expired, partial=True).posted)


def roll_up() -> int:
    """Fold what deferred accounts moved into their balances; return how many deltas there were."""
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_balance_delta")
        return int(cursor.rowcount)


def make_partitions(*, months_ahead: int) -> int:
    """Make the months that are missing ahead; return how many were made."""
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute("SELECT ledger_make_partitions(%s)", [months_ahead])
        row: tuple[int] = cursor.fetchone()
    return row[0]


def _all_with(op: Op, transfers: Sequence[Transfer]) -> list[Transfer]:
    return [one if one.op == op else replace(one, op=op) for one in transfers]


def _post(batch: dict[UUID, Transfer]) -> Outcome:
    if not batch:
        return Outcome()
    duplicates = batches.insert(batch.values())
    if not duplicates:
        return Outcome(posted=tuple(batch))

    with tenancy.acting_as_platform():
        recorded = selectors.transfers_by_id(duplicates)
    for key in duplicates:
        batches.require_same_content(batch[key], recorded[key])
    outcome = _post({key: one for key, one in batch.items() if key not in duplicates})
    return replace(outcome, duplicates=(*duplicates, *outcome.duplicates))


def _grouped(transfers: Iterable[Transfer]) -> list[list[Transfer]]:
    groups: dict[UUID, list[Transfer]] = {}
    for one in transfers:
        groups.setdefault(one.group or one.id, []).append(one)
    return list(groups.values())


def _batches(groups: Iterable[list[Transfer]]) -> Iterator[list[list[Transfer]]]:
    """Yield as many whole groups at a time as one statement takes."""
    batch: list[list[Transfer]] = []
    size = 0
    for group in groups:
        if batch and size + len(group) > BATCH_MAX:
            yield batch
            batch, size = [], 0
        batch.append(group)
        size += len(group)
    if batch:
        yield batch


def _together(groups: list[list[Transfer]]) -> Outcome | None:
    """Post groups in one statement; return nothing if they must be posted in parts."""
    if sum(map(len, groups)) > BATCH_MAX:
        return None
    try:
        return _post(batches.checked(one for group in groups for one in group))
    except TransferRefused as refusal:
        return Outcome(refused=_all_refused(groups[0], refusal)) if len(groups) == 1 else None


def _apart(groups: list[list[Transfer]]) -> Outcome:
    """
    Post groups in parts, with everything that they touch locked first.

    Somebody who posts the same identifiers at this moment may have to be let by: they have them,
    and wait for what is locked here. Then all is undone, and tried again.
    """
    transfers = [one for group in groups for one in group]
    for patience in [*[PATIENCE] * PATIENT_TRIES, ""]:
        try:
            with transaction.atomic():
                before = batches.lock_ahead(transfers, patience=patience)
                parts = [part for batch in _batches(groups) for part in _in_halves(batch)]
                batches.set_patience(before)
                return _joined(parts)
        except OperationalError as error:
            if not patience or not isinstance(error.__cause__, LockNotAvailable):
                raise
    raise AssertionError


def _in_halves(groups: list[list[Transfer]]) -> list[Outcome]:
    middle = len(groups) // 2
    return _halved(groups[:middle]) + _halved(groups[middle:])


def _halved(groups: list[list[Transfer]]) -> list[Outcome]:
    """Post groups together; where they are refused, each half of them; at the end, each alone."""
    if not groups:
        return []
    try:
        return [_post(batches.checked(one for group in groups for one in group))]
    except TransferRefused as refusal:
        if len(groups) == 1:
            return [Outcome(refused=_all_refused(groups[0], refusal))]
    return _in_halves(groups)


def _all_refused(group: list[Transfer], refusal: TransferRefused) -> tuple[Refused, ...]:
    found = refusal.refused
    return tuple(Refused(one.id, found.account, found.code) for one in group)


def _joined(found: Iterable[Outcome]) -> Outcome:
    outcomes = list(found)
    return Outcome(
        posted=tuple(one for outcome in outcomes for one in outcome.posted),
        duplicates=tuple(one for outcome in outcomes for one in outcome.duplicates),
        refused=tuple(one for outcome in outcomes for one in outcome.refused),
    )
