"""How keys live on: a new secret beside the old, their use, the end of all at once."""

import time
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from common import tenancy
from common.errors import InvalidInput, NotFound, Refusal
from identity.contracts import KeyKind, Role
from identity.event_names import IdentityEvent
from identity.models import ApiKey
from identity.services import devices
from identity.services.credentials import (
    KEY_LIFETIME_MAX,
    IssuedKey,
    create_api_key,
    record_credential,
)

OVERLAP_MAX: Final = timedelta(days=7)
USE_NOTED_EVERY_SECONDS: Final = 300
USES_REMEMBERED_MAX: Final = 10_000
# Whoever else notes the same use just now is not waited for.
_USED: Final = """
    UPDATE identity_apikey SET last_used_at = %(now)s, last_used_from = %(place)s
    WHERE id = (
        SELECT id FROM identity_apikey
        WHERE id = %(key)s AND (last_used_at IS NULL OR last_used_at < %(before)s)
        FOR NO KEY UPDATE SKIP LOCKED
    )
"""


class InvalidOverlap(InvalidInput):
    """The former secret ends at a moment from now on, and within days."""

    code = "invalid_overlap"
    sentence = _("The former secret must end within %(days_max)s days from now.")


class KeyOver(Refusal):
    """A key that ended, or has its successor already, gets no other."""

    code = "key_over"
    sentence = _("This key is over, or was given a new secret already.")


@transaction.atomic
def rotate_api_key(
    *,
    organization_id: UUID,
    key_id: UUID,
    person_id: int,
    former_ends_at: datetime,
    now: datetime,
    kind: KeyKind = KeyKind.ORGANIZATION,
) -> IssuedKey:
    """
    Give a key a new secret; the former one is good until the stated moment, and not longer.

    The new key lasts as long as the former was made to last, and may what it might.

    :raises NotFound: if there is none, or it is someone else's
    :raises KeyOver: if it ended, or was rotated
    :raises InvalidOverlap: if the former would end in the past, or later than in a week
    :raises Forbidden: if the person does not hold one of its roles
    """
    if not now <= former_ends_at <= now + OVERLAP_MAX:
        raise InvalidOverlap(field="former_ends_at", days_max=OVERLAP_MAX.days)
    with tenancy.acting_as_platform():
        owned = ApiKey.objects.filter(pk=key_id, organization_id=organization_id, kind=kind)
        if kind == KeyKind.PERSONAL:
            owned = owned.filter(created_by=person_id)
        former = owned.select_for_update(no_key=True).first()
        if former is None:
            raise NotFound
        if former.revoked_at or former.ends_at or former.expires_at <= now:
            raise KeyOver
        ApiKey.objects.filter(pk=former.pk).update(ends_at=min(former_ends_at, former.expires_at))
    issued = _successor(former, person_id=person_id, now=now)
    with tenancy.acting_as_platform():
        record_credential(
            IdentityEvent.KEY_ROTATED, former, ends_at=former_ends_at, by_key=issued.key.prefix
        )
    return issued


def _successor(former: ApiKey, *, person_id: int, now: datetime) -> IssuedKey:
    lasted = min(former.expires_at - former.created_at, KEY_LIFETIME_MAX)
    try:
        return create_api_key(
            organization_id=former.organization_id,
            created_by=person_id,
            name=former.name,
            roles=[Role(role) for role in former.roles],
            scopes=former.scopes,
            networks=former.networks or (),
            kind=KeyKind(former.kind),
            replaces_id=former.pk,
            now=now,
            expires_at=now + lasted,
        )
    except IntegrityError as error:
        raise KeyOver from error


@transaction.atomic
def revoke_all_keys(
    *,
    organization_id: UUID,
    now: datetime,
    kind: KeyKind = KeyKind.ORGANIZATION,
    person_id: int | None = None,
) -> int:
    """
    End all keys of an organisation, or all of a person's own tokens there; return how many.

    Keys that are made meanwhile stay: they are not those that whoever asks has seen.
    """
    with tenancy.acting_as_platform():
        mine = ApiKey.objects.filter(organization_id=organization_id, kind=kind, revoked_at=None)
        if person_id is not None:
            mine = mine.filter(created_by=person_id)
        found = list(mine.filter(expires_at__gt=now).order_by("id").select_for_update(no_key=True))
        ApiKey.objects.filter(pk__in=[key.pk for key in found]).update(revoked_at=now)
        for key in found:
            record_credential(IdentityEvent.KEY_REVOKED, key)
    return len(found)


# Of this process: the uses that it noted, and when. Another process notes them once more.
_noted: dict[UUID, float] = {}


def note_key_use(*, key_id: UUID, address: str, now: datetime) -> None:
    """Keep, every few minutes, when a key was last used and from which network."""
    moment = time.monotonic()
    if moment - _noted.get(key_id, -USE_NOTED_EVERY_SECONDS) < USE_NOTED_EVERY_SECONDS:
        return
    if len(_noted) >= USES_REMEMBERED_MAX:
        _noted.clear()
    _noted[key_id] = moment
    before = now - timedelta(seconds=USE_NOTED_EVERY_SECONDS)
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(
            _USED, {"now": now, "place": devices.place_of(address), "key": key_id, "before": before}
        )
