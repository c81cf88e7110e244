"""The doorbell of assurance."""

from typing import Final

from celery import shared_task

from common import clock
from marketplace.assurance import services

RUNS_MAX: Final = 20


@shared_task
def watch(**_: object) -> None:
    """Read the record on and open cases, until nothing is left or it was enough for now."""
    for _run in range(RUNS_MAX):
        if not services.watch(now=clock.now()).has_more:
            return


@shared_task
def remind_of_audits(**_: object) -> None:
    """Call to mind audits that are due soon or overdue."""
    services.remind_of_audits(now=clock.now())


@shared_task
def evaluate_levels(**_: object) -> None:
    """Count the months of contracts that are over, until nothing is left or it was enough."""
    for _run in range(RUNS_MAX):
        run = services.evaluate_levels(now=clock.now())
        if not (run.begun or run.evaluated):
            return


@shared_task
def sweep_disputes(**_: object) -> None:
    """Let disputes that nobody answered be lost, carry out what is final, remind of the others."""
    for _run in range(RUNS_MAX):
        now = clock.now()
        if not services.sweep_disputes(now=now) + services.remind_of_disputes(now=now):
            return


@shared_task
def score_resources(**_: object) -> None:
    """Score what is offered for the day that was over last, and follow the rule of listings."""
    for _run in range(RUNS_MAX):
        if not services.score_resources(now=clock.now()):
            break
    for _run in range(RUNS_MAX):
        if not services.stop_listings(now=clock.now()):
            return
