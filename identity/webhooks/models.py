"""Where organisations want to be told what happened, what is to be told, and how it went."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from common.ids import uuid7
from common.outbound.contracts import URL_LENGTH_MAX
from common.reviews import NOT_SET_ASIDE, Reviewable, reviewed_since
from identity.events.contracts import KIND_LENGTH_MAX, LABEL_LENGTH_MAX, OBJECT_ID_LENGTH_MAX
from identity.events.registry import NAME_LENGTH_MAX
from identity.webhooks.contracts import (
    DESCRIPTION_LENGTH_MAX,
    MESSAGE_PREFIX,
    PREFIXES_MAX,
    REPLY_LENGTH_MAX,
    DeliveryState,
    Disabled,
    EndpointState,
)


class Endpoint(models.Model):
    """An address of an organisation that is told what concerns it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    url = models.CharField(max_length=URL_LENGTH_MAX)
    description = models.CharField(max_length=DESCRIPTION_LENGTH_MAX, blank=True)
    event_prefixes = ArrayField(models.CharField(max_length=NAME_LENGTH_MAX), default=list)
    state = models.CharField(
        max_length=8, choices=EndpointState.choices, default=EndpointState.ENABLED
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, help_text="when it last took something")
    failures = models.PositiveIntegerField(default=0, help_text="since it last took something")
    failing_since = models.DateTimeField(null=True)
    resting_until = models.DateTimeField(null=True, help_text="it is left alone after failures")
    disabled_at = models.DateTimeField(null=True)
    disabled_for = models.CharField(max_length=8, choices=Disabled.choices, blank=True)
    replay_after = models.UUIDField(null=True, help_text="the event after which a replay goes on")
    replay_before = models.DateTimeField(null=True, help_text="where a replay ends")
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=EndpointState.values), name="endpoint_state_known"
            ),
            models.CheckConstraint(
                condition=Q(event_prefixes__len__lte=PREFIXES_MAX), name="endpoint_prefixes_bounded"
            ),
            models.CheckConstraint(
                condition=Q(state=EndpointState.DISABLED, disabled_at__isnull=False)
                & Q(disabled_for__in=Disabled.values)
                | ~Q(state=EndpointState.DISABLED) & Q(disabled_at__isnull=True, disabled_for=""),
                name="endpoint_disabled_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(failures=0, failing_since__isnull=True)
                | Q(failures__gt=0, failing_since__isnull=False),
                name="endpoint_failing_since",
            ),
            models.CheckConstraint(
                condition=Q(replay_after__isnull=True, replay_before__isnull=True)
                | Q(replay_after__isnull=False, replay_before__isnull=False),
                name="endpoint_replay_is_whole",
            ),
            models.UniqueConstraint(fields=["id", "organization"], name="endpoint_has_one_owner"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["organization", "-id"],
                condition=Q(removed_at__isnull=True),
                name="endpoint_of_organization",
            ),
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def is_failing(self) -> bool:
        """Whether it is told things and takes none."""
        return self.state == EndpointState.ENABLED and self.failures > 0


class Secret(models.Model):
    """What an endpoint's deliveries are signed with, locked; the one before it for a while."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="secrets")
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    locked = models.BinaryField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, help_text="exclusive; empty: the present one")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint"],
                condition=Q(expires_at__isnull=True),
                name="webhook_secret_present_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Delivery(Reviewable):
    """One event for one endpoint. While it waits, it is its own due row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="deliveries")
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    event_id = models.UUIDField(help_text="identifiers of what happened to one object rise")
    event_name = models.CharField(max_length=NAME_LENGTH_MAX)
    object_kind = models.CharField(max_length=KIND_LENGTH_MAX)
    object_id = models.CharField(max_length=OBJECT_ID_LENGTH_MAX)
    object_label = models.CharField(max_length=LABEL_LENGTH_MAX, blank=True)
    body = models.TextField(help_text="as it is signed and sent, each time the same")
    state = models.CharField(
        max_length=9, choices=DeliveryState.choices, default=DeliveryState.WAITING
    )
    attempts = models.PositiveSmallIntegerField(default=0, help_text="since it began to wait")
    next_attempt_at = models.DateTimeField()
    claim = models.UUIDField(null=True, help_text="of the worker that has it in hand")
    claimed_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["endpoint", "event_id"], name="delivery_once"),
            models.UniqueConstraint(fields=["id", "organization"], name="delivery_has_one_owner"),
            models.CheckConstraint(
                condition=Q(state=DeliveryState.WAITING, ended_at__isnull=True)
                | Q(
                    state__in=[DeliveryState.DELIVERED, DeliveryState.GIVEN_UP],
                    ended_at__isnull=False,
                ),
                name="delivery_ends_once",
            ),
            models.CheckConstraint(
                condition=Q(claim__isnull=True, claimed_until__isnull=True)
                | Q(claim__isnull=False, claimed_until__isnull=False, state=DeliveryState.WAITING),
                name="delivery_claim_is_whole",
            ),
            reviewed_since("delivery_reviewed_since"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["endpoint", "next_attempt_at"],
                condition=Q(state=DeliveryState.WAITING) & NOT_SET_ASIDE,
                name="delivery_due",
            ),
            # What happened to one object is told in its order.
            models.Index(
                fields=["endpoint", "object_kind", "object_id", "event_id"],
                condition=Q(state=DeliveryState.WAITING) & NOT_SET_ASIDE,
                name="delivery_in_order",
            ),
            models.Index(fields=["endpoint", "-id"], name="delivery_of_endpoint"),
            models.Index(
                fields=["ended_at"], condition=Q(ended_at__isnull=False), name="delivery_over"
            ),
            models.Index(
                fields=["review_since"],
                condition=~NOT_SET_ASIDE,
                name="delivery_set_aside",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """Return the name under which it is sent."""
        return f"{MESSAGE_PREFIX}{self.event_id.hex}"


class Attempt(models.Model):
    """One try to tell an endpoint something, and what it answered."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="tries")
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    started_at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(null=True, help_text="of HTTP; empty: no answer")
    error = models.CharField(max_length=40, blank=True, help_text="a code; empty: it was taken")
    reply = models.CharField(max_length=REPLY_LENGTH_MAX, blank=True, help_text="how it began")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["delivery", "-id"], name="attempt_of_delivery")]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.status or self.error}"


class Reader(models.Model):
    """How far the record of events was read, and which run of workers may send."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    cursor = models.CharField(max_length=120, blank=True)
    run = models.UUIDField(null=True)
    run_until = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(run__isnull=True, run_until__isnull=True)
                | Q(run__isnull=False, run_until__isnull=False),
                name="webhook_run_is_whole",
            ),
            # The first row alone reads; each is a place for one run that sends.
            models.CheckConstraint(condition=Q(id=1) | Q(cursor=""), name="webhook_one_reads"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.cursor}"
