"""Django's templates print a tag that goes over two lines as it is written."""

import re
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
SPLIT = re.compile(r"\{\{[^}]*\n[^}]*\}\}|\{%[^%]*\n[^%]*%\}")


def test_no_tag_goes_over_two_lines():
    found = [
        f"{path.relative_to(TEMPLATES)}: {tag[0]!r}"
        for path in TEMPLATES.rglob("*.*")
        for tag in SPLIT.finditer(path.read_text())
    ]

    assert found == []


def test_such_a_tag_would_be_found():
    assert SPLIT.search('{{ row|named:"title"\n  }}')
    assert not SPLIT.search("{{ row }}\n{% if a %}")
