"""The canary's task."""

from celery import shared_task

from config.pulse import rings


@shared_task
def hear(*, sender: str, queue: str, **_: object) -> None:
    """Write down that a ring came through."""
    rings.note_heard(sender=sender, queue=queue)
