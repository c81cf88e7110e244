"""A definition is read without harm to the process: msgspec once wrote beyond its own memory."""

import subprocess
import sys
from pathlib import Path

import pytest

from metering.senders import definitions
from metering.senders.contracts import InvalidMapping

READ = """
import gc
import msgspec
from typing import get_type_hints
{types}
for told in ({{"labels": 1}}, {{"labels": {{"a": "b"}}}}, {{"labels": {{"a": ["b", "c"]}}}}):
    try:
        msgspec.convert(told, Read)
    except msgspec.ValidationError:
        pass
"""
OURS = """
import django, os
django.setup()
from metering.senders import definitions
Read = msgspec.defstruct("Read", [("labels", get_type_hints(
    definitions.MappingRule, include_extras=True)["labels"])])
"""


def status(types: str, environment: dict[str, str]) -> int:
    """Return how a process of its own ended that read some definitions."""
    return subprocess.run(
        [sys.executable, "-c", READ.format(types=types)],
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        check=False,
    ).returncode


def test_a_process_that_read_mappings_ends_well():
    environment = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": "k" * 60,
        "DATABASE_URL": "postgres://x@/x?host=/nonexistent",
        "DATABASE_OWNER_URL": "postgres://x@/x?host=/nonexistent",
        "MALLOC_CHECK_": "3",
    }

    assert status(OURS, environment) == 0


def test_what_labels_are_matched_by_is_bounded():
    """By `_problem`, as the form itself cannot."""
    for asked in ("x" * 5_000, "a\x00b", ["a"] * 101, ["a", "\x7f"], "a\n"):
        with pytest.raises(InvalidMapping):
            definitions.parse(
                {"rules": [{"metric": "m", "reads": "counter", "meter_label": "u"}
                           | {"labels": {"gpu": asked}}]}
            )  # fmt: skip
