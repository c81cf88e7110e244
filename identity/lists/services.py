"""Keeping how a person wants a list."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from common import tenancy
from common.errors import InvalidInput, NotFound
from identity.contracts import Actor
from identity.lists.contracts import (
    COLUMNS_MAX,
    QUERY_LENGTH_MAX,
    SIZES,
    VIEW_NAME_LENGTH_MAX,
    VIEWS_MAX,
    InvalidSize,
    InvalidViewName,
    RowHeight,
    TooManyViews,
    ViewNameTaken,
)
from identity.lists.models import ListChoice, SavedView


@transaction.atomic
def choose(
    actor: Actor, name: str, *, columns: Sequence[str], density: RowHeight, size: int | None
) -> None:
    """
    Keep how a person wants a list, in the organisation that they act for.

    :raises InvalidInput: if there are more columns than a list may have
    :raises InvalidSize: if a page cannot have so many rows
    """
    if len(columns) > COLUMNS_MAX:
        raise InvalidInput(field="columns")
    if size is not None and size not in SIZES:
        raise InvalidSize(field="size")
    wanted = {"columns": list(columns), "density": density, "size": size}
    ListChoice.objects.bulk_create(
        [ListChoice(**_own(actor), list_name=name, **wanted)],
        update_conflicts=True,
        unique_fields=["user", "organization", "list_name"],
        update_fields=list(wanted),
    )


@transaction.atomic
def forget(actor: Actor, name: str) -> None:
    """Let a list be as it comes again; views with a name stay."""
    plain: dict[str, Any] = {"columns": [], "density": RowHeight.COMFORTABLE, "size": None}
    ListChoice.objects.filter(**_own(actor), list_name=name).update(**plain)


@transaction.atomic
def keep_view(actor: Actor, name: str, *, title: str, query: str) -> UUID:
    """
    Keep what a list shows under a name.

    :raises InvalidViewName: if there is no name, or it is too long or not printable
    :raises InvalidInput: if the query is
    :raises TooManyViews: if a person keeps as many as they may
    :raises ViewNameTaken: if one of this name is kept
    """
    title = title.strip()
    if not title.isprintable() or not 1 <= len(title) <= VIEW_NAME_LENGTH_MAX:
        raise InvalidViewName(field="name")
    if not query.isprintable() or len(query) > QUERY_LENGTH_MAX:
        raise InvalidInput(field="query")
    # Views are read beside the choice of their list: there is always one.
    ListChoice.objects.bulk_create(
        [ListChoice(**_own(actor), list_name=name)], ignore_conflicts=True
    )
    kept = SavedView.objects.filter(**_own(actor), list_name=name)
    if kept.filter(name=title).exists():
        raise ViewNameTaken(field="name")
    free = set(range(1, VIEWS_MAX + 1)) - set(kept.values_list("place", flat=True))
    if not free:
        raise TooManyViews(field="name")
    try:
        with transaction.atomic():
            made = SavedView.objects.create(
                **_own(actor), list_name=name, place=min(free), name=title, query=query
            )
    except IntegrityError as error:  # Another window kept one at the same moment.
        raise ViewNameTaken(field="name") from error
    return made.pk


@transaction.atomic
def drop_view(actor: Actor, view_id: UUID) -> None:
    """
    Forget a view.

    :raises NotFound: if there is none, or it is somebody else's
    """
    dropped, _kinds = SavedView.objects.filter(**_own(actor), pk=view_id).delete()
    if not dropped:
        raise NotFound


def _own(actor: Actor) -> dict[str, Any]:
    return {"user_id": actor.person_id, "organization_id": actor.organization_id}


def forget_lists_of(*, user_id: int) -> int:
    """Drop how a person who is erased wanted their lists; return how many choices and views."""
    with tenancy.acting_as_platform():
        choices, _models = ListChoice.objects.filter(user_id=user_id).delete()
        views, _models = SavedView.objects.filter(user_id=user_id).delete()
    return choices + views
