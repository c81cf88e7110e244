"""How many requests a caller may make in a while, counted where all processes see it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.http import HttpRequest

from identity.http.authentication import bearer_secret
from identity.middleware import SESSION_ORGANIZATION
from identity.selectors import hash_secret

LENGTHS: Final = {"s": 1, "m": 60, "h": 3600}
_RATE: Final = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,4})?([smh])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is counted, how much of it may be taken in how many seconds, and how much this takes."""

    kind: str
    name: str
    limit: int
    seconds: int
    cost: int = 1


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether a request may go on, and what is left of the caller's own bucket."""

    bucket: Bucket
    is_refused: bool
    remaining: int
    wait_seconds: int


def parse_rate(setting: str) -> tuple[int, int] | None:
    """
    Return a limit and its seconds; None where nothing is limited.

    :raises ImproperlyConfigured: if the setting is no rate such as 600/m or 50/10s
    """
    rate = getattr(settings, setting)
    if not rate:
        return None
    found = _RATE.fullmatch(rate)
    if found is None:
        message = f"{setting} must be a rate such as 600/m or 50/10s, not {rate}"
        raise ImproperlyConfigured(message)
    return int(found[1]), int(found[2] or 1) * LENGTHS[found[3]]


def buckets_of(request: HttpRequest, *, takes_keys: bool) -> list[Bucket]:
    """
    Return in which buckets a request is counted: the caller's, its organisation's, misses.

    It is counted for whom it acts: a page takes no API keys, whatever its header says.
    """
    secret = bearer_secret(request.headers.get("Authorization", "")) if takes_keys else None
    if secret is not None:
        hashed = hash_secret(secret)
        if (owner := _owner(hashed)) is not None:
            return _of_caller("key", hashed, "API_RATE_KEY", organization=str(owner))
    elif (person := request.session.get(SESSION_KEY)) is not None:
        organization = request.session.get(SESSION_ORGANIZATION) or f"first of {person}"
        return _of_caller("person", str(person), "API_RATE_PERSON", organization=organization)
    # Of an IPv6 address its network: everybody has 2^64 of them.
    return _of_caller("address", ratelimit.get_ip(request), "API_RATE_ADDRESS")


def _of_caller(kind: str, name: str, setting: str, *, organization: str = "") -> list[Bucket]:
    found = [_bucket(kind, name, setting)]
    if organization:
        found.append(_bucket("organization", organization, "API_RATE_ORGANIZATION"))
    return [bucket for bucket in (*found, misses(name)) if bucket]


def buckets_for_asking(request: HttpRequest) -> list[Bucket]:
    """Return where a stranger's request for access counts: of its address, and of everybody."""
    address = _bucket("access", ratelimit.get_ip(request), "ACCESS_REQUESTS_ADDRESS")
    everybody = _bucket("access", "everybody", "ACCESS_REQUESTS_ALL")
    return [bucket for bucket in (address, everybody) if bucket]


def buckets_of_stranger(request: HttpRequest) -> list[Bucket]:
    """Return where a page that a stranger reads counts; of guesses, too."""
    address = ratelimit.get_ip(request)
    found = [_bucket("stranger", address, "PUBLIC_RATE_ADDRESS"), misses(address)]
    return [bucket for bucket in found if bucket]


def misses(name: str, *, cost: int = 0) -> Bucket | None:
    """Return the bucket of a caller's requests for what is not there: guesses fill it."""
    return _bucket("misses", name, "API_RATE_MISSES", cost=cost)


def _bucket(kind: str, name: str, setting: str, *, cost: int = 1) -> Bucket | None:
    rate = parse_rate(setting)
    return None if rate is None else Bucket(kind, name, *rate, cost)


def _owner(hashed: str) -> UUID | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT identity_key_owner(%s)", [hashed])
        row = cursor.fetchone()
    return row[0] if row else None


def take(buckets: Sequence[Bucket]) -> Turn | None:
    """Count a request; None where nothing is limited. The caller is in no transaction."""
    if not buckets:
        return None
    columns: list[Any] = [
        [f"{bucket.kind} {bucket.name}" for bucket in buckets],
        [bucket.limit for bucket in buckets],
        [bucket.seconds for bucket in buckets],
        [bucket.cost for bucket in buckets],
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM identity_take_turn(%s::text[], %s, %s, %s)", columns)
        refused, remaining, wait_seconds = cursor.fetchone()
    return Turn(buckets[(refused or 1) - 1], refused is not None, remaining, wait_seconds)
