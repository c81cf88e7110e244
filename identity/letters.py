"""Letters to people; the same letter to somebody new as to somebody known."""

from functools import partial

from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from common import addresses

LANGUAGES = ("zh-hans", "en")


def invite(*, email: str, organization: str) -> None:
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
                    "organization": organization,
                    "sign_in": addresses.public(reverse("account_login")),
                    "reset": addresses.public(reverse("account_reset_password")),
                }
            )
    subject = "Suanpan"
    letter = partial(send_mail, subject, "\n\n".join(paragraphs), None, [email])
    transaction.on_commit(letter, robust=True)
