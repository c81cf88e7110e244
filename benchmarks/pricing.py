"""
How fast a million usage records are rated by a plan of tiers, times of use and a minimum.

`rate_million_records` counts lines a second on one core by the columns of `pricing.rate_many`;
`exact_reference` is the rule itself, record by record, on the first contracts, every line of
which is compared. `market_page_p95_ms` is a page by the all-in price at 100,000 listings,
`quote_p95_ms` a quote there (benchmarks/all_in.py); `simulate_month_s` a month of charges rated
under a draft (benchmarks/simulating.py).
BENCH_RECORDS, BENCH_LISTINGS and BENCH_RUNS take smaller ones.
"""

import os
import resource
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import all_in, simulating
from benchmarks.report import Case, emit, report
from tests import environment  # sets the environment before Django reads it

if TYPE_CHECKING:
    from pricing.contracts import RateCard
    from pricing.rate_many import UsageColumns

RUNS = int(os.environ.get("BENCH_RUNS", "3"))
RECORDS = int(os.environ.get("BENCH_RECORDS", "1000000"))
HOURS = 500  # of a contract, each a record
COMPARED = 20  # contracts whose every line is compared
MEMORY_MIB_MAX = 400
START = datetime(2026, 11, 14, 16, 0, tzinfo=UTC)
TERMS = {
    "zone": "Asia/Shanghai",
    "components": [
        {
            "code": "usage",
            "model": "graduated",
            "unit": "unit_hour",
            "per": "month",
            "bands": {"peak": "1.5", "valley": "0.5"},
            "tiers": [
                {"from": "0", "unit_price": "3.18"},
                {"from": "100", "unit_price": "2.95"},
                {"from": "1000", "unit_price": "2.61"},
            ],
        },
        {"code": "least", "model": "minimum", "price": "2000", "per": "month"},
    ],
    "bands": [
        {"band": "peak", "from": "10:00", "until": "15:00", "days": ["workday"]},
        {"band": "peak", "from": "18:00", "until": "21:00", "days": ["workday"]},
        {"band": "valley", "from": "00:00", "until": "08:00"},
    ],
}


def plan() -> "RateCard":
    """Return the card of the plan."""
    from tests.pricing.timed_plans import card

    return card(TERMS)


def usage(records: int) -> "UsageColumns":
    """Return as many records: each contract an hour after the other, all contracts at once."""
    from common.period import Period
    from pricing.rate_many import UsageColumns

    contracts = records // HOURS
    drawn = np.random.default_rng(17)
    hour = np.repeat(np.arange(HOURS, dtype=np.int64), contracts)
    contract = np.tile(np.arange(contracts, dtype=np.int64), HOURS)
    begins = int(START.timestamp()) + hour * 3600
    used = drawn.integers(0, 8 * 3_600_000, len(hour), dtype=np.int64)
    ordered = Period(START, START + timedelta(hours=HOURS))
    return UsageColumns(contract, begins, begins + 3600, used, [ordered] * contracts)


def first_contracts(columns: "UsageColumns", count: int) -> "UsageColumns":
    """Return the records of the first contracts."""
    from pricing.rate_many import UsageColumns

    kept = columns.contract < count
    names = ("contract", "starts", "ends", "thousandths")
    return UsageColumns(*(getattr(columns, name)[kept] for name in names), columns.ordered[:count])


def compare(card: "RateCard", columns: "UsageColumns") -> float:
    """Compare every line with the rule's own; return how many lines a second that made."""
    from collections import defaultdict

    from pricing import rate_many

    started = time.perf_counter()
    exact = rate_many.exact_reference(card, columns)
    seconds = time.perf_counter() - started
    told: dict[int, list[Any]] = defaultdict(list)
    for record, line in rate_many.plain_lines(card, rate_many.rate_many(card, columns)):
        told[record].append(line)
    for record, lines in exact.items():
        mine = [(x.component, x.period, x.band, x.quantity, x.amount_minor) for x in lines]
        if mine != told[record]:
            message = f"record {record} differs: {mine} {told[record]}"
            raise SystemExit(message)
    return sum(map(len, exact.values())) / seconds


def run() -> dict[str, Any]:
    """Measure, and compare."""
    from pricing import rate_many

    card, columns = plan(), usage(RECORDS)
    reference = compare(card, first_contracts(columns, COMPARED))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    rates = []
    for _ in range(RUNS):
        started = time.perf_counter()
        lines = rate_many.rate_many(card, columns)
        rates.append(len(lines) / (time.perf_counter() - started))
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stderr.write(f"{len(lines):,} lines; {used} MiB at most, {before} MiB before\n")
    if used > MEMORY_MIB_MAX:
        message = f"{used} MiB of memory"
        raise SystemExit(message)
    case = Case("rate_million_records", "lines/s", rates, {"exact_reference": reference})
    return report("pricing", [case, *all_in.cases(RUNS), *simulating.cases(RUNS)])


def main() -> None:
    """Print the benchmark's object."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    try:
        emit(run())
    finally:
        from django.db import connections

        from tests import databases

        connections.close_all()
        databases.drop(environment.DATABASE)
        environment.pytest_unconfigure()


if __name__ == "__main__":
    sys.exit(main())
