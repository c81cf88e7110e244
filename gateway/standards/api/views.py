"""The directory of rules, standards and technologies: read by everybody, entered by operators."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from gateway.standards import selectors, services
from gateway.standards.contracts import (
    CODE_LENGTH_MAX,
    NOTE_LENGTH_MAX,
    TITLE_LENGTH_MAX,
    VERSION_LENGTH_MAX,
    DirectoryKind,
    SupportKind,
)
from gateway.standards.selectors import DirectoryLine
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.http.fields import StrictCharField, StrictSerializer


class DirectoryAsked(StrictSerializer):
    """What of the directory is asked for."""

    kind = serializers.ChoiceField(choices=DirectoryKind.choices, default="")
    support = serializers.ChoiceField(choices=SupportKind.choices, default="")
    text = StrictCharField(max_length=100, default="")


class NewDirectoryEntry(StrictSerializer):
    """A version of a standard, policy or technology."""

    kind = serializers.ChoiceField(choices=DirectoryKind.choices)
    code = StrictCharField(max_length=CODE_LENGTH_MAX)
    version = StrictCharField(max_length=VERSION_LENGTH_MAX)
    title = StrictCharField(max_length=TITLE_LENGTH_MAX)
    title_en = StrictCharField(max_length=TITLE_LENGTH_MAX, default="", allow_blank=True)
    support = serializers.ChoiceField(choices=SupportKind.choices)
    note = StrictCharField(max_length=NOTE_LENGTH_MAX, default="", allow_blank=True)
    url = StrictCharField(max_length=300, default="", allow_blank=True)
    clause = StrictCharField(max_length=60, default="", allow_blank=True)
    rule = StrictCharField(max_length=80, default="", allow_blank=True)
    decision = StrictCharField(max_length=4, default="", allow_blank=True)


class DirectoryLineReply(serializers.Serializer[Any]):
    """An entry of the directory."""

    kind = serializers.ChoiceField(choices=DirectoryKind.choices)
    code = serializers.CharField()
    version = serializers.CharField()
    title = serializers.CharField()
    title_en = serializers.CharField(allow_blank=True)
    support = serializers.ChoiceField(choices=SupportKind.choices)
    note = serializers.CharField(allow_blank=True)
    url = serializers.CharField(allow_blank=True)
    clause = serializers.CharField(allow_blank=True)
    rule = serializers.CharField(allow_blank=True, help_text="kind/version")
    decision = serializers.CharField(allow_blank=True, help_text="number of a decision record")


class StandardsReply(serializers.Serializer[Any]):
    """Entries of the directory."""

    entries = DirectoryLineReply(many=True)


class StandardsView(APIView):
    """Rules, standards, policies and technologies, with their versions."""

    public = True
    required_roles: ClassVar = {"POST": frozenset({Role.OPERATOR})}

    @extend_schema(
        operation_id="gateway_standards", responses=StandardsReply, parameters=[DirectoryAsked]
    )
    def get(self, request: Request) -> Response:
        """Answer what a search finds, at most 500 entries."""
        form = DirectoryAsked(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        found = selectors.directory(**form.validated_data)
        return Response(
            StandardsReply({"entries": found}).data,
            headers={"Cache-Control": "public, max-age=60"},
        )

    @extend_schema(
        operation_id="gateway_standards_enter",
        request=NewDirectoryEntry,
        responses={201: DirectoryLineReply},
    )
    def post(self, request: Request) -> Response:
        """Enter a version; it stays as it is."""
        form = NewDirectoryEntry(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.enter(
            line=DirectoryLine(**form.validated_data),
            by_id=actor_of(request).person_id,
            now=clock.now(),
        )
        return Response(DirectoryLineReply(made).data, status=status.HTTP_201_CREATED)
