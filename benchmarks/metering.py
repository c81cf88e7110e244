"""
How fast readings arrive, are measured and charged, beside bare PostgreSQL with equal rows.

`ingest_http_*` posts batches of 1,000 events to two web processes here, signed or not, and
`ingest_duplicates` the same again; `ingest_remote_write` writes as many samples of counters by
remote write 1.0, of which all but the first of a series become readings; `copy_on_conflict` is COPY
to a temporary table and INSERT … ON CONFLICT into a table with equal columns and keys, one commit a
batch. `close_windows` measures a million readings, `close_windows_measure_2` as many by the second
arithmetic; `sql_hourly_sum` is their sum by hour, meter and subject, kept in a table.
All are durable, in one run, and take turns. `BENCH_CASES` names some of http, closing, charge and
statistics, where not all are wanted.
"""

import json
import os
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks import metering_senders, report
from tests import environment, served  # sets the environment before Django reads it

BATCH: Final = 1_000
RUNS: Final = 3
METERS: Final = 4
CLIENTS: Final = 4
BATCHES: Final = int(os.environ.get("BENCH_BATCHES", "24"))
CLOSED: Final = int(os.environ.get("BENCH_CLOSED", "1000000"))
CHARGED: Final = 30
COPIED: Final = "copy_on_conflict"
SUMMED: Final = "sql_hourly_sum"

TABLES: Final = """
    CREATE TABLE bench_reading (
        id bigserial PRIMARY KEY, provider_id uuid NOT NULL, meter_id uuid NOT NULL,
        source varchar(200) NOT NULL, event_id varchar(100) NOT NULL, subject uuid,
        starts_at timestamptz NOT NULL, ends_at timestamptz NOT NULL,
        quantity numeric(38, 12) NOT NULL, received_at timestamptz NOT NULL,
        UNIQUE (provider_id, source, event_id)
    );
    CREATE INDEX ON bench_reading (meter_id, starts_at);
    CREATE TABLE bench_hour (
        meter_id uuid, subject uuid, starts_at timestamptz, quantity numeric, count bigint
    );
    GRANT ALL ON bench_reading, bench_hour TO suanpan_app;
    GRANT ALL ON SEQUENCE bench_reading_id_seq TO suanpan_app;
    DO $$ BEGIN
        EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO suanpan_app', current_database());
    END $$;
"""


def measured(work: Callable[[], object], rows: int) -> int:
    """Return rows per second of one run."""
    started = time.perf_counter()
    work()
    return round(rows / (time.perf_counter() - started))


# --- Readings over HTTP --------------------------------------------------------------------------
def bodies(meters: Sequence[UUID], run: str, start: datetime) -> list[bytes]:
    """Return batches as agents send them: many cards, each a reading a minute."""
    batches = []
    for batch in range(BATCHES):
        meter = meters[batch % len(meters)]
        events = []
        for number in range(BATCH):
            starts_at = start + timedelta(minutes=(batch // len(meters)) * 10 + number % 10)
            events.append(
                {
                    "specversion": "1.0",
                    "type": "org.suanpan.reading.v1",
                    "source": f"urn:suanpan:card:{number // 10}",
                    "id": f"{run}-{batch}-{number}",
                    "subject": "00000000-0000-7000-8000-000000000001",
                    "data": {
                        "meter": str(meter),
                        "starts_at": starts_at.isoformat(),
                        "ends_at": (starts_at + timedelta(minutes=1)).isoformat(),
                        "quantity": "3.25",
                        "unit": "card-second",
                    },
                }
            )
        batches.append(json.dumps(events).encode())
    return batches


def copied_rows(batches: Sequence[bytes], provider_id: UUID) -> list[list[tuple[Any, ...]]]:
    """Return the same facts as tuples that COPY takes."""
    now = datetime.now(UTC)
    return [
        [
            (
                provider_id,
                UUID(each["data"]["meter"]),
                each["source"],
                each["id"],
                UUID(each["subject"]),
                datetime.fromisoformat(each["data"]["starts_at"]),
                datetime.fromisoformat(each["data"]["ends_at"]),
                Decimal(each["data"]["quantity"]),
                now,
            )
            for each in json.loads(body)
        ]
        for body in batches
    ]


def copy_on_conflict(batches: Sequence[list[tuple[Any, ...]]]) -> None:
    """Copy rows to a temporary table and merge them, one commit a batch, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(_copy_one, batches))


def _copy_one(rows: list[tuple[Any, ...]]) -> None:
    from django.db import connection, transaction

    columns = "provider_id, meter_id, source, event_id, subject, starts_at, ends_at, quantity"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE coming ON COMMIT DROP AS SELECT provider_id, meter_id, source,"
            " event_id, subject, starts_at, ends_at, quantity, received_at FROM bench_reading"
            " WITH NO DATA"
        )
        with cursor.copy("COPY coming FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(
            f"INSERT INTO bench_reading ({columns}, received_at)"
            f" SELECT {columns}, received_at FROM coming"
            " ON CONFLICT (provider_id, source, event_id) DO NOTHING"
        )


def post_all(
    url: str, headers: dict[str, str], batches: Sequence[bytes], signer: "Signer | None" = None
) -> None:
    """Post batches from several clients at once; none may be refused."""

    def client(own: Sequence[bytes]) -> None:
        with httpx.Client(base_url=url, timeout=60) as one:
            for body in own:
                told = headers | (signer.headers(body) if signer else {})
                answer = one.post("/api/v1/metering/events", content=body, headers=told)
                if answer.status_code not in (200, 202) or answer.json().get("refused"):
                    message = f"{answer.status_code}: {answer.text[:300]}"
                    raise RuntimeError(message)

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(client, [batches[place::CLIENTS] for place in range(CLIENTS)]))


def write_all(url: str, headers: dict[str, str], packed: Sequence[bytes]) -> None:
    """Write requests of remote write from several clients at once, each its own series in order."""

    def client(own: Sequence[bytes]) -> None:
        with httpx.Client(base_url=url, timeout=60) as one:
            for body in own:
                told = headers | metering_senders.HEADERS
                answer = one.post("/api/v1/metering/remote-write", content=body, headers=told)
                if wrong := metering_senders.refused([answer]):
                    raise RuntimeError(wrong[0])

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(client, [packed[place::CLIENTS] for place in range(CLIENTS)]))


class Signer:
    """An agent that signs batches."""

    def __init__(self, provider: Any) -> None:
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        from common import tenancy
        from identity import services as identity

        self.key = Ed25519PrivateKey.generate()
        public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        with tenancy.acting_as(provider.pk):
            self.agent = identity.register_agent(
                organization_id=provider.pk, name="bench", public_key=public
            )

    def headers(self, body: bytes) -> dict[str, str]:
        """Return the headers that sign a body."""
        import base64

        signature = base64.b64encode(self.key.sign(body)).decode()
        return {"Suanpan-Agent": self.agent.key_id, "Suanpan-Signature": signature}


def api_key(provider: Any) -> str:
    """Return a key of the provider's that may send readings."""
    from common import tenancy
    from identity import services as identity
    from identity.contracts import Role
    from identity.models import Membership, User

    with tenancy.acting_as_platform():
        person = User.objects.create(email=f"{uuid4().hex[:8]}@bench.example", is_active=True)
        Membership.objects.create(user=person, organization_id=provider.pk, role=Role.PROVIDER)
        now = datetime.now(UTC)
        issued = identity.create_api_key(
            organization_id=provider.pk,
            created_by=person.pk,
            name="bench",
            roles=[Role.PROVIDER],
            scopes=["metering:write"],
            now=now,
            expires_at=now + timedelta(days=1),
        )
    return str(issued.secret)


def http_cases(meters: Sequence[Any]) -> list[report.Case]:
    """Return how fast readings are taken over HTTP; runs of ours and of the reference alternate."""
    provider = meters[0].provider
    ids = [each.pk for each in meters]
    signer, start = Signer(provider), meters[0].registered_at
    headers = {
        "Authorization": f"Bearer {api_key(provider)}",
        "Content-Type": "application/cloudevents-batch+json",
    }
    kinds = ("unsigned", "signed", "again", "written", COPIED)
    runs: dict[str, list[float]] = {kind: [] for kind in kinds}
    metering_senders.map_series(meters[0])
    rows = BATCH * BATCHES
    with served.web() as url:
        post_all(url, headers, bodies(ids, "warm", start)[:4])
        for number in range(RUNS):
            plain = bodies(ids, f"plain-{number}", start)
            signed = bodies(ids, f"signed-{number}", start)
            tuples = copied_rows(plain, provider.pk)
            packed = metering_senders.requests(start, run=number, count=BATCHES, clients=CLIENTS)
            runs[COPIED].append(measured(lambda rows=tuples: copy_on_conflict(rows), rows))
            runs["unsigned"].append(measured(lambda it=plain: post_all(url, headers, it), rows))
            runs["again"].append(measured(lambda it=plain: post_all(url, headers, it), rows))
            runs["signed"].append(
                measured(lambda it=signed: post_all(url, headers, it, signer), rows)
            )
            runs["written"].append(measured(lambda it=packed: write_all(url, headers, it), rows))
    beside = {COPIED: statistics.median(runs[COPIED])}
    names = {
        "unsigned": "ingest_http_unsigned",
        "signed": "ingest_http_signed",
        "written": "ingest_remote_write",
        "again": "ingest_duplicates",
    }
    return [report.Case(name, "readings/s", runs[kind], beside) for kind, name in names.items()]


# --- Windows -------------------------------------------------------------------------------------
FILL: Final = """
    INSERT INTO metering_reading (provider_id, meter_id, source, event_id, subject, starts_at,
                                  ends_at, quantity, received_at)
    SELECT %(provider)s, %(meter)s, 'urn:card:' || n %% 8, %(run)s || '-' || n, %(subject)s,
           %(start)s::timestamptz + (n / 8) * interval '1 second',
           %(start)s::timestamptz + (n / 8 + 1) * interval '1 second', 0.75, now()
    FROM generate_series(0, %(count)s - 1) AS n
"""
MARK: Final = """
    INSERT INTO metering_window (provider_id, meter_id, starts_at, ends_at, due_at, state, revision,
                                 set_aside_reason, reading_count, measured_count)
    SELECT provider_id, meter_id, date_bin('1 hour', starts_at, 'epoch'),
           date_bin('1 hour', starts_at, 'epoch') + interval '1 hour', now(), 'OPEN', 0, '',
           count(*), 0
    FROM metering_reading WHERE meter_id = %(meter)s GROUP BY 1, 2, 3
"""
SUM: Final = """
    INSERT INTO bench_hour
    SELECT meter_id, subject, date_bin('1 hour', starts_at, 'epoch'), sum(quantity), count(*)
    FROM metering_reading WHERE meter_id = %(meter)s GROUP BY 1, 2, 3
"""


def closing_cases(provider: Any) -> list[report.Case]:
    """Return how fast windows of a million readings are measured, beside their bare sum."""
    from django.db import connection, transaction

    from common import clock, tenancy
    from metering import services
    from tests import databases
    from tests.metering import cast

    meter = cast.meter(provider, name="closing")
    values = {
        "provider": provider.pk,
        "meter": meter.pk,
        "run": "closing",
        "subject": uuid4(),
        "start": datetime(2026, 1, 1, tzinfo=UTC),
        "count": CLOSED,
    }

    def run(statement: str, values: dict[str, Any] = values) -> None:
        with transaction.atomic(), tenancy.acting_as_platform(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute(statement, values)

    def close() -> None:
        is_full = True
        while is_full:
            with tenancy.acting_as_platform():
                is_full = services.close_windows(now=clock.now(), limit=50).is_full

    weighed = {**values, "meter": second_meter(provider).pk, "run": "weighed"}
    close()
    with databases.admin(environment.DATABASE) as admin:
        for month in (1, 2):
            admin.execute("SELECT metering_make_month(%s)", [date(2026, month, 1)])
        admin.execute(FILL, values)
        admin.execute(FILL, weighed)
        admin.execute("ANALYZE metering_reading")
    sums = [measured(lambda: run(SUM), CLOSED) for _n in range(RUNS)]
    run(MARK)
    closed = [measured(close, CLOSED)]
    run(MARK, weighed)
    second = [measured(close, CLOSED)]
    beside = {SUMMED: statistics.median(sums)}
    return [
        report.Case("close_windows", "readings/s", closed, beside),
        report.Case("close_windows_measure_2", "readings/s", second, beside),
    ]


def second_meter(provider: Any) -> Any:
    """Return a meter of equal readings that `measure-2` adds up."""
    from common import tenancy
    from metering import services
    from tests.metering import cast

    with tenancy.acting_as_platform():
        version = services.publish_rule_version(
            code="bench-second",
            version=1,
            name="bench",
            name_en="bench",
            definition={
                "metric": "accelerator-time",
                "aggregate": "sum",
                "window_seconds": 3600,
                "grace_seconds": 0,
                "standard": False,
                "accepts_certificates": False,
                "measuring_rule": "measure-2",
                "reads": "delta",
                "weights": [],
                "combine": "",
                "multipliers": [],
            },
            source="the benchmark",
            valid_from=cast.NOON - timedelta(days=1),
            now=cast.NOON - timedelta(days=1),
        )
        first = cast.meter(provider, name="second")
        return services.register_meter(
            provider_id=provider.pk,
            resource_id=first.resource_id,
            name="weighed",
            rule_version_id=version.id,
            is_trial=True,
            now=cast.NOON,
        )


def charge_case() -> report.Case:
    """Return how long a reading takes from when its window is due to its charge, of 99 in 100."""
    from tests.settlement.cast import NOON, Market

    waited, market = [], Market()
    for hour in range(CHARGED):
        order = market.order(hours=1, starts_at=NOON + timedelta(hours=hour))
        market.use(order, "0.5", hour=hour)
        started = time.perf_counter()
        market.charge(at=NOON + timedelta(days=3))
        waited.append(time.perf_counter() - started)
    waited.sort()
    worst = waited[min(len(waited) - 1, int(len(waited) * 0.99))]
    return report.Case("reading_to_charge_p99_s", "s", [worst])


# --- The whole -----------------------------------------------------------------------------------
def prepare() -> list[Any]:
    """Make a database for this run; return meters in it."""
    from tests import databases
    from tests.metering import cast

    databases.ensure_template()
    databases.clone(environment.DATABASE)
    with databases.admin(environment.DATABASE) as admin:
        admin.execute(TABLES)
    first = cast.meter()
    more = [
        cast.meter(first.provider, resource=first.resource, name=f"rack {number}", is_trial=True)
        for number in range(1, METERS)
    ]
    return [first, *more]


def run() -> dict[str, Any]:
    """Return the benchmark's object."""
    meters = prepare()
    groups: dict[str, Callable[[], list[report.Case]]] = {
        "http": lambda: http_cases(meters),
        "closing": lambda: closing_cases(meters[0].provider),
        "charge": lambda: [charge_case()],
        "statistics": statistics_cases,
    }
    wanted = os.environ.get("BENCH_CASES", ",".join(groups)).split(",")
    cases = [case for name in wanted for case in groups[name]()]
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    cases.append(report.Case("memory_of_a_web_process_mib", "MiB", [most]))
    return report.report("metering", cases)


def statistics_cases() -> list[report.Case]:
    """Return the cases of the room of statistics, where it is installed."""
    from importlib.util import find_spec

    if find_spec("benchmarks.metering_statistics") is None:
        return []
    from benchmarks import metering_statistics

    found: list[report.Case] = metering_statistics.cases()
    return found


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
