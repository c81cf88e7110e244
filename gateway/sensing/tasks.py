"""The sweeper of silence. It may run twice, late or not at all; answers are stale in time."""

from celery import shared_task

from common import clock
from gateway.sensing import services


@shared_task
def tell_silent(**_: object) -> None:
    """Tell providers whose sources fell silent."""
    while services.tell_of_silence(now=clock.now()):
        continue


@shared_task
def probe_due(**_: object) -> None:
    """Ask the addresses of resources that are due; providers gave them."""
    while services.probe_due(now=clock.now()):
        continue
