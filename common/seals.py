"""
Seals: what a transaction shows to do more than its statements may.

The application's role can name any tenant, but the whole market, and what signing in touches, only
with a seal: a secret made from SECRET_KEY that programs hold and the database knows by its hash
alone. Whoever smuggles SQL into a statement has the role and not the seal.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

PLATFORM: Final = "platform"
SIGN_IN: Final = "sign_in"


@cache
def _made_from(secret_key: str, name: str) -> str:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"suanpan seal {name}".encode())
    return kdf.derive(secret_key.encode()).hex()


def seal(name: str) -> str:
    """Return a seal: 64 hexadecimal digits that never leave the programs and their sessions."""
    return _made_from(str(settings.SECRET_KEY), name)


@contextmanager
def signing_in() -> Iterator[None]:
    """Run a block in a transaction that may write passwords, addresses and second factors."""
    with transaction.atomic():
        before = _say(seal(SIGN_IN))
        yield
        # On an error the savepoint's rollback takes the seal away by itself.
        _say(before)


def open_sign_in() -> None:
    """Let the current transaction belong to signing in until it ends."""
    _say(seal(SIGN_IN))


def _say(value: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting('suanpan.sign_in', true), ''),"
            " set_config('suanpan.sign_in', %s, true)",
            [value],
        )
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def install(database: BaseDatabaseWrapper) -> None:
    """Tell the database, as its owner, which seals count: those of this and of earlier keys."""
    keys = [str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    cases = " ".join(
        f"WHEN '{name}' THEN ARRAY[{', '.join(_hashes(keys, name))}]"
        for name in (PLATFORM, SIGN_IN)
    )
    with database.cursor() as cursor:
        cursor.execute("SELECT to_regprocedure('suanpan_seals(text)')")
        if cursor.fetchone() == (None,):  # Migrated to a state before there were seals.
            return
        cursor.execute(
            "CREATE OR REPLACE FUNCTION suanpan_seals(name text) RETURNS text[]"
            f" LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CASE name {cases} END"
        )


def are_known() -> bool:
    """Tell whether the seals of this process count: not before `migrate` has seen its key."""
    hashes = [_hash(str(settings.SECRET_KEY), name) for name in (PLATFORM, SIGN_IN)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT %s = ANY (suanpan_seals('platform')) AND %s = ANY (suanpan_seals('sign_in'))",
            hashes,
        )
        return bool(cursor.fetchone() == (True,))


def _hashes(keys: list[str], name: str) -> list[str]:
    return [f"'{_hash(key, name)}'" for key in keys]


def _hash(key: str, name: str) -> str:
    return hashlib.sha256(_made_from(key, name).encode()).hexdigest()
