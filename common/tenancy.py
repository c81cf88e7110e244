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


def enter(tenant: UUID | str) -> None:
    """Act for a tenant until the current transaction ends. The caller is inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('suanpan.tenant', %s, true)", [as_stated(tenant)])


def as_stated(tenant: UUID | str) -> str:
    """Return how a transaction states its tenant: by name, the whole market by its seal."""
    return seals.seal(seals.PLATFORM) if tenant == PLATFORM else str(tenant)


def current() -> str:
    """Return the tenant of the current transaction: a UUID, `*` for the platform, or nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT suanpan_tenant()")
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def _exchange(tenant: UUID | str) -> str:
    """Act for a tenant; return who the transaction acted for before."""
    with connection.cursor() as cursor:
        cursor.execute(EXCHANGE, [as_stated(tenant)])
        return str(cursor.fetchone()[0])


@contextmanager
def acting_as(tenant: UUID | str) -> Iterator[None]:
    """Run a block in a transaction that acts for a tenant, then act as before."""
    with transaction.atomic(), trace.acting_for(None if tenant == PLATFORM else tenant):
        before = _exchange(tenant)
        yield
        # On an error the savepoint's rollback restores the setting by itself.
        enter(before)


@contextmanager
def acting_as_platform() -> Iterator[None]:
    """Run a block for the market itself: clearing, settlement, sealing, sweeping."""
    with acting_as(PLATFORM):
        yield
