"""Deciding a run: one snapshot, one pass, and a file that proves it."""

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q

from common import tenancy
from common.canonical import content_hash, plain
from common.outages import outage_of
from common.snapshots import reading_one_moment
from marketplace.policy import bundle, results, telling
from marketplace.policy.contracts import WorkbenchState, WorkbenchWish
from marketplace.policy.deciding import VersionDecided
from marketplace.policy.event_names import PolicyEvent
from marketplace.policy.inputs import (
    APPLICATIONS,
    CHARGES,
    CONTRACTS,
    PARTIES,
    InputLines,
    TriedCharge,
    inputs_root_of,
)
from marketplace.policy.models import PolicyRun, PolicyRunParty
from marketplace.policy.results import AFTER, BEFORE, PartyOutcome
from marketplace.policy.selectors import reading, runs
from marketplace.policy.selectors.reading import TriedInputs
from marketplace.policy.snapshot import RunWatch
from marketplace.policy.verdicts import Judge
from marketplace.vouchers import programme_rules
from marketplace.vouchers import selectors as vouchers_selectors

logger = structlog.get_logger(__name__)
Clock = Callable[[], datetime]
PROGRESS_ROWS: Final = 5_000
ATTEMPTS_MAX: Final = 3
GIVEN_UP: Final = f"given up after {ATTEMPTS_MAX} tries"
SILENCE_MAX: Final = timedelta(seconds=120)
LINES_AT_ONCE: Final = 2_000


class RunCancelled(Exception):  # noqa: N818 - it ends the run, nothing went wrong
    """The run is no longer wanted."""


@dataclass(frozen=True, slots=True)
class RunDecided:
    """What a run came to."""

    inputs_root: str
    result: dict[str, Any]
    outcomes: list[PartyOutcome]
    named: frozenset[UUID]
    rows: int
    bytes: int


def run_next(*, clock: Clock) -> PolicyRun | None:
    """
    Decide the run that waits longest; None if none waits.

    Must not run inside a transaction: what it tells of its progress would not be seen. A run whose
    worker dies, or that fails, is tried again, behind the others, at most three times.
    """
    run = _take(now=clock())
    if run is None:
        return None
    try:
        decided = _decided(run, clock)
    except RunCancelled:
        logger.info("policy.run.cancelled", number=run.number)
        return run
    except Exception as error:
        if outage_of(error) is not None:
            _put_back(run, now=clock())
            raise
        logger.exception("policy.run.failed", number=run.number, tries=run.attempts)
        _try_later(run, now=clock())
        return run
    _finish(run, decided, now=clock())
    logger.info("policy.run.ready", number=run.number, rows=decided.rows)
    return run


@transaction.atomic
@tenancy.acting_as_platform()
def _take(*, now: datetime) -> PolicyRun | None:
    """Take a run that waits, or whose worker has given no sign of life."""
    lost = Q(state=WorkbenchState.RUNNING, seen_at__lt=now - SILENCE_MAX)
    waiting = PolicyRun.objects.filter(Q(state=WorkbenchState.QUEUED) | lost)
    waiting = waiting.select_for_update(skip_locked=True, of=("self",), no_key=True)
    for run in waiting.order_by("queued_at", "id"):
        run.attempts += 1
        if run.attempts <= ATTEMPTS_MAX:
            run.state, run.progress_rows = WorkbenchState.RUNNING, 0
            run.started_at = run.seen_at = now
            run.save()
            return run
        _give_up(run, now=now)
    return None


def _give_up(run: PolicyRun, *, now: datetime) -> None:
    run.state, run.finished_at, run.failure = WorkbenchState.FAILED, now, GIVEN_UP
    run.save()
    telling.of_run(PolicyEvent.RUN_FAILED, run)


@tenancy.acting_as_platform()
def _put_back(run: PolicyRun, *, now: datetime) -> None:
    _still(run).update(state=WorkbenchState.QUEUED, attempts=run.attempts - 1, queued_at=now)


@transaction.atomic
@tenancy.acting_as_platform()
def _try_later(run: PolicyRun, *, now: datetime) -> None:
    if run.attempts < ATTEMPTS_MAX:
        _still(run).update(state=WorkbenchState.QUEUED, queued_at=now)
    elif _still(run).exists():
        _give_up(run, now=now)


def _still(run: PolicyRun) -> Any:
    running = PolicyRun.objects.filter(state=WorkbenchState.RUNNING, attempts=run.attempts)
    return running.filter(pk=run.pk)


def _decided(run: PolicyRun, clock: Clock) -> RunDecided:
    """Decide everything from one snapshot, and write the file whole or not at all."""
    wish, target = runs.wish_of_run(run), bundle.run_path(run.pk)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        draft = Path(folder) / target.name
        with (
            bundle.writing(draft) as file,
            RunWatch(run.pk, attempt=run.attempts) as watch,
            reading_one_moment(tenancy.PLATFORM),
        ):
            inputs = reading.read(wish, issuer_id=run.organization_id)
            progress = _Progress(watch, clock)
            decided = try_inputs(inputs, file, progress=progress)
            named = _named(run.organization_id)
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        size = draft.stat().st_size
        draft.replace(target)
    root, result, found, rows = decided
    return RunDecided(root, result, found, named, rows, size)


class _Progress:
    """Tells how far a run is, now and then."""

    def __init__(self, watch: RunWatch, clock: Clock) -> None:
        self._watch, self._clock = watch, clock

    def __call__(self, rows: int) -> None:
        if rows % PROGRESS_ROWS == 0 and not self._watch.report(rows, at=self._clock()):
            raise RunCancelled


def try_inputs(
    inputs: TriedInputs, file: bundle.RunFile, *, progress: Callable[[int], None]
) -> tuple[str, dict[str, Any], list[PartyOutcome], int]:
    """Decide inputs by the versions that are asked, and write them down as they pass."""
    wish = inputs.wish
    versions = _versions(wish)
    files = {name: InputLines(name) for name in (PARTIES, APPLICATIONS, CONTRACTS, CHARGES)}
    for name, lines in (
        (PARTIES, (each.line for each in inputs.parties)),
        (APPLICATIONS, (each.line for each in inputs.applications)),
        (CONTRACTS, (each.line for each in inputs.contracts.values())),
    ):
        file.put(name, files[name].of(lines))
    done = 0
    with file.lines(CHARGES) as written:
        written.add(files[CHARGES].head)
        charges = _noted(inputs.charges(), files[CHARGES], written)
        tried = inputs.in_order(charges)
        for done in results.decide(tried, list(versions.values())):
            progress(done)
    on = inputs.calendar.day(inputs.calendar.moved(wish.ends_at))
    found = results.outcomes(inputs.parties, versions, on=on)
    counts = {each.name.removesuffix(".csv"): each.rows for each in files.values()}
    result = results.result(versions, found, counts=counts)
    root = inputs_root_of(files.values())
    terms = runs.terms_of(wish)
    run = {"terms": plain(terms), "inputs_root": root, "on": str(on)}
    run |= {"result_hash": content_hash(result), "run_hash": _hash(root, terms, result)}
    file.finish(run=run, result=result, outcomes="".join(f"{each.line}\n" for each in found))
    return root, result, found, done


def _hash(root: str, terms: dict[str, Any], result: dict[str, Any]) -> str:
    return results.run_hash(inputs_root=root, terms=terms, result_hash=content_hash(result))


def _noted(
    charges: Iterator[TriedCharge], lines: InputLines, written: bundle.BufferedLines
) -> Iterator[TriedCharge]:
    """Write charges down as they pass."""
    for each in charges:
        written.add(lines.add(each.line))
        yield each


def _versions(wish: WorkbenchWish) -> dict[str, VersionDecided]:
    asked = {AFTER: wish.rules, **({BEFORE: wish.base_rules} if wish.base_rules else {})}
    return {
        name: VersionDecided(
            Judge(wish.code, data, programme_rules.parse(data)),
            budget_minor=wish.budget_minor,
            basis=wish.basis,
        )
        for name, data in asked.items()
    }


def _named(issuer_id: UUID) -> frozenset[UUID]:
    """Return whom an issuer knows by name: those who applied to its programmes."""
    applied = vouchers_selectors.applications(issuer_id=issuer_id).order_by()
    return frozenset(applied.values_list("applicant_id", flat=True).distinct())


@transaction.atomic
@tenancy.acting_as_platform()
def _finish(run: PolicyRun, decided: RunDecided, *, now: datetime) -> None:
    terms = runs.terms_of(runs.wish_of_run(run))
    is_done = _still(run).update(
        state=WorkbenchState.READY,
        progress_rows=decided.rows,
        inputs_root=decided.inputs_root,
        result=decided.result,
        result_hash=content_hash(decided.result),
        run_hash=_hash(decided.inputs_root, terms, decided.result),
        bytes=decided.bytes,
        finished_at=now,
    )
    if not is_done:
        return
    lines = (_line(run, each, decided.named) for each in decided.outcomes)
    PolicyRunParty.objects.bulk_create(lines, batch_size=LINES_AT_ONCE)
    run.refresh_from_db()
    telling.of_run(PolicyEvent.RUN_READY, run, run_hash=run.run_hash)


def _line(run: PolicyRun, found: PartyOutcome, named: frozenset[UUID]) -> PolicyRunParty:
    return PolicyRunParty(
        run=run,
        owner_id=run.organization_id,
        key=found.party.key,
        organization_id=found.party.id if found.party.id in named else None,
        district=found.district,
        beneficiary=found.beneficiary,
        size=found.size,
        after_minor=found.after_minor,
        before_minor=found.before_minor,
        change_minor=found.change_minor,
        reason=found.reason,
    )
