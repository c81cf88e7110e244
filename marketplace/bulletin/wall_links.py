"""Links that show the big screen to whoever has them: read only, until they end."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from common import tenancy
from identity.events import services as events
from marketplace.bulletin.board_contracts import (
    LABEL_LENGTH_MAX,
    LINK_DAYS_MAX,
    LINKS_LIVE_MAX,
    InvalidWallLink,
    IssuedLink,
    LinkState,
    TooManyWallLinks,
    WallLinkNotFound,
)
from marketplace.bulletin.event_names import BulletinEvent
from marketplace.bulletin.models import WallLink

TOKEN_BYTES: Final = 32
LINK: Final = "wall_link"


def hash_of(token: str) -> str:
    """Return what the market keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def links() -> QuerySet[WallLink]:
    """Return every link, the newest first; those who may see all of the market see them."""
    return WallLink.objects.select_related("issued_by", "revoked_by").order_by("-id")


def state_of(link: WallLink, *, now: datetime) -> LinkState:
    """Return whether a link still leads anywhere."""
    if link.revoked_at is not None:
        return LinkState.REVOKED
    return LinkState.LIVE if link.expires_at > now else LinkState.EXPIRED


@transaction.atomic
def issue(*, label: str, days: int, issued_by_id: int, now: datetime) -> IssuedLink:
    """
    Make a link; its token is returned this once.

    :raises InvalidWallLink: if it would last for no time, or for more than a year
    :raises TooManyWallLinks: if enough links are live
    """
    if not 1 <= days <= LINK_DAYS_MAX:
        raise InvalidWallLink(field="days", days=LINK_DAYS_MAX)
    with tenancy.acting_as_platform():
        if links().filter(revoked_at=None, expires_at__gt=now).count() >= LINKS_LIVE_MAX:
            raise TooManyWallLinks(links=LINKS_LIVE_MAX)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        link = WallLink.objects.create(
            label=label[:LABEL_LENGTH_MAX],
            link_hash=hash_of(token),
            issued_at=now,
            issued_by_id=issued_by_id,
            expires_at=now + timedelta(days=days),
        )
        _record(BulletinEvent.WALL_LINK_ISSUED, link, expires_at=link.expires_at.isoformat())
    return IssuedLink(link.pk, token)


@transaction.atomic
def revoke(*, link_id: UUID, revoked_by_id: int, now: datetime) -> WallLink:
    """
    Let a link lead nowhere from now on; one that is revoked stays as it is.

    :raises WallLinkNotFound: if there is none
    """
    with tenancy.acting_as_platform():
        link = WallLink.objects.select_for_update(no_key=True).filter(pk=link_id).first()
        if link is None:
            raise WallLinkNotFound
        if link.revoked_at is None:
            link.revoked_at, link.revoked_by_id = now, revoked_by_id
            link.save(update_fields=["revoked_at", "revoked_by"])
            _record(BulletinEvent.WALL_LINK_REVOKED, link)
    return link


def _record(name: BulletinEvent, link: WallLink, **facts: str) -> None:
    event = events.Event(
        name=name,
        object_kind=LINK,
        object_id=link.pk,
        object_label=link.label,
        facts=facts,
    )
    events.record([event])
