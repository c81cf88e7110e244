"""Decision records of `docs/adr`: found by number, for the directory's links."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

FOLDER: Final = "docs/adr"
_FILE: Final = re.compile(r"([0-9]{4})-[a-z0-9-]+\.md")
_LINK: Final = re.compile(r"\[([^\]]*)\]\((?!https?:|/|#)([^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision: its number of four digits, its title, and its text in Markdown."""

    number: str
    title: str
    text: str


@cache
def files() -> dict[str, Path]:
    """Return where each decision record of the release is, by its number."""
    folder = settings.BASE_DIR / FOLDER
    found = ((_FILE.fullmatch(path.name), path) for path in sorted(folder.glob("*.md")))
    return {name[1]: path for name, path in found if name}


def address(number: str) -> str:
    """Return the address of a decision's page; nothing if the release holds none of it."""
    return reverse("portal:decision", args=[int(number)]) if number in files() else ""


@cache
def record(number: str) -> DecisionRecord | None:
    """Return a decision record; None if the release holds none of this number."""
    if number not in files():
        return None
    head, _line, text = files()[number].read_text(encoding="utf-8").partition("\n")
    title = head.removeprefix("# ").removeprefix(f"{number}: ").strip()
    return DecisionRecord(number, title, text.strip())


def rendered(text: str) -> SafeString:
    """Return a record as markup: files of this repository, without markup of their own."""
    known = _LINK.sub(_link, text)
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    return mark_safe(str(markdown.render(known)))  # noqa: S308 - own files, HTML is escaped


def _link(found: re.Match[str]) -> str:
    """Lead to another record; what is no record is its words alone."""
    other = _FILE.fullmatch(found[2].partition("#")[0].rpartition("/")[2])
    where = address(other[1]) if other else ""
    return f"[{found[1]}]({where})" if where else found[1]
