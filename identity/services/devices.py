"""Browsers in which a person is signed in: noting their use, and ending them."""

import time
from datetime import datetime
from ipaddress import ip_network
from typing import Any, Final

from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, transaction

from common import seals
from common.errors import NotFound
from identity import sessions
from identity.event_names import IdentityEvent
from identity.events import services as events
from identity.models import SignedInDevice

NOTED_EVERY_SECONDS: Final = 300
REMEMBERED_MAX: Final = 10_000
AGENT_LENGTH_MAX: Final = 200
NETWORK_BITS: Final = {4: 24, 6: 48}
_NOTE: Final = """
    INSERT INTO identity_signedindevice AS known
        (session_key, user_id, place, agent, signed_in_at, last_used_at)
    VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (session_key) DO UPDATE
    SET place = EXCLUDED.place, agent = EXCLUDED.agent,
        last_used_at = greatest(known.last_used_at, EXCLUDED.last_used_at)
"""


# Of this process: which sessions it noted, and when. Another process notes them once more.
_noted: dict[str, float] = {}


def is_to_be_noted(session_key: str) -> bool:
    """Return whether this process did not note the use of a session in the last minutes."""
    now = time.monotonic()
    if now - _noted.get(session_key, -NOTED_EVERY_SECONDS) < NOTED_EVERY_SECONDS:
        return False
    if len(_noted) >= REMEMBERED_MAX:
        _noted.clear()
    _noted[session_key] = now
    return True


def note_device(*, user_id: int, session_key: str, address: str, agent: str, now: datetime) -> None:
    """Keep that a person uses a session just now; nothing if the session is over already."""
    values: list[Any] = [
        sessions.stored_key(session_key),
        user_id,
        place_of(address),
        _plain(agent),
        now,
        now,
    ]
    try:
        with seals.signing_in(), connection.cursor() as cursor:
            cursor.execute(_NOTE, values)
    except IntegrityError:
        return


def place_of(address: str) -> str:
    """Return the network of an address, by which a person knows it; of nobody more is kept."""
    try:
        version = 6 if ":" in address else 4
        return str(ip_network(f"{address}/{NETWORK_BITS[version]}", strict=False))
    except ValueError:
        return ""


def end_device(*, user_id: int, device: str) -> None:
    """
    End one of a person's sessions: its browser is signed out with its next request.

    :raises NotFound: if it is none of theirs, or over already
    """
    if not device.isprintable() or not _end(user_id, session_key=device):
        raise NotFound


def end_other_devices(*, user_id: int, session_key: str) -> int:
    """End all of a person's sessions but the one of this key; return how many."""
    kept = sessions.stored_key(session_key)
    with seals.signing_in():
        others = SignedInDevice.objects.filter(user_id=user_id).exclude(pk=kept)
        return _end(user_id, session_key__in=list(others.values_list("pk", flat=True)))


@transaction.atomic
def _end(user_id: int, **which: Any) -> int:
    with seals.signing_in():
        mine = SignedInDevice.objects.filter(user_id=user_id, **which)
        keys = list(mine.select_for_update(no_key=True).values_list("pk", flat=True))
        count, _rows = Session.objects.filter(pk__in=keys).delete()
    if count:
        events.record(
            [
                events.Event(
                    name=IdentityEvent.SESSIONS_ENDED,
                    object_kind="person",
                    object_id=user_id,
                    facts={"sessions": count},
                )
            ]
        )
    return count


def _plain(agent: str) -> str:
    return "".join(filter(str.isprintable, agent))[:AGENT_LENGTH_MAX]
