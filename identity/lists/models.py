"""How people want their lists: columns, height of rows, rows of a page, and views with a name."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from common.ids import uuid7
from identity.lists.contracts import (
    COLUMN_LENGTH_MAX,
    COLUMNS_MAX,
    LIST_LENGTH_MAX,
    QUERY_LENGTH_MAX,
    SIZES,
    VIEW_NAME_LENGTH_MAX,
    VIEWS_MAX,
    RowHeight,
)
from identity.models import Organization, User


class ListChoice(models.Model):
    """How a person wants one list, as a member of an organisation."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    list_name = models.CharField(max_length=LIST_LENGTH_MAX)
    columns = ArrayField(
        models.CharField(max_length=COLUMN_LENGTH_MAX),
        default=list,
        help_text="empty: those that the list shows by itself",
    )
    density = models.CharField(
        max_length=11, choices=RowHeight.choices, default=RowHeight.COMFORTABLE
    )
    size = models.PositiveSmallIntegerField(null=True, help_text="rows of a page")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "organization", "list_name"], name="lists_choice_once"
            ),
            models.CheckConstraint(
                condition=Q(columns__len__lte=COLUMNS_MAX), name="lists_choice_columns_are_bounded"
            ),
            models.CheckConstraint(
                condition=Q(density__in=RowHeight.values), name="lists_choice_density_known"
            ),
            models.CheckConstraint(
                condition=Q(size__isnull=True) | Q(size__in=SIZES), name="lists_choice_size_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.list_name}"


class SavedView(models.Model):
    """What a list shows under some filters, under a name of a person's own."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    list_name = models.CharField(max_length=LIST_LENGTH_MAX)
    place = models.PositiveSmallIntegerField(help_text="from 1; they bound how many there are")
    name = models.CharField(max_length=VIEW_NAME_LENGTH_MAX)
    query = models.CharField(max_length=QUERY_LENGTH_MAX, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "organization", "list_name", "place"], name="lists_view_place_once"
            ),
            models.UniqueConstraint(
                fields=["user", "organization", "list_name", "name"], name="lists_view_name_once"
            ),
            models.CheckConstraint(
                condition=Q(place__gte=1, place__lte=VIEWS_MAX), name="lists_view_place_is_bounded"
            ),
            models.CheckConstraint(condition=Q(name__gt=""), name="lists_view_has_a_name"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.list_name} {self.name}"
