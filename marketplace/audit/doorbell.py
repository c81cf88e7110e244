"""Rings for the workers, sent once the rows that are due are committed."""

from typing import Final

from celery import current_app
from django.db import transaction

BUILD_EXPORTS: Final = "marketplace.audit.tasks.build_exports"


def ring_exports() -> None:
    """Have the exports built that wait."""
    # A broker that is away loses the ring, not the export: a sweeper finds what waits.
    transaction.on_commit(lambda: current_app.send_task(BUILD_EXPORTS, retry=False), robust=True)
