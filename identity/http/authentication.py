"""How an API request says who it is: a session with its CSRF token, or a bearer API key."""

from allauth.account.adapter import get_adapter
from django.utils.translation import gettext_lazy as _
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from common import clock, tenancy
from identity import selectors, services
from identity.contracts import Actor
from identity.entry import selectors as entry_selectors
from identity.entry.contracts import TOKEN_PREFIX
from identity.http import actors
from identity.models import User

KEY_LENGTH_MAX = 128


def bearer_secret(authorization: str) -> str | None:
    """Return the key that a header carries; None if it carries none."""
    scheme, _space, secret = authorization.strip().partition(" ")
    return secret.lstrip(" ") if scheme.lower() == "bearer" else None  # RFC 9110 allows several


class ApiKeyUser:
    """Stands where DRF expects a user when no person signed in."""

    is_authenticated = True
    is_active = True
    is_staff = False
    is_superuser = False
    is_anonymous = False
    pk = None
    id = None

    def __str__(self) -> str:
        return "API key"


def _actor_by_key(secret: str, address: str) -> Actor | None:
    """Return who acts by a key, and keep that it was used."""
    if not secret.isascii() or len(secret) > KEY_LENGTH_MAX:
        return None
    now = clock.now()
    read = entry_selectors.token_actor if secret.startswith(TOKEN_PREFIX) else selectors.key_actor
    actor = read(secret=secret, now=now, address=address)
    if actor is not None and actor.api_key_id is not None:
        services.note_key_use(key_id=actor.api_key_id, address=address, now=now)
    return actor


class ApiKeyAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer <key>`; the request acts for the key's organisation."""

    def authenticate(self, request: Request) -> tuple[ApiKeyUser, str] | None:
        """Return the key's stand-in user, or None if the request carries no key."""
        secret = bearer_secret(request.headers.get("Authorization", ""))
        if secret is None:
            return None
        tenancy.enter(tenancy.PLATFORM)
        actor = _actor_by_key(secret, get_adapter().get_client_ip(request._request))
        actors.act(request._request, actor)
        if actor is None:
            raise exceptions.AuthenticationFailed(
                _("This API key is unknown, expired or revoked."), code="invalid_api_key"
            )
        return ApiKeyUser(), "api_key"

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - DRF's signature
        """Make DRF answer 401 rather than 403 to those who are not signed in."""
        return 'Bearer realm="suanpan"'


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session; every request that writes carries the CSRF token."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """Return the signed-in person; the middleware has already made the actor."""
        user = request._request.user
        if not isinstance(user, User) or not user.is_active:
            return None
        self.enforce_csrf(request)
        return user, None
