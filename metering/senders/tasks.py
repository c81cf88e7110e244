"""Doorbells of senders."""

from celery import shared_task

from common import clock, tenancy
from metering.senders import services


@shared_task
def follow_waiting(**_: object) -> None:
    """Follow the samples that have waited long enough, provider by provider."""
    followed = -1
    while followed:
        with tenancy.acting_as_platform():
            followed = services.follow_due(now=clock.now())


@shared_task
def tidy_series(**_: object) -> None:
    """Tell providers what nobody reads, and forget series that are long gone."""
    with tenancy.acting_as_platform():
        services.tell_unmapped(now=clock.now())
        services.forget_series(now=clock.now())
