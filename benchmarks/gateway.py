"""
How quickly the gateway answers for codes: one, a thousand, by facets; beside a plain SELECT.

Entries are generated inside PostgreSQL. Requests go through the whole application
in this process. `pk_select` reads the same thousand rows by a prepared statement and nothing else.
For `referral_p95_ms` two further nodes run beside it (`gateway_levels`), asked over loopback: the
region refers to the provider, which answers; no code is asked twice.
SUANPAN_BENCH_ROWS sets how many codes there are, by default 1,000,000.
"""

import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any

os.environ["SUANPAN_MFA_REQUIRED"] = "false"
for _rate in ("API_RATE_KEY", "API_RATE_PERSON", "API_RATE_ADDRESS", "API_RATE_ORGANIZATION"):
    os.environ[_rate] = ""  # What is measured is the answer, not the limit.

from benchmarks import gateway_levels, report  # noqa: E402
from tests import environment  # noqa: E402 - sets the environment before Django reads it

ROWS = int(os.environ.get("SUANPAN_BENCH_ROWS", "1000000"))
RUNS = int(os.environ.get("BENCH_RUNS", "3"))
ONE_REQUESTS, BATCHES, SEARCHES, REFERRALS = 600, 12, 8, 150
CODE = "'SP2-R31000-0A7K-0003-A-B-' || lpad(upper(to_hex(n)), 8, '0') || '-0'"
GENERATE = f"""
    INSERT INTO gateway_entry (code, resource_id, authority, record, record_json, sequence, region,
        resource_class, form, chips, level, pue_milli, green_milli, total_milli, available_milli,
        observed_at, price_minor, status, status_sequence, status_since, heard_at)
    SELECT {CODE}, gen_random_uuid(), 'N00000', 'sha256:' || encode(sha256(n::text::bytea), 'hex'),
        ('{{"text":"' || repeat('x', 900) || '","signatures":["' || repeat('y', 120)
            || '"]}}')::bytea,
        1, (ARRAY['310115', '520100', '640500', '510116', '150100', '620800'])[1 + n % 6],
        (ARRAY['AI', 'GENERAL', 'HPC'])[1 + n % 3],
        (ARRAY['BARE_METAL', 'VM', 'CONTAINER'])[1 + n / 7 % 3],
        ARRAY[(ARRAY['NH1S', 'HW9B', 'NA1E', 'HYK1', 'CM59'])[1 + n % 5]], n / 3 % 4,
        1100 + n % 400, n % 1000, 8000, n % 8001, now(), 100 + n % 5000,
        CASE WHEN n % 50 = 0 THEN 'SUSPENDED' ELSE 'ACTIVE' END, 1, now(), now() + interval '1 day'
    FROM generate_series(1, {ROWS}) AS series(n)
"""
MIXES: tuple[dict[str, str], ...] = (
    {},
    {"region": "52"},
    {"region": "310115", "resource_class": "AI"},
    {"resource_class": "HPC", "form": "VM"},
    {"chip": "HW9B"},
    {"chip": "NH1S", "region": "64"},
    {"level_min": "3"},
    {"pue_max": "1.200", "level_min": "2"},
    {"green_min": "0.900"},
    {"available_milli_min": "7000", "resource_class": "AI"},
    {"price_max_minor": "300", "sort": "price"},
    {"sort": "level", "region": "51"},
)


@contextmanager
def node() -> Iterator[None]:
    """Make a database with so many entries, and a node with keys."""
    import django
    from django.conf import settings

    from common import networks
    from tests import databases

    databases.ensure_template()
    databases.clone(environment.DATABASE)
    django.setup()
    with TemporaryDirectory() as folder:
        settings.GATEWAY_KEYS_DIR = f"{folder}/gateway"
        settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.0/8"),)
        with databases.admin(environment.DATABASE) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute("SET statement_timeout = 0")
            connection.execute(GENERATE)  # type: ignore[arg-type]
            connection.execute("ANALYZE gateway_entry")
        from common import clock, tenancy
        from gateway import services

        with tenancy.acting_as_platform():
            services.publish_keyset(now=clock.now())
        try:
            yield
        finally:
            from django.db import connections

            connections.close_all()
            databases.drop(environment.DATABASE)


def browser() -> Any:
    """Return a member of an organisation, signed in."""
    from django.test import Client

    from identity.contracts import Role
    from tests import cast

    signed_in = cast.signed_in(cast.member(cast.organization(), Role.BUYER))
    client = Client(HTTP_HOST="127.0.0.1")
    client.cookies = signed_in.cookies
    return client


def codes(count: int) -> list[str]:
    """Return different codes that are there."""
    numbers = random.sample(range(1, ROWS + 1), count)
    return [f"SP2-R31000-0A7K-0003-A-B-{number:08X}-0" for number in numbers]


def p95(values: list[float]) -> float:
    """Return the value that 95 of 100 do not exceed."""
    return sorted(values)[max(int(len(values) * 0.95) - 1, 0)]


def timed(run: Callable[[], Any]) -> float:
    """Return the seconds that something took; it must have answered."""
    began = time.perf_counter()
    answer = run()
    if answer.status_code != 200:
        message = f"answered {answer.status_code}: {answer.content[:300]!r}"
        raise SystemExit(message)
    return time.perf_counter() - began


def one(client: Any) -> tuple[float, float]:
    """Return answers a second for single codes, one after the other, and their p99 in ms."""
    from gateway import answering, asking

    # The check character of generated codes is none: what is measured begins behind that check.
    asking.identity_selectors.require_identifier = lambda _code: None
    assert answering.known(codes(1))
    taken = [
        timed(partial(client.get, "/api/gateway/v1/resolve", {"code": code}))
        for code in codes(ONE_REQUESTS)
    ]
    return len(taken) / sum(taken), sorted(taken)[int(len(taken) * 0.99) - 1] * 1000


def batch(client: Any) -> float:
    """Return rows a second by batches of a thousand, with records."""
    taken = []
    for _each in range(BATCHES):
        body = json.dumps({"codes": codes(1000), "include": ["record"]})
        taken.append(
            timed(
                partial(client.post, "/api/gateway/v1/batch", body, content_type="application/json")
            )
        )
    return 1000 * len(taken) / sum(taken)


def pk_select() -> float:
    """Return rows a second by a prepared statement of psycopg."""
    from tests import databases

    taken = []
    with databases.admin(environment.DATABASE) as connection:
        for _each in range(BATCHES):
            wanted = codes(1000)
            began = time.perf_counter()
            found = connection.execute(
                "SELECT * FROM gateway_entry WHERE code = ANY(%s)", [wanted], prepare=True
            ).fetchall()
            taken.append(time.perf_counter() - began)
            assert len(found) == 1000
    return 1000 * len(taken) / sum(taken)


def search(client: Any, **more: str) -> float:
    """Return the p95 in milliseconds over twelve mixes of filters."""
    taken = []
    for mix in MIXES:
        spent = [
            timed(partial(client.get, "/api/gateway/v1/search", mix | more))
            for _each in range(SEARCHES)
        ]
        sys.stderr.write(f"search {mix | more}: {max(spent) * 1000:.1f} ms\n")
        taken += spent
    return p95(taken) * 1000


_referred = iter(range(10**8))


def referral(client: Any) -> float:
    """Return the p95 in milliseconds of codes that a region refers and a provider answers for."""
    from gateway import asking

    asking.identity_selectors.require_identifier = lambda _code: None
    taken = []
    for _each in range(REFERRALS):
        code = f"{gateway_levels.POOL_PREFIX}-A-B-{next(_referred):08X}-0"
        taken.append(timed(partial(client.get, "/api/gateway/v1/resolve", {"code": code})))
    return p95(taken) * 1000


def main() -> None:
    """Measure each case and print the report."""
    with redirect_stdout(sys.stderr), gateway_levels.below() as below, node():
        from django.test import Client

        gateway_levels.admit(below)

        client, stranger = browser(), Client(HTTP_HOST="127.0.0.1")
        ones = [one(stranger) for _each in range(RUNS)]
        batches = [batch(client) for _each in range(RUNS)]
        plain = max(pk_select() for _each in range(RUNS))
        searches = [search(stranger) for _each in range(RUNS)]
        facets = [search(stranger, facets="true") for _each in range(RUNS)]
        referral(stranger)  # Their keys are fetched once.
        referrals = [referral(stranger) for _each in range(RUNS)]
        cases = [
            report.Case("resolve_one_http", "answers/s", [rate for rate, _p99 in ones]),
            report.Case("resolve_one_p99_ms", "ms", [p99 for _rate, p99 in ones]),
            report.Case("resolve_batch_1000", "rows/s", batches, {"pk_select": plain}),
            report.Case("search_p95_ms", "ms", searches),
            report.Case("search_facets_p95_ms", "ms", facets),
            report.Case("referral_p95_ms", "ms", referrals),
        ]
    report.emit(report.report("gateway", cases))
    environment.pytest_unconfigure()


if __name__ == "__main__":
    main()
