"""Balances are compared with a replay of the transfers, in slices, beside whoever posts."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import connection, connections

from common import tenancy
from ledger import replaying, selectors
from ledger import services as ledger
from ledger.contracts import Op
from tests import databases, environment, frontier
from tests.databases import ROOT
from tests.ledger.conftest import install_small_chart, move, rows_read

SMALL = 7


@pytest.fixture(scope="module")
def books_once(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), databases.made_once(post_everything) as again:
        yield again


@pytest.fixture
@databases.maker
def books(books_once) -> str:
    """A ledger of this test's own, with everything in it that moves balances."""
    books_once()
    frontier.wait_for_others()
    return environment.DATABASE


def post_everything() -> None:
    install_small_chart()
    hold, other = (move("acme", "provider", 60, "order", op=Op.HOLD) for _ in range(2))
    ledger.post(transfers=[move("bank", "acme", 1_000, "deposit")])
    ledger.post(transfers=[hold, other, move("acme", "globex", 5, "gift")])
    ledger.post(
        transfers=[
            move("acme", "provider", 40, "order", op=Op.CAPTURE, hold_id=hold.id),
            move("acme", "provider", 60, "order", op=Op.RELEASE, hold_id=other.id),
            move("acme", "provider", 9, "order", op=Op.HOLD),
        ]
    )
    ledger.post(transfers=[move("provider", "fee", 2, "fee") for _ in range(20)])


def owner(database: str) -> psycopg.Connection:
    url = environment.database_url("suanpan_owner", database)
    return psycopg.connect(url, autocommit=True)


@contextmanager
def by_hand(database: str, table: str, trigger: str) -> Iterator[psycopg.Connection]:
    """Let the owner of the tables write what only triggers write."""
    with owner(database) as connection:
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        yield connection
        connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")


def forge(database: str, account: str, by: int) -> None:
    with by_hand(database, "ledger_balance", "ledger_balance_is_derived") as hand:
        hand.execute(
            "UPDATE ledger_balance SET credits_posted = credits_posted + %s"
            " WHERE account_id = (SELECT id FROM ledger_account WHERE code = %s)",
            [by, account],
        )


_nights = iter(range(1, 10_000))


def tonight() -> datetime:
    """Return the next night's moment at which a replay is due."""
    return datetime(2031, 1, 1, 19, tzinfo=UTC) + timedelta(days=next(_nights))


def replayed(**bounds: float) -> int:
    """Replay as often as it takes; return the differences."""
    now = tonight()
    for _ in range(1_000):
        found = replaying.replay(now=now, **bounds)
        if found is not None:
            return found
    pytest.fail("the replay did not come to an end")


def transfers() -> int:
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_transfer")
        return cursor.fetchone()[0]


@pytest.mark.parametrize("size", [1, SMALL, 10_000])
def test_a_sound_ledger_agrees_however_it_is_sliced(books, size):
    assert replayed(size=size) == 0
    state = selectors.replay_state()
    assert (state.is_sound, state.running_since) == (True, None)
    assert state.finished_at is not None


@pytest.mark.parametrize("folded", [True, False])
def test_a_forged_balance_is_found_told_and_kept(books, folded, caplog):
    if folded:
        ledger.roll_up()
    forge(books, "fee", 3)

    assert replayed(size=SMALL) == 1

    (line,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "ledger.replay.differs" in str(line.msg)
    assert not selectors.replay_state().is_sound
    with tenancy.acting_as_platform():
        (finding,) = selectors.replay_findings(limit=10)
    assert finding.account == "fee"
    assert (finding.replayed, finding.stored) == ((0, 40, 0, 0), (0, 43, 0, 0))


def test_an_erased_transfer_is_found_on_both_sides(books):
    with by_hand(books, "ledger_transfer", "ledger_transfer_is_append_only") as hand:
        partition = hand.execute(
            "SELECT tableoid::regclass::text FROM ledger_transfer WHERE amount = 5"
        ).fetchone()[0]
        hand.execute(f"ALTER TABLE {partition} DISABLE TRIGGER ledger_transfer_is_append_only")
        hand.execute("DELETE FROM ledger_transfer WHERE amount = 5")
        hand.execute(f"ALTER TABLE {partition} ENABLE TRIGGER ledger_transfer_is_append_only")

    assert replayed() == 2
    with tenancy.acting_as_platform():
        found = {finding.account for finding in selectors.replay_findings(limit=10)}
    assert found == {"acme", "globex"}


def test_once_the_balance_is_mended_the_next_night_says_so(books):
    forge(books, "acme", 1)
    assert replayed() == 1

    forge(books, "acme", -1)

    assert replayed() == 0
    assert selectors.replay_state().is_sound


class Writers:
    """Threads that post, fold and hold as long as the block runs."""

    def __init__(self, count: int) -> None:
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self._work, args=(n,)) for n in range(count)]
        self.failures: list[Exception] = []

    def __enter__(self) -> "Writers":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join()

    def _work(self, number: int) -> None:
        try:
            while not self.stopped.is_set():
                hold = move("acme", "provider", 3, "order", op=Op.HOLD)
                ledger.post(transfers=[move("bank", "acme", 5, "deposit"), hold])
                ledger.post(
                    transfers=[
                        move("acme", "provider", 2, "order", op=Op.CAPTURE, hold_id=hold.id),
                        move("provider", "fee", 1, "fee"),
                    ]
                )
                if number == 0:
                    ledger.roll_up()
                time.sleep(0.005)
        except Exception as failure:
            self.failures.append(failure)
        finally:
            connections.close_all()


def balance_of_bank(read: Callable[[], int]) -> bool:
    """Tell whether a balance, and then a replay of it, agree when they are read apart."""
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT debits_posted FROM ledger_balance b"
            " JOIN ledger_account a ON a.id = b.account_id WHERE a.code = 'bank'"
        )
        stored = cursor.fetchone()[0]
    return stored == read()


def replay_of_bank() -> int:
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(t.amount) FROM ledger_transfer t"
            " JOIN ledger_account a ON a.id = t.debit_id WHERE a.code = 'bank'"
        )
        return int(cursor.fetchone()[0])


def test_who_posts_meanwhile_raises_no_alarm(books):
    """Read apart, balances and transfers differ while somebody posts: the control shows it."""
    before = transfers()
    with Writers(4) as writers:
        found = [replayed(size=200) for _ in range(6)]
        apart = [balance_of_bank(replay_of_bank) for _ in range(100)]
    after = replayed()

    assert writers.failures == []
    assert transfers() > before + 100
    assert found == [0] * 6
    assert after == 0
    assert not all(apart)


def test_a_transaction_that_commits_late_is_not_passed_by(books):
    """The log's order is not that of commits: who follows it without a frontier misses some."""
    with psycopg.connect(environment.database_url("suanpan_app", books)) as late:
        numbers = late.execute("SELECT * FROM ledger_numbers('{bank,acme}', '{}', '{deposit}')")
        found = {(kind, name): number for kind, name, number in numbers.fetchall()}
        late.execute(
            "SELECT ledger_post_one(uuidv7(), %s, %s, 77, %s)",
            [found["account", "bank"], found["account", "acme"], found["reason", "deposit"]],
        )
        ledger.post(transfers=[move("provider", "fee", 1, "fee")])
        now = tonight()
        with_frontier = replaying.replay(now=now, tail=0)
        with tenancy.acting_as_platform(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT xid::text, id FROM ledger_moves_after('0', %s, 10000, false)"
                " ORDER BY xid DESC, id DESC LIMIT 1",
                ["00000000-0000-0000-0000-000000000000"],
            )
            passed = cursor.fetchone()
        late.commit()

    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_moves_after(%s::xid8, %s, 9, false)", passed)
        newer = cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM ledger_transfer WHERE amount = 77")
        posted = cursor.fetchone()[0]
    assert with_frontier is None  # It waits: what was posted behind the late one is no tail of 0.
    assert (posted, newer) == (1, 0)  # The control: a plain cursor never sees the late one.
    assert replaying.replay(now=now) == 0


def test_a_replay_that_is_killed_goes_on_where_it_was(books):
    """A worker dies in the middle of a slice: the slice is done again, the ones before are not."""
    now = tonight()
    assert replaying.replay(now=now, size=SMALL, seconds=0) is None
    reached = selectors.replay_state().running_transfers
    program = (
        "import django; django.setup()\n"
        "from datetime import datetime\n"
        "from ledger import replaying\n"
        f"replaying.replay(now=datetime.fromisoformat('{now.isoformat()}'), size={SMALL})\n"
    )
    with databases.admin(books) as admin:
        admin.autocommit = False
        admin.execute("SELECT * FROM ledger_replay_sum FOR UPDATE")
        worker = subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        )
        until_somebody_waits(books)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        admin.rollback()
    until_nobody_works(books)

    assert reached == SMALL
    assert selectors.replay_state().running_transfers == SMALL
    assert replayed_on(now) == 0
    assert selectors.replay_state().transfers == transfers()


def replayed_on(now: datetime) -> int | None:
    for _ in range(100):
        found = replaying.replay(now=now, size=SMALL)
        if found is not None:
            return found
    return None


def until(is_so: str, database: str) -> None:
    deadline = time.monotonic() + 60
    with databases.admin() as admin:
        while not admin.execute(
            f"SELECT {is_so} FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [database],
        ).fetchone()[0]:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def until_somebody_waits(database: str) -> None:
    until("count(*) FILTER (WHERE wait_event_type = 'Lock') > 0", database)


def until_nobody_works(database: str) -> None:
    until(
        "count(*) FILTER (WHERE query LIKE '%%ledger_replay_slice%%' AND state = 'active') = 0",
        database,
    )


def test_two_at_once_count_nothing_twice(books):
    now = tonight()
    results: list[int | None] = []

    def work() -> None:
        results.append(replaying.replay(now=now, size=1))
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    last = replayed_on(now) if selectors.replay_state().running_since else 0

    assert last == 0
    assert all(found in {0, None} for found in results)
    assert selectors.replay_state().transfers == transfers()


def test_findings_stay_and_are_the_platforms_alone(books):
    forge(books, "acme", 1)
    assert replayed() == 1

    with tenancy.acting_as("01900000-0000-7000-8000-00000000acce"):
        assert selectors.replay_findings(limit=10) == []
    for statement in (
        "DELETE FROM ledger_replay_finding",
        "UPDATE ledger_replay_finding SET stored = replayed",
        "DELETE FROM ledger_replay",
    ):
        with owner(books) as hand:
            hand.execute("SELECT set_config('suanpan.tenant', '*', false)")
            with pytest.raises(psycopg.Error, match=r"append-only|violates RESTRICT|foreign key"):
                hand.execute(statement)


def test_a_slice_reads_no_more_than_it_adds_up(books):
    for _ in range(3):
        ledger.post(transfers=[move("bank", "acme", 1, "deposit") for _ in range(1_000)])
    replaying.replay(now=tonight(), size=1, seconds=0)

    def add() -> None:
        with tenancy.acting_as_platform(), connection.cursor() as cursor:
            cursor.execute("SELECT ledger_replay_slice(100)")

    assert rows_read("ledger_transfer%", add) <= 250


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, "2031-01-01T12:00+08:00", True),
        ("2031-01-01T02:00+08:00", "2031-01-01T23:59+08:00", False),
        ("2031-01-01T02:00+08:00", "2031-01-02T01:59+08:00", False),
        ("2031-01-01T02:00+08:00", "2031-01-02T02:00+08:00", True),
        ("2031-01-01T23:00+08:00", "2031-01-02T02:00+08:00", True),
    ],
)
def test_a_replay_begins_at_once_and_then_every_night(last, now, due, settings):
    settings.DISPLAY_TIME_ZONE = "Asia/Shanghai"
    began_at = datetime.fromisoformat(last) if last else None

    assert replaying.is_due(last_began_at=began_at, now=datetime.fromisoformat(now)) == due
