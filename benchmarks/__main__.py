"""`bin/bench NAME [--json]`: run a benchmark on a durable cluster of its own, show the result."""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import report

HERE = Path(__file__).resolve().parent
NOT_BENCHMARKS = {"__init__", "__main__", "report"}


def names() -> list[str]:
    """Return the benchmarks there are: modules that say in their first lines what they measure."""
    modules = sorted(HERE.glob("*.py"))
    return [
        path.stem
        for path in modules
        if path.stem not in NOT_BENCHMARKS and '__name__ == "__main__"' in path.read_text()
    ]


def title(name: str) -> str:
    """Return the first sentence of a benchmark's own description."""
    text = (HERE / f"{name}.py").read_text().split('"""')[1].strip()
    return text.split("\n\n")[0].replace("\n", " ")


def run(name: str) -> dict[str, Any]:
    """Run a benchmark in a process of its own; return its checked result."""
    from tests import cluster

    environment = dict(os.environ)
    if not environment.get("SUANPAN_TEST_POSTGRES_SOCKET_DIR"):
        environment["SUANPAN_TEST_POSTGRES_SOCKET_DIR"] = cluster.start(durable=True)
    try:
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}"],
            cwd=HERE.parent,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        cluster.stop()
    if done.returncode:
        message = f"benchmark {name} failed (exit {done.returncode})"
        raise SystemExit(message)
    result: dict[str, Any] = json.loads(done.stdout)
    if faults := report.faults(result):
        raise SystemExit("\n".join(faults))
    return result


def show(console: Console, result: dict[str, Any]) -> None:
    """Print a result as a table."""
    table = Table(title=f"{result['bench']} on {result['machine']['cpus']} CPUs", box=None)
    for heading in ("case", "ours", "unit", "beside", "ratio"):
        table.add_column(heading, justify="left" if heading in {"case", "unit"} else "right")
    for case in result["cases"]:
        ours = "" if case["ours"] is None else f"{case['ours']:,}"
        first = [case["case"], ours, case["unit"]]
        rows = [
            [f"{name} {value:,}", f"{case['ratios'][name]}"]
            for name, value in case["references"].items()
        ]
        for beside in rows or [["", ""]]:
            table.add_row(*first, *beside)
            first = ["", "", ""]
    console.print(table)


def main() -> None:
    """Run one benchmark, or list them."""
    parser = argparse.ArgumentParser(prog="bin/bench")
    parser.add_argument("name", nargs="?", choices=names())
    parser.add_argument("--json", action="store_true", help="print one object")
    options = parser.parse_args()
    console = Console()
    if options.name is None:
        for name in names():
            console.print(f"{name:10} {title(name)}")
        return
    result = run(options.name)
    if options.json:
        report.emit(result)
    else:
        show(console, result)


if __name__ == "__main__":
    main()
