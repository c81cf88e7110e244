"""What other nodes ask of this one, signed; and the directory, which everybody may read."""

import re
from typing import Any, Final

import msgspec
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from gateway import asking, fetching
from gateway import selectors as gateway_selectors
from gateway.api.public import SignedText
from gateway.contracts import InvalidNonce
from gateway.peering import services
from gateway.peering.api.base import PeerView
from gateway.peering.contracts import (
    PUSH_BYTES_MAX,
    DirectoryMissing,
    MoveUnexpected,
    PeerScope,
    PushMalformed,
)
from gateway.peering.rules.pushed import CountersignBody
from gateway.rules import records

NONCE: Final = re.compile(r"[0-9a-f]{0,32}")


class PeerResolve(PeerView):
    """Resolve a code for another node: an answer, the grant of who answers, or a denial."""

    scope = PeerScope.RESOLVE

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """Answer by what is known here; nobody else is asked."""
        nonce = request.query_params.get("nonce", "")
        if not NONCE.fullmatch(nonce):
            raise InvalidNonce(field="nonce")
        found = asking.resolve(
            request.query_params.get("code", ""), nonce=nonce, follow=False, with_proof=False
        )
        return Response(found.content, headers={"Cache-Control": "no-store"})


class PushView(PeerView):
    """Take what a node below pushes."""

    scope = PeerScope.PUSH
    body_bytes_max = PUSH_BYTES_MAX

    @extend_schema(exclude=True)
    def post(self, request: Request) -> Response:
        """Take each item that holds, refuse the others by name, and sign a receipt."""
        push = services.read_push(request._request.body)
        for receiver in services.receivers_to_ask(push=push, now=clock.now()):
            fetching.refresh_receiver(receiver.node, receiver.digest)
            if not receiver.is_host:
                asking.authority(receiver.code)
        receipt = services.take_push(peer=self.peer.node, push=push, now=clock.now())
        return Response({"receipt": receipt}, headers={"Cache-Control": "no-store"})


class DifferenceView(PeerView):
    """Compare what a node below pushed with what is held here."""

    scope = PeerScope.DIFFERENCE

    @extend_schema(exclude=True)
    def post(self, request: Request) -> Response:
        """Answer a round: the root, groups, buckets, items, or one's own word at the end."""
        asked = services.read_compare(request._request.body)
        found = services.answer_round(peer=self.peer.node, asked=asked, now=clock.now())
        return Response(found, headers={"Cache-Control": "no-store"})


class CountersignView(PeerView):
    """Countersign that a code of another node moves to one of this node."""

    scope = PeerScope.RESOLVE

    @extend_schema(exclude=True)
    def post(self, request: Request) -> Response:
        """Answer the line of this node, or none while a worker has yet to sign."""
        try:
            asked = msgspec.json.decode(request._request.body, type=CountersignBody)
        except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
            raise PushMalformed(field="text") from error
        said = services.read_move(asked.text, peer=self.peer.node)
        known = asking.resolve(said.from_code, nonce="", follow=True, with_proof=False)
        if (known.content or {}).get("view", {}).get("authority") != self.peer.node:
            raise MoveUnexpected
        line = services.take_move(text=asked.text, said=said)
        return Response({"line": line or None}, headers={"Cache-Control": "no-store"})


class DirectoryReplied(serializers.Serializer[Any]):
    """The directory of nodes, as the national node signed it."""

    directory = SignedText()


class DirectoryView(APIView):
    """Which nodes there are, where they are asked, and under which roots."""

    public = True

    @extend_schema(operation_id="gateway_directory", responses=DirectoryReplied)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Return the newest directory that this node has."""
        found = gateway_selectors.newest_directory()
        if found is None:
            raise DirectoryMissing
        return Response(
            {"directory": records.as_json(found.text, found.signatures)},
            headers={"Cache-Control": "public, max-age=60"},
        )
