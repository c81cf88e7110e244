"""`/metrics` is what Prometheus reads, for those who may, and adds up over processes."""

import multiprocessing
import os
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from common import figures as rooms
from config import due
from config.watch import figures, files, market
from identity.contracts import Role
from marketplace.orders import tasks
from marketplace.orders.contracts import Cleared
from tests.cast import member, organization, signed_in

pytestmark = pytest.mark.django_db
TOKEN = "t" * 32
ROUTES = Path(__file__).parents[1] / "identity" / "routes.txt"


def told(client: Client | None = None, **headers: str) -> dict[tuple[str, frozenset], float]:
    """Return every sample that a scrape reads, by name and labels."""
    response = (client or Client()).get("/metrics", headers=headers)
    assert response.status_code == 200, response.content
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }


def value(samples, name: str, **labels: str) -> float:
    return samples.get((f"suanpan_{name}", frozenset(labels.items())), 0.0)


# --- Who may read them ---------------------------------------------------------------------------
def test_strangers_read_nothing(settings):
    settings.SUANPAN_METRICS_TOKEN = TOKEN
    for client, headers, status in [
        (Client(REMOTE_ADDR="203.0.113.9"), {}, 401),
        (Client(REMOTE_ADDR="203.0.113.9"), {"Authorization": "Bearer " + "x" * 32}, 401),
        (Client(REMOTE_ADDR="203.0.113.9"), {"Authorization": "Basic " + TOKEN}, 401),
        (Client(REMOTE_ADDR="203.0.113.9"), {"Authorization": "Bearer "}, 401),
        # Behind a proxy of this host that nobody counted, everybody has its address.
        (Client(), {"X-Forwarded-For": "203.0.113.9"}, 401),
        (Client(REMOTE_ADDR="::ffff:203.0.113.9"), {}, 401),
    ]:
        response = client.get("/metrics", headers=headers)
        assert response.status_code == status
        assert b"suanpan_" not in response.content
        assert response["WWW-Authenticate"] == "Bearer"


def test_without_a_token_there_is_none_to_guess(settings):
    settings.SUANPAN_METRICS_TOKEN = ""

    response = Client(REMOTE_ADDR="203.0.113.9").get(
        "/metrics", headers={"Authorization": "Bearer "}
    )

    assert response.status_code == 403


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_the_machine_itself_reads_them(address):
    assert told(Client(REMOTE_ADDR=address))


def test_the_token_reads_them_from_anywhere(settings):
    settings.SUANPAN_METRICS_TOKEN = TOKEN

    assert told(Client(REMOTE_ADDR="203.0.113.9"), Authorization=f"bearer {TOKEN}")


def test_a_counted_proxy_tells_who_comes(settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    stranger = Client().get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})

    assert stranger.status_code == 403
    assert told(**{"X-Forwarded-For": "127.0.0.1"})


# --- What is counted -----------------------------------------------------------------------------
def test_there_is_room_for_each_method_of_each_address():
    """Else a process that lives long would count what it answers last as `other`."""
    lines = ROUTES.read_text(encoding="utf-8").splitlines()
    kinds = [line.split()[0] for line in lines if "/" in line and not line.startswith("#")]
    pages = kinds.count("PAGE")  # read and sent

    assert len(kinds) > 900
    assert len(kinds) + pages <= figures.LABEL_SETS_MAX
    assert 4 * (len(kinds) + pages) <= figures.STATUSES_MAX


def test_requests_are_counted_by_route_and_never_by_address():
    client = signed_in(member(organization("Acme"), Role.BUYER))
    before = told()

    for _ in range(3):
        client.get("/orders/")
    client.get("/orders/0195f3c0-0000-7000-8000-000000000000/")
    client.get("/no/such/page-4711/")
    client.generic("BREW", "/orders/")

    after = told()
    labels = {"method": "GET", "route": "portal:orders"}
    assert (
        value(after, "http_requests_total", status="200", **labels)
        - value(before, "http_requests_total", status="200", **labels)
        == 3
    )
    assert (
        value(after, "http_request_seconds_count", **labels)
        - value(before, "http_request_seconds_count", **labels)
        == 3
    )
    assert value(after, "http_requests_total", method="GET", route="nowhere", status="404") > 0
    assert not any("4711" in str(key) or "0195f3c0" in str(key) for key in after)
    assert not any("BREW" in str(key) for key in after)


def test_refusals_are_counted_by_code():
    client = signed_in(member(organization("Acme"), Role.BUYER))
    before = told()

    client.get("/api/v1/orders?cursor=nonsense")
    Client().get("/api/v1/orders")

    after = told()
    for code in ("invalid_cursor", "not_authenticated"):
        assert (
            value(after, "refusals_total", code=code) - value(before, "refusals_total", code=code)
            == 1
        ), code


def test_rounds_are_counted_by_what_came_of_them():
    before = told()

    tasks._tell(Cleared(round_number="B-1", cleared=3, rejected=2, set_aside=1))
    tasks._tell(Cleared())

    after = told()
    assert value(after, "rounds_total", outcome="filled") - value(
        before, "rounds_total", outcome="filled"
    ) == pytest.approx(1)
    for result, orders in {"cleared": 3, "rejected": 2, "set_aside": 1}.items():
        name = "round_orders_total"
        assert value(after, name, result=result) - value(before, name, result=result) == orders


def test_a_label_that_comes_without_end_becomes_other():
    for number in range(figures.LABEL_SETS_MAX + 50):
        rooms.count(rooms.REFUSALS, code=f"made_up_{number}")

    codes = [dict(labels)["code"] for name, labels in told() if name == "suanpan_refusals_total"]
    assert figures.OTHER in codes
    assert len(codes) <= figures.LABEL_SETS_MAX + 1


def test_an_unknown_name_is_an_error_of_the_program():
    with pytest.raises(KeyError):
        figures.observe("no_such_figure", 1, {})


# --- Processes -----------------------------------------------------------------------------------
def _count_and_end(times: int) -> None:
    for _ in range(times):
        with figures.task("tests.process") as run:
            run.outcome = "done"
    os._exit(0)


def test_what_processes_counted_that_are_gone_is_kept_in_one_file():
    before = told()
    fork = multiprocessing.get_context("fork")
    children = [fork.Process(target=_count_and_end, args=(times,)) for times in (2, 3)]
    for child in children:
        child.start()
    for child in children:
        child.join(30)

    after, again = told(), told()

    labels = {"task": "tests.process", "outcome": "done"}
    for samples in (after, again):
        assert value(samples, "tasks_total", **labels) - value(before, "tasks_total", **labels) == 5
        assert value(samples, "task_seconds_count", task="tests.process") >= 5
    pids = {path.stem.rsplit("_", 1)[1] for path in files.FOLDER.glob("*.db")}
    assert not pids & {str(child.pid) for child in children}
    assert files.RETIRED in pids


def test_a_file_that_a_dying_process_left_spoils_nothing():
    before = told()
    (files.FOLDER / "counter_999999999.db").touch()
    (files.FOLDER / "histogram_999999998.db").write_bytes(b"\xff" * 100)
    (files.FOLDER / "counter_1.db").write_bytes(b"\x10\0\0\0junk")  # of a process that lives

    try:
        assert told().keys() >= before.keys()
    finally:
        (files.FOLDER / "counter_1.db").unlink()


def test_room_is_taken_before_it_is_needed():
    assert files.are_ready()

    for kind, size in files.SIZES.items():
        path = files.FOLDER / f"{kind}_{os.getpid()}.db"
        assert path.stat().st_blocks * 512 >= size


def test_without_a_place_to_count_requests_are_answered_all_the_same(monkeypatch, tmp_path):
    place = tmp_path / "file"
    place.write_text("no folder")
    monkeypatch.setattr(files, "_taken_by", None)
    monkeypatch.setattr(files, "FOLDER", place / "inside")

    assert Client().get("/livez").status_code == 200
    samples = told()

    assert value(samples, "database_up") == 1
    assert not any(name.startswith("suanpan_http") for name, _ in samples)


# --- The market ----------------------------------------------------------------------------------
def test_every_kind_of_due_work_is_told_with_its_age():
    samples = told()

    for work in due.WORK:
        for name in ("due_rows", "due_oldest_seconds", "due_late"):
            assert (f"suanpan_{name}", frozenset({("work", work.name)})) in samples
    assert value(samples, "database_up") == 1
    assert value(samples, "database_connections", state="open") >= 1


def test_a_group_that_cannot_be_read_hides_no_other(monkeypatch):
    def broken(now):
        with connection.cursor() as cursor:
            cursor.execute("SELECT no_such_column")

    monkeypatch.setattr(market, "READERS", (broken, *market.READERS))

    assert value(told(), "database_up") == 1
    assert ("suanpan_ledger_height", frozenset()) in told()
