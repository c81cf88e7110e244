"""Letters to people; the same letter to somebody new as to somebody known."""

import re
from datetime import datetime
from functools import partial
from typing import Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import addresses, moments
from identity.contracts import Role
from identity.rows import OrganizationRow

LANGUAGES = ("zh-hans", "en")
KEYS_PAGE: Final = "/developers/"  # of the portal, which stands above this room
_BREAK: Final = re.compile(r"\n\s*\n")


def made(subject: str, text: str, email: str) -> EmailMultiAlternatives:
    """Return a letter as plain text and as HTML of the same words, in the active language."""
    letter = EmailMultiAlternatives(
        subject, text, to=[email], headers={"Auto-Submitted": "auto-generated"}
    )
    dress(letter)
    return letter


def dress(letter: EmailMultiAlternatives) -> None:
    """Give a letter of plain text its HTML: paragraphs, and addresses that can be followed."""
    paragraphs = [each.strip() for each in _BREAK.split(str(letter.body)) if each.strip()]
    context = {
        "subject": letter.subject,
        "paragraphs": paragraphs,
        "site_name": settings.SITE_NAME,
        "address": settings.PUBLIC_URL,
        "language": translation.get_language(),
    }
    letter.attach_alternative(render_to_string("mail/letter.html", context), "text/html")


def invite(*, email: str, organization: OrganizationRow) -> None:
    """
    Tell a person, once the invitation is committed, that an organisation counts on them.

    It is written in both languages: which one a person reads would tell that they are known.
    """
    paragraphs = []
    for language in LANGUAGES:
        with translation.override(language):
            paragraphs.append(
                _(
                    "%(organization)s gave you a role on the compute market. Sign in at %(sign_in)s"
                    " with this e-mail address. If you have no password yet, or forgot it, choose"
                    " one at %(reset)s"
                )
                % {
                    "organization": _called(organization, language),
                    "sign_in": addresses.public(reverse("account_login")),
                    "reset": addresses.public(reverse("account_reset_password")),
                }
            )
    letter = made("Suanpan", "\n\n".join(paragraphs), email)
    transaction.on_commit(partial(letter.send), robust=True)


def access_asked(*, email: str, language: str) -> None:
    """Confirm, once it is committed, that a request for access was written down."""
    with translation.override(language):
        text = _(
            "We wrote down that access to the compute market is asked for with this e-mail address."
            " A person reads it and answers here. If it was not you, do nothing: nothing is opened"
            " by it."
        )
        _send(_("Your request for access"), text, email)


def access_answered(*, email: str, language: str, is_accepted: bool, answer: str) -> None:
    """Tell, once it is committed, what was answered."""
    with translation.override(language):
        told = (
            _(
                "Your request for access to the compute market was accepted. A second person"
                " confirms it; then another letter says how to sign in."
            )
            if is_accepted
            else _("Your request for access to the compute market was declined.")
        )
        _send(_("Your request for access"), "\n\n".join(filter(None, [told, answer])), email)


ACCOUNT_CHANGES: Final = {
    "account/email/password_changed": gettext_lazy("Your password was changed."),
    "account/email/password_reset": gettext_lazy(
        "A new password was set by a link that was sent to this address."
    ),
    "account/email/password_set": gettext_lazy("A password was set."),
    "mfa/email/recovery_codes_generated": gettext_lazy(
        "New recovery codes were made; the former ones count no more."
    ),
    "mfa/email/totp_activated": gettext_lazy("An authenticator app was added."),
    "mfa/email/totp_deactivated": gettext_lazy("The authenticator app was taken away."),
    "mfa/email/webauthn_added": gettext_lazy("A passkey was added."),
    "mfa/email/webauthn_removed": gettext_lazy("A passkey was taken away."),
}


def account_changed(*, email: str, language: str, change: str) -> None:
    """Tell a person what became of the ways into the account, one of `ACCOUNT_CHANGES`."""
    with translation.override(language):
        text = _("If it was not you, choose a new password at %(reset)s and tell an operator.") % {
            "reset": addresses.public(reverse("account_reset_password"))
        }
        paragraphs = [str(ACCOUNT_CHANGES[change]), text]
        _send(_("How you sign in was changed"), "\n\n".join(paragraphs), email)


def key_made(*, email: str, language: str, name: str, prefix: str, until: datetime) -> None:
    """Tell a person that a key, or a token, acts in their name from now on."""
    with translation.override(language):
        text = _(
            "The key “%(name)s” (%(prefix)s…) was made in your name. It counts until %(until)s."
            " If it was not you, revoke it at %(keys)s and choose a new password."
        ) % {
            "name": name,
            "prefix": prefix,
            "until": moments.market_date(until).isoformat(),
            "keys": addresses.public(KEYS_PAGE),
        }
        _send(_("A key was made in your name"), text, email)


def role_taken(*, email: str, language: str, organization: OrganizationRow, role: str) -> None:
    """Tell a person that a role was taken from them; what is their own stays open to them."""
    with translation.override(language):
        text = _(
            "%(organization)s took a role from you: %(role)s. You can still sign in: what is kept"
            " about you is at %(data)s"
        ) % {
            "organization": _called(organization, language),
            "role": Role(role).label,
            "data": addresses.public(reverse("portal:own-data")),
        }
        _send(_("A role was taken from you"), text, email)


def organization_closed(*, email: str, language: str, organization: OrganizationRow) -> None:
    """Tell a member that nobody acts for the organisation any more."""
    with translation.override(language):
        text = _(
            "%(organization)s was closed. Your roles and keys there have ended. You can still sign"
            " in: what is kept about you is at %(data)s"
        ) % {
            "organization": _called(organization, language),
            "data": addresses.public(reverse("portal:own-data")),
        }
        _send(_("Your organisation was closed"), text, email)


def _called(organization: OrganizationRow, language: str) -> str:
    return (language == "en" and organization.name_en) or organization.name


def _send(subject: str, text: str, email: str) -> None:
    letter = made(f"[{settings.SITE_NAME}] {subject}", text, email)
    transaction.on_commit(partial(letter.send), robust=True)
