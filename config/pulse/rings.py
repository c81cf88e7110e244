"""Canaries: rings that prove that rings arrive."""

from datetime import timedelta
from typing import Final

from celery import current_app

from common import clock, tenancy
from config import sweepers
from config.pulse.models import Mark, Ring

# Who rings, and through which queues: beat through both, the web as it rings for an order.
EXPECTED: Final = (
    ("beat", sweepers.RINGS),
    ("beat", sweepers.QUEUE),
    ("web", sweepers.RINGS),
)


def note_heard(*, sender: str, queue: str) -> None:
    """Write down that a ring came through."""
    with tenancy.acting_as_platform():
        Ring.objects.bulk_create(
            [Ring(sender=sender, queue=queue, heard_at=clock.read())],
            update_conflicts=True, unique_fields=["sender", "queue"], update_fields=["heard_at"],
        )  # fmt: skip


def send(sender: str, queue: str) -> None:
    """Ring once."""
    current_app.send_task(
        sweepers.CANARY,
        kwargs={"sender": sender, "queue": queue},
        queue=queue,
        expiration=3 * sweepers.CANARY_SECONDS,
        retry=False,
    )


def declare_queues() -> None:
    """Make queues, exchanges and bindings that somebody deleted; on a connection of its own."""
    with current_app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=5)
        with connection.channel() as channel:
            for queue in current_app.amqp.queues.values():
                queue(channel).declare()


def are_lost(*, seconds: int) -> bool:
    """Tell whether beat rings and nobody has heard it for so long."""
    now, silence = clock.read(), timedelta(seconds=seconds)
    rings = Mark.objects.filter(service="beat", marked_at__gt=now - silence / 2).exists()
    return rings and not Ring.objects.filter(sender="beat", heard_at__gt=now - silence).exists()
