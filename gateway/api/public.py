"""What everybody may ask a node: codes, statements, keys. Answers are signed."""

import functools
import re
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.errors import NotFound, Refusal
from gateway import asking, counting, kept_answers, selectors
from gateway.api.base import OutwardView
from gateway.contracts import (
    NODE_CODE,
    InvalidNonce,
    NodeInvalid,
    StatementUnknown,
    own_code,
)
from gateway.rules import records
from identity.identifiers import vectors

NONCE: Final = re.compile(r"[0-9a-f]{0,32}")
DIGEST: Final = re.compile(r"[0-9a-f]{64}")
FOREVER: Final = "public, max-age=31536000, immutable"


class SignedText(serializers.Serializer[Any]):
    """A statement: its exact text, and the note lines over it."""

    text = serializers.CharField()
    signatures = serializers.ListField(child=serializers.CharField())


class Resolved(serializers.Serializer[Any]):
    """An answer about a code, or the grant of the node that answers for it."""

    view = serializers.JSONField(required=False, help_text="The row, parsed; not signed.")
    answer = SignedText(required=False)
    authority_answer = SignedText(
        required=False, help_text="What the authority answered, where it isn't us."
    )
    record = SignedText(required=False, allow_null=True)
    rename = SignedText(required=False, help_text="By which the code gave way to others.")
    renewals = SignedText(
        many=True,
        required=False,
        help_text="By which nodes bear the rename out anew, once its key is over.",
    )
    current = serializers.JSONField(
        required=False, help_text="What it gave way to, answered as this is: where it is one code."
    )
    followed = serializers.CharField(
        required=False,
        help_text="How following it ended: current, split, renamed_too_often, rename_loop, or the"
        " code of a refusal.",
    )
    referral = serializers.JSONField(required=False)
    chain = serializers.ListField(child=serializers.CharField(), required=False)
    disclosures = serializers.ListField(child=serializers.JSONField(), required=False)
    grants = SignedText(many=True, required=False, help_text="With proof=1.")
    keysets = SignedText(many=True, required=False, help_text="With proof=1.")
    bindings = SignedText(
        many=True, required=False, help_text="With proof=1: the keys of the record's owner."
    )


class ResolveOne(OutwardView):
    """Resolve one code, here or at the node that answers for it."""

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        """Return the view; what strangers ask most is answered without what only others need."""
        whole = super().as_view(**initkwargs)

        @functools.wraps(whole)
        def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            answer = _kept_for_stranger(request)
            return whole(request, *args, **kwargs) if answer is None else answer

        return view

    @extend_schema(
        operation_id="gateway_resolve",
        responses=Resolved,
        parameters=[
            OpenApiParameter("code", str, required=True),
            OpenApiParameter("follow", bool, description="Ask the node that answers for it."),
            OpenApiParameter("nonce", str, description="Up to 32 hexadecimal digits."),
            OpenApiParameter("proof", bool, description="With the grants and sets of keys."),
        ],
    )
    def get(self, request: Request) -> Response:
        """Answer with a signed row; 304 if nothing changed, 404 with a signed negative."""
        asked = request.query_params
        nonce = asked.get("nonce", "")
        if not NONCE.fullmatch(nonce):
            raise InvalidNonce(field="nonce")
        with counting.counted_answer() as results:
            found = asking.resolve(
                asked.get("code", ""),
                nonce=nonce,
                follow=asked.get("follow", "1") == "1",
                with_proof=asked.get("proof") == "1",
                unless=request.headers.get("If-None-Match", "") if not nonce else "",
            )
            results.append("unchanged" if found.status == counting.NOT_MODIFIED else "answered")
        response = Response(found.content, status=found.status)
        if found.etag:
            response["ETag"] = found.etag
        response["Cache-Control"] = "no-store" if nonce else f"public, max-age={found.keep_seconds}"
        patch_vary_headers(response, ["Authorization", "Accept"])
        return response


def _kept_for_stranger(request: HttpRequest) -> HttpResponseBase | None:
    """
    Answer who shows no session and no key, and asks for the newest row of one code as JSON.

    None: it is asked for otherwise, or refused; the view says how.
    """
    asked = request.GET
    is_plain = asked.keys() <= {"code", "follow"}
    is_stranger = (
        request.method == "GET"
        and "HTTP_AUTHORIZATION" not in request.META
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and request.META.get("HTTP_ACCEPT", "*/*") in ("*/*", "application/json")
    )
    if not is_plain or not is_stranger:
        return None
    try:
        found = kept_answers.kept_answer(asked.get("code", ""))
    except Refusal:
        return None
    if found is None:
        return None
    given = [each.strip() for each in request.headers.get("If-None-Match", "").split(",")]
    is_known = found.etag in given
    counting.count_kept(is_known)
    response = (
        HttpResponse(status=HTTPStatus.NOT_MODIFIED)
        if is_known
        else HttpResponse(found.content, content_type="application/json")
    )
    response["ETag"] = found.etag
    response["Cache-Control"] = f"public, max-age={asking.KEEP_SECONDS}"
    response["Vary"] = "Authorization, Accept"
    return response


class SignedStatementDetail(APIView):
    """A statement by its digest; it never changes."""

    public = True

    @extend_schema(operation_id="gateway_statement", responses=SignedText)
    def get(self, request: Request, digest: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Return the text and its signatures."""
        found = selectors.statement(f"sha256:{digest}") if DIGEST.fullmatch(digest) else None
        if found is None:
            raise StatementUnknown
        return Response(
            records.as_json(found.text, found.signatures), headers={"Cache-Control": FOREVER}
        )


class RenewalFound(serializers.Serializer[Any]):
    """By what this node bears out anew what it signed under a key that is over."""

    renewal = SignedText()


class RenewalDetail(APIView):
    """Whether this node still stands by a text that it signed."""

    public = True

    @extend_schema(operation_id="gateway_renewal", responses=RenewalFound)
    def get(self, request: Request, digest: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Return the renewal of a text, by its digest: 64 hexadecimal digits."""
        found = (
            selectors.latest("renewal", subject=f"sha256:{digest}", issuer=own_code())
            if DIGEST.fullmatch(digest)
            else None
        )
        if found is None:
            raise StatementUnknown
        return Response(
            {"renewal": records.as_json(found.text, found.signatures)},
            headers={"Cache-Control": "public, max-age=60"},
        )


class NodeKeys(serializers.Serializer[Any]):
    """This node's keys, and whose they are."""

    node = serializers.CharField()
    kind = serializers.CharField(allow_blank=True)
    pin = serializers.JSONField(help_text="Name and public key of the root: the pin.")
    keyset = SignedText()


class KeysDetail(APIView):
    """The keys that this node signs with."""

    public = True

    @extend_schema(operation_id="gateway_keys", responses=NodeKeys)
    def get(self, request: HttpRequest) -> Response:  # noqa: ARG002 - DRF's signature
        """Return the root and the set of keys that it signed."""
        found = asking.own_keys(now=clock.now())
        if found is None:
            raise NotFound
        return Response(
            found | {"node": own_code()}, headers={"Cache-Control": "public, max-age=60"}
        )


class GrantsReply(serializers.Serializer[Any]):
    """Grants, each newest of its prefix."""

    grants = SignedText(many=True)
    renewals = SignedText(many=True, help_text="By which this node bears grants out anew.")


class GrantsDetail(APIView):
    """The grants that name a node as host."""

    public = True

    @extend_schema(
        operation_id="gateway_grants",
        responses=GrantsReply,
        parameters=[OpenApiParameter("host", str, required=True, description="A node's code.")],
    )
    def get(self, request: Request) -> Response:
        """Return what this node granted to another; at most 200."""
        host = request.query_params.get("host", "")
        if not NODE_CODE.fullmatch(host):
            raise NodeInvalid(field="host")
        found = selectors.grants_to(host, issuer=own_code())
        grants = [records.as_json(each.text, each.signatures) for each in found]
        again = selectors.newest_of("renewal", [each.digest for each in found]).values()
        content = {
            "grants": grants,
            "renewals": [records.as_json(each.text, each.signatures) for each in again],
        }
        return Response(content, headers={"Cache-Control": "public, max-age=60"})


class VectorsDetail(APIView):
    """The vectors that a program of somebody else is tried on; they change with a release."""

    public = True

    @extend_schema(operation_id="gateway_vectors", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> HttpResponse:  # noqa: ARG002 - DRF's signature
        """Return codes, canonical JSON, statements, requests and chains, with what is right."""
        return HttpResponse(
            vectors.published_vectors(),
            content_type="application/json",
            headers={"Cache-Control": "public, max-age=3600"},
        )
