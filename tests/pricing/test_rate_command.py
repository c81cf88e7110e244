"""`bin/manage rate` says what terms in a file come to, and why."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from tests.pricing.timed_plans import PEAK_AND_VALLEY, terms, unit

TERMS = terms(unit("5", bands={"peak": "1.5", "valley": "0.5"}), bands=PEAK_AND_VALLEY)
DAY = ("--units", "8", "--from", "2026-11-24T00:00+08:00", "--until", "2026-11-25T00:00+08:00")


def said(path, *options: str) -> str:
    out = StringIO()
    with translation.override("en"):
        call_command("rate", str(path), *DAY, *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def path(tmp_path):
    found = tmp_path / "terms.json"
    found.write_text(json.dumps(TERMS))
    return found


def test_it_explains_each_line(path):
    text = said(path, "--explain")

    assert "peak × 1.5" in text
    assert "2026-11 valley: 8 h" in text
    assert "90000 CNY" in text
    assert "rule rate-2, plan hash" in text


def test_it_answers_in_json(path):
    answer = json.loads(said(path, "--json", "--factor", "2", "--fact", "region=31"))

    assert answer["total_minor"] == 90_000
    assert [line["band"] for line in answer["lines"]] == ["flat", "peak", "valley"]


def test_terms_with_faults_are_refused_in_words(tmp_path):
    path = tmp_path / "terms.json"
    path.write_text(json.dumps(TERMS | {"zone": "Mars"}))

    with pytest.raises(CommandError, match="time zone"):
        said(path)
