"""Reads of usage records: by watermark for charging, by subject for the order's page."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, TextField, Value, When

from common.period import Period
from identity.contracts import Actor
from metering.contracts import MeasuredUsage, UsageNotFound
from metering.models import UsageRecord

# Which subjects still have readings in a window that is due or set aside, on their own resource.
# OFFSET 0 keeps the planner from joining all readings first.
OPEN_SUBJECTS: Final = """
    SELECT DISTINCT wanted.subject
    FROM unnest(%s::uuid[], %s::uuid[]) AS wanted(subject, resource_id)
    JOIN metering_meter meter ON meter.resource_id = wanted.resource_id
    JOIN metering_window due ON due.meter_id = meter.id AND due.state <> 'CLOSED'
    CROSS JOIN LATERAL (
        SELECT subject FROM metering_reading reading
        WHERE reading.meter_id = due.meter_id
          AND reading.starts_at >= due.starts_at AND reading.starts_at < due.ends_at
        OFFSET 0
    ) waiting
    WHERE waiting.subject = wanted.subject
"""


# Which subjects have usage past a place of their own, one look into the index for each.
SUBJECTS_PAST: Final = """
    SELECT wanted.subject FROM unnest(%s::uuid[], %s::bigint[]) AS wanted(subject, sequence)
    WHERE EXISTS (
        SELECT FROM metering_usagerecord usage
        WHERE usage.subject = wanted.subject AND usage.sequence > wanted.sequence
    )
"""


# The columns of a usage record, in the order of `MeasuredUsage`.
COLUMNS: Final = (
    "sequence",
    "id",
    "provider_id",
    "meter_id",
    "resource_id",
    "subject",
    "starts_at",
    "ends_at",
    "revision",
    "supersedes_id",
    "quantity",
    "rule_version__metric__unit",
    "native_hours",
    "standard_hours",
    "no_standard_reason",
    "rule_version_id",
    "inputs_hash",
    "reading_count",
    "units_max",
    "is_trial",
    "parts",
)
NO_STANDARD_REASON: Final = Case(
    When(factor__isnull=True, then="factor_source"), default=Value(""), output_field=TextField()
)


def usage_past(sequence: int) -> QuerySet[UsageRecord]:
    """Return the chargeable usage past a watermark, in the order in which it was committed."""
    return UsageRecord.objects.filter(sequence__gt=sequence, subject__isnull=False).order_by(
        "sequence"
    )


def usage_after(
    *, sequence: int, limit: int, subjects: Collection[UUID] | None = None
) -> list[MeasuredUsage]:
    """
    Return the chargeable usage past a watermark, in the order in which it was committed.

    A trial's usage is among it: it is charged at nothing. Without `subjects`, every subject's.
    """
    records = UsageRecord.objects.filter(sequence__gt=sequence, subject__isnull=False)
    if subjects is not None:
        records = records.filter(subject__in=subjects)
    return _measured(records.order_by("sequence")[:limit])


def usage_of_subject(*, subject: UUID, limit: int) -> list[MeasuredUsage]:
    """Return what counts of a subject's usage, superseded records left out, the newest first."""
    records = current_usage().filter(subject=subject)
    return _measured(records.order_by("-starts_at", "-sequence")[:limit])


def parts_of_subject(*, subject: UUID, limit: int) -> dict[str, Decimal] | None:
    """
    Return what a subject used by the unit of each part that its rule weighs.

    Nothing where the rule weighs no parts, or where it was used in more windows than the limit.
    """
    of_subject = current_usage().filter(subject=subject).values_list("parts", flat=True)
    rows = list(of_subject[: limit + 1])
    if len(rows) > limit or not any(rows):
        return None
    found: dict[str, Decimal] = {}
    for parts in rows:
        for each in parts:
            found[each["unit"]] = found.get(each["unit"], Decimal(0)) + Decimal(each["quantity"])
    return found


def superseded_among(usage_ids: Collection[UUID]) -> set[UUID]:
    """Return which of some usage records a later revision replaced."""
    later = UsageRecord.objects.filter(supersedes__in=usage_ids)
    return set(later.values_list("supersedes_id", flat=True))


def usage_for(actor: Actor) -> QuerySet[UsageRecord]:
    """Return the usage that an actor may see: the provider's own, or all across the market."""
    records = UsageRecord.objects.select_related("rule_version__metric").defer(
        "rule_version__definition"
    )
    if not actor.spans_tenants:
        records = records.filter(provider_id=actor.organization_id)
    return records.order_by("-sequence")


def usage_of_meter(actor: Actor, meter_id: UUID) -> QuerySet[UsageRecord]:
    """Return what was measured of a meter, every revision with the one that it supersedes."""
    later = UsageRecord.objects.filter(supersedes_id=OuterRef("pk"))
    found = usage_for(actor).filter(meter_id=meter_id).select_related("supersedes")
    return found.annotate(is_superseded=Exists(later))


def usage_record_for(actor: Actor, usage_id: UUID) -> UsageRecord:
    """
    Return a usage record that an actor may see.

    :raises UsageNotFound: if it does not exist or is someone else's (the two look alike)
    """
    found = usage_for(actor).filter(pk=usage_id).first()
    if found is None:
        raise UsageNotFound
    return found


def usage_whole(usage_id: UUID) -> UsageRecord:
    """
    Return a usage record with its rule and its certificate, as row-level security shows it.

    :raises UsageNotFound: if there is none
    """
    records = UsageRecord.objects.select_related(
        "rule_version__metric", "certificate__verifier", "meter"
    )
    found = records.filter(pk=usage_id).first()
    if found is None:
        raise UsageNotFound
    return found


def current_usage() -> QuerySet[UsageRecord]:
    """Return the usage records that no later revision supersedes."""
    return UsageRecord.objects.filter(superseded_by__isnull=True)


def open_subjects(*, resources: Mapping[UUID, UUID]) -> frozenset[UUID]:
    """
    Return which subjects have readings that no closed window has measured yet.

    `resources` maps each subject to the resource that it uses: what is read elsewhere in its name
    holds nobody up. A window that was set aside counts: what it will yield waits for a decision.
    """
    if not resources:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(OPEN_SUBJECTS, [list(resources), list(resources.values())])
        return frozenset(subject for (subject,) in cursor.fetchall())


def subjects_past(places: Mapping[UUID, int]) -> frozenset[UUID]:
    """Return which subjects have chargeable usage past the sequence named for each."""
    with connection.cursor() as cursor:
        cursor.execute(SUBJECTS_PAST, [list(places), list(places.values())])
        return frozenset(subject for (subject,) in cursor.fetchall())


def _measured(records: QuerySet[UsageRecord]) -> list[MeasuredUsage]:
    rows = records.annotate(no_standard_reason=NO_STANDARD_REASON).values_list(*COLUMNS)
    return [MeasuredUsage(*row) for row in rows]


def revised_counts(resource_ids: Collection[UUID], period: Period) -> dict[UUID, tuple[int, int]]:
    """Return how many windows of resources were measured in a period, and how many revised."""
    found: dict[UUID, tuple[int, int]] = dict.fromkeys(resource_ids, (0, 0))
    rows = (
        UsageRecord.objects.filter(
            resource_id__in=resource_ids,
            starts_at__gte=period.starts_at,
            starts_at__lt=period.ends_at,
        )
        .order_by()
        .values("resource_id")
        .annotate(
            records=Count("id", filter=Q(revision=1)), revised=Count("id", filter=Q(revision=2))
        )
    )
    for row in rows:
        found[row["resource_id"]] = (row["records"], row["revised"])
    return found
