"""Drivers of providers, deliveries that they carry out, what they were told and what they said."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import uuid7
from common.outbound.contracts import URL_LENGTH_MAX
from marketplace.drivers.contracts import (
    AHEAD,
    ERROR_LENGTH_MAX,
    MESSAGE_ID_LENGTH_MAX,
    CallState,
    DriverStep,
    DriverWord,
)
from marketplace.drivers.scene_models import OrderScene, OrderTemplate
from marketplace.fulfilment.contracts import DETAIL_LENGTH_MAX, EXIT_CODE_MAX, LOG_TAIL_MAX

__all__ = ["OrderScene", "OrderTemplate"]

KIND_LENGTH_MAX = 24


class ProviderDriver(models.Model):
    """What carries out the deliveries of a provider: of one resource, or of all others."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    resource = models.ForeignKey(
        "identity.ComputeResource", on_delete=models.PROTECT, related_name="+", null=True
    )
    kind = models.CharField(max_length=KIND_LENGTH_MAX, help_text="name and version")
    rule = models.CharField(max_length=20, help_text="how long calls may take, by version")
    url = models.CharField(max_length=URL_LENGTH_MAX, blank=True)
    locked = models.BinaryField(null=True, help_text="the secret, as it may be stored")
    former_locked = models.BinaryField(null=True)
    former_until = models.DateTimeField(null=True, help_text="exclusive")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, help_text="when it last took a call")
    failures = models.PositiveIntegerField(default=0, db_default=0, help_text="in a row")
    resting_until = models.DateTimeField(null=True)
    test_due_at = models.DateTimeField(null=True, help_text="a test was asked for")
    tested_at = models.DateTimeField(null=True)
    test_error = models.CharField(
        max_length=ERROR_LENGTH_MAX, blank=True, default="", db_default=""
    )
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["provider", "resource"],
                condition=Q(removed_at__isnull=True),
                nulls_distinct=False,
                name="driver_of_a_resource_once",
            ),
            models.CheckConstraint(
                condition=Q(url="", locked__isnull=True) | (~Q(url="") & Q(locked__isnull=False)),
                name="driver_called_has_a_secret",
            ),
            models.CheckConstraint(
                condition=Q(former_locked__isnull=True, former_until__isnull=True)
                | Q(former_locked__isnull=False, former_until__isnull=False),
                name="driver_former_secret_ends",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["provider", "-id"], name="driver_of_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.url}".strip()


class DrivenDelivery(models.Model):
    """A delivery that a driver carries out: when it is told more, and how its work ended."""

    delivery = models.OneToOneField(
        "fulfilment.ComputeDelivery", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    driver = models.ForeignKey(
        ProviderDriver, on_delete=models.PROTECT, related_name="driven", db_index=False
    )
    kind = models.CharField(max_length=KIND_LENGTH_MAX, help_text="of the driver, by version")
    buyer_id = models.UUIDField()
    provider_id = models.UUIDField()
    due_at = models.DateTimeField(null=True, help_text="when the market looks what follows")
    is_ending = models.BooleanField(default=False, db_default=False)
    is_over = models.BooleanField(default=False, db_default=False)
    exit_code = models.PositiveSmallIntegerField(null=True, help_text="of its work: the result")
    exited_at = models.DateTimeField(null=True, help_text="when its driver said that it exited")
    wiped_at = models.DateTimeField(null=True)
    taken_up_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(exit_code__isnull=True)
                | Q(exit_code__lte=EXIT_CODE_MAX, exited_at__isnull=False),
                name="driven_exit_code_at_an_exit",
            ),
            models.CheckConstraint(
                condition=Q(is_over=False) | Q(is_ending=True, due_at__isnull=True),
                name="driven_over_waits_for_nothing",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at", "delivery"],
                condition=Q(due_at__isnull=False),
                name="driven_due",
            ),
            models.Index(
                fields=["delivery"], condition=Q(is_ending=False), name="driven_under_way"
            ),
            models.Index(fields=["driver", "-delivery"], name="driven_of_driver"),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id}"


class DriverCall(models.Model):
    """One step that a driver is told. While it waits, it is its own due row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    driver = models.ForeignKey(
        ProviderDriver, on_delete=models.PROTECT, related_name="calls", db_index=False
    )
    delivery = models.ForeignKey(
        "fulfilment.ComputeDelivery", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    buyer_id = models.UUIDField()
    provider_id = models.UUIDField()
    step = models.CharField(max_length=8, choices=DriverStep.choices)
    access_request = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="of the buyer, that it tells of; 0: none"
    )
    body = models.TextField(help_text="as it is signed and sent, each time the same")
    state = models.CharField(max_length=8, choices=CallState.choices, default=CallState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    next_attempt_at = models.DateTimeField()
    claim = models.UUIDField(null=True, help_text="of the worker that has it in hand")
    claimed_until = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True, help_text="of HTTP, of the last try")
    error = models.CharField(max_length=ERROR_LENGTH_MAX, blank=True, default="", db_default="")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["delivery", "step"],
                condition=~Q(step=DriverStep.ACCESS),
                name="driver_step_told_once",
            ),
            models.UniqueConstraint(
                fields=["delivery", "access_request"],
                condition=Q(step=DriverStep.ACCESS),
                name="driver_access_told_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=(CallState.WAITING, CallState.DROPPED)) | Q(attempts__gt=0),
                name="driver_call_answered_was_made",
            ),
            models.CheckConstraint(
                condition=~Q(state=CallState.DECLINED) | Q(step__in=AHEAD),
                name="driver_call_declined_ahead",
            ),
            models.CheckConstraint(
                condition=Q(state__in=CallState.values), name="driver_call_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=CallState.WAITING, ended_at__isnull=True)
                | (~Q(state=CallState.WAITING) & Q(ended_at__isnull=False)),
                name="driver_call_ends_once",
            ),
            models.CheckConstraint(
                condition=Q(claim__isnull=True, claimed_until__isnull=True)
                | Q(claim__isnull=False, claimed_until__isnull=False, state=CallState.WAITING),
                name="driver_call_claim_is_whole",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["driver", "next_attempt_at"],
                condition=Q(state=CallState.WAITING),
                name="driver_call_due",
            ),
            models.Index(fields=["driver", "-id"], name="driver_call_of_driver"),
            models.Index(
                fields=["provider_id", "-id"],
                condition=Q(state=CallState.DEAD),
                name="driver_call_dead",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.state}"


class DriverMessage(models.Model):
    """What a driver said, once under each name, and what it changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    driver = models.ForeignKey(
        ProviderDriver, on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    delivery = models.ForeignKey(
        "fulfilment.ComputeDelivery", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    buyer_id = models.UUIDField()
    provider_id = models.UUIDField()
    message = models.CharField(max_length=MESSAGE_ID_LENGTH_MAX)
    word = models.CharField(max_length=24, choices=DriverWord.choices)
    exit_code = models.PositiveSmallIntegerField(null=True)
    reason = models.CharField(max_length=24, blank=True, default="", db_default="")
    detail = models.CharField(max_length=DETAIL_LENGTH_MAX, blank=True, default="", db_default="")
    access_request = models.PositiveSmallIntegerField(
        null=True, help_text="that it handed access over for; what it was is kept nowhere here"
    )
    log_tail = models.CharField(
        max_length=LOG_TAIL_MAX,
        blank=True,
        default="",
        db_default="",
        help_text="the end of what a job wrote",
    )
    code = models.CharField(
        max_length=ERROR_LENGTH_MAX,
        blank=True,
        default="",
        db_default="",
        help_text="why it, or its access, changed nothing; empty: it was taken",
    )
    heard_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["driver", "message"], name="driver_message_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["delivery", "id"], name="driver_message_of_delivery"),
        ]

    def __str__(self) -> str:
        return f"{self.word} {self.code}".strip()


class BatchJob(models.Model):
    """What an order runs; never altered."""

    order = models.OneToOneField(
        "orders.Order", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    buyer_id = models.UUIDField()
    command = models.JSONField(help_text="words, the first is the program")
    image = models.CharField(max_length=500, blank=True, default="", db_default="")
    data_reference = models.CharField(max_length=500, blank=True, default="", db_default="")
    result_reference = models.CharField(
        max_length=500, blank=True, default="", db_default="", help_text="where its result goes"
    )
    environment = models.JSONField(default=dict, help_text="values that are no secrets")
    sealed_names = models.JSONField(
        default=list, help_text="variables whose values are handed over sealed"
    )
    wall_seconds = models.PositiveIntegerField()
    content_hash = models.CharField(
        max_length=64, blank=True, default="", db_default="", help_text="of what it runs"
    )
    proposal_id = models.UUIDField(
        null=True, unique=True, help_text="by which a second person of the buyer agreed to it"
    )
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(wall_seconds__gt=0), name="batch_job_is_bounded"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}"
