"""Every sentence exists in both languages, and what is compiled is what is written."""

import io
import subprocess
from pathlib import Path

import pytest
from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES"


def read(path: Path) -> Catalog:
    with path.open("rb") as source:
        return pofile.read_po(source, locale="zh_Hans")


def sentences(catalogue: Catalog) -> dict:
    return {message.id: message.string for message in catalogue if message.id}


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


def test_every_marked_sentence_is_in_the_catalogue(written, tmp_path):
    """Sentences marked by plain `_("…")` in code, found again by xgettext."""
    sources = sorted(
        str(path.relative_to(ROOT))
        for room in ("common", "identity", "ledger", "metering", "pricing", "marketplace", "config")
        for path in (ROOT / room).rglob("*.py")
    )
    found = tmp_path / "found.pot"
    subprocess.run(
        ["xgettext", "--from-code=UTF-8", "--language=Python", "--keyword=gettext_lazy",
         "--keyword=gettext_noop", "--keyword=ngettext_lazy:1,2", f"--output={found}", *sources],
        cwd=ROOT, check=True,
    )  # fmt: skip
    found.write_text(found.read_text().replace("charset=CHARSET", "charset=UTF-8"))
    marked = {message.id for message in read(found) if message.id}

    assert marked - {message.id for message in written} == set()


def _forms(string: str | tuple[str, ...]) -> tuple[str, ...]:
    return string if isinstance(string, tuple) else (string,)
