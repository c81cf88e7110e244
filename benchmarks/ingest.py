"""
How fast readings are taken, against the bare COPY of the same rows into a plain table.

Run `python -m benchmarks.ingest`. Every batch of ours is decoded from its JSON bytes, screened,
merged and committed; the reference only copies ready tuples and commits. Both are durable.
"""

import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from tests import environment  # sets the environment before Django reads it

BATCH = 10_000
BATCHES = 10
RUNS = 5
START = datetime(2026, 1, 1, tzinfo=UTC)
REFERENCE = "bare COPY"


def measured(work: Callable[[], None], rows: int) -> int:
    """Return rows per second of one run."""
    started = time.perf_counter()
    work()
    return round(rows / (time.perf_counter() - started))


def bodies(meter_id: Any, run: int) -> list[bytes]:
    """Return batches as agents send them: a reading a second, over many windows."""
    batches = []
    for batch in range(BATCHES):
        events = []
        for number in range(batch * BATCH, (batch + 1) * BATCH):
            starts_at = START + timedelta(days=30 * run, seconds=number)
            events.append(
                {
                    "specversion": "1.0",
                    "type": "org.suanpan.reading.v1",
                    "source": f"urn:suanpan:meter:{meter_id}",
                    "id": f"{run}-{number}",
                    "subject": "00000000-0000-7000-8000-000000000001",
                    "data": {
                        "meter": str(meter_id),
                        "starts_at": starts_at.isoformat(),
                        "ends_at": (starts_at + timedelta(seconds=1)).isoformat(),
                        "quantity": "7.25",
                        "unit": "card-second",
                    },
                }
            )
        batches.append(json.dumps(events).encode())
    return batches


def copy_rows(run: int) -> list[list[tuple[Any, ...]]]:
    """Return the same facts as tuples that COPY takes."""
    provider, meter, subject = uuid4(), uuid4(), uuid4()
    return [
        [
            (
                provider,
                meter,
                f"urn:suanpan:meter:{meter}",
                f"{run}-{number}",
                subject,
                START + timedelta(seconds=number),
                START + timedelta(seconds=number + 1),
                Decimal("7.25"),
            )
            for number in range(batch * BATCH, (batch + 1) * BATCH)
        ]
        for batch in range(BATCHES)
    ]


def bare_copy(batches: list[list[tuple[Any, ...]]]) -> None:
    """Copy the rows into a table without keys, one commit a batch."""
    from django.db import connection, transaction

    for rows in batches:
        with (
            transaction.atomic(),
            connection.cursor() as cursor,
            cursor.copy("COPY bench_reading FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)


def ingest_all(provider_id: Any, batches: list[bytes]) -> None:
    """Take the batches as the API does, one commit each."""
    from common import tenancy
    from metering import cloudevents, services

    for body in batches:
        with tenancy.acting_as(provider_id):
            services.ingest_request(
                provider_id=provider_id,
                message=cloudevents.Message(cloudevents.BATCH, body),
                received_at=START + timedelta(days=400),
            )


def close_all() -> None:
    """Measure every window that is due."""
    from common import tenancy
    from metering import services

    is_full = True
    while is_full:
        with tenancy.acting_as_platform():
            is_full = services.close_windows(now=START + timedelta(days=400)).is_full


def prepare() -> Any:
    """Make a database for this run; return a meter in it."""
    from psycopg import sql

    from tests import databases
    from tests.metering import cast

    databases.ensure_template()
    databases.clone(environment.DATABASE)
    with databases.admin(environment.DATABASE) as admin:
        admin.execute(
            sql.SQL(
                "CREATE TABLE bench_reading (provider uuid, meter uuid, source text, event text,"
                " subject uuid, starts_at timestamptz, ends_at timestamptz, quantity numeric);"
                "GRANT INSERT ON bench_reading TO suanpan_app"
            )
        )
    return cast.meter()


def case(name: str, ours: list[int], reference: list[int]) -> dict[str, Any]:
    """Return one case, by the medians of its runs."""
    best, limit = statistics.median(ours), statistics.median(reference)
    return {
        "case": name,
        "ours": best,
        "unit": "readings/s",
        "references": {REFERENCE: limit},
        "ratios": {REFERENCE: round(best / limit, 3)},
        "runs": ours,
    }


def run() -> dict[str, Any]:
    """Return the benchmark's object; runs of ours and of the reference alternate."""
    meter = prepare()
    rows = BATCH * BATCHES
    takes, repeats, closings, copies = [], [], [], []
    for number in range(RUNS):
        batches, tuples = bodies(meter.pk, number), copy_rows(number)
        copies.append(measured(lambda tuples=tuples: bare_copy(tuples), rows))
        takes.append(measured(lambda b=batches: ingest_all(meter.provider_id, b), rows))
        repeats.append(measured(lambda b=batches: ingest_all(meter.provider_id, b), rows))
        closings.append(measured(close_all, rows))
    return {
        "bench": "ingest",
        "machine": machine(),
        "cases": [
            case("new readings, from JSON to commit", takes, copies),
            case("the same readings again", repeats, copies),
            case("closing their windows", closings, copies),
        ],
    }


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT version(), current_setting('fsync')")
        version, fsync = cursor.fetchone()
    return {
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "postgresql": version.split()[1],
        "fsync": fsync,
        "load": os.getloadavg()[0],
    }


def main() -> None:
    """Print the benchmark's object."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    try:
        json.dump(run(), sys.stdout, ensure_ascii=False, indent=1)
        print()
    finally:
        from django.db import connections

        from tests import databases

        connections.close_all()
        databases.drop(environment.DATABASE)
        environment.pytest_unconfigure()


if __name__ == "__main__":
    main()
