"""What a node is, for everybody: JSON beside its page."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from gateway.peering import describing, openapi


class NodeLineReply(serializers.Serializer[Any]):
    """A node in short."""

    code = serializers.CharField()
    kind = serializers.CharField(allow_blank=True)
    name = serializers.CharField()
    name_en = serializers.CharField(allow_blank=True)
    above = serializers.CharField(allow_blank=True, help_text="the node that it stands below")
    url = serializers.CharField(allow_blank=True)
    state = serializers.CharField()


class NodeLinesReply(serializers.Serializer[Any]):
    """The nodes that this one knows, itself too."""

    nodes = NodeLineReply(many=True)


class KnownNodes(APIView):
    """The nodes that this one knows."""

    public = True

    @extend_schema(operation_id="gateway_nodes", responses=NodeLinesReply)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Return those that were admitted here or stand in the directory, by code."""
        told = NodeLinesReply({"nodes": describing.known_nodes()}).data
        return Response(told, headers={"Cache-Control": "public, max-age=60"})


class NodeDetail(APIView):
    """One node: role, prefixes, keys with fingerprints, peers, witnesses, pushes, conformance."""

    public = True

    @extend_schema(operation_id="gateway_node", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, node_code: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Return what everybody may know of it."""
        found = describing.describe(node_code, now=clock.now())
        return Response(found, headers={"Cache-Control": "public, max-age=30"})


class PeerOpenapi(APIView):
    """The addresses between nodes, for whoever writes a node."""

    public = True

    @extend_schema(operation_id="gateway_peer_openapi", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Return the OpenAPI document of `/api/peer/`."""
        return Response(openapi.document(), headers={"Cache-Control": "public, max-age=3600"})
