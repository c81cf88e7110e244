"""Notices of persons, how they want letters, and how far the record of events was read."""

from typing import ClassVar, Final

from django.db import models
from django.db.models import Q

from common.ids import uuid7
from identity.models import Organization, User
from identity.notices.contracts import Letters, LetterState, Topic

BUNDLE_LENGTH_MAX: Final = 40


class Notice(models.Model):
    """What one person is told, as a member of one organisation, about one event or a bundle."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=64, help_text="of the event")
    topic = models.CharField(max_length=10, choices=Topic.choices)
    bundle = models.CharField(
        max_length=BUNDLE_LENGTH_MAX, help_text="the event, or the ten minutes it is counted in"
    )
    count = models.PositiveIntegerField(default=1)
    object_kind = models.CharField(max_length=32)
    object_id = models.CharField(max_length=64, help_text="empty for several objects")
    object_label = models.CharField(max_length=200)
    happened_at = models.DateTimeField(help_text="of several events the last")
    noticed_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True, help_text="when somebody did what it asks for")
    remind_at = models.DateTimeField(null=True, help_text="when it is called to mind next")
    reminders = models.PositiveSmallIntegerField(default=0)
    letter = models.CharField(max_length=6, choices=LetterState.choices)
    letter_due_at = models.DateTimeField(null=True)
    letter_tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "organization", "name", "bundle"], name="notice_once"
            ),
            models.CheckConstraint(condition=Q(count__gte=1), name="notice_counts_something"),
            models.CheckConstraint(
                condition=Q(letter__in=LetterState.values), name="notice_letter_known"
            ),
            models.CheckConstraint(
                condition=~Q(letter=LetterState.DUE) | Q(letter_due_at__isnull=False),
                name="notice_due_letter_has_a_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "organization", "-id"], name="notice_of_person"),
            models.Index(
                fields=["user", "organization"], name="notice_unread", condition=Q(read_at=None)
            ),
            models.Index(
                fields=["letter_due_at"], name="notice_letter_due", condition=Q(letter="DUE")
            ),
            models.Index(
                fields=["remind_at"], name="notice_remind", condition=Q(remind_at__isnull=False)
            ),
            models.Index(
                fields=["object_id"],
                name="notice_asking",
                condition=Q(remind_at__isnull=False, answered_at=None),
            ),
            models.Index(fields=["noticed_at"], name="notice_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.object_id}"


class LetterChoice(models.Model):
    """When a person wants letters about a topic, as a member of an organisation."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    topic = models.CharField(max_length=10, choices=Topic.choices)
    letters = models.CharField(max_length=7, choices=Letters.choices)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "organization", "topic"], name="notice_letter_choice_once"
            ),
            models.CheckConstraint(
                condition=Q(letters__in=Letters.values), name="notice_letter_choice_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.topic} {self.letters}"


class Reader(models.Model):
    """How far the record of events was read; one row, which is locked while reading on."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    cursor = models.CharField(max_length=100, blank=True, help_text="of the record of events")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="notice_reader_is_one")
        ]

    def __str__(self) -> str:
        return self.cursor
