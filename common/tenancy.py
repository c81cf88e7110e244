"""
The second wall between tenants: PostgreSQL row-level security.

Every transaction acts for one organisation, or for the platform itself. The name of the tenant is
a setting that is local to the transaction (`suanpan.tenant`); policies compare it with the owner of
a row. A transaction that named nobody sees nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from common import seals, trace

PLATFORM: Final = "*"
# The former tenant is read before the new one is set: the row comes first, then what is made of it.
EXCHANGE: Final = """
    WITH former AS MATERIALIZED (
        SELECT coalesce(current_setting('suanpan.tenant', true), '') AS tenant
    )
    SELECT tenant, set_config('suanpan.tenant', %s, true) FROM former
"""


# What a connection keeps of whom `acting_as` acts for; nothing where that is not sure.
_SURE: Final = "suanpan_acts_for"


def enter(tenant: UUID | str) -> None:
    """Act for a tenant until the current transaction ends. The caller is inside a transaction."""
    _remember(None)  # A savepoint that is rolled back takes it back, and nobody hears of that.
    _state(as_stated(tenant))


def as_stated(tenant: UUID | str) -> str:
    """Return how a transaction states its tenant: by name, the whole market by its seal."""
    return seals.seal(seals.PLATFORM) if tenant == PLATFORM else str(tenant)


def current() -> str:
    """Return the tenant of the current transaction: a UUID, `*` for the platform, or nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT suanpan_tenant()")
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def _state(stated: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('suanpan.tenant', %s, true)", [stated])


def _exchange(stated: str) -> str:
    """Act for a tenant; return who the transaction acted for before."""
    with connection.cursor() as cursor:
        cursor.execute(EXCHANGE, [stated])
        return str(cursor.fetchone()[0])


def _sure() -> str | None:
    found: str | None = getattr(connection, _SURE, None)
    return found


def _remember(stated: str | None) -> None:
    setattr(connection, _SURE, stated)


@contextmanager
def acting_as(tenant: UUID | str) -> Iterator[None]:
    """
    Run a block in a transaction that acts for a tenant, then act as before.

    Inside a block that acts for the same tenant already, nothing is asked of the database but the
    savepoint. On an error the savepoint's rollback restores the setting by itself.
    """
    stated = as_stated(tenant)
    former = _sure() if connection.in_atomic_block else None
    with transaction.atomic(), trace.acting_for(None if tenant == PLATFORM else tenant):
        try:
            before = stated if former == stated else _exchange(stated)
            _remember(stated)
            yield
            if before != stated or _sure() != stated:
                _state(before)
        finally:
            _remember(former)


@contextmanager
def acting_as_platform() -> Iterator[None]:
    """Run a block for the market itself: clearing, settlement, sealing, sweeping."""
    with acting_as(PLATFORM):
        yield
