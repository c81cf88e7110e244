"""Levels: they follow from certificates in force, and nothing else sets them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from common import reminders, tenancy
from identity import services as identity_services
from identity.events import services as events
from metering.verifying.contracts import Because, CertificateEnded, CertificateNotFound
from metering.verifying.event_names import VerifyingEvent
from metering.verifying.models import (
    Certificate,
    CertificateEnd,
    Challenge,
    LevelChange,
    LevelStanding,
)

SWEEP_MAX: Final = 500
RAISED: Final = {1: Because.DECLARED, 2: Because.MEASURED, 3: Because.ASSESSED}


def follow(
    resources: Mapping[UUID, UUID], *, now: datetime, because: Because = Because.EXPIRED
) -> None:
    """
    Let the levels of resources follow from their certificates, as a set.

    `resources` holds the provider of each. `because` is told where a level falls.
    """
    rows = {
        row.resource_id: row
        for row in _standings(resources, now).select_for_update(no_key=True).order_by("pk")
    }
    best = _best(rows, now)
    changes: list[LevelChange] = []
    levels: dict[UUID, int] = {}
    for key, row in rows.items():
        certificate, until, changes_at = best.get(key, (None, None, None))
        after = certificate.level if certificate else None
        if row.level != after:
            levels[key] = after or 0
            changes.append(_change(row, certificate, because, now))
            row.level, row.since = after, now
        if row.ends_at != until:
            row.ends_at, row.reminded = until, None
        row.changes_at = changes_at
    LevelStanding.objects.bulk_update(
        rows.values(), ["level", "since", "ends_at", "changes_at", "reminded"]
    )
    identity_services.set_verification_levels(levels)
    LevelChange.objects.bulk_create(changes)
    events.record(_told(changes))


def hold(resource_ids: Collection[UUID]) -> None:
    """Hold the levels of resources, so that no certificate of theirs ends twice."""
    rows = LevelStanding.objects.filter(pk__in=resource_ids).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))


def _standings(resources: Mapping[UUID, UUID], now: datetime) -> "QuerySet[LevelStanding]":
    known = set(LevelStanding.objects.filter(pk__in=resources).values_list("pk", flat=True))
    LevelStanding.objects.bulk_create(
        [
            LevelStanding(resource_id=key, provider_id=provider, since=now)
            for key, provider in sorted(resources.items())
            if key not in known
        ],
        ignore_conflicts=True,
    )
    return LevelStanding.objects.filter(pk__in=resources)


def _best(
    resource_ids: Collection[UUID], now: datetime
) -> dict[UUID, tuple[Certificate, datetime, datetime]]:
    """Return the certificate that decides each level, until when the level lasts, and the work."""
    found: dict[UUID, list[Certificate]] = {}
    rows = Certificate.objects.filter(
        resource_id__in=resource_ids, valid_from__lte=now, valid_to__gt=now, end__isnull=True
    )
    for row in rows.order_by("-level", "-valid_to", "-id").defer("document"):
        found.setdefault(row.resource_id, []).append(row)
    # The first of a resource has the highest level and lasts longest on it.
    return {key: (held[0], held[0].valid_to, held[0].valid_to) for key, held in found.items()}


def _change(
    row: LevelStanding, certificate: Certificate | None, because: Because, now: datetime
) -> LevelChange:
    is_up = certificate is not None and (row.level or 0) < certificate.level
    return LevelChange(
        resource_id=row.resource_id,
        provider_id=row.provider_id,
        before=row.level,
        after=certificate.level if certificate else None,
        because=RAISED[certificate.level] if certificate is not None and is_up else because,
        certificate_id=certificate.pk if certificate else None,
        changed_at=now,
    )


def _told(changes: Iterable[LevelChange]) -> Iterable[events.Event]:
    for each in changes:
        yield events.Event(
            name=VerifyingEvent.LEVEL_CHANGED,
            object_kind="resource_verification",
            object_id=each.resource_id,
            object_label=f"L{each.before or 0} → L{each.after or 0}",
            concerns=[each.provider_id],
            facts={"before": each.before, "after": each.after, "because": each.because},
        )


def issued(certificate: Certificate, *, now: datetime) -> None:
    """Tell of a new certificate, and let the level follow."""
    events.record([certificate_event(VerifyingEvent.CERTIFICATE_ISSUED, certificate)])
    follow({certificate.resource_id: certificate.provider_id}, now=now)


def certificate_event(
    name: VerifyingEvent, certificate: Certificate, **facts: object
) -> events.Event:
    """Return an event about a certificate."""
    return events.Event(
        name=name,
        object_kind="capability_certificate",
        object_id=certificate.pk,
        object_label=f"L{certificate.level} {certificate.benchmark}",
        concerns=list({certificate.provider_id, certificate.issuer_id}),
        facts={
            "resource_id": str(certificate.resource_id),
            "level": certificate.level,
            "valid_to": certificate.valid_to.isoformat(),
            **facts,
        },
    )


def end(
    certificates: Iterable[Certificate],
    because: Because,
    *,
    now: datetime,
    note: str = "",
    person_id: int | None = None,
    challenges: Mapping[UUID, Challenge] | None = None,
) -> None:
    """End certificates before their time, in the caller's transaction; levels follow."""
    rows = list(certificates)
    CertificateEnd.objects.bulk_create(
        [
            CertificateEnd(
                certificate=each,
                provider_id=each.provider_id,
                because=because,
                note=note,
                challenge=(challenges or {}).get(each.resource_id),
                ended_by_id=person_id,
                ended_at=now,
            )
            for each in rows
        ]
    )
    events.record(
        certificate_event(VerifyingEvent.CERTIFICATE_ENDED, each, because=because) for each in rows
    )
    follow({each.resource_id: each.provider_id for each in rows}, now=now, because=because)


@transaction.atomic
def revoke_certificate(
    *, certificate_id: UUID, person_id: int, organization_id: UUID, note: str, now: datetime
) -> None:
    """
    Revoke a certificate, with the reason: an operator any, an issuer its own.

    :raises CertificateNotFound: if there is none
    :raises CertificateEnded: if it ended before
    """
    with tenancy.acting_as_platform():
        certificate = Certificate.objects.filter(pk=certificate_id).first()
        if certificate is None:
            raise CertificateNotFound
        hold([certificate.resource_id])
        if certificate.valid_to <= now or CertificateEnd.objects.filter(pk=certificate_id).exists():
            raise CertificateEnded
        if organization_id != certificate.provider_id:
            identity_services.require_outsider(
                person_id=person_id, organization_id=certificate.provider_id
            )
        end([certificate], Because.REVOKED, now=now, note=note.strip(), person_id=person_id)


@transaction.atomic
def follow_due(*, now: datetime) -> int:
    """Let levels fall whose certificates expired; return how many were looked at."""
    with tenancy.acting_as_platform():
        due = LevelStanding.objects.filter(changes_at__lte=now).order_by("changes_at", "pk")
        rows = due.select_for_update(no_key=True, skip_locked=True)[:SWEEP_MAX]
        found = dict(rows.values_list("resource_id", "provider_id"))
        if found:
            follow(found, now=now)
        return len(found)


@transaction.atomic
def remind_due(*, now: datetime) -> int:
    """Tell 30, 7 and 1 days before a level ends; return how many were told."""
    with tenancy.acting_as_platform():
        due = to_remind(now).order_by("ends_at", "pk")
        rows = list(due.select_for_update(no_key=True, skip_locked=True)[:SWEEP_MAX])
        best = _best([row.resource_id for row in rows], now)
        told = []
        for row in rows:
            left = -(-(row.ends_at - now) // timedelta(days=1)) if row.ends_at else 0
            row.reminded = reminders.step(left)
            if row.resource_id in best:
                certificate = best[row.resource_id][0]
                name = VerifyingEvent.CERTIFICATE_ENDS_SOON
                told.append(certificate_event(name, certificate, days=left))
        LevelStanding.objects.bulk_update(rows, ["reminded"])
        events.record(told)
        return len(rows)


def to_remind(now: datetime) -> "QuerySet[LevelStanding]":
    """Return the standings that are to be reminded of."""
    return LevelStanding.objects.filter(Q(level__gte=2), reminders.due("ends_at", "reminded", now))
