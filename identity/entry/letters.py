"""Letters about the address and the factors of a person."""

from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from identity import letters


def change_asked(*, email: str, language: str) -> None:
    """Tell the present address that another one is asked for."""
    with translation.override(language):
        text = _(
            "Somebody who is signed in to your account asked to sign in with another e-mail"
            " address from now on. If it was not you, change your password at once: the link that"
            " was sent then counts no more once you ask for it yourself."
        )
        _send(_("Another e-mail address is asked for"), text, email)


def prove_address(*, email: str, language: str, link: str) -> None:
    """Send the link that proves an address."""
    with translation.override(language):
        text = _(
            "You asked to sign in to the compute market with this e-mail address. Confirm it within"
            " a day at %(link)s"
        ) % {"link": link}
        _send(_("Confirm your e-mail address"), text, email)


def address_changed(*, email: str, language: str) -> None:
    """Tell both addresses that it is changed."""
    with translation.override(language):
        text = _(
            "The e-mail address of your account on the compute market was changed, and every"
            " session was ended. If it was not you, tell an operator at once."
        )
        _send(_("Your e-mail address was changed"), text, email)


def recovered(*, email: str, language: str) -> None:
    """Tell a person that their second factor was taken away."""
    with translation.override(language):
        text = _(
            "Two operators took the second factor of your account away, because you lost it. Sign"
            " in with your password and set up a new one; until then some of your roles wait. If"
            " you did not ask for it, tell an operator at once."
        )
        _send(_("Your second factor was taken away"), text, email)


def _send(subject: str, text: str, email: str) -> None:
    letter = letters.made(f"[{settings.SITE_NAME}] {subject}", text, email)
    transaction.on_commit(partial(letter.send), robust=True)
