"""What text may hold that people read: marks that turn its direction show another order."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput

# Unicode's bidirectional controls (UAX #9): embeddings, overrides, isolates and marks.
TURNING: Final = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


class TurnsDirection(InvalidInput):
    """A text holds marks that let it be read in another order than it was written in."""

    code = "direction_mark"
    sentence = _("Marks that turn the direction of text are not allowed.")


def turns_direction(text: str) -> bool:
    """Return whether a text holds marks that turn its direction."""
    return not text.isascii() and not TURNING.isdisjoint(text)
