"""What management commands share."""

from datetime import datetime, tzinfo
from typing import Any, Final

from django.core.management.base import BaseCommand
from django.utils import translation

from common import doing, moments, trace

NUMBERS_SKIP: Final = "public numbers may skip"  # Sequences give no number back.


class Command(BaseCommand):
    """
    A command that speaks English throughout, as its help does, wherever it is run.

    What it does is recorded in its own name: nobody is signed in.
    """

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run with every sentence, refusals too, in one language."""
        name = type(self).__module__.rpartition(".")[2]
        with translation.override("en"), trace.command(name), doing.by(doing.NOBODY):
            return super().execute(*args, **options)


def describe_error(error: Exception) -> str:
    """Return what an error means to the person who ran the command."""
    if isinstance(error, UnicodeDecodeError):
        return f"the file is no UTF-8 text from byte {error.start + 1} on"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename} cannot be read: {error.strerror}"
    return str(error)


def moment(text: str, *, option: str, zone: tzinfo | None = None) -> datetime:
    """
    Return the moment that an option names; a time without a zone is local, by default the market's.

    :raises ValueError: if it is none
    """
    try:
        return moments.parse_moment(text, zone or moments.market_zone())
    except moments.InvalidMoment as error:
        message = f"{option} must be a time such as 2023-01-01T00:00:00Z, not {text}"
        raise ValueError(message) from error
