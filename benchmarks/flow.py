"""
How long the main job and its steps take, and how soon the market is ready, first and again.

Each run is `demo --once --json` in a state directory of its own: real services, real HTTP. The
steps `meter` and `settle` mostly wait: the order runs for a fixed time, and windows close when they
are due.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import report

RUNS = 3
ROOT = Path(__file__).resolve().parent.parent
WITHHELD = {"CELERY_BROKER_URL", "DATABASE_URL", "DATABASE_OWNER_URL", "SECRET_KEY", "SUANPAN_TLS"}


def demo(state_dir: Path) -> dict[str, Any]:
    """Run the demonstration once; return its summary."""
    environment = {name: value for name, value in os.environ.items() if name not in WITHHELD}
    done = subprocess.run(
        [sys.executable, "-m", "embedded", "demo", "--once", "--json"],
        cwd=ROOT,
        env=environment | {"SUANPAN_STATE_DIR": str(state_dir)},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return dict(json.loads(done.stdout))


def main() -> None:
    """Measure and print the report."""
    state_dir = Path(tempfile.mkdtemp(prefix="suanpan-bench-"))
    try:
        first = demo(state_dir)
        later = [demo(state_dir) for _ in range(RUNS)]
    finally:
        shutil.rmtree(state_dir, ignore_errors=True)
    steps = later[0]["job"]["milliseconds"]
    cases = [
        report.Case("ready on a new machine", "s", [first["ready_seconds"]]),
        report.Case("ready again", "s", [run["ready_seconds"] for run in later]),
        report.Case(
            "main job, all steps",
            "ms",
            [sum(run["job"]["milliseconds"].values()) for run in later],
        ),
    ]
    for step in steps:
        runs = [run["job"]["milliseconds"][step] for run in later]
        cases.append(report.Case(f"main job: {step}", "ms", runs))
    report.emit(report.report("flow", cases))


if __name__ == "__main__":
    main()
