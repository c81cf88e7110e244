"""The projects' API: permission, parse, one call, answer."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import PLATFORM_ROLES, Role
from identity.http.actors import actor_of
from identity.http.fields import StrictCharField, StrictIntegerField, StrictSerializer
from identity.http.idempotency import idempotent
from identity.projects import selectors, services
from identity.projects.contracts import (
    CODE_LENGTH_MAX,
    NAME_LENGTH_MAX,
    PROJECT_MEMBERS_MAX,
    ProjectState,
)
from identity.projects.filters import ProjectFilter
from identity.projects.models import Project

KEEPERS = frozenset({Role.BUYER})
READERS = KEEPERS | PLATFORM_ROLES
READ, WRITE = "projects:read", "projects:write"


class ProjectReply(serializers.ModelSerializer[Project]):
    """A project."""

    organization_id = serializers.UUIDField()

    class Meta:
        model = Project
        fields = ("id", "organization_id", "code", "name", "state", "opened_at", "closed_at")


class ProjectPageReply(ProjectReply):
    """A project with who orders for it."""

    member_ids = serializers.ListField(child=serializers.IntegerField())

    class Meta(ProjectReply.Meta):
        fields = (*ProjectReply.Meta.fields, "member_ids")  # type: ignore[assignment]


def _members() -> serializers.ListField:
    return serializers.ListField(
        child=StrictIntegerField(min_value=1, max_value=2**31 - 1),
        max_length=PROJECT_MEMBERS_MAX,
        required=False,
        help_text="persons who order for it; empty: everybody who buys for the organisation",
    )


class NewProject(StrictSerializer):
    """A project to open."""

    code = StrictCharField(max_length=CODE_LENGTH_MAX)
    name = StrictCharField(max_length=NAME_LENGTH_MAX)
    member_ids = _members()


class ProjectChange(StrictSerializer):
    """What changes of a project; what is left out stays."""

    name = StrictCharField(max_length=NAME_LENGTH_MAX, required=False)
    state = serializers.ChoiceField(ProjectState.choices, required=False)
    member_ids = _members()


class ProjectList(generics.ListAPIView[Project]):
    """What an organisation orders for."""

    required_roles: ClassVar = {"GET": READERS, "POST": KEEPERS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = ProjectReply
    filterset_class = ProjectFilter
    queryset = Project.objects.none()

    def get_queryset(self) -> QuerySet[Project]:
        """Return the projects that the actor may see."""
        return selectors.projects_for(actor_of(self.request))

    @extend_schema(request=NewProject, responses={201: ProjectPageReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Open a project."""
        form = NewProject(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        row = services.open_project(
            organization_id=actor.organization_id,
            by_id=actor.person_id,
            now=clock.now(),
            **form.validated_data,
        )
        return Response(_reply(row), status=status.HTTP_201_CREATED)


class ProjectDetail(APIView):
    """One project."""

    required_roles: ClassVar = {"GET": READERS, "PATCH": KEEPERS}
    required_scopes: ClassVar = {"GET": READ, "PATCH": WRITE}

    @extend_schema(responses=ProjectPageReply)
    def get(self, request: Request, project_id: UUID) -> Response:
        """Return the project with its members."""
        actor = actor_of(request)
        own = None if actor.spans_tenants else actor.organization_id
        return Response(_reply(selectors.project(project_id, organization_id=own)))

    @extend_schema(request=ProjectChange, responses=ProjectPageReply)
    def patch(self, request: Request, project_id: UUID) -> Response:
        """Change its name, state or members."""
        form = ProjectChange(data=request.data)
        form.is_valid(raise_exception=True)
        row = services.change_project(
            project_id=project_id,
            organization_id=actor_of(request).organization_id,
            now=clock.now(),
            **form.validated_data,
        )
        return Response(_reply(row))


def _reply(row: Project) -> dict[str, Any]:
    return {**ProjectReply(row).data, "member_ids": selectors.member_ids(row.pk)}
