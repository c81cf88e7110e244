"""Follow codes: by name, by what they begin with, by facet."""

import re
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from gateway.changes import selectors
from gateway.changes.contracts import (
    CODES_MAX,
    NAME_LENGTH_MAX,
    SUBSCRIPTIONS_MAX,
    ChangeKind,
    FollowedCodes,
    SubscriptionInvalid,
    TooManySubscriptions,
)
from gateway.changes.event_names import ChangeEvent
from gateway.changes.models import CodeSubscription
from identity.contracts import ResourceClass, ResourceForm
from identity.events import services as events

CODE: Final = re.compile(r"[0-9A-Z][0-9A-Z./:-]{0,95}")
REGION: Final = re.compile(r"[0-9]{2,6}")


@transaction.atomic
def follow(
    *, organization_id: UUID, person_id: int | None, following: FollowedCodes, now: datetime
) -> CodeSubscription:
    """
    Follow codes from now on; events `changes.code.changed` go to the organisation's webhooks.

    :raises SubscriptionInvalid: naming the field that has not its form, or if nothing is narrowed
    :raises TooManySubscriptions: if the organisation follows a hundred already
    """
    _check(following)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 16))", [str(organization_id)]
        )
    if selectors.following_of(organization_id).count() >= SUBSCRIPTIONS_MAX:
        raise TooManySubscriptions(most=SUBSCRIPTIONS_MAX)
    made = CodeSubscription.objects.create(
        organization_id=organization_id,
        name=following.name.strip(),
        codes=list(dict.fromkeys(following.codes)),
        prefix=following.prefix,
        region=following.region,
        resource_class=following.resource_class,
        form=following.form,
        kinds=sorted(set(following.kinds)),
        after_number=selectors.last_number(),
        made_at=now,
        made_by_id=person_id,
    )
    _record(ChangeEvent.SUBSCRIBED, made)
    return made


@transaction.atomic
def end(*, organization_id: UUID, subscription_id: UUID, now: datetime) -> CodeSubscription:
    """
    Follow no longer.

    :raises NotFound: if it is over, or someone else's
    """
    found = selectors.subscription_of(
        organization_id=organization_id, subscription_id=subscription_id
    )
    found.ended_at = now
    found.save(update_fields=["ended_at"])
    _record(ChangeEvent.ENDED, found)
    return found


def _check(wanted: FollowedCodes) -> None:
    is_good = {
        "name": 1 <= len(wanted.name.strip()) <= NAME_LENGTH_MAX,
        "codes": len(wanted.codes) <= CODES_MAX and all(map(CODE.fullmatch, wanted.codes)),
        "prefix": not wanted.prefix or bool(CODE.fullmatch(wanted.prefix)),
        "region": not wanted.region or bool(REGION.fullmatch(wanted.region)),
        "resource_class": wanted.resource_class in ("", *ResourceClass.values),
        "form": wanted.form in ("", *ResourceForm.values),
        "kinds": set(wanted.kinds) <= set(ChangeKind.values),
    }
    wrong = next((name for name, good in is_good.items() if not good), None)
    narrows = (wanted.codes, wanted.prefix, wanted.region, wanted.resource_class, wanted.form)
    if wrong or not any(narrows):
        raise SubscriptionInvalid(field=wrong or "codes", codes=CODES_MAX)


def _record(name: ChangeEvent, of: CodeSubscription) -> None:
    events.record(
        [
            events.Event(
                name=name,
                object_kind="code-subscription",
                object_id=of.pk,
                object_label=of.name,
                concerns=[of.organization_id],
            )
        ]
    )
