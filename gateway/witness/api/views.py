"""Witnesses over HTTP: what is cosigned, by whom, under which policy, and what contradicts it."""

from pathlib import Path
from typing import Final

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.errors import NotFound
from gateway.witness import rules, selectors
from gateway.witness.api import serializers
from gateway.witness.contracts import WitnessedHead
from gateway.witness.models import LogConflict, WitnessedLog
from gateway.witness.own_key import own_key
from ledger import selectors as ledger_selectors

SCRIPT: Final = Path(selectors.__file__).with_name("verify_witness.py")


class CheckpointView(APIView):
    """The checkpoint of this node's ledger."""

    public = True

    @extend_schema(
        parameters=[serializers.CheckpointQuery], responses=serializers.WitnessedHeadReply
    )
    def get(self, request: Request) -> Response:
        """Return the newest one, or with `witnessed=1` the newest that witnesses have cosigned."""
        query = serializers.CheckpointQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        found = selectors.witnessed_head(now=clock.now())
        if query.validated_data["witnessed"] == "0":
            head = ledger_selectors.head()
            if head and (found is None or found.size < head.size):
                found = WitnessedHead(head.size, head.note, (), None, is_met=False)
        if found is None:
            raise NotFound
        return Response(serializers.WitnessedHeadReply(found).data)


class PolicyView(APIView):
    """The policy of witnesses."""

    public = True

    @extend_schema(responses=serializers.WitnessPolicyReply)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Return whose cosignatures satisfy this node's readers; clients pin it."""
        return Response(serializers.WitnessPolicyReply(selectors.published_policy()).data)


class KeyView(APIView):
    """The key that this node cosigns with."""

    public = True

    @extend_schema(responses=serializers.WitnessKeyReply)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Return it as other logs write it into their policies."""
        key = own_key()
        text = rules.NoteKey(key.name, rules.COSIGNER_KEY, key.public_key).text
        return Response(serializers.WitnessKeyReply({"key": text}).data)


class VerifierView(APIView):
    """The script that checks cosigned checkpoints offline."""

    public = True

    @extend_schema(responses={(200, "text/plain"): OpenApiTypes.STR})
    def get(self, request: Request) -> HttpResponse:  # noqa: ARG002 - DRF's signature
        """Return `verify_witness.py`; it needs Python and nothing else."""
        return HttpResponse(SCRIPT.read_text("utf-8"), content_type="text/plain; charset=utf-8")


class WitnessedLogList(generics.ListAPIView[WitnessedLog]):
    """Logs that this node watches."""

    public = True
    serializer_class = serializers.WitnessedLogReply
    queryset = WitnessedLog.objects.none()
    ordering = ("origin",)

    def get_queryset(self) -> QuerySet[WitnessedLog]:
        """Return the newest checkpoint that was cosigned of each."""
        return selectors.witnessed_logs()


class LogConflictList(generics.ListAPIView[LogConflict]):
    """What contradicts what this node cosigned."""

    public = True
    serializer_class = serializers.LogConflictReply
    queryset = LogConflict.objects.none()

    def get_queryset(self) -> QuerySet[LogConflict]:
        """Return the evidence, the latest first."""
        return selectors.conflicts()
