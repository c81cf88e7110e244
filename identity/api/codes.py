"""Further codes and renamed codes over HTTP: permission, parse, one call, answer."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity import services
from identity.api.serializers import ResolvedRename
from identity.contracts import RENAMED_TO_MAX, RenameKind, Role
from identity.http.actors import actor_of
from identity.http.fields import StrictCharField, StrictSerializer
from identity.http.idempotency import idempotent

PROVIDERS = frozenset({Role.PROVIDER})


class NewRename(StrictSerializer):
    """The codes that one gives way to, and why."""

    to = serializers.ListField(
        child=StrictCharField(max_length=96), min_length=1, max_length=RENAMED_TO_MAX
    )
    kind = serializers.ChoiceField(RenameKind.choices, default=RenameKind.RENAME)
    reason = StrictCharField(max_length=500)


class NewAliases(StrictSerializer):
    """The pool in which further codes are given."""

    pool = StrictCharField(max_length=96, help_text="prefix of one of your pools")


class AliasReply(serializers.Serializer[Any]):
    """A further code of a resource."""

    code = serializers.CharField()
    resource_id = serializers.UUIDField()
    profile = serializers.CharField()
    allotted_at = serializers.DateTimeField()


class CodeRenaming(APIView):
    """The codes that a resource's code gives way to."""

    required_roles: ClassVar = {"POST": PROVIDERS}
    required_scopes: ClassVar = {"POST": "resources:write"}

    @extend_schema(request=NewRename, responses={201: ResolvedRename})
    @idempotent
    def post(self, request: Request, resource_id: UUID) -> Response:
        """Let the code give way to other registered codes, for ever; it sells nothing any more."""
        form = NewRename(data=request.data)
        form.is_valid(raise_exception=True)
        actor, said = actor_of(request), form.validated_data
        made = services.rename_code(
            resource_id=resource_id,
            provider_id=actor.organization_id,
            to=said["to"],
            kind=RenameKind(said["kind"]),
            reason=said["reason"],
            now=clock.now(),
            by_id=actor.person_id,
        )
        return Response(ResolvedRename(made).data, status=status.HTTP_201_CREATED)


class AliasList(APIView):
    """Further codes of the provider's resources."""

    required_roles: ClassVar = {"POST": PROVIDERS}
    required_scopes: ClassVar = {"POST": "resources:write"}

    @extend_schema(request=NewAliases, responses={201: AliasReply(many=True)})
    @idempotent
    def post(self, request: Request) -> Response:
        """Give each of the provider's resources of other layouts a code of the pool: once."""
        form = NewAliases(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.allot_aliases(
            provider_id=actor_of(request).organization_id,
            prefix=form.validated_data["pool"],
            now=clock.now(),
        )
        return Response(AliasReply(made, many=True).data, status=status.HTTP_201_CREATED)
