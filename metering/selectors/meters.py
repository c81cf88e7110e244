"""Reads of meters, their readings, and what is certified of their resources."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from identity.contracts import Actor
from metering.contracts import (
    TOKENS_A_SECOND,
    Assessment,
    CapacityLine,
    ComputePath,
    CountingMeter,
    Density,
    MeterNotFound,
    Precision,
    WindowNotFound,
)
from metering.contracts import Reading as ReadingFacts
from metering.models import CapacityCertificate, Meter, Reading, Window, WindowDecision

# Names are kept also where the readings themselves were removed.
KNOWN_NAMES: Final = "SELECT n, is_same FROM metering_known_readings(%s::json, %s)"


def meters_for(actor: Actor) -> QuerySet[Meter]:
    """Return the meters that an actor may see: the organisation's own, or all across the market."""
    meters = Meter.objects.select_related("metric", "rule_version", "resource").defer(
        "rule_version__definition", "resource__specification"
    )
    if not actor.spans_tenants:
        meters = meters.filter(provider_id=actor.organization_id)
    return meters.order_by("-id")


def meters_matching(meters: QuerySet[Meter], text: str) -> QuerySet[Meter]:
    """Keep the meters whose name, or whose resource, is called by a text."""
    return meters.filter(
        Q(name__icontains=text)
        | Q(resource__name__icontains=text)
        | Q(resource__name_en__icontains=text)
        | Q(resource__identifier__contains=text.upper())
    )


def meters_by_agent(agent_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return for how many meters each agent signs; one that signs for none is left out."""
    counted = Meter.objects.filter(agent_id__in=agent_ids).values_list("agent_id")
    return dict(counted.annotate(count=Count("pk")))


def meter_for(actor: Actor, meter_id: UUID) -> Meter:
    """
    Return a meter that an actor may see.

    :raises MeterNotFound: if it does not exist or is someone else's (the two look alike)
    """
    found = meters_for(actor).filter(pk=meter_id).first()
    if found is None:
        raise MeterNotFound
    return found


def meters_of_resource(*, resource_id: UUID) -> QuerySet[Meter]:
    """Return the meters on a resource, the oldest first."""
    return (
        Meter.objects.select_related("metric", "rule_version")
        .filter(resource_id=resource_id)
        .order_by("id")
    )


def meters_named(*, resource_ids: Collection[UUID], name: str) -> list[UUID]:
    """Return the meters of one name on some resources."""
    found = Meter.objects.filter(resource_id__in=resource_ids, name=name)
    return list(found.order_by("id").values_list("id", flat=True))


def known_readings(
    *, provider_id: UUID, readings: Sequence[ReadingFacts]
) -> tuple[set[str], set[str]]:
    """
    Return which events of a source were taken before: with the same content, and with another.

    All the readings name one source.
    """
    rows = [
        {
            "n": place,
            "source": each.source,
            "event_id": each.event_id,
            "meter_id": each.meter_id,
            "subject": each.subject,
            "starts_at": each.starts_at,
            "ends_at": each.ends_at,
            "quantity": each.quantity,
            "unit": "",
            "state": each.state,
        }
        for place, each in enumerate(readings)
    ]
    same: set[str] = set()
    other: set[str] = set()
    with connection.cursor() as cursor:
        cursor.execute(KNOWN_NAMES, [msgspec.json.encode(rows).decode(), provider_id])
        for place, is_same in cursor.fetchall():
            (same if is_same else other).add(readings[place].event_id)
    return same, other


def providers_of_meters(ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the providers of meters; unknown meters are left out."""
    return dict(Meter.objects.filter(pk__in=ids).values_list("pk", "provider_id"))


def readings_for(actor: Actor, meter_id: UUID) -> QuerySet[Reading]:
    """
    Return a meter's readings, the newest time first.

    :raises MeterNotFound: if the meter does not exist or is someone else's
    """
    meter = meter_for(actor, meter_id)
    return Reading.objects.filter(meter=meter).order_by("-starts_at", "-id")


def windows_for(actor: Actor) -> QuerySet[Window]:
    """Return the windows that an actor may see, the latest first."""
    windows = Window.objects.select_related("meter")
    if not actor.spans_tenants:
        windows = windows.filter(provider_id=actor.organization_id)
    return windows.order_by("-starts_at", "-id")


def window_for(actor: Actor, window_id: int) -> Window:
    """
    Return a window that an actor may see.

    :raises WindowNotFound: if there is no such window, or it is someone else's
    """
    whole = windows_for(actor).select_related("meter__metric", "meter__resource__provider")
    found = whole.filter(pk=window_id).first()
    if found is None:
        raise WindowNotFound
    return found


def readings_within(window: Window) -> QuerySet[Reading]:
    """Return the readings that a window is made of, the earliest first."""
    inside = Reading.objects.filter(
        meter_id=window.meter_id, starts_at__gte=window.starts_at, starts_at__lt=window.ends_at
    )
    return inside.select_related("agent").order_by("starts_at", "id")


def quantity_within(window: Window) -> Decimal:
    """Return what the readings of a window add up to."""
    inside = readings_within(window).order_by().aggregate(total=Sum("quantity"))
    return inside["total"] or Decimal(0)


def recent_decisions(actor: Actor) -> QuerySet[WindowDecision]:
    """Return what was decided about windows that an actor may see, the latest first."""
    decided = WindowDecision.objects.select_related("window__meter", "decided_by")
    if not actor.spans_tenants:
        decided = decided.filter(provider_id=actor.organization_id)
    return decided.order_by("-decided_at", "-id")


def capacity_certificates() -> QuerySet[CapacityCertificate]:
    """Return what is certified of resources, the newest first. Certificates are public."""
    whole = CapacityCertificate.objects.select_related("resource", "provider", "verifier")
    return whole.order_by("-certified_at", "-id")


def throughput_certificates(*, at: datetime, model: str = "") -> QuerySet[CapacityCertificate]:
    """
    Return the measured throughputs in force, in tokens a second, of models that they name.

    With a model, those that name it, or call it so as well; small and capital letters are alike.
    """
    found = CapacityCertificate.objects.filter(
        unit=TOKENS_A_SECOND, assessment=Assessment.MEASURED, valid_from__lte=at, valid_to__gt=at
    ).exclude(model="")
    if name := model.strip():
        found = found.filter(Q(model__iexact=name) | Q(aliases__contains=[name.lower()]))
    return found


def certified_models(*, at: datetime, limit: int) -> list[str]:
    """Return the models that measured throughputs in force name, by name, up to a number."""
    named = throughput_certificates(at=at).order_by("model").distinct("model")
    return list(named.values_list("model", flat=True)[:limit])


def certificates_matching(
    certificates: QuerySet[CapacityCertificate], text: str
) -> QuerySet[CapacityCertificate]:
    """Keep the certificates whose resource is called by a text."""
    return certificates.filter(
        Q(resource__name__icontains=text)
        | Q(resource__name_en__icontains=text)
        | Q(resource__identifier__contains=text.upper())
    )


def decisions_for(actor: Actor, window_id: int) -> QuerySet[WindowDecision]:
    """
    Return what was decided about a window, the latest first.

    :raises WindowNotFound: if there is no such window, or it is someone else's
    """
    if not windows_for(actor).filter(pk=window_id).exists():
        raise WindowNotFound
    return WindowDecision.objects.filter(window_id=window_id).order_by("-decided_at", "-id")


def certificates_of(
    *, resource_id: UUID, at: datetime | None = None
) -> QuerySet[CapacityCertificate]:
    """Return what is certified of a resource, by default ever, else in force at a moment."""
    certificates = CapacityCertificate.objects.filter(resource_id=resource_id)
    if at is not None:
        certificates = certificates.filter(valid_from__lte=at, valid_to__gt=at)
    return certificates.order_by("-certified_at", "-id")


def certificates_ending(
    *, provider_id: UUID, now: datetime, until: datetime
) -> QuerySet[CapacityCertificate]:
    """Return a provider's certificates that run out soon and that no later one replaces."""
    replaced = CapacityCertificate.objects.filter(
        resource_id=OuterRef("resource_id"),
        precision=OuterRef("precision"),
        density=OuterRef("density"),
        path=OuterRef("path"),
        valid_to__gt=OuterRef("valid_to"),
    )
    found = CapacityCertificate.objects.filter(
        provider_id=provider_id, valid_to__gt=now, valid_to__lte=until
    )
    return found.filter(~Exists(replaced)).select_related("resource").order_by("valid_to", "id")


def capacity_lines(certificates: Sequence[CapacityCertificate]) -> list[CapacityLine]:
    """Return the figures of certificates as lines that `rules.total_capacity` adds up."""
    return [
        CapacityLine(
            Precision(certificate.precision),
            Density(certificate.density),
            ComputePath(certificate.path),
            certificate.value,
            certificate.unit,
        )
        for certificate in certificates
    ]


def meters_that_count(*, provider_id: UUID) -> list[CountingMeter]:
    """Return a provider's meters with what whoever makes readings for them needs to know."""
    rows = Meter.objects.filter(provider_id=provider_id).order_by("id")
    told = rows.values_list(
        "id",
        "name",
        "metric__unit",
        "rule_version__window_seconds",
        "resource__identifier",
        "agent_id",
    )
    return [CountingMeter(*row) for row in told]
