"""What changed in rate plans, for those who read of it. Prices are public."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from common.notice import Change
from pricing import plan_terms, rules, worsening
from pricing.models import RatePlanVersion
from pricing.worsening import PlanTerms


def changes(version_ids: Collection[UUID]) -> dict[UUID, Change]:
    """Return versions of plans, each with the one before it, in two queries."""
    found = RatePlanVersion.objects.select_related("plan", "provider").in_bulk(version_ids)
    earlier = {
        (each.plan_id, each.version): each
        for each in RatePlanVersion.objects.filter(
            plan_id__in={version.plan_id for version in found.values()},
            version__in={version.version - 1 for version in found.values()},
        )
    }
    return {
        key: _change(version, earlier.get((version.plan_id, version.version - 1)))
        for key, version in found.items()
    }


def _change(version: RatePlanVersion, before: RatePlanVersion | None) -> Change:
    return Change(
        name=version.plan.name,
        name_en=version.plan.name_en,
        owner=version.provider.name,
        owner_en=version.provider.name_en,
        source=" ".join(filter(None, (version.source, version.clause))),
        after=_said(version),
        before=None if before is None else _said(before),
        is_worse=before is not None and worsening.is_worse(terms_of(before), terms_of(version)),
    )


def terms_of(version: RatePlanVersion) -> PlanTerms:
    """Return what a version says about money."""
    return PlanTerms(
        rules.parse_components(version.components),
        version.asset,
        version.rating_rule,
        None if version.terms is None else plan_terms.parse(version.terms),
    )


def _said(version: RatePlanVersion) -> dict[str, Any]:
    return {
        "asset": version.asset,
        "rating_rule": version.rating_rule,
        "components": version.components,
        "terms": version.terms,
    }
