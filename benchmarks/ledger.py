"""
How fast the ledger posts, seals, replays and answers, beside what bounds or rivals it.

Everything is measured in one run on one durable cluster. Each posting case
alternates between our service and its references, so that a noisy moment hits both:

hand_sql_limit           one hand-written statement, same batch, same clients: it inserts bare rows
                         with a bigint key and updates the balances of accounts; no rule at all.
                         It is prepared, its plan is kept, its parameters are binary and ready.
single_row_commit_limit  one row into a two-column table and a commit (batch 1 only), prepared
hordak_bulk              django-hordak: bulk_create of transactions and legs (batch 1000, 1 client),
                         measured before all others

Replay is measured over SUANPAN_BENCH_REPLAYED transfers (1,000,000 by default): by the command
inside the database, and by the stand-alone script from an exported pack. Statements are read over
SUANPAN_BENCH_STATED transfers (10,000,000) in twelve monthly partitions. SUANPAN_BENCH_ONLY keeps
the posting cases whose names contain it, or is "seal", "replay" or "statement".
"""

import json
import multiprocessing
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import django
import psycopg
from django.db import connection, connections

from benchmarks.report import Case, emit, report
from tests import cluster

ROOT = Path(__file__).resolve().parent.parent
RUNS = 5
ACCOUNTS = 1_000
CLIENTS_MAX = 8
BATCHES = {1: 400, 10: 100, 100: 30, 1000: 10}  # of one client in one run
REPLAYED = int(os.environ.get("SUANPAN_BENCH_REPLAYED", "1000000"))
STATED = int(os.environ.get("SUANPAN_BENCH_STATED", "10000000"))
ONLY = os.environ.get("SUANPAN_BENCH_ONLY", "")
MONTHS = 11
MONTH_MS = 30 * 24 * 3600 * 1000
RICH = 10**13

# Run a script to its end, then say how much memory it had at most. The kernel's own account of a
# process (rusage) begins with the memory of the process that started it.
MEASURED = """
import runpy, sys
sys.argv.pop(0)
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit as done:
    if done.code:
        raise
print([line for line in open("/proc/self/status") if line.startswith("VmHWM")][0].split()[1])
"""
HAND_TABLES = """
    CREATE SCHEMA hand;
    CREATE TABLE hand.balance (id bigint PRIMARY KEY,
        debits bigint NOT NULL, credits bigint NOT NULL)
        WITH (fillfactor = 50);
    CREATE TABLE hand.transfer (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        debit bigint NOT NULL, credit bigint NOT NULL, amount bigint NOT NULL,
        at timestamptz NOT NULL DEFAULT now());
    CREATE TABLE hand.one (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        value bigint NOT NULL);
    GRANT USAGE ON SCHEMA hand TO suanpan_app;
    GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA hand TO suanpan_app;
"""
HAND_POST = """
    WITH new AS (
        INSERT INTO hand.transfer (debit, credit, amount)
        SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[])
        RETURNING debit, credit, amount
    ), sums AS (
        SELECT id, sum(d)::bigint AS d, sum(c)::bigint AS c FROM (
            SELECT debit AS id, amount AS d, 0 AS c FROM new
            UNION ALL SELECT credit, 0, amount FROM new
        ) sides GROUP BY id
    ), locked AS (
        SELECT b.id, s.d, s.c FROM hand.balance b JOIN sums s USING (id)
        ORDER BY b.id FOR NO KEY UPDATE OF b
    )
    UPDATE hand.balance b SET debits = b.debits + l.d, credits = b.credits + l.c
    FROM locked l WHERE l.id = b.id
"""


@dataclass(frozen=True)
class Load:
    """One posting case: how many transfers a batch, which clients, what they fight over."""

    batch: int
    clients: int
    durable: bool
    heat: str  # cool: accounts of one's own; hot: one account with a floor; deferred: one without

    @property
    def name(self) -> str:
        """Return the name that says what was measured."""
        mode = "durable" if self.durable else "async"
        heat = {"cool": "", "hot": "_hot", "deferred": "_hot_deferred"}[self.heat]
        return f"post_batch_{self.batch}_{mode}{heat}_{self.clients}c"


def loads() -> list[Load]:
    """Return the posting cases."""
    plain = [
        Load(batch, clients, durable, heat)
        for durable in (True, False)
        for batch in BATCHES
        for clients in (1, 4)
        for heat in ("cool", "hot")
    ]
    fought_over = [
        Load(100, clients, True, heat) for heat in ("hot", "deferred") for clients in (1, 4, 8)
    ]
    return [load for load in dict.fromkeys(plain + fought_over) if ONLY in load.name]


# --- Clients: each a process of its own --------------------------------------------------------


def sides(load: Load, client: int) -> Iterator[tuple[str, str]]:
    """Yield the accounts of one transfer after the other."""
    chance = random.Random(client)  # noqa: S311 - the same load in every run
    while True:
        one, other = chance.sample(range(ACCOUNTS), 2)
        if load.heat == "cool":
            yield f"wallet:{client}:{one}", f"wallet:{client}:{other}"
        elif load.heat == "hot":
            yield "pool", f"wallet:{client}:{other}"
        else:
            yield f"wallet:{client}:{one}", "fee"


def our_batches(load: Load, client: int) -> Callable[[], None]:
    """Return the work of one client through the ledger's service."""
    from common.ids import uuid7
    from ledger import services as ledger
    from ledger.contracts import Transfer

    reason = {"cool": "move", "hot": "issue", "deferred": "fee"}[load.heat]
    source = sides(load, client)
    batches = [
        [Transfer(uuid7(), *next(source), "CNY", 1, reason) for _ in range(load.batch)]
        for _ in range(BATCHES[load.batch])
    ]

    def run() -> None:
        for batch in batches:
            ledger.post(transfers=batch)

    return run


def hand_number(code: str) -> int:
    """Return the bare number that stands for an account."""
    if code in {"pool", "fee"}:
        return {"pool": 1, "fee": 2}[code]
    _, client, number = code.split(":")
    return 10 + int(client) * ACCOUNTS + int(number)


def hand_batches(load: Load, client: int) -> Callable[[], None]:
    """Return the same work through one hand-written statement."""
    from ledger import columns

    source = sides(load, client)
    batches = []
    for _ in range(BATCHES[load.batch]):
        pairs = [next(source) for _ in range(load.batch)]
        rows = zip(*[(hand_number(one), hand_number(two), 1) for one, two in pairs], strict=True)
        batches.append([columns.bigints(column) for column in rows])

    def run() -> None:
        with psycopg.Cursor(connection.connection) as cursor:
            columns.teach(cursor)
            cursor.execute("SET plan_cache_mode = force_generic_plan")
            for batch in batches:
                cursor.execute(HAND_POST, batch)
            cursor.execute("RESET plan_cache_mode")

    return run


def single_rows(load: Load, client: int) -> Callable[[], None]:
    """Return as many commits of a single bare row."""

    def run() -> None:
        with psycopg.Cursor(connection.connection) as cursor:
            for _ in range(BATCHES[load.batch]):
                cursor.execute("INSERT INTO hand.one (value) VALUES (%s)", [client])

    return run


WORK = {"ours": our_batches, "hand_sql_limit": hand_batches, "single_row_commit_limit": single_rows}


def client_process(client: int, pipe: Any, barrier: Any) -> None:
    """Post what the pipe orders, at the same moment as the other clients."""
    django.setup()
    connection.ensure_connection()
    while (order := pipe.recv()) is not None:
        who, load = order
        connection.connection.execute(f"SET synchronous_commit = {'on' if load.durable else 'off'}")
        run = WORK[who](load, client)
        barrier.wait()
        started = time.monotonic()
        run()
        pipe.send((started, time.monotonic()))


class Clients:
    """Processes that post at the same time."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._members: dict[int, list[Any]] = {}
        self._barriers = []  # a spawned process can only reach what is still referred to here
        for count in (1, 4, CLIENTS_MAX):
            barrier = context.Barrier(count)
            self._barriers.append(barrier)
            members = []
            for client in range(count):
                ours, theirs = context.Pipe()
                process = context.Process(
                    target=client_process, args=(client, theirs, barrier), daemon=True
                )
                process.start()
                members.append((process, ours))
            self._members[count] = members

    def rate(self, who: str, load: Load) -> float:
        """Return transfers a second over all clients."""
        members = self._members[load.clients]
        for _, pipe in members:
            pipe.send((who, load))
        times = [pipe.recv() for _, pipe in members]
        seconds = max(end for _, end in times) - min(start for start, _ in times)
        return load.clients * BATCHES[load.batch] * load.batch / seconds

    def stop(self) -> None:
        """End the processes."""
        for members in self._members.values():
            for process, pipe in members:
                pipe.send(None)
                process.join()


# --- The cluster and its ledger ----------------------------------------------------------------


def prepare(socket_dir: str) -> None:
    """Make the benchmark's database with our tables and the bare ones."""
    with admin(socket_dir) as superuser:
        for name in ("bench_ledger", "bench_hordak"):
            superuser.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            superuser.execute(f"CREATE DATABASE {name}")
    with admin(socket_dir, "bench_ledger") as superuser:
        superuser.execute((ROOT / "config/sql/prepare_database.sql").read_text())
    host = quote(socket_dir, safe="")
    os.environ.update(
        DATABASE_URL=f"postgres://suanpan_app@/bench_ledger?host={host}",
        DATABASE_OWNER_URL=f"postgres://suanpan_owner@/bench_ledger?host={host}",
        SECRET_KEY="benchmark-" * 6,
        SUANPAN_TLS="false",
        DJANGO_SETTINGS_MODULE="config.settings",
        DATABASE_STATEMENT_TIMEOUT_MS="600000",
    )
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--database", "owner", "--verbosity", "0"],
        cwd=ROOT,
        check=True,
    )
    with admin(socket_dir, "bench_ledger") as superuser:
        superuser.execute(HAND_TABLES)
        superuser.execute(
            "INSERT INTO hand.balance SELECT g, 0, 0 FROM generate_series(0, %s) g",
            [10 + CLIENTS_MAX * ACCOUNTS],
        )


def clean_up(socket_dir: str) -> None:
    """Drop what the benchmark made."""
    with admin(socket_dir) as superuser:
        for name in ("bench_ledger", "bench_hordak"):
            superuser.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def admin(socket_dir: str, database: str = "postgres") -> psycopg.Connection:
    """Connect as the cluster's superuser."""
    return psycopg.connect(host=socket_dir, user="postgres", dbname=database, autocommit=True)


def install_chart() -> None:
    """Open the accounts of every client and make them rich."""
    from common.ids import uuid7
    from ledger import services as ledger
    from ledger.contracts import AccountSpec, FlowSpec, KindSpec, Transfer

    ledger.define_asset(code="CNY", scale=2, asset_class="money")
    ledger.define_kinds(
        specs=[KindSpec("bank", "N"), KindSpec("wallet", "D"), KindSpec("fee", "N", deferred=True)]
    )
    ledger.allow_flows(
        specs=[
            FlowSpec("CNY", "bank", "wallet", "deposit"),
            FlowSpec("CNY", "wallet", "wallet", "move"),
            FlowSpec("CNY", "wallet", "wallet", "issue"),
            FlowSpec("CNY", "wallet", "fee", "fee"),
        ]
    )
    wallets = ["pool"]
    wallets += [f"wallet:{one}:{two}" for one in range(CLIENTS_MAX) for two in range(ACCOUNTS)]
    ledger.open_accounts(
        specs=[
            AccountSpec("bank", "CNY", "bank"),
            AccountSpec("fee", "CNY", "fee"),
            *(AccountSpec(code, "CNY", "wallet") for code in wallets),
        ]
    )
    deposits = [Transfer(uuid7(), "bank", code, "CNY", RICH, "deposit") for code in wallets]
    for at in range(0, len(deposits), 5_000):
        ledger.post(transfers=deposits[at : at + 5_000])


# --- Cases -------------------------------------------------------------------------------------


def posting_cases(socket_dir: str) -> Iterator[Case]:
    """Measure posting, in turns with its references."""
    hordak = hordak_rates(socket_dir)
    clients = Clients()
    try:
        for load in loads():
            who = ["ours", "hand_sql_limit"]
            who += ["single_row_commit_limit"] if load.batch == 1 else []
            rates: dict[str, list[float]] = {one: [] for one in who}
            for one in who:
                clients.rate(one, load)  # warm: plans, caches, connections
            for _ in range(RUNS):
                for one in who:
                    rates[one].append(clients.rate(one, load))
            ours = rates.pop("ours")
            if load.batch == 1000 and load.clients == 1 and load.heat == "cool" and hordak:
                rates["hordak_bulk"] = hordak["durable" if load.durable else "async"]
            references = {one: statistics.median(values) for one, values in rates.items()}
            sys.stderr.write(f"{load.name}: {statistics.median(ours):,.0f} {references}\n")
            yield Case(load.name, "transfers/s", ours, references)
    finally:
        clients.stop()


def hordak_rates(socket_dir: str) -> dict[str, list[float]]:
    """Return django-hordak's bulk rates; nothing where the bench group is not installed."""
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("ledger_hordak.py")],
        env=os.environ | {"HORDAK_HOST": socket_dir, "HORDAK_RUNS": str(RUNS)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.stderr.write(f"no hordak reference: {done.stderr.strip()[-300:]}\n")
        return {}
    return dict(json.loads(done.stdout))


def fill(count: int, *, months: int = 0) -> None:
    """
    Post until there are so many transfers in the ledger, to and from all accounts and the pool.

    With months, the identifiers walk through the months ahead, and so through their partitions.
    """
    from common.ids import uuid7
    from ledger import services as ledger
    from ledger.contracts import Transfer

    had = began = transfer_count()
    source, hot = sides(Load(1, 1, True, "cool"), 0), sides(Load(1, 1, True, "hot"), 0)
    step = months * MONTH_MS // max(count - had, 1)
    while had < count:
        size = min(count - had, 10_000)
        later = ((had - began) * step) << 80
        moves = [("move", *next(source)) if n % 2 else ("issue", *next(hot)) for n in range(size)]
        ledger.post(
            transfers=[
                Transfer(UUID(int=uuid7().int + later), debit, credit, "CNY", 1, reason)
                for reason, debit, credit in moves
            ]
        )
        had += size


def until_nothing_is_left(step: Callable[[], int]) -> None:
    """Repeat a sweeper's step until it has passed all that was posted, whoever is at work still."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text")
        posted = cursor.fetchone()[0]
        while True:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot()) > %s::xid8", [posted])
            nobody_is_behind = cursor.fetchone()[0]
            while step():
                pass
            if nobody_is_behind:
                return
            time.sleep(0.1)


def transfer_count() -> int:
    """Return how many transfers there are."""
    from common import tenancy

    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_transfer")
        return int(cursor.fetchone()[0])


def sealing_case() -> Case:
    """Measure how many entries a second are sealed, beside hashing their lines and nothing else."""
    from common import tenancy
    from ledger import sealing
    from ledger.hashing import leaf_hash

    fill(200_000)
    until_nothing_is_left(sealing.seal)
    with tenancy.acting_as_platform():
        lines = [entry.line.encode() for entry in islice(sealing.every_entry(), 100_000)]
    rates, bare = [], []
    for _ in range(RUNS):
        started = time.monotonic()
        for line in lines:
            leaf_hash(line)
        bare.append(len(lines) / (time.monotonic() - started))
        fill(transfer_count() + 6 * sealing.SEAL_BATCH_MAX)
        started, leaves = time.monotonic(), 0
        while sealed := sealing.seal():
            leaves += sealed
        rates.append(leaves / (time.monotonic() - started))
    return Case("seal", "leaves/s", rates, {"bare_hash_limit": statistics.median(bare)})


def replay_cases() -> Iterator[Case]:
    """Replay in processes of their own, for their true time and memory."""
    from ledger import packs, sealing

    fill(REPLAYED)
    until_nothing_is_left(sealing.seal)
    with tempfile.TemporaryDirectory(prefix="suanpan-bench-") as folder:
        pack = Path(folder) / "pack.zip"
        packs.export(pack)
        name = f"replay_{transfer_count()}_transfers"
        yield from replays(f"{name}_in_database", [ROOT / "manage.py", "verify_ledger"])
        yield from replays(f"{name}_offline", [packs.SCRIPT, pack])


def replays(name: str, script: list[str | Path]) -> Iterator[Case]:
    """Yield the seconds and the memory of a script, beside what may be asked of it."""
    seconds, mebibytes = [], []
    for _ in range(RUNS):
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, *script],
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        seconds.append(time.monotonic() - started)
        mebibytes.append(int(done.stdout.splitlines()[-1]) / 1024)
    yield Case(name, "s", seconds, {"ten_seconds_for_a_million": transfer_count() / 100_000})
    yield Case(f"{name}_memory", "MiB", mebibytes, {"300_megabytes": 300e6 / 2**20})


def statement_cases() -> Iterator[Case]:
    """Measure statements of busy and quiet accounts: their newest page, and one of long ago."""
    from common import tenancy
    from ledger import account_pages, reports, services

    services.make_partitions(months_ahead=MONTHS)
    fill(STATED, months=MONTHS)
    until_nothing_is_left(account_pages.extend)
    name = f"statement_over_{STATED}_transfers"
    wallets = [f"wallet:0:{number}" for number in range(40)]
    with tenancy.acting_as_platform():
        for what, accounts in {"hot": ["pool"] * 40, "quiet": ["bank"] * 40, "": wallets}.items():
            newest, oldest = [], []
            for code in accounts:
                started = time.monotonic()
                reports.statement(account=code, limit=50)
                newest.append((time.monotonic() - started) * 1000)
                started = time.monotonic()
                reports.statement(account=code, limit=50, before=300)
                oldest.append((time.monotonic() - started) * 1000)
            yield Case("_".join(filter(None, [name, what])), "ms", newest)
            yield Case("_".join(filter(None, [name, what, "old"])), "ms", oldest)


def cases(socket_dir: str) -> Iterator[Case]:
    """Yield every case of this benchmark that is wanted."""
    if loads():
        yield from posting_cases(socket_dir)
        connections.close_all()
        prepare(socket_dir)  # so that as many transfers are replayed as is said
        install_chart()
    if ONLY in "seal":
        yield sealing_case()
    if ONLY in "replay":
        yield from replay_cases()
    if ONLY in "statement":
        yield from statement_cases()


def main() -> None:
    """Print the benchmark's object."""
    socket_dir = os.environ.get("SUANPAN_TEST_POSTGRES_SOCKET_DIR") or cluster.start(durable=True)
    try:
        with tempfile.TemporaryDirectory(prefix="suanpan-bench-") as folder:
            os.environ["LEDGER_KEYS_FILE"] = str(Path(folder) / "ledger-keys")
            prepare(socket_dir)
            django.setup()
            install_chart()
            emit(report("ledger", list(cases(socket_dir))))
        connections.close_all()
        clean_up(socket_dir)
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
