"""The record of events as Django sees it. Tables and partitions are made by the migration's SQL."""

from datetime import UTC, datetime

from django.db import models
from django.utils.functional import Promise

from common.doing import REQUEST_ID_LENGTH_MAX
from identity.events import registry
from identity.events.contracts import KIND_LENGTH_MAX, LABEL_LENGTH_MAX, OBJECT_ID_LENGTH_MAX


class RecordedEvent(models.Model):
    """
    What happened, for one of the organisations that it concerns.

    An event has as many rows as organisations that it concerns; all have its identifier, so it is
    unique in what one organisation sees, and among rows of place 0.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    place = models.SmallIntegerField()
    organization_id = models.UUIDField(null=True)
    xid = models.BigIntegerField(help_text="the transaction that recorded it; set by the database")
    name = models.CharField(max_length=registry.NAME_LENGTH_MAX)
    object_kind = models.CharField(max_length=KIND_LENGTH_MAX)
    object_id = models.CharField(max_length=OBJECT_ID_LENGTH_MAX)
    object_label = models.CharField(max_length=LABEL_LENGTH_MAX)
    facts = models.JSONField()
    happened_at = models.DateTimeField()
    person_id = models.BigIntegerField(null=True)
    api_key_id = models.UUIDField(null=True)
    agent_id = models.UUIDField(null=True)
    task = models.CharField(max_length=100)
    behalf_id = models.UUIDField(null=True, help_text="the organisation that it was done for")
    request_id = models.CharField(max_length=REQUEST_ID_LENGTH_MAX)
    salt = models.UUIDField(help_text="one an event: keeps who did it from being guessed")

    class Meta:
        managed = False
        db_table = "events_event"

    def __str__(self) -> str:
        return f"{self.name} {self.object_id}"

    @property
    def recorded_at(self) -> datetime:
        """Return when it was recorded, by the database's clock: its identifier begins with it."""
        return datetime.fromtimestamp((self.id.int >> 80) / 1000, tz=UTC)

    @property
    def label(self) -> str | Promise:
        """Return what people call it."""
        return registry.label(self.name)
