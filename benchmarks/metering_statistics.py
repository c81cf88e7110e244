"""
How long a dashboard takes over the roll-ups of 100 million readings.

Days and months of a thousand resources in a year are written as roll-ups, each day of as many
readings as make up a hundred million; five million readings lie raw beside them. What is measured
is what a page of statistics asks: twelve months by region, thirty days by class, capacity in P.
"""

import os
import time
from datetime import UTC, date, datetime
from typing import Any, Final

from benchmarks import report
from tests import environment  # sets the environment before Django reads it

RESOURCES: Final = 1_000
READINGS: Final = 100_000_000
RAW: Final = 5_000_000
RUNS: Final = 7
NOW: Final = datetime(2026, 12, 31, 12, tzinfo=UTC)
CASE: Final = "dashboard_100m_ms"

_RESOURCES: Final = """
    INSERT INTO identity_computeresource
    SELECT (jsonb_populate_record(r, jsonb_build_object(
        'id', gen_random_uuid(), 'identifier', r.identifier || '-' || n, 'serial', n::text,
        'region', (ARRAY['640500','621000','310000','510100','150123'])[1 + n %% 5],
        'resource_class', (ARRAY['AI','AI','GENERAL','HPC'])[1 + n %% 4]
    ))).*
    FROM identity_computeresource r, generate_series(1, %(resources)s) n WHERE r.id = %(model)s
"""
_DAYS: Final = """
    INSERT INTO metering_statistics_rollup (
        span, starts_at, provider_id, resource_id, unit, quantity, native_hours, standard_hours,
        measured_kwh, estimated_kwh, records, unknown_energy, readings
    )
    SELECT 'DAY', day, r.provider_id, r.id, 'card-second', 345600, 96, 304.307712, 40, 27.2, 24,
           0, %(readings)s
    FROM identity_computeresource r,
         generate_series(%(first)s::timestamptz, %(last)s::timestamptz, interval '1 day') day
"""
_MONTHS: Final = """
    INSERT INTO metering_statistics_rollup (
        span, starts_at, provider_id, resource_id, unit, quantity, native_hours, standard_hours,
        measured_kwh, estimated_kwh, records, unknown_energy, readings
    )
    SELECT 'MONTH', date_trunc('month', starts_at, 'Asia/Shanghai'), provider_id, resource_id,
           unit, sum(quantity), sum(native_hours), sum(standard_hours), sum(measured_kwh),
           sum(estimated_kwh), sum(records), 0, sum(readings)
    FROM metering_statistics_rollup WHERE span = 'DAY' GROUP BY 2, 3, 4, 5
"""
_RAW: Final = """
    INSERT INTO metering_reading (
        provider_id, meter_id, source, event_id, starts_at, ends_at, quantity, received_at
    )
    SELECT %(provider)s, %(meter)s, 'urn:bench', 'raw-' || n, at, at + interval '1 second', 1, at
    FROM generate_series(1, %(raw)s) n, LATERAL (
        SELECT timestamptz '2026-01-01Z' + n * interval '1 second'
    ) moment(at)
"""


def fill(meter: Any, *, raw: int = RAW) -> None:
    """Write the roll-ups, and readings beside them, into the database that is connected."""
    from django.db import connection

    from common import tenancy
    from metering.statistics import services
    from tests import databases

    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(_RESOURCES, {"resources": RESOURCES - 1, "model": meter.resource_id})
        first, last = datetime(2025, 12, 31, 16, tzinfo=UTC), datetime(2026, 12, 30, 16, tzinfo=UTC)
        cursor.execute(
            _DAYS, {"readings": READINGS // RESOURCES // 365, "first": first, "last": last}
        )
        cursor.execute(_MONTHS)
        services.roll_up(now=first)
    # Only the function that takes batches may write readings; here the tables' owner does.
    with databases.admin(connection.settings_dict["NAME"]) as admin:
        for month in range(1, 13):
            admin.execute("SELECT metering_make_month(%s)", [date(2026, month, 1)])
        admin.execute(_RAW, {"provider": meter.provider_id, "meter": meter.pk, "raw": raw})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def dashboard() -> None:
    """Ask what a page of statistics asks."""
    from metering.contracts import Precision
    from metering.statistics.contracts import Dimension, Grain
    from metering.statistics.reading import capacity_for, cells_for
    from metering.statistics.selectors import StatisticsQuestion

    year = StatisticsQuestion(
        Grain.MONTH, date(2026, 1, 1), date(2026, 12, 31), by=Dimension.REGION
    )
    month = StatisticsQuestion(Grain.DAY, date(2026, 12, 2), date(2026, 12, 31), by=Dimension.CLASS)
    assert cells_for(None, year, now=NOW)
    assert cells_for(None, month, now=NOW)
    assert capacity_for(None, Dimension.REGION, precision=Precision.FP16)


def dashboard_100m_ms(meter: Any, *, raw: int = RAW) -> report.Case:
    """Return the case: milliseconds of a dashboard, in a database that has nothing else."""
    fill(meter, raw=raw)
    dashboard()
    taken = []
    for _run in range(RUNS):
        started = time.perf_counter()
        dashboard()
        taken.append(round((time.perf_counter() - started) * 1000))
    return report.Case(CASE, "ms", taken, {})


def run() -> dict[str, Any]:
    """Return the benchmark's object."""
    from tests import databases
    from tests.metering import cast

    databases.ensure_template()
    databases.clone(environment.DATABASE)
    raw = int(os.environ.get("SUANPAN_BENCH_RAW", str(RAW)))
    return report.report("metering_statistics", [dashboard_100m_ms(cast.meter(), raw=raw)])


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
