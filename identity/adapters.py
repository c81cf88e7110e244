"""How sign-in differs from django-allauth's defaults."""

import base64
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.internal.httpkit import clean_client_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation

from common import addresses
from identity import attempts, browsers, letters, selectors

NOWHERE: Final = "unknown"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no stubs
    """Accounts are given by an organisation or its operator; nobody helps themselves to one."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's
        """Return whether strangers may make accounts."""
        return bool(settings.SUANPAN_SIGN_UP_OPEN)

    def get_client_ip(self, request: HttpRequest) -> str:
        """
        Return the address that a request comes from, under which its attempts are counted.

        Behind a socket in a folder there is none, past a proxy too few: whoever comes without one
        shares its limits, and is not turned away for it.
        """
        try:
            return str(super().get_client_ip(request))
        except (PermissionDenied, ImproperlyConfigured):
            return clean_client_ip(request.META.get("REMOTE_ADDR", "")) or NOWHERE

    # --- Attempts --------------------------------------------------------------------------
    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt, or answer 429."""
        self._login_failed_rl_usage = attempts.take(request, _account(credentials))

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Return whose password is right, unless the account is besieged and has no factor."""
        account = _account(credentials)
        is_besieged = attempts.is_besieged(request, account)
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user is None:
            attempts.count_failure(request, account)
        if is_besieged and (user is None or not selectors.has_second_factor(user.pk)):
            raise attempts.refusal(
                request, attempts.wait_seconds(request, attempts.ACCOUNT, account)
            )
        return user

    def validation_error(self, code: str, *args: Any) -> Any:
        """Return the error of a form; too many attempts are no error of a form."""
        if code == "too_many_login_attempts":
            raise attempts.refusal(self.request or context.request)
        return super().validation_error(code, *args)

    def post_login(
        self, request: HttpRequest, user: AbstractBaseUser, **options: Any
    ) -> HttpResponseBase:
        """Let the browser be known to the account from now on."""
        response: HttpResponseBase = super().post_login(request, user, **options)
        browsers.remember_browser(request, response, str(user))
        _speak(request, response, user)
        return response

    # --- Letters ---------------------------------------------------------------------------
    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link of a letter: under the market's address, whoever asked for it."""
        return addresses.public(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """Return the link of a letter: under the market's address, whoever asked for it."""
        return addresses.public(super().get_email_confirmation_url(request, emailconfirmation))

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Any,
        context: dict[str, Any] | None = None,  # noqa: ARG002
        email: str | None = None,
    ) -> None:
        """Tell a person what became of the ways in; of addresses the room of entry tells."""
        if template_prefix in letters.ACCOUNT_CHANGES:
            language = user.language or translation.get_language()
            letters.account_changed(
                email=email or user.email, language=language, change=template_prefix
            )

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a letter in which every address is the market's own."""
        domain = urlsplit(settings.PUBLIC_URL).netloc
        own = {
            name: addresses.public(value) if _is_address(value) else value
            for name, value in context.items()
        }
        site = {"domain": domain, "name": settings.SITE_NAME}
        language = getattr(context.get("user"), "language", "") or translation.get_language()
        with translation.override(language):
            super().send_mail(template_prefix, email, own | {"current_site": site})

    def format_email_subject(self, subject: str) -> str:
        """Return a subject with the name of the market before it."""
        return f"[{settings.SITE_NAME}] {subject}"

    def render_mail(
        self,
        template_prefix: str,
        email: str,
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMultiAlternatives:
        """Return a letter as text and as HTML of the same words."""
        own = {"Auto-Submitted": "auto-generated"} | (headers or {})
        plain = super().render_mail(template_prefix, email, context, own)
        letter = EmailMultiAlternatives(
            plain.subject, plain.body, plain.from_email, plain.to, headers=own
        )
        letters.dress(letter)
        return letter


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth has no stubs
    """Second factors are kept encrypted: a copy of the database opens no account."""

    def encrypt(self, text: str) -> str:
        """Return the secret as it is stored."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret; keys that were replaced still open what they closed."""
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return for whom passkeys are good: the market's own name, whatever host was asked."""
        return {"id": urlsplit(settings.PUBLIC_URL).hostname or "", "name": str(settings.SITE_NAME)}


def _speak(request: HttpRequest, response: HttpResponseBase, user: AbstractBaseUser) -> None:
    """Use the language of the account where none was chosen in this browser."""
    language = getattr(user, "language", "")
    if settings.LANGUAGE_COOKIE_NAME in request.COOKIES or language == settings.LANGUAGE_CODE:
        return
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=browsers.LIFETIME,
        secure=settings.TLS,
        samesite="Lax",
    )


def _account(credentials: Mapping[str, Any]) -> str:
    return str(credentials.get("email") or "").strip().lower()


def _is_address(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://"))


def _cipher() -> MultiFernet:
    keys: list[Any] = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derive(str(key))) for key in keys])


def _derive(secret_key: str) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"suanpan second factors")
    return base64.urlsafe_b64encode(kdf.derive(secret_key.encode()))
