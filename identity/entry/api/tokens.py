"""The token endpoint: RFC 6749 4.4 with the errors of its section 5.2, RFC 7009, RFC 8414."""

import base64
import binascii
from typing import Any, Final
from urllib.parse import unquote_plus

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from common import addresses, clock
from common.errors import Refusal
from identity.entry import services

BODY_MAX: Final = 4_096
NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
ERRORS: Final = {"invalid_client": 401, "too_many_tokens": 429}


@csrf_exempt
@require_POST
def token(request: HttpRequest) -> JsonResponse:
    """Give a program a token of minutes for its key."""
    sent = _sent(request)
    if sent is None:
        return _error("invalid_request")
    if sent.get("grant_type") != "client_credentials":
        return _error("unsupported_grant_type")
    try:
        issued = services.issue_token(
            client_id=sent.get("client_id", ""),
            client_secret=sent.get("client_secret", ""),
            scope=sent.get("scope", ""),
            address=get_adapter().get_client_ip(request),
            now=clock.now(),
        )
    except Refusal as refusal:
        return _error(str(refusal.facts.get("error", "invalid_client")))
    told = {
        "access_token": issued.secret,
        "token_type": "Bearer",
        "expires_in": issued.seconds,
        "scope": " ".join(issued.scopes),
    }
    return JsonResponse(told, headers=NO_STORE)


@csrf_exempt
@require_POST
def revoke(request: HttpRequest) -> JsonResponse:
    """End a token; one that is none, or another client's, is answered the same."""
    sent = _sent(request)
    if sent is None or not sent.get("token"):
        return _error("invalid_request")
    try:
        services.revoke_token(
            client_id=sent.get("client_id", ""),
            client_secret=sent.get("client_secret", ""),
            token=sent["token"],
            address=get_adapter().get_client_ip(request),
            now=clock.now(),
        )
    except Refusal:
        return _error("invalid_client")
    return JsonResponse({}, headers=NO_STORE)


@require_safe
def metadata(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - Django's signature
    """Say where tokens are given, and by what (RFC 8414)."""
    methods = ["client_secret_basic", "client_secret_post"]
    told = {
        "issuer": settings.PUBLIC_URL,
        "token_endpoint": addresses.public(reverse("oauth-token")),
        "revocation_endpoint": addresses.public(reverse("oauth-revoke")),
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "service_documentation": addresses.public(reverse("api-docs")),
    }
    return JsonResponse(told)


def _sent(request: HttpRequest) -> dict[str, str] | None:
    """Return what was sent, with the client of the header; nothing if it is no such request."""
    is_form = request.content_type == "application/x-www-form-urlencoded"
    if not is_form or len(request.body) > BODY_MAX or request.GET:
        return None
    fields: dict[str, Any] = {name: request.POST.getlist(name) for name in request.POST}
    if any(len(values) != 1 for values in fields.values()):
        return None
    sent = {name: values[0] for name, values in fields.items()}
    if any(not value.isascii() for value in sent.values()):
        return None
    return _with_client(sent, request.headers.get("Authorization", ""))


def _with_client(sent: dict[str, str], authorization: str) -> dict[str, str] | None:
    scheme, _space, pair = authorization.partition(" ")
    if scheme.lower() != "basic":
        return sent
    if "client_secret" in sent:  # Two ways at once are an error (RFC 6749 2.3).
        return None
    try:
        name, _colon, secret = base64.b64decode(pair, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return sent | {"client_id": unquote_plus(name), "client_secret": unquote_plus(secret)}


def _error(code: str) -> JsonResponse:
    status = ERRORS.get(code, 400)
    headers = dict(NO_STORE)
    if status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="suanpan"'
    return JsonResponse({"error": code}, status=status, headers=headers)
