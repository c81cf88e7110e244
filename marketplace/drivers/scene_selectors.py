"""Reads of scenes, which everybody may read, and of templates, which are their buyer's."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery

from common import tenancy
from marketplace.catalog import selectors as catalog_selectors
from marketplace.catalog.contracts import ListingState
from marketplace.catalog.rows import ListingRow
from marketplace.drivers import registry, scene_rules
from marketplace.drivers.models import ProviderDriver
from marketplace.drivers.scene_contracts import SceneNotFound, TemplateNotFound
from marketplace.drivers.scene_models import OrderScene, OrderTemplate

LOOKED_AT_MAX = 500
DRAFTS = Path(__file__).parent / "data" / "scenes.json"


def drafts_of_release() -> dict[str, dict[str, Any]]:
    """Return the scenes that a release brings as drafts, by code; nobody published them yet."""
    drafts = json.loads(DRAFTS.read_text(encoding="utf-8"))
    return {each["code"]: each["content"] for each in drafts}


def scenes() -> QuerySet[OrderScene]:
    """Return the newest version of each scene, by code."""
    newest = OrderScene.objects.filter(code=OuterRef("code")).order_by("-version").values("pk")
    return OrderScene.objects.filter(pk=Subquery(newest[:1])).order_by("code")


def newest_scene(code: str) -> OrderScene | None:
    """Return the newest version of a scene; none if it was never published."""
    return OrderScene.objects.filter(code=code).order_by("-version").first()


def scene(code: str) -> OrderScene:
    """
    Return the newest version of a scene.

    :raises SceneNotFound: if none was published under the code
    """
    found = newest_scene(code)
    if found is None:
        raise SceneNotFound
    return found


def fitting_listings(
    content: Mapping[str, Any], *, limit: int, is_free_first: bool = False
) -> Sequence[tuple[ListingRow, str]]:
    """
    Return open listings that serve a scene, the cheapest standard hour first, and their drivers.

    With `is_free_first` what is given away comes before what has a price. At most 500 of the
    classes and forms are looked at for their drivers.
    """
    found = catalog_selectors.offered().filter(state=ListingState.OPEN)
    if content["classes"]:
        found = found.filter(resource_class__in=content["classes"])
    if content["forms"]:
        found = found.filter(form__in=content["forms"])
    found = found.select_related("provider", "resource").defer("search_text", "search_grams")
    free = [F("community_rule").asc(nulls_last=True)] if is_free_first else []
    listed = list(found.order_by(*free, "sort_price", "id")[:LOOKED_AT_MAX])
    kinds = _kinds_of(listed)
    fitting = [
        (listing, kinds[listing.pk])
        for listing in listed
        if scene_rules.does_fit(
            content,
            resource_class=listing.resource_class,
            form=listing.form,
            driver_kind=kinds[listing.pk],
        )
    ]
    return fitting[:limit]


def _kinds_of(listings: Sequence[ListingRow]) -> dict[UUID, str]:
    """Return which kind of driver carries out orders of listings, by one statement."""
    with tenancy.acting_as_platform():
        rows = ProviderDriver.objects.filter(
            provider_id__in={each.provider_id for each in listings}, removed_at__isnull=True
        )
        known: dict[tuple[UUID, UUID | None], str] = {
            (provider_id, resource_id): kind
            for provider_id, resource_id, kind in rows.values_list(
                "provider_id", "resource_id", "kind"
            )
        }
    usual = {each.pk: known.get((each.provider_id, None), registry.MANUAL) for each in listings}
    return {
        each.pk: known.get((each.provider_id, each.resource_id), usual[each.pk])
        for each in listings
    }


def templates_of(organization_id: UUID) -> QuerySet[OrderTemplate]:
    """Return what an organisation keeps, by name."""
    found = OrderTemplate.objects.filter(organization_id=organization_id)
    return found.select_related("listing").order_by("name", "id")


def template(template_id: UUID, *, organization_id: UUID) -> OrderTemplate:
    """
    Return one template.

    :raises TemplateNotFound: if there is none, or it is someone else's (the two look alike)
    """
    row = templates_of(organization_id).filter(pk=template_id).first()
    if row is None:
        raise TemplateNotFound
    return row
