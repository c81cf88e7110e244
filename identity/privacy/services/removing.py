"""Remove what is over: each part in a transaction of its own, which also records that it went."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import IntegrityError, OperationalError, transaction

from common import tenancy
from common.ids import uuid7
from identity.events import services as events
from identity.privacy import classes, removers
from identity.privacy.event_names import PrivacyEvent
from identity.privacy.models import Removal
from identity.privacy.removers import OverPart, PartStanding, Remover

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DuePart:
    """A part whose term is over, and what became of it or would."""

    table: str
    data_class: str
    key: str
    over_at: datetime
    rows: int | None
    standing: PartStanding
    is_removed: bool = False


def preview(*, now: datetime) -> list[DuePart]:
    """Return every part whose term is over and why it stays, if it does; nothing is changed."""
    found = []
    with tenancy.acting_as_platform():
        for remover in removers.removers():
            for part in remover.parts(now - remover.term()):
                standing = removers.standing(remover.table, part)
                found.append(_due(remover, part, standing))
    return found


def remove_over(*, now: datetime) -> list[DuePart]:
    """Remove every part whose term is over and that nothing keeps; return what became of each."""
    done = []
    for remover in removers.removers():
        with tenancy.acting_as_platform():
            parts = remover.parts(now - remover.term())
        done += [_remove(remover, part, now=now) for part in parts]
    return done


def _remove(remover: Remover, part: OverPart, *, now: datetime) -> DuePart:
    try:
        with transaction.atomic(), tenancy.acting_as_platform():
            standing = removers.standing(remover.table, part)
            if standing:
                return _due(remover, part, standing)
            rows = remover.remove(part)
            if rows is None:
                return _due(remover, part, PartStanding.HELD)
            if rows:
                _record(remover, part, rows, now=now)
    except (IntegrityError, OperationalError) as error:
        standing = _refused(error)
        logger.warning(
            "privacy.part.stays", table=remover.table, part=part.key, standing=str(standing)
        )
        return _due(remover, part, standing)
    logger.info("privacy.part.removed", table=remover.table, part=part.key, rows=rows)
    return DuePart(
        table=remover.table,
        data_class=remover.data_class,
        key=part.key,
        over_at=part.over_at,
        rows=rows,
        standing=PartStanding.NONE,
        is_removed=True,
    )


def _record(remover: Remover, part: OverPart, rows: int, *, now: datetime) -> None:
    made = Removal.objects.create(
        id=uuid7(),
        table=remover.table,
        part=part.key,
        data_class=remover.data_class,
        classes_version=classes.VERSION,
        rows=rows,
        removed_at=now,
    )
    event = events.Event(
        name=PrivacyEvent.RECORDS_REMOVED,
        object_kind="removal",
        object_id=made.pk,
        object_label=f"{remover.table} {part.key}",
        facts={"table": remover.table, "part": part.key, "rows": rows},
    )
    events.record([event])


def _refused(error: IntegrityError | OperationalError) -> PartStanding:
    """Return what the database's refusal says; a lock that was not to be had is no reason."""
    diagnostics = getattr(error.__cause__, "diag", None)
    named = getattr(diagnostics, "constraint_name", None) or ""
    if named in PartStanding.values and named:
        return PartStanding(named)
    if isinstance(error, OperationalError):
        return PartStanding.BUSY
    raise error


def _due(remover: Remover, part: OverPart, standing: PartStanding) -> DuePart:
    return DuePart(
        table=remover.table,
        data_class=remover.data_class,
        key=part.key,
        over_at=part.over_at,
        rows=part.rows,
        standing=standing,
    )
