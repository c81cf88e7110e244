"""Letters to people; the same letter to somebody new as to somebody known."""

import re
from functools import partial
from typing import Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from common import addresses
from identity.rows import OrganizationRow

LANGUAGES = ("zh-hans", "en")
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
                    "organization": (language == "en" and organization.name_en)
                    or organization.name,
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


def _send(subject: str, text: str, email: str) -> None:
    letter = made(f"[{settings.SITE_NAME}] {subject}", text, email)
    transaction.on_commit(partial(letter.send), robust=True)
