"""Links of the documentation lead to what is there, and how-tos name files that there are."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
# A how-to's own example is introduced by its path, a colon and the file.
MADE = re.compile(r"`([\w/.]+)`[^`\n]*:\n *```")
EMPTY = re.compile(r"`([\w/.]+)` (?:\(empty\)|is empty)")
PAGES_TO_WRITE = {"docs/rooms/watchlist.md"}
NAMED = re.compile(r"`((?:[\w]+/)+[\w.]+\.(?:py|md|sql|json|toml|txt|po|yaml|html))`")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_what_is_there(page):
    text = page.read_text(encoding="utf-8")

    assert [to for to in LINK.findall(text) if not (page.parent / to).exists()] == []


@pytest.mark.parametrize(
    "page", sorted((ROOT / "docs/how-to/develop").glob("*.md")), ids=lambda path: path.name
)
def test_a_how_to_names_files_that_there_are_or_that_it_makes(page):
    text = page.read_text(encoding="utf-8")
    made = {*MADE.findall(text), *EMPTY.findall(text), *PAGES_TO_WRITE}

    missing = {name for name in NAMED.findall(text) if not (ROOT / name).exists()}
    assert missing <= made
