"""To-dos that any role may have: proposals to decide, keys that end, webhooks that stopped."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from identity import selectors as identity_selectors
from identity.approvals import selectors as approvals
from identity.contracts import PLATFORM_ROLES, Actor
from identity.webhooks import selectors as webhooks_selectors
from identity.webhooks.contracts import EndpointState
from marketplace.portal.homes.parts import Todo, WaitingCost

SOON: Final = timedelta(days=30)
KEYS_SOON: Final = timedelta(days=14)
SHOWN_OF_A_KIND: Final = 3


def todos(actor: Actor, now: datetime) -> Iterator[Todo]:
    """Yield what waits for a member of whichever role."""
    if actor.has_role(*PLATFORM_ROLES):
        yield from _to_decide(actor, now)
    yield from _keys(actor, now)
    yield from _webhooks(actor)


def _to_decide(actor: Actor, now: datetime) -> Iterator[Todo]:
    found = approvals.to_decide(actor, at=now).order_by()
    sums = found.aggregate(count=Count("id"), due_at=Min("expires_at"))
    if not sums["count"]:
        return
    yield Todo(
        cost=WaitingCost.OTHERS_WAIT,
        icon="shield-check",
        title=ngettext(
            "Decide %(count)s proposal of somebody else",
            "Decide %(count)s proposals of others",
            sums["count"],
        )
        % {"count": sums["count"]},
        means=_("Nothing of it takes effect until a second person agrees; then it expires."),
        act=_("Decide"),
        address=reverse("portal:approvals"),
        due_at=sums["due_at"],
    )


def _keys(actor: Actor, now: datetime) -> Iterator[Todo]:
    ending = identity_selectors.api_keys(actor.organization_id).filter(
        revoked_at=None, expires_at__gt=now, expires_at__lte=now + KEYS_SOON
    )
    for key in ending.order_by("expires_at")[:SHOWN_OF_A_KIND]:
        yield Todo(
            cost=WaitingCost.WILL_LOSE,
            icon="key",
            title=_("Replace the API key “%(name)s”") % {"name": key.name},
            means=_("Programs that use it are turned away from then on."),
            act=_("Make a key"),
            address=reverse("portal:developers"),
            due_at=key.expires_at,
        )


def _webhooks(actor: Actor) -> Iterator[Todo]:
    disabled = webhooks_selectors.endpoints_of(actor.organization_id).filter(
        state=EndpointState.DISABLED
    )
    for endpoint in disabled[:SHOWN_OF_A_KIND]:
        yield Todo(
            cost=WaitingCost.LOSING,
            icon="alert-triangle",
            title=_("Mend the webhook “%(name)s”") % {"name": endpoint.description or endpoint.url},
            means=_("It is told of nothing until it is enabled again."),
            act=_("Look"),
            address=reverse("portal:webhook", args=[endpoint.pk]),
            since=endpoint.disabled_at,
        )
