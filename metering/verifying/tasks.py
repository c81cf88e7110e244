"""Doorbells of verification. The rows that are due are the promise; a ring only finds them."""

from collections.abc import Callable
from typing import Any

from celery import shared_task

from common import clock
from metering.verifying import services


def _until_done(act: Callable[..., Any]) -> None:
    while act(now=clock.now()):
        pass


@shared_task
def follow_levels(**_: object) -> None:
    """Let levels fall whose certificates expired."""
    _until_done(services.follow_due)


@shared_task
def remind(**_: object) -> None:
    """Tell that a level ends soon."""
    _until_done(services.remind_due)


@shared_task
def run_challenges(**_: object) -> None:
    """Draw the day's challenges, open those whose moment has come, settle those that are over."""
    services.draw_day(now=clock.now())
    _until_done(services.open_due)
    _until_done(services.settle_due)


@shared_task
def check_power(**_: object) -> None:
    """Compare the use of days that are over with power and scheduler."""
    while services.check_day(now=clock.now()) is not None:
        pass
