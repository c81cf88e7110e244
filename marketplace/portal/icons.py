"""Icons: a committed set of Tabler icons, drawn inline so that they take the colour of the text."""

import re
from functools import cache
from pathlib import Path
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

FOLDER: Final = Path(__file__).parent / "icons"
_FRAME: Final = re.compile(r"<svg.*?>(.*)</svg>", re.DOTALL)
_CANVAS: Final = '<path stroke="none" d="M0 0h24v24H0z" fill="none" />'


@cache
def shapes(name: str) -> SafeString:
    """
    Return the inside of an icon's drawing.

    :raises FileNotFoundError: if the set has no icon of that name
    """
    inside = _FRAME.sub(r"\1", (FOLDER / f"{name}.svg").read_text()).replace(_CANVAS, "")
    return mark_safe(" ".join(inside.split()))  # noqa: S308 - a file of this package


def svg(name: str, style: str = "") -> SafeString:
    """Return an icon as markup; it says nothing to a screen reader, the text beside it does."""
    classes = "cm-icon" + "".join(f" cm-icon--{part}" for part in style.split())
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{}</svg>',
        classes,
        shapes(name),
    )
