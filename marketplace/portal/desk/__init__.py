"""Pages as data: a head and blocks to read or to act on, drawn by one set of templates."""

from marketplace.portal.desk.blocks import (
    Cell,
    Column,
    Empty,
    Facts,
    Link,
    Listed,
    Note,
    Sheet,
    Steps,
)
from marketplace.portal.desk.forms import (
    FormBlock,
    Outcome,
    Section,
    attempt,
    is_done,
    is_seen,
    seen_mark,
)
from marketplace.portal.desk.pages import Head, asked, show

__all__ = [
    "Cell",
    "Column",
    "Empty",
    "Facts",
    "FormBlock",
    "Head",
    "Link",
    "Listed",
    "Note",
    "Outcome",
    "Section",
    "Sheet",
    "Steps",
    "asked",
    "attempt",
    "is_done",
    "is_seen",
    "seen_mark",
    "show",
]
