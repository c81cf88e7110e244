"""Exports over HTTP."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import ANY_MEMBER, Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from marketplace.audit import documents, selectors, services
from marketplace.audit.api import serializers
from marketplace.audit.bundle import VERIFIER
from marketplace.audit.contracts import ExportFormat, ExportKind, Query
from marketplace.audit.filters import ExportFilter
from marketplace.audit.models import Export
from marketplace.audit.services.requesting import export_scope_of

EXPORTERS = frozenset({Role.PROVIDER, Role.BUYER, Role.AUDITOR, Role.OPERATOR, Role.FINANCE})


class ExportList(generics.ListAPIView[Export]):
    """Exports of the actor's organisation."""

    required_roles: ClassVar = {"GET": EXPORTERS, "POST": EXPORTERS}
    required_scopes: ClassVar = {"GET": "exports:read", "POST": "exports:write"}
    serializer_class = serializers.ExportReply
    filterset_class = ExportFilter
    queryset = Export.objects.none()

    def get_queryset(self) -> QuerySet[Export]:
        """Return the organisation's own exports."""
        if getattr(self, "swagger_fake_view", False):
            return Export.objects.none()
        return selectors.exports_of(actor_of(self.request).organization_id)

    @extend_schema(request=serializers.NewExport, responses={202: serializers.ExportReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Queue an export; a worker builds it in the background."""
        form = serializers.NewExport(data=request.data)
        form.is_valid(raise_exception=True)
        export = services.request_export(
            actor=actor_of(request),
            query=_query(form.validated_data),
            file_format=ExportFormat(form.validated_data["file_format"]),
            queued_at=clock.now(),
        )
        export.refresh_from_db(fields=["sequence"])
        return Response(serializers.ExportReply(export).data, status=status.HTTP_202_ACCEPTED)


def _query(values: dict[str, Any]) -> Query:
    return Query(
        kind=ExportKind(values["kind"]),
        starts_at=values["starts_at"],
        ends_at=values["ends_at"],
        party=values["party"],
        programme=values["programme"],
    )


class ExportEstimate(APIView):
    """What an export would be like."""

    required_roles: ClassVar = {"GET": EXPORTERS}
    required_scopes: ClassVar = {"GET": "exports:read"}

    @extend_schema(
        parameters=[serializers.NewExport],
        responses=serializers.EstimateReply,
    )
    def get(self, request: Request) -> Response:
        """Return rows, size, time and the first rows, before anything is built."""
        form = serializers.NewExport(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        actor, query = actor_of(request), _query(form.validated_data)
        estimate = selectors.estimate(
            query=query,
            file_format=ExportFormat(form.validated_data["file_format"]),
            owner_id=selectors.owner_of(export_scope_of(actor, query.kind), actor.organization_id),
        )
        return Response(serializers.EstimateReply(estimate).data)


class ExportDetail(APIView):
    """One export."""

    required_roles: ClassVar = {"GET": EXPORTERS, "DELETE": EXPORTERS}
    required_scopes: ClassVar = {"GET": "exports:read", "DELETE": "exports:write"}

    @extend_schema(responses=serializers.ExportDetailReply)
    def get(self, request: Request, export_id: UUID) -> Response:
        """Return the export with its manifest, once it has one."""
        export = selectors.export_of(
            export_id=export_id, organization_id=actor_of(request).organization_id
        )
        return Response(serializers.ExportDetailReply(export).data)

    @extend_schema(responses={200: serializers.ExportReply})
    def delete(self, request: Request, export_id: UUID) -> Response:
        """Cancel an export that is not finished."""
        export = services.cancel_export(
            export_id=export_id,
            organization_id=actor_of(request).organization_id,
            now=clock.now(),
        )
        return Response(serializers.ExportReply(export).data)


class ExportDownload(APIView):
    """The bundle of an export."""

    required_roles: ClassVar = {"GET": EXPORTERS}
    required_scopes: ClassVar = {"GET": "exports:read"}

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request, export_id: UUID) -> FileResponse:
        """Return data, manifest and verifier as one archive."""
        export, path = selectors.download_of(
            export_id=export_id, organization_id=actor_of(request).organization_id
        )
        return FileResponse(path.open("rb"), as_attachment=True, filename=f"{export.number}.zip")


class DocumentDetail(APIView):
    """What the market recorded, and how the sealed log proves it."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": "exports:read"}

    @extend_schema(responses=serializers.DocumentReply)
    def get(self, request: Request, document_kind: str, reference: str) -> Response:
        """Return a document's texts, their hash, and the proof once the log reaches so far."""
        found = documents.kind_named(document_kind)
        row = selectors.document(kind=found, reference=reference, reader=actor_of(request))
        sealed = selectors.sealed(kind=found, row=row, reader=actor_of(request))
        return Response(serializers.DocumentReply(sealed).data)


class ExportVerifier(APIView):
    """The script that checks exports."""

    public = True

    @extend_schema(
        parameters=[OpenApiParameter("format", exclude=True)],
        responses={(200, "text/x-python"): OpenApiResponse(OpenApiTypes.STR)},
    )
    def get(self, request: Request) -> FileResponse:  # noqa: ARG002 - DRF's signature
        """Return the stand-alone script; it needs Python 3.11 and nothing else."""
        return FileResponse(
            VERIFIER.open("rb"),
            as_attachment=True,
            filename=VERIFIER.name,
            content_type="text/x-python",
        )
