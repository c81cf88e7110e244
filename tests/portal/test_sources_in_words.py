"""Where a published figure comes from is read in the reader's language; names stay as they are."""

import json
from pathlib import Path

import pytest
from django.utils.translation import override

from marketplace.portal import source_words

ROOT = Path(__file__).resolve().parents[2] / "marketplace"
FILES = ("baselines/data/cost.v1.json", "calculator/data/assumptions.v1.json")


def sources(value):
    """Yield every source that a file of data names."""
    if isinstance(value, dict):
        if isinstance(value.get("source"), str):
            yield value["source"]
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from sources(each)


def test_a_source_keeps_its_names_and_tells_the_rest():
    with override("zh-hans"):
        told = source_words.told("waredb.com; TFLOPS, dense FP16")

    assert told == "waredb.com; TFLOPS，稠密 FP16"


@pytest.mark.parametrize("name", FILES)
def test_what_is_assumed_is_said_in_both_languages(name):
    said = [one for one in sources(json.loads((ROOT / name).read_text())) if "ssumption" in one]
    with override("zh-hans"):
        left = {one for one in said if "ssumption" in source_words.told(one)}

    assert said
    assert left == set()
