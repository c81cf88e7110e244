"""The conformance kit passes drivers that keep to the interface, and names what others do wrong."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from marketplace.drivers import check_driver, interface

ROOT = Path(__file__).resolve().parents[2]
SECRET = "whsec_" + "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0MDA="


def example() -> str:
    """Return the driver of the how-to."""
    page = (ROOT / "docs/how-to/write-a-driver.md").read_text()
    return re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0]


def started(*words: str, text: str = ""):
    process = subprocess.Popen(
        [sys.executable, *words] if not text else [sys.executable, "-c", text, *words],
        env=os.environ | {"DRIVER_SECRET": SECRET, "PYTHONPATH": str(ROOT / "agent/src")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    return process, "http://" + line.split()[-1] + "/"


@pytest.mark.slow
@pytest.mark.parametrize("which", ["example", "local"])
def test_these_drivers_pass(which, tmp_path):
    if which == "example":
        process, url = started("0", text=example())
    else:
        words = ["-m", "suanpan_agent.driving", "local", "--listen=127.0.0.1:0"]
        process, url = started(*words, f"--folder={tmp_path}")
    try:
        report = check_driver.check(url, SECRET, seconds=10)
    finally:
        process.kill()
        process.communicate()

    assert report["failed"] == [], report
    assert report["passed"] == len(check_driver.CASES)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("right", "wrong", "failed"),
    [
        ("if signed and abs", "if True or abs", {"forged_is_refused", "unsigned_is_refused"}),
        ("< 300 else 401", "< 3000 else 401", {"old_is_refused", "future_is_refused"}),
        ("exit_code=code if code >= 0 else 128 - code", "exit_code=0", {"job_that_fails"}),
        ('tell(data, "ready")', "pass", {"steps_are_taken", "again_is_the_same"}),
    ],
)
def test_what_a_driver_does_wrong_is_named(right, wrong, failed):
    text = example()
    assert right in text
    process, url = started("0", text=text.replace(right, wrong))
    try:
        report = check_driver.check(url, SECRET, seconds=1)
    finally:
        process.kill()
        process.communicate()

    assert failed <= set(report["failed"])
    assert "test_is_answered" not in report["failed"]


def test_a_driver_that_is_not_there_fails_every_case():
    report = check_driver.check("http://127.0.0.1:9/", SECRET, seconds=0.1)

    assert report["passed"] == 0
    assert "no answer" in report["cases"][0]["problem"]


def test_the_command_asks_for_a_secret(monkeypatch, capsys):
    monkeypatch.delenv("DRIVER_SECRET", raising=False)

    assert check_driver.main(["http://127.0.0.1:9/"]) == 2
    assert "DRIVER_SECRET" in capsys.readouterr().err


def test_the_committed_description_is_the_served_one():
    committed = yaml.safe_load((ROOT / "docs/driver-openapi.yaml").read_text())

    assert committed == json.loads(json.dumps(interface.openapi()))
