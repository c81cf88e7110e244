"""Signs of life. They describe processes and hosts, and belong to no tenant."""

from django.db import models


class Mark(models.Model):
    """What a service last said: what time it had, and what time the database had then."""

    service = models.CharField(max_length=16)
    host = models.CharField(max_length=255)
    wall_at = models.DateTimeField()
    marked_at = models.DateTimeField()
    skew_ms = models.BigIntegerField()
    drift_ms = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "host"], name="pulse_mark_service_host"),
        ]

    def __str__(self) -> str:
        return f"{self.service}@{self.host} {self.marked_at}"


class Anchor(models.Model):
    """Where a host's clock that nobody can set last agreed with the database's."""

    host = models.CharField(max_length=255)
    boot = models.CharField(max_length=64)
    uptime_ms = models.BigIntegerField()
    anchored_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "boot"], name="pulse_anchor_host_boot"),
        ]

    def __str__(self) -> str:
        return f"{self.host} {self.anchored_at}"


class Ring(models.Model):
    """When a canary of a sender last came through a queue to a worker."""

    sender = models.CharField(max_length=16)
    queue = models.CharField(max_length=64)
    heard_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sender", "queue"], name="pulse_ring_sender_queue"),
        ]

    def __str__(self) -> str:
        return f"{self.sender} to {self.queue} {self.heard_at}"
