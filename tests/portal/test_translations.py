"""Every sentence exists in both languages, and what is compiled is what is written."""

import ast
import io
import re
from pathlib import Path

import pytest
from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES"
TEXT = r"""u?("{3}.*?"{3}|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
# With a context before it, or without.
LOOKED_UP = re.compile(rf"(?:(?<!p)gettext\(|pgettext\(\s*u?'[^']*',)\s*{TEXT}", re.DOTALL)


def read(path: Path) -> Catalog:
    with path.open("rb") as source:
        return pofile.read_po(source, locale="zh_Hans")


def sentences(catalogue: Catalog) -> dict:
    return {str(message.id): message.string for message in catalogue if message.id}


@pytest.fixture(scope="module")
def written() -> Catalog:
    return read(FOLDER / "django.po")


def test_nothing_is_left_untranslated(written):
    open_ones = [
        message.id
        for message in written
        if message.id and (message.fuzzy or not all(_forms(message.string)))
    ]

    assert open_ones == []


def test_placeholders_survive_translation(written):
    broken = {
        message.id: [str(error) for error in errors]
        for message, errors in written.check()
        if errors
    }

    assert broken == {}


def test_the_compiled_catalogue_is_up_to_date(written):
    compiled = io.BytesIO()
    mofile.write_mo(compiled, written)
    fresh = mofile.read_mo(io.BytesIO(compiled.getvalue()))
    with (FOLDER / "django.mo").open("rb") as file:
        committed = mofile.read_mo(file)

    assert sentences(committed) == sentences(fresh)


def test_every_marked_sentence_is_in_the_catalogue(written):
    """Sentences marked by plain `_("…")` in code, found again by Babel."""
    keywords = DEFAULT_KEYWORDS | {"gettext_lazy": None, "gettext_noop": None}
    keywords["ngettext_lazy"] = (1, 2)
    marked = {
        message
        for room in (
            "common",
            "identity",
            "ledger",
            "metering",
            "pricing",
            "gateway",
            "marketplace",
            "config",
        )
        for path in (ROOT / room).rglob("*.py")
        for _, message, _, _ in extract_from_file("python", path, keywords=keywords)
    }

    assert marked - {message.id for message in written} == set()


def test_every_marked_sentence_of_a_template_is_in_the_catalogue(written):
    """What Django itself makes of a template, read for the words that it would look up."""
    ids = {str(each.id[0] if isinstance(each.id, tuple) else each.id) for each in written}
    marked = {
        str(ast.literal_eval(found)): path.name
        for path in (ROOT / "templates").rglob("*")
        if path.suffix in {".html", ".txt"}
        for found in LOOKED_UP.findall(templatize(path.read_text(encoding="utf-8")))
    }

    assert len(marked) > 500
    assert {text: name for text, name in marked.items() if text and text not in ids} == {}


def _forms(string: str | tuple[str, ...]) -> tuple[str, ...]:
    return string if isinstance(string, tuple) else (string,)
