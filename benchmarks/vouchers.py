"""
How fast a cover is decided by the newest rule, for one large order and for many small ones.

One order has 20 lines of four kinds of hardware and ten programmes that may combine; the batch is
of one line and three programmes each. Nothing but the pure rule is run, on one core. The year of
the workbench is 100,000 applications and 1,000,000 charges decided by two versions of rules, from
rows to the sealed file of the run. The last grants (`benchmarks.grants`) are raced for by threads.
BENCH_BATCH=1000 decides fewer orders, BENCH_YEAR=10 a tenth of the year.
"""

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import grants
from benchmarks.report import Case, emit, report
from tests import environment  # sets the environment before Django reads it

BATCH = int(os.environ.get("BENCH_BATCH", "100000"))
SINGLES = 200
RUNS = 3
YEAR_PARTS = int(os.environ.get("BENCH_YEAR", "1"))


def programmes(count: int) -> list[Any]:
    """Return vouchers of so many programmes with different shares and caps."""
    from tests.vouchers.cast import purse
    from tests.vouchers.published import rules_2, share

    return [
        purse(
            f"V-{number:02}",
            programme=f"P-{number}",
            days_left=number + 1,
            left=("300", "5000", "99999")[number % 3],
            **rules_2(
                rates=[share(("0.2", "0.5", "0.6")[number % 3]), share("0.7", origin="DOMESTIC")],
                limits={"per_order_minor": (None, 900_000, None, 30_000)[number % 4]},
                eligible_lines=["COMPUTE", "STORAGE"] if number % 2 else ["COMPUTE"],
            ),
        )
        for number in range(count)
    ]


def large_order() -> Any:
    """Return an order of 20 lines, alike in fives."""
    from marketplace.vouchers.contracts import PayableLine
    from tests.vouchers.cast import purchase

    kinds = [("COMPUTE", "DOMESTIC"), ("COMPUTE", "OTHER"), ("STORAGE", ""), ("NETWORK", "")]
    lines = tuple(
        PayableLine(kind, 100_000 + number, chip_origin=origin)
        for number in range(5)
        for kind, origin in kinds
    )
    return replace(purchase(), lines=lines)


def decided(bought: Sequence[Any], purses: Sequence[Any]) -> float:
    """Return how many seconds of one core it took to decide orders, one after the other."""
    from marketplace.vouchers import rules
    from tests.vouchers.cast import NOON

    left = {purses[0].programme_code: 5_000_000}
    began = time.process_time()
    for each in bought:
        rules.cover(each, purses, at=NOON, entity_year_left=left)
    return time.process_time() - began


def workbench_year() -> float:
    """Return how many seconds a run over a year of trades takes, its file included."""
    from marketplace.policy import bundle
    from marketplace.policy.contracts import WorkbenchBasis
    from marketplace.policy.services.running import try_inputs
    from tests.policy.cast import inputs, strict_rules, wish
    from tests.vouchers.published import rules_2

    asked = wish(strict_rules(), rules_2(), basis=WorkbenchBasis.APPLICATIONS, budget_minor=10**12)
    made = inputs(
        asked,
        parties=10_000 // YEAR_PARTS,
        applications=100_000 // YEAR_PARTS,
        rows=1_000_000 // YEAR_PARTS,
    )
    with TemporaryDirectory(prefix="bench-") as folder:
        began = time.perf_counter()
        with bundle.writing(Path(folder) / "run.zip") as file:
            try_inputs(made, file, progress=lambda _rows: None)
        return time.perf_counter() - began


def run() -> dict[str, Any]:
    """Measure both, and return the report."""
    from tests.vouchers.cast import purchase

    ten, three, large = programmes(10), programmes(3), large_order()
    decided([large] * SINGLES, ten)
    singles = [decided([large] * SINGLES, ten) * 1000 / SINGLES for _ in range(RUNS)]
    small = [purchase(str(Decimal(number % 900 + 100))) for number in range(BATCH)]
    batches = [decided(small, three)]
    return report(
        "vouchers",
        [
            Case("decision_single_ms", "ms, 20 lines, 10 programmes", singles),
            Case("decision_batch", f"s, {BATCH} of 1 line, 3 programmes", batches),
            Case(
                "workbench_year_s",
                f"s, {1_100_000 // YEAR_PARTS} applications and charges, 2 versions",
                [workbench_year()],
            ),
            *grants.cases(),
        ],
    )


def main() -> None:
    """Print the benchmark's object."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    try:
        emit(run())
    finally:
        environment.pytest_unconfigure()


if __name__ == "__main__":
    sys.exit(main())
