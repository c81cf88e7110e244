"""Reads of drafts, and what is different from what is in force, in words."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from common import notice
from pricing import changes, drafting, plan_terms, rate_2, rules, wording, worsening
from pricing.contracts import RateCard
from pricing.models import RatePlanDraft, RatePlanVersion
from pricing.plan_models import PlanModel, PlanPart, RateTerms
from pricing.worsening import PlanTerms

AFTER_ANOTHER: Final = timedelta(seconds=1)
MARKET_ZONE: Final = "Asia/Shanghai"  # of components, which no time of use multiplies


def drafts_of(plan_id: UUID, *, provider_id: UUID) -> QuerySet[RatePlanDraft]:
    """Return a provider's drafts of a plan, newest first."""
    return RatePlanDraft.objects.filter(plan_id=plan_id, provider_id=provider_id).order_by("-id")


def draft(draft_id: UUID, *, provider_id: UUID) -> RatePlanDraft:
    """
    Return a draft of a provider's, with its plan.

    :raises DraftNotFound: if there is none, or it is someone else's
    """
    found = RatePlanDraft.objects.select_related("plan").filter(
        pk=draft_id, provider_id=provider_id
    )
    row = found.first()
    if row is None:
        raise drafting.DraftNotFound(field="draft_id")
    return row


def latest_version(plan_id: UUID) -> RatePlanVersion | None:
    """Return what a plan says last, announced or in force; None before its first version."""
    return RatePlanVersion.objects.filter(plan_id=plan_id).order_by("-version").first()


def card_of_draft(found: RatePlanDraft) -> RateCard:
    """Return the card that a draft would make."""
    latest = latest_version(found.plan_id)
    return drafting.drafted_card(
        plan_terms.parse(found.terms),
        plan=found.plan,
        version=latest.version + 1 if latest else 1,
    )


def terms_of_version(version: RatePlanVersion) -> RateTerms:
    """Return what a version says as terms; components become graduated parts."""
    if version.terms is not None:
        return plan_terms.parse(version.terms)
    parts = tuple(
        PlanPart(part.code, PlanModel.GRADUATED, str(part.unit), part.tiers)
        for part in rules.parse_components(version.components)
    )
    return RateTerms(zone=MARKET_ZONE, parts=parts)


def publishable(found: RatePlanDraft) -> dict[str, Any]:
    """Return a draft as publishing takes it: as components where the plan's rule allows."""
    latest = latest_version(found.plan_id)
    rule = latest.rating_rule if latest else rate_2.NAME
    said = drafting.said_by(plan_terms.parse(found.terms), rating_rule=rule)
    return said | ({"calendars": found.calendars} if "terms" in said else {})


def published_as(found: RatePlanDraft) -> RatePlanVersion | None:
    """Return the plan's last version if it says just what the draft does."""
    latest = latest_version(found.plan_id)
    if latest is None:
        return None
    said = publishable(found)
    if (latest.source, latest.clause) != (found.source, found.clause):
        return None
    is_same = latest.terms == said.get("terms") and (
        "components" not in said or latest.components == said["components"]
    )
    return latest if is_same else None


def earliest(found: RatePlanDraft, *, now: datetime) -> tuple[datetime, bool]:
    """
    Return when a draft may take effect, and whether it has notice: somebody may pay more.

    It comes after what was announced: versions follow each other in time.
    """
    latest = latest_version(found.plan_id)
    if latest is None:
        return now, False
    said = publishable(found)
    terms = plan_terms.parse(found.terms)
    after = PlanTerms(
        plan_terms.projected(terms),
        latest.asset,
        rules.timed_rule(terms) if "terms" in said else latest.rating_rule,
        terms if "terms" in said else None,
    )
    is_worse = worsening.is_worse(changes.terms_of(latest), after)
    first = now + notice.NOTICE if is_worse else now
    return max(first, latest.starts_at + AFTER_ANOTHER), is_worse


def difference(before: RateTerms | None, after: RateTerms) -> list[tuple[str, str]]:
    """Return what is no longer said and what is new, each as a sentence of the plan."""
    old = list(wording.told(before)) if before else []
    new = list(wording.told(after))
    gone = [sentence for sentence in old if sentence not in new]
    come = [sentence for sentence in new if sentence not in old]
    by_code = {sentence.split(" · ")[0]: sentence for sentence in gone}
    pairs = [(by_code.pop(sentence.split(" · ")[0], ""), sentence) for sentence in come]
    return [*pairs, *((sentence, "") for sentence in by_code.values())]
