"""Money on its way in and out of the market."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from marketplace.payments.contracts import (
    CODE_LENGTH_MAX,
    KEY_LENGTH_MAX,
    NOTE_LENGTH_MAX,
    REFERENCE_LENGTH_MAX,
    RESOLUTION_LENGTH_MAX,
    DifferenceKind,
    EventOutcome,
    LineState,
    MovementKind,
    MovementState,
    PayChannel,
)


class PaymentSource(models.Model):
    """
    What an organisation paid in by: a payment by card, or a bank account.

    Money goes back to its source and nowhere else, never more than came by it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    channel = models.CharField(max_length=10, choices=PayChannel.choices)
    reference = models.CharField(max_length=REFERENCE_LENGTH_MAX)
    holder = models.CharField(max_length=200, blank=True)
    paid_in_minor = models.BigIntegerField(default=0)
    taken_minor = models.BigIntegerField(default=0)
    first_seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "channel", "reference"], name="payment_source_once"
            ),
            models.CheckConstraint(
                condition=Q(taken_minor__gte=0, taken_minor__lte=F("paid_in_minor")),
                name="source_gives_what_it_took",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def usable_from(self) -> datetime:
        """Return from when on money goes back to it: a bank account that is new cools first."""
        is_bank = self.channel == PayChannel.BANK
        return self.first_seen_at + (settings.PAYMENTS_COOLING if is_bank else timedelta(0))


class Movement(models.Model):
    """Money that enters or leaves the market, once, by one channel."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=12, choices=MovementKind.choices)
    channel = models.CharField(max_length=10, choices=PayChannel.choices)
    state = models.CharField(
        max_length=10, choices=MovementState.choices, default=MovementState.REQUESTED
    )
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="CNY")
    key = models.CharField(max_length=KEY_LENGTH_MAX)
    source = models.ForeignKey(
        PaymentSource, on_delete=models.PROTECT, null=True, related_name="movements"
    )
    reference = models.CharField(max_length=REFERENCE_LENGTH_MAX, blank=True)
    payee_reference = models.CharField(max_length=REFERENCE_LENGTH_MAX, blank=True)
    address = models.CharField(max_length=2000, blank=True)
    failure = models.CharField(max_length=CODE_LENGTH_MAX, blank=True)
    requested_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    proposal = models.ForeignKey(
        "approvals.Proposal", on_delete=models.PROTECT, null=True, related_name="+"
    )
    requested_at = models.DateTimeField()
    moved_at = models.DateTimeField()  # when it reached its state
    due_at = models.DateTimeField(null=True)  # when somebody has to see to it next
    tries = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="movement_is_positive"),
            models.UniqueConstraint(
                fields=["organization", "kind", "key"], name="movement_key_once"
            ),
            models.UniqueConstraint(
                fields=["channel", "kind", "reference"],
                condition=~Q(reference=""),
                name="movement_reference_once",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=[MovementKind.REFUND, MovementKind.WITHDRAWAL])
                | Q(source__isnull=False),
                name="what_goes_back_has_a_source",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("requested_by")),
                name="movement_approved_by_another",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "id"], name="movement_of_organization"),
            models.Index(
                fields=["due_at", "id"], condition=Q(due_at__isnull=False), name="movement_is_due"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class GatewayEvent(models.Model):
    """A signed event of the gateway, its bytes as they came; once an identifier."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    event_id = models.CharField(max_length=REFERENCE_LENGTH_MAX, unique=True)
    name = models.CharField(max_length=80)
    body = models.BinaryField()
    outcome = models.CharField(max_length=10, choices=EventOutcome.choices)
    movement = models.ForeignKey(Movement, on_delete=models.PROTECT, null=True, related_name="+")
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.event_id


class MoneyDifference(models.Model):
    """In what the market's books and somebody else's differ, who sees to it, and how it ended."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=16, choices=DifferenceKind.choices)
    channel = models.CharField(max_length=10, choices=PayChannel.choices)
    reference = models.CharField(max_length=REFERENCE_LENGTH_MAX, blank=True)
    movement = models.ForeignKey(Movement, on_delete=models.PROTECT, null=True, related_name="+")
    ours_minor = models.BigIntegerField(null=True)
    theirs_minor = models.BigIntegerField(null=True)
    found_at = models.DateTimeField()
    owner = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    taken_at = models.DateTimeField(null=True)  # when its owner took it on
    note = models.CharField(max_length=NOTE_LENGTH_MAX, blank=True)  # of whoever sees to it
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    resolution = models.CharField(max_length=RESOLUTION_LENGTH_MAX, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(settled_at=None) | ~Q(resolution=""),
                name="difference_is_settled_in_words",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["found_at", "id"], condition=Q(settled_at=None), name="difference_is_open"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Reconciliation(models.Model):
    """One comparison of the market's books with the gateway's: asked for, or of the night."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    since = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # None: it is over
    ended_at = models.DateTimeField(null=True)
    looked = models.IntegerField(default=0)
    found = models.IntegerField(default=0)
    failure = models.CharField(max_length=CODE_LENGTH_MAX, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ended_at=None, due_at__isnull=False)
                | Q(ended_at__isnull=False, due_at=None),
                name="reconciliation_is_due_or_over",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                condition=Q(due_at__isnull=False),
                name="reconciliation_is_due",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class BankStatement(models.Model):
    """A file of the bank, taken once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    form = models.CharField(max_length=10)
    file_name = models.CharField(max_length=200)
    file_hash = models.CharField(max_length=64, unique=True)
    account = models.CharField(max_length=64, blank=True)
    opening_minor = models.BigIntegerField(null=True)
    closing_minor = models.BigIntegerField(null=True)
    lines_count = models.IntegerField()
    new_count = models.IntegerField()
    matched_count = models.IntegerField()
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.file_name


class BankLine(models.Model):
    """What the bank says that it booked, once, in however many files it stands."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="lines")
    line = models.IntegerField()  # its place in the file, from 1
    identity = models.CharField(max_length=64, unique=True)
    amount_minor = models.BigIntegerField()
    booked_on = models.DateField()
    reference = models.CharField(max_length=REFERENCE_LENGTH_MAX, blank=True)
    text = models.CharField(max_length=500, blank=True)
    party = models.CharField(max_length=200, blank=True)
    party_account = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=LineState.choices, default=LineState.UNMATCHED)
    movement = models.ForeignKey(Movement, on_delete=models.PROTECT, null=True, related_name="+")
    rule = models.CharField(max_length=20, blank=True)
    found_at = models.DateTimeField()
    matched_at = models.DateTimeField(null=True)
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(amount_minor=0), name="line_moves_something"),
            models.CheckConstraint(
                condition=Q(state=LineState.UNMATCHED, matched_at=None, movement=None)
                | Q(state=LineState.MATCHED, matched_at__isnull=False),
                name="line_is_matched_to_something",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["booked_on", "id"],
                condition=Q(state=LineState.UNMATCHED),
                name="line_is_unmatched",
            ),
        ]

    def __str__(self) -> str:
        return self.identity


class Deposit(models.Model):
    """Money that arrived at the bank for a buyer, once a bank reference."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reference = models.CharField(max_length=80, unique=True)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    amount_minor = models.BigIntegerField()
    transfer_id = models.UUIDField(unique=True)
    recorded_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    recorded_at = models.DateTimeField()
    proposal = models.OneToOneField(
        "approvals.Proposal", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        db_table = "orders_deposit"  # It was booked beside orders, and its name is known.
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="deposit_is_positive"),
            models.CheckConstraint(
                condition=Q(confirmed_by=None, proposal=None)
                | Q(confirmed_by__isnull=False, proposal__isnull=False),
                name="deposit_confirmed_as_proposed",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("recorded_by")),
                name="deposit_confirmed_by_another",
            ),
        ]

    def __str__(self) -> str:
        return self.reference
