"""The doorbells of the audit room."""

from celery import shared_task

from common import clock
from marketplace.audit import documents, services

RUNS_MAX = 20
SETS_MAX = 20  # of one kind in one ring: the others have their turn


@shared_task
def build_exports(**_: object) -> None:
    """Build the exports that wait."""
    for _run in range(RUNS_MAX):
        if services.build_next(clock=clock.now) is None:
            return


@shared_task
def seal_documents(**_: object) -> None:
    """Bring what every room recorded into the ledger's log, until nothing is left."""
    for kind in documents.KINDS.values():
        for _run in range(SETS_MAX):
            _count, has_more = services.seal_documents(kind=kind, now=clock.now())
            if not has_more:
                break


@shared_task
def expire_exports(**_: object) -> None:
    """Remove the files of exports whose days are over."""
    services.expire_exports(now=clock.now())
