"""Drafts of rate plans: kept, changed and dropped by their provider; published as a version."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.errors import NotFound, Refusal
from pricing import plan_terms, rules, shared_calendars
from pricing.contracts import (
    CLAUSE_MAX,
    FIRST_RATING_RULE,
    SOURCE_MAX,
    TOKEN_KINDS,
    InvalidRates,
    RateCard,
)
from pricing.models import RatePlan, RatePlanDraft
from pricing.plan_models import CountedBy, CountedOver, PlanModel, RateTerms

DRAFTS_MAX: Final = 20  # of a plan
DRAFT_NAME_MAX: Final = 80
NOT_PUBLISHED: Final = UUID(int=0)  # what a draft has for a version
SIMPLE: Final = (PlanModel.UNIT, PlanModel.GRADUATED)


class DraftNotFound(NotFound):
    """There is no such draft, or it is someone else's."""

    code = "rate_plan_draft_not_found"


class TooManyDrafts(Refusal):
    """A plan has as many drafts as it may."""

    code = "too_many_drafts"
    sentence = _("A plan has at most %(most)s drafts. Drop one first.")


@transaction.atomic
def keep_plan_draft(
    *,
    provider_id: UUID,
    plan_id: UUID,
    name: str,
    terms: Mapping[str, Any],
    now: datetime,
    draft_id: UUID | None = None,
    changed_by_id: int | None = None,
    source: str = "",
    clause: str = "",
    calendars: Sequence[str] = (),
) -> RatePlanDraft:
    """
    Keep a draft of what a plan may say, a new one or one of before.

    `calendars` are the shared ones whose days the terms took, by code, or by code and version.

    :raises InvalidRates: naming every fault of the terms, or that it has no name, or that a clause
        is of no source, or that the terms lack days of a calendar
    :raises DraftNotFound, NotFound: if the draft or plan does not exist or is someone else's
    :raises TooManyDrafts: if the plan has as many as it may
    """
    if not name.strip() or len(name) > DRAFT_NAME_MAX:
        raise InvalidRates(field="name", problem=gettext("A draft has a name."))
    require_basis(source, clause)
    parsed = plan_terms.parse(terms)
    plan_terms.require_plain_times(parsed)
    said = plan_terms.terms_json(parsed)
    plan = (
        RatePlan.objects.select_for_update(no_key=True)
        .filter(pk=plan_id, provider_id=provider_id)
        .first()
    )
    if plan is None:
        raise NotFound(field="plan_id")
    values = {
        "name": name.strip(), "terms": said, "changed_at": now, "changed_by_id": changed_by_id,
        "source": source.strip(), "clause": clause.strip(),
        "calendars": shared_calendars.taken(calendars, said),
    }  # fmt: skip
    if draft_id is not None:
        changed = RatePlanDraft.objects.filter(pk=draft_id, plan=plan).update(**values)
        if not changed:
            raise DraftNotFound(field="draft_id")
        return RatePlanDraft.objects.get(pk=draft_id)
    if RatePlanDraft.objects.filter(plan=plan).count() >= DRAFTS_MAX:
        raise TooManyDrafts(most=DRAFTS_MAX)
    return RatePlanDraft.objects.create(plan=plan, provider_id=provider_id, **values)


def require_basis(source: str, clause: str) -> None:
    """
    Accept what a price rests on.

    :raises InvalidRates: if a text is too long, or a clause is of no source
    """
    if len(source) > SOURCE_MAX or len(clause) > CLAUSE_MAX:
        told = gettext("A source has at most %(source)s characters, a clause %(clause)s.")
        problem = told % {"source": SOURCE_MAX, "clause": CLAUSE_MAX}
        raise InvalidRates(field="source", problem=problem)
    if clause.strip() and not source.strip():
        problem = gettext("A clause is of a document: name it, too.")
        raise InvalidRates(field="source", problem=problem)


def drop_draft(*, provider_id: UUID, draft_id: UUID) -> None:
    """
    Drop a draft; nobody relied on it.

    :raises DraftNotFound: if there is none, or it is someone else's
    """
    dropped, _tables = RatePlanDraft.objects.filter(pk=draft_id, provider_id=provider_id).delete()
    if not dropped:
        raise DraftNotFound(field="draft_id")


def said_by(terms: RateTerms, *, rating_rule: str) -> dict[str, Any]:
    """
    Return how terms are published after a version under a rule: as terms, or as components.

    A plan that was rated by `rate-1` and still says nothing beyond tiers of a contract keeps that
    rule: other arithmetic would count as worse, and a lower price would wait seven days.
    """
    is_simple = terms.counted_by == CountedBy.CONTRACT and terms.to_minor == 1 and all(
        part.model in SIMPLE
        and part.per == CountedOver.CONTRACT
        and not (part.bands or part.factors or part.increment or part.unit in TOKEN_KINDS)
        for part in terms.parts
    )  # fmt: skip
    if is_simple and rating_rule == FIRST_RATING_RULE:
        return {"components": rules.components_json(plan_terms.projected(terms))}
    return {"terms": plan_terms.terms_json(terms)}


def drafted_card(terms: RateTerms, *, plan: RatePlan, version: int, scale: int = 2) -> RateCard:
    """Return the card that terms would make, to rate with before anything is published."""
    shown = plan_terms.projected(terms)
    return RateCard(
        version_id=NOT_PUBLISHED,
        plan_code=plan.code,
        version=version,
        asset="CNY",
        components=shown,
        content_hash=rules.version_hash(
            plan_code=plan.code, version=version, asset="CNY", components=shown, terms=terms
        ),
        provider_id=plan.provider_id,
        rating_rule=rules.timed_rule(terms),
        terms=terms,
        scale=scale,
    )
