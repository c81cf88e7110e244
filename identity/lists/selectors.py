"""Reads of how a person wants a list. Everybody reads their own alone."""

from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from identity.contracts import Actor
from identity.lists.contracts import RowHeight, View, Wish
from identity.lists.models import ListChoice, SavedView


def wishes(actor: Actor) -> dict[str, Wish]:
    """Return how a person wants their lists, by name; one query for all of a page."""
    views = (
        SavedView.objects.filter(
            user_id=OuterRef("user_id"),
            organization_id=OuterRef("organization_id"),
            list_name=OuterRef("list_name"),
        )
        .order_by("place")
        .values(view=JSONObject(id="id", name="name", query="query"))
    )
    chosen = ListChoice.objects.filter(
        user_id=actor.person_id, organization_id=actor.organization_id
    ).annotate(views=ArraySubquery(views))
    return {
        each.list_name: Wish(
            tuple(each.columns),
            RowHeight(each.density),
            each.size,
            tuple(View(UUID(v["id"]), v["name"], v["query"]) for v in each.views),
        )
        for each in chosen
    }
