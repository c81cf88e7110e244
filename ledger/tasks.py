"""The ledger's sweepers. Each may run twice, late or not at all; the rows say what is due."""

from celery import shared_task
from django.conf import settings

from common import clock
from ledger import account_pages, replaying, sealing, services


@shared_task
def seal(**_: object) -> None:
    """Seal what is committed, then index it by account, until nothing is left."""
    while sealing.seal() == sealing.SEAL_BATCH_MAX:
        continue
    while account_pages.extend() == account_pages.PAGE_BATCH_MAX:
        continue


@shared_task
def roll_up(**_: object) -> None:
    """Fold the deltas of hot accounts into their balances."""
    services.roll_up()


@shared_task
def release_expired_holds(**_: object) -> None:
    """Let holds go whose time is over."""
    while services.release_expired(now=clock.now()) == services.EXPIRED_BATCH_MAX:
        continue


@shared_task
def make_partitions(**_: object) -> None:
    """Make the coming months' partitions."""
    services.make_partitions(months_ahead=settings.LEDGER_MONTHS_AHEAD)


@shared_task
def replay_balances(**_: object) -> None:
    """Compare balances with their transfers once a night, a few slices at a time."""
    replaying.replay(now=clock.now())
