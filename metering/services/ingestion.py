"""Take readings: screened one by one, written as a set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, Self
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection, transaction
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Coalesce

from common import doing
from common.errors import Refusal
from common.ids import uuid7
from common.money import EXACT
from identity import selectors as identity_selectors
from identity.events import services as events
from identity.rows import AgentRow
from metering import cloudevents, rules, signatures, units
from metering.contracts import (
    BatchTooLarge,
    ChainPlace,
    EventsRefused,
    IngestResult,
    Reading,
    Reads,
    RefusedRow,
    RowRefusal,
)
from metering.event_names import MeteringEvent
from metering.models import Meter
from metering.selectors.terms import RuleTerms, rule_terms
from metering.services import chaining, months

# One statement of one function takes a whole batch: names first, then readings, then the windows
# that they touch become due (again). Nothing else may write readings.
TAKE: Final = """
    SELECT * FROM metering_take_readings(
        %(readings)s::json, %(provider)s, %(agent)s, %(received_at)s
    )
"""


@dataclass(frozen=True, slots=True)
class MeterFacts:
    """What screening a reading needs to know of its meter."""

    unit: str  # that its readings come in
    rule: RuleTerms
    window_seconds: int
    total_milli: int
    agent_id: UUID | None
    registered_at: datetime
    lateness: timedelta  # how long after it ended a reading is still taken
    is_signed_for: bool = False  # by another key of the same program, while both are good


@dataclass(frozen=True, slots=True)
class Span:
    """Between which moments readings are taken, and how far clocks may be apart."""

    received_at: datetime
    earliest: datetime
    latest: datetime
    skew: timedelta
    is_replay: bool
    removed: frozenset[date] = frozenset()  # months that take no more; only a replay reaches them

    @classmethod
    def at(cls, received_at: datetime, *, is_replay: bool) -> Self:
        """Return the span for what arrives at a moment; a replay may tell of the whole past."""
        skew = timedelta(seconds=settings.METERING_CLOCK_SKEW_SECONDS_MAX)
        age = timedelta(days=settings.METERING_READING_AGE_DAYS_MAX)
        earliest = rules.EPOCH if is_replay else max(received_at - age, rules.EPOCH)
        return cls(received_at, earliest, received_at + skew, skew, is_replay)


def ingest_request(
    *, provider_id: UUID, message: cloudevents.Message, received_at: datetime
) -> IngestResult:
    """
    Take the readings of one HTTP message, signed or not.

    What the chain of a numbered batch shows is kept, also where the batch is refused.

    :raises InvalidEnvelope: if the message as a whole is no CloudEvents message
    :raises SignatureRefused: if it is signed, but not by an agent of this provider in good standing
    :raises BatchTooLarge: if it has too many events
    :raises EventsRefused: if not one of its events was taken or known
    :raises BatchConflict, BatchOutOfChain: if the batches of its agent contradict each other
    """
    with transaction.atomic():
        agent = signatures.verified_agent(provider_id=provider_id, message=message, now=received_at)
        place = cloudevents.chain_place(message) if agent is not None else None
        if agent is None or place is None:
            taken = _ingest_message(provider_id, message, received_at, agent)
            refusal: Refusal | None = None
        else:
            taken, refusal = _ingest_chained(provider_id, message, received_at, agent, place)
    if refusal is not None:
        raise refusal
    if taken.refused and not taken.accepted and not taken.duplicates:
        raise EventsRefused.of(taken.refused)
    return taken


def _ingest_chained(
    provider_id: UUID,
    message: cloudevents.Message,
    received_at: datetime,
    agent: AgentRow,
    place: ChainPlace,
) -> tuple[IngestResult, Refusal | None]:
    link = chaining.hold(
        provider_id=provider_id, agent=agent, place=place, body=message.body, now=received_at
    )
    if link.refusal is not None:
        chaining.keep(link, None, now=received_at)
        return IngestResult(0, 0), link.refusal
    taken = _ingest_message(provider_id, message, received_at, agent)
    chaining.keep(link, taken, now=received_at)
    return taken, None


def _ingest_message(
    provider_id: UUID, message: cloudevents.Message, received_at: datetime, agent: AgentRow | None
) -> IngestResult:
    decoded = cloudevents.decode(
        message,
        events_max=settings.METERING_BATCH_EVENTS_MAX,
        bytes_max=settings.METERING_BATCH_BYTES_MAX,
    )
    taken = ingest(
        provider_id=provider_id,
        readings=[reading for _, reading in decoded.readings],
        received_at=received_at,
        agent_id=agent.pk if agent is not None else None,
    )
    places = [index for index, _ in decoded.readings]
    moved = [RefusedRow(places[row.index], row.code) for row in taken.refused]
    refused = tuple(sorted([*decoded.refused, *moved], key=lambda row: row.index))
    return IngestResult(taken.accepted, taken.duplicates, refused)


@transaction.atomic
def ingest(
    *,
    provider_id: UUID,
    readings: Sequence[Reading],
    received_at: datetime,
    agent_id: UUID | None = None,
    is_replay: bool = False,
) -> IngestResult:
    """
    Take a provider's readings, each once and for good; bad ones do not spoil the others.

    `agent_id` is the agent whose signature over these readings was verified. Readings that are
    known with the same content count as duplicates; refused rows carry their place and a code.
    `is_replay` is for importers alone, which tell the past of meters that they register today.

    :raises BatchTooLarge: if there are more readings than one batch may hold
    """
    if len(readings) > settings.METERING_BATCH_EVENTS_MAX:
        raise BatchTooLarge.with_limits()
    meters = _meters(provider_id, {reading.meter_id for reading in readings}, agent_id)
    span = Span.at(received_at, is_replay=is_replay)
    if is_replay:
        # What lies outside is refused by name below, and may have no day before it, or no month.
        told = [reading.starts_at for reading in readings]
        gone = months.removed_among(at for at in told if span.earliest <= at <= span.latest)
        span = replace(span, removed=gone)

    good: list[tuple[int, Reading]] = []
    refused: list[RefusedRow] = []
    for index, reading in enumerate(readings):
        code = screen(reading, meters.get(reading.meter_id), span=span, agent_id=agent_id)
        if code is None:
            good.append((index, reading))
        else:
            refused.append(RefusedRow(index, code))

    accepted, conflicts = _take(
        provider_id, good, meters, received_at=received_at, agent_id=agent_id
    )
    refused += [RefusedRow(index, RowRefusal.READING_CONFLICT) for index in conflicts]
    refused.sort(key=lambda row: row.index)
    result = IngestResult(accepted, len(good) - accepted - len(conflicts), tuple(refused))
    if accepted:
        _tell(provider_id, result, agent_id=agent_id)
    return result


def _tell(provider_id: UUID, taken: IngestResult, *, agent_id: UUID | None) -> None:
    """Record a batch as one event: each reading is its own record."""
    facts = {"accepted": taken.accepted, "known": taken.duplicates, "refused": len(taken.refused)}
    event = events.Event(
        name=MeteringEvent.READINGS_TAKEN,
        object_kind="reading_batch",
        object_id=uuid7(),
        concerns=[provider_id],
        facts=facts,
    )
    with doing.through_agent(agent_id):
        events.record([event])


def screen(
    reading: Reading, meter: MeterFacts | None, *, span: Span, agent_id: UUID | None
) -> RowRefusal | None:
    """Return why a reading cannot be taken, or nothing."""
    if meter is None:
        return RowRefusal.UNKNOWN_METER
    if meter.agent_id not in (None, agent_id) and not meter.is_signed_for:
        return RowRefusal.SIGNATURE_REQUIRED
    terms = meter.rule.terms
    weights = terms.weights if terms else {}
    if reading.unit not in (weights or (meter.unit,)):
        return RowRefusal.UNIT_MISMATCH
    if reading.state and (terms is None or reading.state not in terms.multipliers):
        return RowRefusal.UNKNOWN_STATE
    return _screen_quantity(reading, meter) or _screen_time(reading, meter, span)


def _screen_quantity(reading: Reading, meter: MeterFacts) -> RowRefusal | None:
    if not rules.is_storable(reading.quantity):
        return RowRefusal.INVALID_QUANTITY
    if reading.quantity < 0:
        return RowRefusal.NEGATIVE_QUANTITY
    if reading.ends_at <= reading.starts_at:
        return RowRefusal.INVALID_PERIOD
    return RowRefusal.ABOVE_CAPACITY if _is_impossible(reading, meter) else None


def _is_impossible(reading: Reading, meter: MeterFacts) -> bool:
    """Return whether a reading says more than its resource can deliver; counters tell later."""
    bound = units.bound_of(meter.rule.unit)
    reads = meter.rule.terms.reads if meter.rule.terms else Reads.DELTA
    if bound is None or reads is Reads.CUMULATIVE or reading.unit != meter.unit:
        return False
    if reads is Reads.GAUGE:
        return reading.quantity.scaleb(3, context=EXACT) > meter.total_milli
    return rules.exceeds_capacity(
        reading.quantity,
        total_milli=meter.total_milli,
        duration=reading.ends_at - reading.starts_at,
        per_second=bound.per_second,
    )


def _screen_time(reading: Reading, meter: MeterFacts, span: Span) -> RowRefusal | None:
    if reading.ends_at > span.latest:
        return RowRefusal.READING_IN_FUTURE
    if reading.starts_at < span.earliest:
        return RowRefusal.TOO_OLD
    if months.is_gone(reading.starts_at, span.removed):
        return RowRefusal.MONTH_REMOVED
    if not span.is_replay and (late := _screen_lateness(reading, meter, span)) is not None:
        return late
    if rules.crosses_window(reading.starts_at, reading.ends_at, seconds=meter.window_seconds):
        return RowRefusal.CROSSES_WINDOW
    return None


def _screen_lateness(reading: Reading, meter: MeterFacts, span: Span) -> RowRefusal | None:
    if reading.ends_at < span.received_at - meter.lateness - span.skew:
        return RowRefusal.TOO_LATE
    if reading.starts_at < meter.registered_at - span.skew:
        return RowRefusal.BEFORE_METER
    return None


def _meters(provider_id: UUID, ids: set[UUID], agent_id: UUID | None) -> dict[UUID, MeterFacts]:
    signer = identity_selectors.agent_chain(agent_id) if agent_id is not None else None
    rows = list(
        Meter.objects.filter(provider_id=provider_id, pk__in=ids).values_list(
            "id",
            "rule_version_id",
            "rule_version__window_seconds",
            "resource__total_milli",
            "agent_id",
            "registered_at",
            Coalesce("agent__first_id", "agent_id"),
            KeyTransform("lateness_seconds", "rule_version__definition"),
        )
    )
    known = rule_terms(row[1] for row in rows)
    return {
        meter_id: MeterFacts(
            unit=known[version_id].reading_unit,
            rule=known[version_id],
            window_seconds=window_seconds,
            total_milli=total_milli,
            agent_id=bound_id,
            registered_at=registered_at,
            lateness=_lateness(lateness_seconds),
            is_signed_for=signer is not None and chain_id == signer,
        )
        for (
            meter_id,
            version_id,
            window_seconds,
            total_milli,
            bound_id,
            registered_at,
            chain_id,
            lateness_seconds,
        ) in rows
    }


def _lateness(seconds: int | None) -> timedelta:
    """Return how late readings are taken: what the rule says, else as old as any may be."""
    if seconds is None:
        return timedelta(days=settings.METERING_READING_AGE_DAYS_MAX)
    return timedelta(seconds=seconds)


def _take(
    provider_id: UUID,
    good: Sequence[tuple[int, Reading]],
    meters: Mapping[UUID, MeterFacts],
    *,
    received_at: datetime,
    agent_id: UUID | None,
) -> tuple[int, list[int]]:
    """Write the screened readings; return how many were new, and which places conflict."""
    if not good:
        return 0, []
    values: dict[str, Any] = {
        "readings": _as_json(good, meters),
        "provider": provider_id,
        "agent": agent_id,
        "received_at": received_at,
    }
    months.make_missing(reading.starts_at for _index, reading in good)
    with connection.cursor() as cursor:
        cursor.execute(TAKE, values)
        accepted, conflicts = cursor.fetchone()
    return accepted, conflicts


def _as_json(good: Sequence[tuple[int, Reading]], meters: Mapping[UUID, MeterFacts]) -> str:
    rows = [
        {
            "n": index,
            "source": reading.source,
            "event_id": reading.event_id,
            "meter_id": reading.meter_id,
            "subject": reading.subject,
            "starts_at": reading.starts_at,
            "ends_at": reading.ends_at,
            "quantity": reading.quantity,
            "unit": "" if reading.unit == unit else reading.unit,
            "state": reading.state,
        }
        for index, reading in good
        for unit in [meters[reading.meter_id].unit]
    ]
    return msgspec.json.encode(rows).decode()
