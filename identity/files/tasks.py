"""Rings of the room of files."""

from celery import shared_task

from common import clock
from identity.files import services

FOLDERS_A_RUN = 16
FOLDERS = 256
MINUTE = 60


@shared_task
def sweep_files(**_: object) -> None:
    """Remove the content of what is over or was removed, and what nobody owns in some folders."""
    now = clock.now()
    while services.sweep(now=now) == services.SWEEP_BATCH_MAX:
        continue
    # Which folders is a matter of the hour: all are looked through in a few hours.
    first = int(now.timestamp()) // (10 * MINUTE) * FOLDERS_A_RUN % FOLDERS
    for number in range(first, first + FOLDERS_A_RUN):
        services.sweep_orphans(number=number, now=now)
