"""One import at a time of each source, remembered from its beginning to its end."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db import DatabaseError, OperationalError

from common.canonical import plain
from common.isolation import met_others
from marketplace.importing.usage.contracts import ImportBusy, Imported, ImportFile
from marketplace.orders import services as orders_services
from marketplace.orders.contracts import ImportFacts

T = TypeVar("T")
RETRIES_MAX: Final = 100
RETRY_SECONDS: Final = 0.1


@contextmanager
def at_work(file: ImportFile, organization_id: UUID | None) -> Iterator[None]:
    """
    Keep other imports of the same source away; a killed import keeps nobody away.

    :raises ImportBusy: if one is at work
    """
    if not orders_services.take_source(organization_id=organization_id, source=file.source):
        raise ImportBusy(source=file.source)
    try:
        yield
    finally:
        with suppress(DatabaseError):  # The connection that broke took the lock with it.
            orders_services.leave_source(organization_id=organization_id, source=file.source)


def start(file: ImportFile, organization_id: UUID | None, *, now: datetime) -> UUID:
    """Begin an import, or go on with the one of this file that broke off; return its name."""
    facts = ImportFacts(
        organization_id=organization_id,
        source=file.source,
        file_name=file.name or file.source,
        content_hash=file.content_hash,
        usage_format=file.usage_format,
        zone=file.zone,
        requested_by=file.requested_by,
    )
    return orders_services.start_import(facts=facts, now=now).pk


def finish(run_id: UUID, imported: Imported, *, is_whole: bool, now: datetime) -> None:
    """End an import with its figures; lines are named by the command alone."""
    orders_services.finish_import(
        run_id=run_id, is_whole=is_whole, counts=figures(imported), now=now
    )


def figures(imported: Imported) -> dict[str, Any]:
    """Return the figures of an import as plain values."""
    named = {"refused", "undone", "ends"}
    return {name: plain(value) for name, value in asdict(imported).items() if name not in named}


def patiently(act: Callable[[], T]) -> T:
    """Do something again that waited in vain for a lock, or met another transaction in a circle."""
    for _attempt in range(RETRIES_MAX):
        try:
            return act()
        except OperationalError as error:
            if not met_others(error):
                raise
            time.sleep(RETRY_SECONDS)
    return act()
