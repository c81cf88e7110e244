"""
How fast readings are taken, against the bare COPY of the same rows into a plain table.

Every batch of ours is decoded from its JSON bytes, screened,
merged and committed; the reference only copies ready tuples and commits. Both are durable.
"""

import json
import os
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from benchmarks import report
from tests import environment  # sets the environment before Django reads it

BATCH = 10_000
BATCHES = 5
RUNS = 3
START = datetime(2026, 11, 21, tzinfo=UTC)  # after its meter was registered
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


def ingest_all(provider_id: Any, batches: list[bytes], run: int) -> None:
    """Take the batches as the API does, one commit each."""
    from common import tenancy
    from metering import cloudevents, services

    for body in batches:
        with tenancy.acting_as(provider_id):
            services.ingest_request(
                provider_id=provider_id,
                message=cloudevents.Message(cloudevents.BATCH, body),
                received_at=START + timedelta(days=30 * run + 1),
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


def run() -> dict[str, Any]:
    """Return the benchmark's object; runs of ours and of the reference alternate."""
    meter = prepare()
    rows = BATCH * BATCHES
    takes, repeats, closings, copies = [], [], [], []
    for number in range(RUNS):
        batches, tuples = bodies(meter.pk, number), copy_rows(number)
        copies.append(measured(lambda tuples=tuples: bare_copy(tuples), rows))

        def ingest(batches: list[bytes] = batches, number: int = number) -> None:
            ingest_all(meter.provider_id, batches, number)

        takes.append(measured(ingest, rows))
        repeats.append(measured(ingest, rows))
        closings.append(measured(close_all, rows))
    beside = {REFERENCE: statistics.median(copies)}
    return report.report(
        "ingest",
        [
            report.Case("new readings, from JSON to commit", "readings/s", takes, beside),
            report.Case("the same readings again", "readings/s", repeats, beside),
            report.Case("closing their windows", "readings/s", closings, beside),
        ],
    )


def main() -> None:
    """Print the benchmark's object."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    try:
        report.emit(run())
    finally:
        from django.db import connections

        from tests import databases

        connections.close_all()
        databases.drop(environment.DATABASE)


if __name__ == "__main__":
    main()
