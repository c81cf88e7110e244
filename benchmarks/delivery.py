"""
Deliveries through the webhook driver, from cleared to running, the provider's receiver included.

The market is the product's default: the web with two processes, a worker with two, beat. A receiver
of the provider, a process of its own, takes four signed calls a delivery and answers RUN with a
signed *ready*. `deliveries_a_minute` counts from the first delivery that was asked for to the last
that runs; `ready_to_billing` is from sending *ready* until the answer, which comes once the time in
operation is committed. `processor_ms_a_delivery` is the processor time of market, PostgreSQL and
receiver together, which a machine with other work to do changes little: two cores have 120,000 ms
in a minute.
"""

import http.client
import json
import multiprocessing
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from benchmarks import processor
from benchmarks.report import Case, emit, report
from tests import environment  # sets the environment before Django reads it

DELIVERIES = int(os.environ.get("BENCH_DELIVERIES", "1000"))
ASKED = os.environ.get("BENCH_CASES", "").split(",")
SPEAKERS = 4
WAITS_SECONDS = 240


def is_asked(name: str) -> bool:
    """Return whether a case is asked for; all are unless BENCH_CASES names some."""
    return ASKED == [""] or name in ASKED


def receive(secret: str, address: Any, times: Any) -> None:
    """Serve the provider's driver: answer each call, and say *ready* once told to run."""
    from standardwebhooks import Webhook

    web: str = address.get()
    hook, said = Webhook(secret), queue.Queue[dict[str, Any]]()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
            if content["type"] == "driver.run":
                said.put(content["data"])

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    def speak() -> None:
        while True:
            data = said.get()
            body = json.dumps(
                {"type": "delivery.ready", "data": {"delivery_id": data["delivery_id"]}}
            )
            name, at = f"msg_{data['delivery_id']}", datetime.now(UTC)
            headers = {
                "webhook-id": name,
                "webhook-timestamp": str(int(at.timestamp())),
                "webhook-signature": hook.sign(name, at, body),
                "Content-Type": "application/json",
            }
            began = time.perf_counter()
            line = http.client.HTTPConnection(urlsplit(web).netloc, timeout=30)
            line.request("POST", urlsplit(data["callback_url"]).path, body, headers)
            status = line.getresponse().status
            line.close()
            times.put((status, time.perf_counter() - began))

    for _each in range(SPEAKERS):
        threading.Thread(target=speak, daemon=True).start()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    times.put(("url", f"http://127.0.0.1:{server.server_address[1]}/"))
    server.serve_forever()


def prepare() -> Any:
    """Return a market with a provider of many cards, whose orders are charged from readiness."""
    from django.conf import settings

    from common import networks
    from marketplace import accounts
    from tests import databases, factories
    from tests.drivers.cast import Driving
    from tests.drivers.fake_provider import FakeProvider

    databases.ensure_template()
    databases.clone(environment.DATABASE)
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.0/8"),)
    accounts.install_chart()
    factories.OrganizationFactory(stem="Bench")
    return Driving(FakeProvider(url="http://127.0.0.1:9/"), cards=max(DELIVERIES, 8))


def clear_orders(market: Any) -> None:
    """Place and clear the orders; they start within the minute before which RUN is told."""
    from common import clock, tenancy
    from common.period import Period
    from marketplace.orders import services as orders
    from marketplace.orders.contracts import OrderWish

    now = clock.now()
    starts_at = now.replace(microsecond=0) + timedelta(seconds=50)
    period = Period(starts_at, starts_at + timedelta(hours=1))
    wishes = [
        OrderWish(f"bench {n}", units_milli=1000, period=period, listing_id=market.listing.pk)
        for n in range(DELIVERIES)
    ]
    with tenancy.acting_as(market.buyer.pk):
        placed = orders.place_orders(buyer_id=market.buyer.pk, wishes=wishes, placed_at=now)
    with tenancy.acting_as_platform():
        while orders.clear_book(book_id=placed[0].book_id, now=now).is_full:
            continue


def deliver() -> list[Case]:
    """Deliver every order, and return how fast that went and how soon *ready* was charged."""
    from benchmarks import arriving
    from common import tenancy
    from marketplace.drivers.models import ProviderDriver

    market = prepare()
    context = multiprocessing.get_context("spawn")
    address, times = context.Queue(), context.Queue()
    receiver = context.Process(
        target=receive, args=(market.fake.secret, address, times), daemon=True
    )
    receiver.start()
    os.environ["OUTBOUND_ALLOWED"] = "127.0.0.0/8"
    try:
        with arriving.services() as web:
            address.put(web)
            _word, url = times.get(timeout=60)
            with tenancy.acting_as_platform():
                ProviderDriver.objects.update(url=url)
            clear_orders(market)
            roots = [os.getpid(), processor.postmaster()]
            before = processor.seconds_by_program(roots)
            heard = [times.get(timeout=WAITS_SECONDS) for _each in range(DELIVERIES)]
            after = processor.seconds_by_program(roots)
    finally:
        receiver.terminate()
    refused = [status for status, _seconds in heard if status != 200]
    assert not refused, refused[:5]
    waited = sorted(seconds for _status, seconds in heard)
    rate = DELIVERIES * 60 / running_seconds()
    each = {
        name: 1000 * (seconds - before.get(name, 0.0)) / DELIVERIES
        for name, seconds in after.items()
    }
    sys.stderr.write("".join(f"{ms:7.1f} ms {name}\n" for name, ms in each.items() if ms > 0.05))
    sys.stderr.write(
        f"{rate:.0f} deliveries a minute, p99 {waited[-len(waited) // 100]:.3f} s,"
        f" {sum(each.values()):.1f} ms of processor each\n"
    )
    return [
        Case("deliveries_a_minute", "deliveries/min", [rate]),
        Case("processor_ms_a_delivery", "ms of processor", [sum(each.values())]),
        Case("ready_to_billing_p50_ms", "ms", [1000 * waited[len(waited) // 2]]),
        Case("ready_to_billing_p99_ms", "ms", [1000 * waited[int(len(waited) * 0.99)]]),
    ]


def running_seconds() -> float:
    """Return how long it took from the first delivery that was asked for to the last that runs."""
    from django.db.models import Count, Max, Min

    from common import tenancy
    from marketplace.fulfilment.models import ComputeDelivery, RunningTime

    with tenancy.acting_as_platform():
        asked = ComputeDelivery.objects.aggregate(first=Min("opened_at"))
        runs = RunningTime.objects.aggregate(last=Max("starts_at"), count=Count("id"))
    assert runs["count"] == DELIVERIES, runs
    return float((runs["last"] - asked["first"]).total_seconds())


def service_levels_all_missed() -> list[Case]:
    """Count a month of 10,000 contracts that all missed, a credit each."""
    from django.db import connections

    from benchmarks import levels

    connections.close_all()
    return levels.service_levels()


# By name; a case may give several figures. Others add theirs here.
CASES: dict[str, Callable[[], list[Case]]] = {
    "deliveries_a_minute": deliver,
    "service_levels_all_missed": service_levels_all_missed,
}


def run() -> dict[str, Any]:
    """Return the benchmark's whole result."""
    found = [case for name, measure in CASES.items() if is_asked(name) for case in measure()]
    return report("delivery", found)


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
    main()
