"""Reads of scores. They are public, with all that they were made from."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import Max, QuerySet
from django.db.models.functions import TruncMonth

from common import tenancy
from identity.contracts import Actor
from marketplace.assurance import score_rules
from marketplace.assurance.models import ListingStop, ResourceScore
from marketplace.assurance.score_contracts import PROVIDERS_MAX, ScoreNotFound

FORMAT: Final = "suanpan-scores/1"
HISTORY_DAYS: Final = 90
QUALITY_FORMAT: Final = "suanpan-quality/1"
QUALITY_MONTHS: Final = 12


def scores() -> QuerySet[ResourceScore]:
    """Return the scores of every resource and day, the latest day first."""
    return ResourceScore.objects.select_related("resource", "provider").order_by("-day", "-id")


def score_of(resource_id: UUID, day: date | None = None) -> ResourceScore:
    """
    Return the score of a resource on a day, or its latest.

    :raises ScoreNotFound: if there is none
    """
    found = scores().filter(resource_id=resource_id)
    one = (found.filter(day=day) if day else found).first()
    if one is None:
        raise ScoreNotFound
    return one


def latest_score(resource_id: UUID) -> ResourceScore | None:
    """Return the latest score of a resource; none where there is no record yet."""
    return scores().filter(resource_id=resource_id).first()


def score_history(resource_id: UUID) -> list[ResourceScore]:
    """Return the scores of a resource of the last ninety days, the earliest first."""
    return list(scores().filter(resource_id=resource_id)[:HISTORY_DAYS])[::-1]


def provider_scores(provider_id: UUID) -> list[ResourceScore]:
    """Return the latest scores of a provider's resources: all of one day."""
    found = ResourceScore.objects.filter(provider_id=provider_id)
    day = found.aggregate(day=Max("day"))["day"]
    of_day = found.filter(day=day).select_related("resource", "provider").order_by("id")
    return list(of_day[:PROVIDERS_MAX]) if day else []


def provider_export(provider_id: UUID) -> dict[str, Any]:
    """
    Return the scores of a provider with all inputs, as `verify_scores.py` makes them anew.

    :raises ScoreNotFound: if there is none
    """
    found = provider_scores(provider_id)
    if not found:
        raise ScoreNotFound
    return {
        "format": FORMAT,
        "provider": str(provider_id),
        "day": f"{found[0].day:%Y-%m-%d}",
        "credibility": score_rules.mean_of([each.credibility for each in found]),
        "stability": score_rules.mean_of([each.stability for each in found]),
        "resources": [_exported(each) for each in found],
    }


def quality_months(resource_id: UUID) -> list[ResourceScore]:
    """
    Return the last score of each of the last months of a resource, the latest month first.

    Each is of the 30 days until its day, the last day of its month that was scored.
    """
    by_month = (
        ResourceScore.objects.filter(resource_id=resource_id)
        .annotate(month=TruncMonth("day"))
        .values("month")
        .annotate(last=Max("day"))
        .order_by("-month")
    )
    days = [row["last"] for row in by_month[:QUALITY_MONTHS]]
    return list(scores().filter(resource_id=resource_id, day__in=days))


def quality_export(resource_id: UUID) -> dict[str, Any]:
    """
    Return the quality of a resource by month with all inputs, as `verify_scores.py` checks it.

    Without a score it has no months: nothing is on record yet.
    """
    return {
        "format": QUALITY_FORMAT,
        "resource": str(resource_id),
        "months": [
            {
                "day": f"{each.day:%Y-%m-%d}",
                "credibility": each.credibility,
                "stability": each.stability,
                "resources": [_exported(each)],
            }
            for each in quality_months(resource_id)
        ],
    }


def _exported(each: ResourceScore) -> dict[str, Any]:
    return {
        "resource": str(each.resource_id),
        "identifier": each.resource.identifier,
        "rule": each.rule,
        "inputs": each.inputs,
        "credibility": each.credibility,
        "stability": each.stability,
        "parts": each.parts,
        "content_hash": each.content_hash,
    }


def stops_seen_by(actor: Actor) -> QuerySet[ListingStop]:
    """Return the listings that the rule warned of or stopped: one's own, or all."""
    found = ListingStop.objects.select_related("listing", "provider").order_by("-id")
    return found if actor.spans_tenants else found.filter(provider_id=actor.organization_id)


def open_stop_of(listing_id: UUID) -> ListingStop | None:
    """Return the warning or stop of a listing that is not over."""
    with tenancy.acting_as_platform():
        return ListingStop.objects.filter(listing_id=listing_id, ended_at__isnull=True).first()
