"""Files over HTTP: the bytes are the body, what is said about them stands in the address."""

import base64
from datetime import timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.errors import InvalidInput
from identity.contracts import ANY_MEMBER
from identity.files import selectors, services
from identity.files.api import serializers
from identity.files.filters import FileFilter
from identity.files.models import StoredFile
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from identity.http.uploads import AnyBytes

LIFETIME_MAX: Final = timedelta(days=3_660)
# Whatever the bytes are: a browser saves them, guesses no type, and runs nothing of them.
SAFE_HEADERS: Final = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


class FileList(generics.ListAPIView[StoredFile]):
    """Files of the organisation, and those that others let it see."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": "files:read", "POST": "files:write"}
    serializer_class = serializers.FileReply
    filterset_class = FileFilter
    parser_classes = (AnyBytes,)
    queryset = StoredFile.objects.none()

    def get_queryset(self) -> QuerySet[StoredFile]:
        """Return the files that the actor may see."""
        if getattr(self, "swagger_fake_view", False):
            return StoredFile.objects.none()
        return selectors.files_for(actor_of(self.request), now=clock.now())

    @extend_schema(
        parameters=[serializers.NewFile],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={201: serializers.FileReply},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Keep a file: the body is its content, whatever `Content-Type` says."""
        form = serializers.NewFile(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        actor, now = actor_of(request), clock.now()
        body: Any = request.data
        expires_at = form.validated_data.get("expires_at")
        if expires_at is not None and not now < expires_at <= now + LIFETIME_MAX:
            raise InvalidInput(field="expires_at")
        file = services.store(
            organization_id=actor.organization_id,
            person_id=actor.person_id,
            name=form.validated_data["name"],
            is_name_judged=True,
            content=body if isinstance(body, bytes) else b"",  # DRF parses no empty body
            now=now,
            expires_at=expires_at,
        )
        return Response(serializers.FileReply(file).data, status=status.HTTP_201_CREATED)


class FileDetail(APIView):
    """One file."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "DELETE": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": "files:read", "DELETE": "files:write"}

    @extend_schema(responses=serializers.FileReply)
    def get(self, request: Request, file_id: UUID) -> Response:
        """Return what is known about the file."""
        file = selectors.file_for(actor_of(request), file_id=file_id, now=clock.now())
        return Response(serializers.FileReply(file).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, file_id: UUID) -> Response:
        """Remove a file of the actor's organisation that no record relies on."""
        actor = actor_of(request)
        services.remove(
            organization_id=actor.organization_id,
            file_id=file_id,
            person_id=actor.person_id,
            now=clock.now(),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class FileContent(APIView):
    """The content of a file."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": "files:read"}

    @extend_schema(responses={(200, "*/*"): OpenApiTypes.BINARY})
    def get(self, request: Request, file_id: UUID) -> FileResponse:
        """Return the bytes, to be saved."""
        file, content = services.open_for(actor_of(request), file_id=file_id, now=clock.now())
        response = FileResponse(
            content,
            as_attachment=True,
            filename=file.name,
            content_type=file.media_type,
            headers=SAFE_HEADERS,
        )
        digest = base64.b64encode(bytes.fromhex(file.sha256)).decode()
        response["Repr-Digest"] = f"sha-256=:{digest}:"  # RFC 9530
        return response


class FileAllowanceView(APIView):
    """How much the organisation keeps."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": "files:read"}

    @extend_schema(responses=serializers.FileAllowanceReply)
    def get(self, request: Request) -> Response:
        """Return files and bytes that are kept, and how many may be."""
        allowance = selectors.allowance_of(actor_of(request).organization_id)
        figures = {
            "files": allowance.files if allowance else 0,
            "bytes": allowance.bytes if allowance else 0,
            "files_max": settings.FILES_ORGANIZATION_FILES_MAX,
            "bytes_max": settings.FILES_ORGANIZATION_BYTES_MAX,
        }
        return Response(serializers.FileAllowanceReply(figures).data)
