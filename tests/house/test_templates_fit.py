"""A template's line fits on the screen beside another file."""

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WIDTH_MAX = 120
# How many lines of a template are still wider: pages that were written on few lines. It may only
# grow shorter; a page that is rewritten leaves it.
KNOWN = json.loads((Path(__file__).parent / "wide_templates.json").read_text())


def wide_lines() -> dict[str, int]:
    """Return by template how many of its lines are too wide."""
    found = {}
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix in {".html", ".txt", ".svg"}:
            lines = path.read_text().splitlines()
            if wide := sum(len(line) > WIDTH_MAX for line in lines):
                found[str(path.relative_to(ROOT / "templates"))] = wide
    return found


def test_no_template_is_wider_than_it_was():
    grown = {name: wide for name, wide in wide_lines().items() if wide > KNOWN.get(name, 0)}

    assert grown == {}, f"at most {WIDTH_MAX} columns"
