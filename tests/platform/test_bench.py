import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.__main__ import names, title

ROOT = Path(__file__).resolve().parents[2]
CASE = report.Case("posting", "transfers/s", [100, 300, 200], {"limit": 400})


def test_a_case_reports_the_median_and_its_ratio():
    assert CASE.as_json() == {
        "case": "posting",
        "ours": 200,
        "unit": "transfers/s",
        "references": {"limit": 400},
        "ratios": {"limit": 0.5},
        "runs": [100, 300, 200],
    }


def test_a_report_has_the_one_shape():
    result = report.report("ledger", [CASE])

    assert report.faults(result) == []
    assert set(result["machine"]) >= {"cpu", "cpus", "memory_gib", "python"}


@pytest.mark.parametrize(
    "broken",
    [
        {"bench": "ledger", "cases": []},
        {"bench": "ledger", "machine": {}, "cases": []},
        {"bench": "ledger", "machine": {}, "cases": [{"case": "posting"}]},
        report.report("ledger", [CASE])
        | {"cases": [CASE.as_json() | {"references": {"a": 1}, "ratios": {}}]},
    ],
)
def test_another_shape_is_refused(broken):
    assert report.faults(broken) != []


def test_every_benchmark_says_what_it_measures():
    assert names() != []
    assert all(len(title(name)) > 20 for name in names())


def test_the_list_of_benchmarks_needs_no_database():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert all(name in done.stdout for name in names())


def test_a_benchmark_that_does_not_exist_is_named_with_those_that_do():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "nothing", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "invalid choice: 'nothing'" in done.stderr
    assert json.dumps(names()[0])[1:-1] in done.stderr
