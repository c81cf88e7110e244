"""Asking an identity provider where it is, and for the answer to a sign-in."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from common import outbound
from identity.entry.answers import unconfirmed
from identity.entry.contracts import Unconfirmed

WELL_KNOWN: Final = "/.well-known/openid-configuration"
LIMITS: Final = outbound.Limits(total_seconds=10.0, reply_bytes_max=256 * 1024)
SCOPES: Final = "openid email profile"


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """Where a provider answers."""

    issuer: str
    authorize: str
    token: str
    keys: str
    takes_post: bool


@dataclass(frozen=True, slots=True)
class SignInBegun:
    """What a browser keeps of a sign-in that was begun: good for one answer."""

    state: str
    nonce: str
    verifier: str


def begin() -> SignInBegun:
    """Return what one sign-in is known by."""
    return SignInBegun(*(secrets.token_urlsafe(32) for _each in range(3)))


def discover(issuer: str) -> IdentityProvider:
    """
    Ask a provider where it answers.

    :raises SsoFailed: if it does not answer, or speaks for another issuer
    """
    told = _json(outbound.Request("GET", issuer.rstrip("/") + WELL_KNOWN))
    if told.get("issuer") != issuer:
        raise unconfirmed(Unconfirmed.ISSUER)
    authorize, token, keys = (
        _place(told, name, issuer)
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
    )
    methods = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return IdentityProvider(
        issuer, authorize, token, keys, takes_post="client_secret_post" in methods
    )


def _place(told: dict[str, Any], name: str, issuer: str) -> str:
    address = told.get(name)
    if not isinstance(address, str) or not _is_web(address, issuer):
        raise unconfirmed(Unconfirmed.MALFORMED)
    return address


def authorize_address(
    provider: IdentityProvider,
    *,
    client_id: str,
    redirect: str,
    begun: SignInBegun,
    email: str = "",
) -> str:
    """Return where the browser goes to sign in."""
    digest = hashlib.sha256(begun.verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect,
        "scope": SCOPES,
        "state": begun.state,
        "nonce": begun.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    if email:
        asked["login_hint"] = email
    joint = "&" if urlsplit(provider.authorize).query else "?"
    return f"{provider.authorize}{joint}{urlencode(asked)}"


def id_token(
    provider: IdentityProvider,
    *,
    client_id: str,
    secret: str,
    code: str,
    redirect: str,
    verifier: str,
) -> str:
    """
    Exchange the code that the browser brought for an ID token.

    :raises SsoFailed: if the provider does not answer, or gives none
    """
    sent = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect,
        "client_id": client_id,
        "code_verifier": verifier,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if secret and provider.takes_post:
        sent["client_secret"] = secret
    elif secret:
        pair = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    told = _json(outbound.Request("POST", provider.token, headers, urlencode(sent).encode()))
    token = told.get("id_token")
    if not isinstance(token, str):
        raise unconfirmed(Unconfirmed.MALFORMED)
    return token


def key_set(provider: IdentityProvider) -> dict[str, Any]:
    """
    Return the keys that a provider signs with.

    :raises SsoFailed: if it does not answer
    """
    return _json(outbound.Request("GET", provider.keys))


def _json(request: outbound.Request) -> dict[str, Any]:
    try:
        reply = outbound.ask(request, limits=LIMITS)
    except outbound.OutboundRefused as error:
        raise unconfirmed(Unconfirmed.UNREACHABLE) from error
    if not reply.is_success:
        raise unconfirmed(Unconfirmed.REFUSED)
    try:
        told = json.loads(reply.body)
    except ValueError as error:
        raise unconfirmed(Unconfirmed.MALFORMED) from error
    if not isinstance(told, dict):
        raise unconfirmed(Unconfirmed.MALFORMED)
    return told


def _is_web(address: str, issuer: str) -> bool:
    """Return whether an address speaks TLS, unless its issuer itself does not."""
    return urlsplit(address).scheme in {"https", urlsplit(issuer).scheme}
