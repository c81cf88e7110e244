"""What is imported is declared, and what is declared is used: in the product, and in the tests."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def deptry(*options: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "deptry", ".", "--no-ansi", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


def test_the_product_declares_what_it_uses_and_uses_what_it_declares():
    status, found = deptry()

    assert status == 0, found


def test_so_do_the_tests_and_the_benches():
    everything = ["--exclude", r"\.venv", "--extend-exclude", "^$"]

    status, found = deptry(*everything, "--non-dev-dependency-groups", "dev,bench")

    assert status == 0, found


def test_a_reason_is_given_only_for_what_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    declared = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    names = {name.partition("[")[0].partition(">")[0] for name in declared}

    assert set(project["tool"]["deptry"]["per_rule_ignores"]["DEP002"]) <= names
