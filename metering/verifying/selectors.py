"""Reads of verification. Row-level security decides whose; certificates are public."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from common import tenancy
from common.moments import market_date
from identity.contracts import Actor, Role
from metering.verifying.contracts import (
    REMINDED_DAYS,
    AssessmentNotFound,
    AssessmentState,
    CertificateNotFound,
    ChallengeState,
)
from metering.verifying.models import (
    Assessor,
    Certificate,
    Challenge,
    CrossCheck,
    DrawDay,
    LevelChange,
    LevelStanding,
    ProbeReport,
    ThirdPartyAssessment,
)


def level_of(resource_id: UUID, at: datetime) -> int | None:
    """Return the level of a resource at a moment; nothing if nobody said anything of it."""
    return levels_of([resource_id], at).get(resource_id)


def levels_of(resource_ids: Collection[UUID], at: datetime) -> dict[UUID, int]:
    """Return the levels of resources at a moment, past ones, too; who has none is left out."""
    held = in_force(at).filter(resource_id__in=list(resource_ids))
    found: dict[UUID, int] = {}
    for resource_id, level in held.values_list("resource_id", "level"):
        found[resource_id] = max(level, found.get(resource_id, 0))
    return found


def in_force(at: datetime) -> QuerySet[Certificate]:
    """Return the certificates that count at a moment."""
    return Certificate.objects.filter(
        Q(end__isnull=True) | Q(end__ended_at__gt=at), valid_from__lte=at, valid_to__gt=at
    )


def certificates() -> QuerySet[Certificate]:
    """Return all certificates, the newest first."""
    found = Certificate.objects.select_related("resource", "provider", "issuer", "end")
    return found.defer("document").order_by("-id")


def certificates_of(provider_id: UUID) -> QuerySet[Certificate]:
    """Return the certificates of a provider's resources, the newest first."""
    return certificates().filter(provider_id=provider_id)


def certificates_of_resource(resource_id: UUID) -> QuerySet[Certificate]:
    """Return the certificates of a resource, the newest first."""
    return certificates().filter(resource_id=resource_id)


def certificate(certificate_id: UUID) -> Certificate:
    """
    Return a certificate with its document.

    :raises CertificateNotFound: if there is none
    """
    found = (
        Certificate.objects.select_related("resource", "provider", "issuer", "end")
        .filter(pk=certificate_id)
        .first()
    )
    if found is None:
        raise CertificateNotFound
    return found


def standings_of(provider_id: UUID) -> QuerySet[LevelStanding]:
    """Return the levels of a provider's resources."""
    return LevelStanding.objects.select_related("resource").filter(provider_id=provider_id)


def ending_soon(provider_id: UUID, at: datetime) -> QuerySet[LevelStanding]:
    """Return the levels beyond a provider's own word that end within 30 days, the next first."""
    until = at + timedelta(days=REMINDED_DAYS[0])
    found = standings_of(provider_id).filter(level__gte=2, ends_at__gt=at, ends_at__lte=until)
    return found.order_by("ends_at", "pk")


def standing_of(resource_id: UUID) -> LevelStanding | None:
    """Return the level of a resource with its dates; nothing if nobody said anything of it."""
    return LevelStanding.objects.filter(pk=resource_id).first()


def history_of(resource_id: UUID) -> QuerySet[LevelChange]:
    """Return how the level of a resource changed, the latest first."""
    return LevelChange.objects.filter(resource_id=resource_id).order_by("-id")


def reports_of(resource_id: UUID) -> QuerySet[ProbeReport]:
    """Return the reports about a resource, the latest first; their provider's and the market's."""
    return ProbeReport.objects.filter(resource_id=resource_id).defer("body").order_by("-id")


def assessors(at: datetime) -> QuerySet[Assessor]:
    """Return the assessors whose accreditation is in force."""
    return (
        Assessor.objects.select_related("organization")
        .filter(ended_at=None, valid_from__lte=at, valid_to__gt=at)
        .order_by("id")
    )


def all_assessors() -> QuerySet[Assessor]:
    """Return all assessors that ever were, the latest first."""
    return Assessor.objects.select_related("organization").order_by("-id")


def is_assessor(organization_id: UUID, at: datetime) -> bool:
    """Return whether an organisation may assess now."""
    return assessors(at).filter(organization_id=organization_id).exists()


def assessments_for(actor: Actor) -> QuerySet[ThirdPartyAssessment]:
    """Return the assessments that an actor may see, the latest first: its own, or all."""
    found = ThirdPartyAssessment.objects.select_related(
        "resource", "provider", "assessor_organization"
    )
    found = found.defer("document").order_by("-id")
    if actor.has_role(Role.OPERATOR, Role.AUDITOR):
        return found
    whose = Q(provider_id=actor.organization_id) | Q(assessor_organization_id=actor.organization_id)
    return found.filter(whose)


def assessment_for(actor: Actor, assessment_id: UUID) -> ThirdPartyAssessment:
    """
    Return one of them.

    :raises AssessmentNotFound: if there is none, or it is someone else's
    """
    found = assessments_for(actor).filter(pk=assessment_id).first()
    if found is None:
        raise AssessmentNotFound
    return found


def under_way(resource_id: UUID) -> ThirdPartyAssessment | None:
    """Return the assessment of a resource that is under way."""
    return ThirdPartyAssessment.objects.filter(
        resource_id=resource_id, state__in=[AssessmentState.ASKED, AssessmentState.RECORDED]
    ).first()


def challenges_for(actor: Actor) -> QuerySet[Challenge]:
    """Return the challenges that an actor may see, the latest first; none that was not opened."""
    found = Challenge.objects.select_related("resource").exclude(
        state__in=[ChallengeState.DRAWN, ChallengeState.DROPPED]
    )
    if not actor.has_role(Role.OPERATOR, Role.AUDITOR):
        found = found.filter(provider_id=actor.organization_id)
    return found.order_by("-id")


def challenges_of(provider_id: UUID) -> QuerySet[Challenge]:
    """Return the challenges of a provider that were opened, the latest first."""
    opened = Challenge.objects.exclude(state__in=[ChallengeState.DRAWN, ChallengeState.DROPPED])
    return opened.filter(provider_id=provider_id).order_by("-id")


def open_challenges(resource_ids: Collection[UUID], at: datetime) -> QuerySet[Challenge]:
    """Return the challenges of resources that wait for an answer."""
    return Challenge.objects.filter(
        resource_id__in=list(resource_ids), state=ChallengeState.OPEN, deadline_at__gt=at
    ).order_by("deadline_at", "id")


def draws(at: datetime, *, limit: int = 100) -> list[dict[str, Any]]:
    """Return the days of challenges, the latest first; the seed of one that is over is revealed."""
    today = market_date(at)
    with tenancy.acting_as_platform():
        return [
            {
                "day": row.day,
                "commitment": row.commitment,
                "seed": bytes(row.seed).hex() if row.day < today else None,
                "resources": row.resources,
                "challenges": row.challenges,
            }
            for row in DrawDay.objects.order_by("-day")[:limit]
        ]


def checks() -> QuerySet[CrossCheck]:
    """Return the comparisons with power, the latest first; who is watched is not told."""
    return CrossCheck.objects.select_related("resource", "provider").order_by("-id")
