"""Showing what records hide: to whom it belongs and to duties across the market, and who saw it."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from common import tenancy
from common.errors import NotFound
from common.ids import uuid7
from gateway.models import Disclosure, DisclosureSeen
from gateway.rules import records
from identity.contracts import Actor


@transaction.atomic
def disclose(*, code: str, actor: Actor, now: datetime) -> list[list[str]]:
    """
    Return `[salt, field, value]` of what a record hides, and keep that it was shown.

    The transaction acts for the actor: row-level security decides whose is read.

    :raises NotFound: if there is nothing, or it is someone else's
    """
    found = list(Disclosure.objects.filter(code=code).order_by("field", "id"))
    if not found:
        raise NotFound
    newest = {each.field: each for each in found}
    with tenancy.acting_as_platform():
        DisclosureSeen.objects.bulk_create(
            DisclosureSeen(
                id=uuid7(),
                code=code,
                field=each.field,
                organization_id=each.organization_id,
                seen_by_id=actor.organization_id,
                person_id=actor.person_id,
                seen_at=now,
            )
            for each in newest.values()
        )
    return [[each.salt, each.field, each.value] for each in newest.values()]


def in_milli(value: Decimal | None) -> int | None:
    """Return a figure in thousandths, as searches compare it."""
    return records.milli(value)
