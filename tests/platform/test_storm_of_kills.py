"""Whatever dies, and however often: what was acknowledged is there, once, and nothing is stuck."""

import json
import sys
import urllib.request

import psycopg
import pytest

from tests.platform.acknowledgements import Acknowledgements
from tests.platform.conftest import Installation, wait_until
from tests.platform.storm import Storm, members

# Each serves and fills a market of its own, for minutes.
pytestmark = [pytest.mark.services, pytest.mark.slow]


@pytest.mark.parametrize("kills", [12, 500])
def test_every_acknowledged_effect_is_there_once(installation, kept, kills, free_port):
    accounts = demo_accounts(installation)
    storm = Storm(installation, port=free_port, seed=kills)
    working = members(installation.url, accounts, kept)
    before = counted(installation)
    for member in working:
        member.start()

    storm.rage(kills)
    wait_until(lambda: status(installation) == "ok", seconds=180)
    for member in working:
        member.stop()
    wait_until(lambda: nothing_waits(installation), seconds=180)

    report(storm, working, kept)
    assert [member.refusals for member in working] == [[], [], []]
    assert missing_and_double(installation, kept) == {
        "deposit": (0, 0), "order": (0, 0), "reading": (0, 0),
    }  # fmt: skip
    # Nothing beside what was meant: each intent had one effect.
    after = counted(installation)
    assert {name: after[name] - before[name] for name in after} == {
        member.kind: member.intents for member in working
    }
    assert_balanced(installation)


def test_what_is_planted_is_found(installation, kept, free_port):
    """Else the storm would prove nothing: an effect too many and one that is gone are named."""
    accounts = demo_accounts(installation)
    storm = Storm(installation, port=free_port, seed=1)
    working = members(installation.url, accounts, kept)
    before = counted(installation)
    for member in working:
        for number in range(3):
            member.do(f"{member.kind}-{number}-{storm.port}")
    ordering = next(member for member in working if member.kind == "order")
    ordering.act("a-retry-that-changed-its-key")  # The market cannot know it for the same.
    wait_until(lambda: nothing_waits(installation), seconds=180)

    after = counted(installation)
    assert after["order"] - before["order"] == ordering.intents + 1
    assert missing_and_double(installation, kept)["order"] == (0, 0)

    (gone, *_others) = [answers[-1] for answers in kept.read("order").values()]
    forget_order(installation, gone)
    assert missing_and_double(installation, kept)["order"] == (1, 0)


def forget_order(market: Installation, order_id: str) -> None:
    """Lose an order as no fault of a process can: as a superuser who obeys no trigger."""
    socket_dir = (market.home / "postgres").resolve() / "socket"
    with psycopg.connect(host=str(socket_dir), user="postgres", dbname="suanpan") as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM orders_order WHERE id = %s", [order_id])


def demo_accounts(market: Installation) -> dict:
    """Load the sample market; return who works in it."""
    made = market.run("manage", "load_sample")
    assert made.wait(timeout=900) == 0, made.communicate()[0]
    return json.loads((market.home / "keys" / "demo-accounts.json").read_text())


def query(market: Installation, sql: str) -> list[tuple]:
    socket_dir = (market.home / "postgres").resolve() / "socket"
    with psycopg.connect(host=str(socket_dir), user="postgres", dbname="suanpan") as connection:
        return connection.execute(sql).fetchall()


# What the demonstration does by itself while it is served is nobody's intent here: it orders, and
# it measures its orders and those of the sample that still run. A member's readings name no order.
OF_ORDERS = "SELECT id::text FROM orders_order"
TABLES = {
    "deposit": "SELECT reference FROM orders_deposit",
    "order": "SELECT id::text FROM orders_order WHERE key NOT LIKE 'live-%'",
    "reading": "SELECT event_id FROM metering_reading"
    f" WHERE split_part(event_id, ':', 1) NOT IN ({OF_ORDERS})",
}


def counted(market: Installation) -> dict[str, int]:
    return {kind: len(query(market, sql)) for kind, sql in TABLES.items()}


def missing_and_double(market: Installation, kept: Acknowledgements) -> dict[str, tuple[int, int]]:
    """Return how many acknowledged effects are not there, and how many are there twice."""
    found = {}
    for kind, sql in TABLES.items():
        rows = [row[0] for row in query(market, sql)]
        told = [answers[-1] for answers in kept.read(kind).values()]
        missing = [it for it in told if it not in set(rows)]
        double = [it for it in told if rows.count(it) > 1]
        double += [it for it in set(told) if told.count(it) > 1]  # One effect for two intents.
        found[kind] = (len(missing), len(double))
    return found


def nothing_waits(market: Installation) -> bool:
    (row,) = query(market, "SELECT count(*) FROM orders_order WHERE state = 'PLACED'")
    return row[0] == 0 and status(market) == "ok"


def status(market: Installation) -> str:
    try:
        with urllib.request.urlopen(f"{market.url}/readyz", timeout=10) as response:  # noqa: S310
            return str(json.load(response)["status"])
    except (OSError, ValueError):  # No address yet is no answer, too.
        return "away"


def assert_balanced(market: Installation) -> None:
    checked = market.run("manage", "verify_ledger")
    output, _ = checked.communicate(timeout=300)
    assert checked.returncode == 0, output


def report(storm: Storm, working: list, kept: Acknowledgements) -> None:
    told = {member.kind: len(kept.read(member.kind)) for member in working}
    sys.stdout.write(f"\nkilled {storm.killed}, acknowledged {told}\n")
