"""What organisations spend money for: projects, and who orders for them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import uuid7
from identity.projects.contracts import CODE_LENGTH_MAX, NAME_LENGTH_MAX, ProjectState


class Project(models.Model):
    """Something that an organisation orders for and wants to know the cost of."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    code = models.CharField(max_length=CODE_LENGTH_MAX, help_text="it stays")
    name = models.CharField(max_length=NAME_LENGTH_MAX)
    state = models.CharField(max_length=6, choices=ProjectState.choices, default=ProjectState.OPEN)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "code"], name="project_code_once"),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Z0-9][A-Z0-9-]*$"), name="project_code_is_plain"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="project_has_a_name"),
            models.CheckConstraint(
                condition=Q(state=ProjectState.OPEN, closed_at__isnull=True)
                | Q(state=ProjectState.CLOSED, closed_at__isnull=False),
                name="project_closed_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class ProjectMember(models.Model):
    """That a person orders for a project; a project without members is open to all buyers."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="members")
    organization_id = models.UUIDField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "user"], name="project_member_once"),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.user_id}"
