"""A replay of the past beside workers that live in the present: neither decides for the other."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connections

from common import clock, tenancy
from common.period import Period
from config import celery_app, sweepers
from identity.approvals.contracts import Person
from identity.contracts import ResourceClass
from marketplace import accounts
from marketplace.catalog import rules as catalog
from marketplace.orders import selectors as order_selectors
from marketplace.orders import services as orders
from marketplace.orders import tasks as order_tasks
from marketplace.orders.contracts import (
    ImportFacts,
    ImportState,
    OrderState,
    OrderWish,
    Requirement,
)
from marketplace.orders.models import ImportRun, Order
from marketplace.payments import services as payments
from marketplace.settlement.models import Charge, Contract, TradeRecord
from metering import services as metering
from metering.contracts import Reading as ReadingFacts
from metering.models import Reading, UsageRecord, Window
from tests import cast
from tests.databases import ROOT
from tests.importing.test_files_of_clusters import CAPACITY, HEADER
from tests.settlement.cast import is_balanced

HOUR = timedelta(hours=1)
PLACED = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)


def cluster_log(hours: int) -> str:
    """Return twelve half-hour jobs an hour, six with a card and six without."""
    lines = [HEADER]
    for number in range(12 * hours):
        start = PLACED + HOUR * (1 + number // 12)
        tres = "cpu=4,gres/gpu=1,node=1" if number % 12 < 6 else "cpu=4,mem=16G,node=1"
        begin, end = (f"{at:%Y-%m-%dT%H:%M:%S}" for at in (start, start + HOUR / 2))
        lines.append(
            f"{7000 + number}|{PLACED:%Y-%m-%dT%H:%M:%S}|{begin}|{end}|00:30:00|COMPLETED|{tres}"
        )
    return "\n".join(lines)


class Workers:
    """Workers and their beat, as threads: every sweeper of the market, over and over."""

    def __init__(self, count: int = 2) -> None:
        self.rounds = 0
        self.errors: list[Exception] = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._work) for _ in range(count)]

    def __enter__(self) -> "Workers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        try:
            while not self._over.is_set():
                sweep()
                self.rounds += 1
        except Exception as error:
            self.errors.append(error)
        finally:
            connections.close_all()


def sweep() -> None:
    """Do what beat rings for, and clear the books that it would have rung for."""
    for name in sweepers.SECONDS:
        if name.startswith(("metering", "marketplace")):
            celery_app.tasks[name].run()
    with tenancy.acting_as_platform():
        waiting = order_selectors.books_waiting(now=clock.now(), limit=100)
    for book_id in waiting:
        order_tasks.clear_book(book_id=book_id)


@pytest.fixture
def folder(fresh_database, tmp_path: Path) -> Path:
    capacity = tmp_path / "capacity.csv"
    capacity.write_text(CAPACITY)
    with tenancy.acting_as_platform():
        accounts.install_chart()
    celery_app.loader.import_default_modules()
    call_command("import_capacity", str(capacity), stdout=StringIO(), stderr=StringIO())
    return tmp_path


def start(path: Path) -> subprocess.Popen[str]:
    command = ["import_usage", str(path), "--region", "610100", "--zone", "UTC", "--json"]
    return subprocess.Popen(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=os.environ | {"CELERY_BROKER_URL": "memory://"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def finish(running: subprocess.Popen[str]) -> tuple[int, dict]:
    with running:
        answer = json.loads(running.communicate(timeout=500)[0])
    return running.returncode, answer


def kill_when(running: subprocess.Popen[str], model: type, **where: object) -> bool:
    """Kill a command once a table has such a row; tell whether it had not ended before."""
    with running:
        while running.poll() is None:
            with tenancy.acting_as_platform():
                if model.objects.filter(**where).exists():
                    running.send_signal(signal.SIGKILL)
                    return running.wait() == -signal.SIGKILL
            time.sleep(0.01)
    return False


def requirement() -> Requirement:
    return Requirement(resource_class=ResourceClass.GENERAL, hub=catalog.place_of("610100"))


def place(buyer, key: str, starts_at: datetime, *, run_id=None, placed_at=None) -> Order:
    wish = OrderWish(
        key=key,
        units_milli=1000,
        period=Period(starts_at, starts_at + HOUR),
        requirement=requirement(),
    )
    with tenancy.acting_as(buyer.pk):
        return orders.place_orders(
            buyer_id=buyer.pk,
            wishes=[wish],
            placed_at=placed_at or starts_at,
            import_run_id=run_id,
        )[0]


def funded_buyer():
    buyer = cast.organization("Buyer")
    payments.record_deposit(
        organization_id=buyer.pk,
        amount_minor=100_000,
        reference=f"bank {buyer.uscc}",
        by=Person(cast.somebody().pk, buyer.pk),
        now=clock.now(),
    )
    return buyer


def running_import(buyer) -> ImportRun:
    facts = ImportFacts(buyer.pk, "cluster", "sacct.txt", "0" * 64, "slurm", "UTC", "root")
    return orders.start_import(facts=facts, now=clock.now())


def test_workers_reject_an_old_order_of_a_buyer_and_leave_that_of_an_import_alone(folder):
    buyer = funded_buyer()
    own = place(buyer, "of the past", PLACED)
    imported = place(buyer, "of an import", PLACED, run_id=running_import(buyer).pk)

    with Workers() as workers:
        while workers.rounds < 4 and not workers.errors:
            time.sleep(0.01)

    assert workers.errors == []
    with tenancy.acting_as_platform():
        own.refresh_from_db()
        imported.refresh_from_db()
    # The control: without its import, the order would be lost as the other is.
    assert (own.state, own.refusal_code) == (OrderState.REJECTED, "period_over")
    assert imported.state == OrderState.PLACED


def test_workers_neither_open_nor_settle_what_an_import_at_work_has_cleared(folder):
    buyer = funded_buyer()
    run = running_import(buyer)
    order = place(buyer, "of an import", PLACED, run_id=run.pk)
    orders.clear_imported(book_id=order.book_id, order_ids=[order.pk], now=PLACED)

    with Workers() as workers:
        while workers.rounds < 4 and not workers.errors:
            time.sleep(0.01)
        with tenancy.acting_as_platform():
            left_alone = not Contract.objects.exists()
        orders.finish_import(run_id=run.pk, is_whole=False, counts={}, now=clock.now())
        rounds = workers.rounds
        while workers.rounds < rounds + 6 and not workers.errors:
            time.sleep(0.01)

    assert workers.errors == []
    assert left_alone
    with tenancy.acting_as_platform():
        assert Order.objects.get().state == OrderState.SETTLED  # handed over, it is theirs


def test_an_import_leaves_live_orders_windows_and_contracts_alone(folder):
    buyer = funded_buyer()
    now = clock.now().replace(microsecond=0)
    live = place(buyer, "live", now + timedelta(seconds=1), placed_at=now)
    with tenancy.acting_as_platform():
        orders.clear_book(book_id=live.book_id, now=now)
        waiting = place(buyer, "waiting", now + HOUR, placed_at=now)
        cleared = Order.objects.get(pk=live.pk)
        rule_id = cleared.rule_version_id
        meter = metering.register_meter(
            provider_id=cleared.provider_id,
            resource_id=cleared.listing.resource_id,
            name="main",
            rule_version_id=rule_id,
            now=now,
        )
        taken = metering.ingest(
            provider_id=cleared.provider_id,
            readings=[
                ReadingFacts(
                    source="urn:live",
                    event_id="1",
                    meter_id=meter.pk,
                    starts_at=now,
                    ends_at=now + timedelta(microseconds=1),
                    quantity=Decimal(0),
                    unit="vcpu-second",
                    subject=live.pk,
                )
            ],
            received_at=now + timedelta(seconds=2),
        )
    assert not taken.refused
    path = folder / "sacct.txt"
    begin, end = (f"{now - timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%S}" for minutes in (65, 5))
    path.write_text(f"{HEADER}\n1|{begin}|{begin}|{end}|01:00:00|COMPLETED|cpu=4\n")

    code, answer = finish(start(path))

    assert (code, answer["contracts_settled"], answer["gross_minor"]) == (0, 1, 40)
    with tenancy.acting_as_platform():
        states = dict(Order.objects.filter(buyer=buyer).values_list("key", "state"))
        assert Window.objects.get(meter=meter).state == "OPEN"
        assert not UsageRecord.objects.filter(meter=meter).exists()
        assert not Contract.objects.filter(buyer=buyer).exists()
        record = TradeRecord.objects.get()
    assert states == {"live": OrderState.CLEARED, "waiting": OrderState.PLACED}
    assert record.traded_at <= clock.now()
    assert waiting.placed_at == now


def test_two_commands_never_import_from_one_source_at_once(folder):
    path = folder / "sacct.txt"
    path.write_text(cluster_log(1))
    buyer = "91640500MA0000002F"
    finish(start(path))
    with tenancy.acting_as_platform():
        buyer_id = ImportRun.objects.get().organization_id
    assert orders.take_source(organization_id=buyer_id, source="sacct.txt"), buyer

    with start(path) as refused:
        refused.communicate(timeout=300)
    orders.leave_source(organization_id=buyer_id, source="sacct.txt")

    assert refused.returncode == 2
    assert finish(start(path))[0] == 0


@pytest.mark.slow
@pytest.mark.services
def test_killed_again_and_again_beside_workers_every_job_is_cleared_and_settled(folder):
    hours = 100  # 1,200 jobs in both books: three batches
    path = folder / "sacct.txt"
    path.write_text(cluster_log(hours))
    live = funded_buyer()

    with Workers() as workers:
        for model, where in (
            (Order, {"import_run__isnull": False}),
            (Order, {"import_run__isnull": False, "state": OrderState.CLEARED}),
            (Reading, {}),
            (Charge, {}),
        ):
            kill_when(start(path), model, **where)
            time.sleep(1)  # the workers have the market to themselves
        now = clock.now().replace(microsecond=0)
        order = place(live, "live", now + HOUR, placed_at=now)
        code, answer = finish(start(path))

    assert workers.errors == []
    assert (code, answer["rows"], answer["undone"]) == (0, 12 * hours, [])
    assert (answer["orders_cleared"], answer["contracts_settled"]) == (12 * hours, 12 * hours)
    # Half an hour of a T4 at ¥1.00, and of four processors at ¥0.10.
    assert answer["gross_minor"] == 6 * hours * 50 + 6 * hours * 20
    assert answer["rows_known"] + answer["rows_in"] == 12 * hours
    with tenancy.acting_as_platform():
        assert Order.objects.filter(state=OrderState.REJECTED).count() == 0
        assert TradeRecord.objects.count() == 12 * hours
        assert set(ImportRun.objects.values_list("state", flat=True)) == {ImportState.FINISHED}
        order.refresh_from_db()
    assert order.state == OrderState.CLEARED
    assert order.cleared_at >= now
    assert is_balanced()
