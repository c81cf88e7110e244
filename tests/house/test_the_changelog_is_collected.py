"""What changed is a fragment a change, and a release makes the changelog of them."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "changelog.d"
FRAGMENTS = sorted(path for path in FOLDER.glob("*") if path.name != "README.md")
WORDS_MAX = 80


def draft() -> str:
    done = subprocess.run(
        [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "next"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def plain(text: str) -> str:
    return " ".join(text.split())


def test_a_draft_tells_every_change_under_its_heading():
    told = plain(draft())

    assert told.startswith("## next (")
    for fragment in FRAGMENTS:
        assert plain(fragment.read_text()) in told, fragment.name


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=lambda path: path.name)
def test_a_fragment_is_a_sentence_of_a_known_kind(fragment):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    kinds = {kind["directory"] for kind in project["tool"]["towncrier"]["type"]}

    name, kind, suffix = fragment.name.rsplit(".", 2)

    assert (name[0], kind in kinds, suffix) == ("+", True, "md")
    assert 3 <= len(fragment.read_text().split()) <= WORDS_MAX
    assert fragment.read_text().rstrip().endswith(".")


def test_the_changelog_says_where_a_release_is_put():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    changelog = (ROOT / "CHANGELOG.md").read_text()

    assert changelog.count(project["tool"]["towncrier"]["start_string"]) == 1
    assert f"\n## {project['project']['version']}\n" in changelog
