"""Clocks that disagree stop the sweepers; the process's own clock decides nothing."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.mfa.totp.internal import auth as totp
from celery import current_app, shared_task
from django.contrib.auth import get_user_model
from django.db import connection

from common import clock, tenancy
from config.pulse import clocks, guard
from config.pulse.models import Anchor, Mark

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ran: list[str] = []


@shared_task(name="tests.sweep")
def sweep(**_) -> None:
    clock.now()
    ran.append("sweep")


@pytest.fixture(autouse=True)
def fresh_guard(db, monkeypatch):
    """Give each test a worker process that knows nothing yet, and no marks of a former one."""
    ran.clear()
    monkeypatch.setattr(guard, "_guard", guard.Guard())
    monkeypatch.setattr(clock, "_witnesses", [])
    # These tests move one clock alone; the database's stays.
    kept = connection.execute_wrappers[:]
    connection.execute_wrappers.clear()
    yield
    connection.execute_wrappers[:] = kept


def by_a_worker() -> None:
    """Run the sweeper as a worker's process does, not as a function."""
    current_app.tasks["tests.sweep"].apply(throw=True)


def set_database_clock(ahead: timedelta) -> None:
    """Let PostgreSQL answer with another time, as after somebody set its host's clock."""
    seconds = ahead.total_seconds()

    def answer(execute, sql, params, many, context):
        if sql == clock.STATEMENT:
            sql = f"SELECT clock_timestamp() + make_interval(secs => {seconds})"
        return execute(sql, params, many, context)

    connection.execute_wrappers[:] = [answer]


def test_sweepers_run_while_clocks_agree():
    clocks.leave_mark("worker")

    by_a_worker()

    assert ran == ["sweep"]


@pytest.mark.parametrize("off", [DAY, -DAY, timedelta(seconds=61), timedelta(seconds=-61)])
def test_a_workers_clock_that_is_off_stops_its_sweepers(off):
    clocks.leave_mark("worker")

    with time_machine.travel(datetime.now(UTC) + off):
        by_a_worker()

    assert ran == []


@pytest.mark.parametrize("off", [timedelta(seconds=50), timedelta(seconds=-50)])
def test_a_clock_within_the_allowed_skew_stops_nobody(off):
    with time_machine.travel(datetime.now(UTC) + off):
        by_a_worker()

    assert ran == ["sweep"]


@pytest.mark.parametrize("service", ["web", "beat"])
def test_another_services_clock_that_is_off_stops_them_too(service):
    with time_machine.travel(datetime.now(UTC) + DAY):
        clocks.leave_mark(service)

    by_a_worker()

    assert ran == []


@pytest.mark.parametrize("ahead", [DAY, -DAY])
def test_a_clock_that_everybody_shares_is_found_out_by_the_hosts_uptime(monkeypatch, ahead):
    """On one machine the database's clock is the worker's: they agree, and are both off."""
    clocks.leave_mark("worker")

    set_database_clock(ahead)
    with time_machine.travel(datetime.now(UTC) + ahead):
        found = clocks.disagreements("worker")
        by_a_worker()

    assert [(it.against, round(it.off_ms / 86_400_000)) for it in found] == [
        ("uptime", ahead // DAY)
    ]
    assert ran == []


def test_a_mark_left_while_all_clocks_are_off_moves_no_anchor(monkeypatch):
    clocks.leave_mark("worker")
    before = Anchor.objects.get()

    set_database_clock(DAY)
    with time_machine.travel(datetime.now(UTC) + DAY):
        clocks.leave_mark("worker")

    assert Anchor.objects.get().anchored_at == before.anchored_at


def test_the_anchor_follows_while_clocks_agree():
    clocks.leave_mark("worker")
    with tenancy.acting_as_platform():
        Anchor.objects.update(
            anchored_at=clock.read() - timedelta(seconds=700),
            uptime_ms=clocks.uptime_ms() - 700_000 + 40_000,  # 40 s of drift in 700 s.
        )
    before = Anchor.objects.get()

    clocks.leave_mark("worker")

    assert Anchor.objects.get().anchored_at > before.anchored_at
    assert clocks.disagreements("worker") == []


def test_a_database_clock_that_jumps_in_the_middle_of_a_sweep_ends_it(monkeypatch):
    clocks.leave_mark("worker")
    by_a_worker()

    set_database_clock(DAY)
    by_a_worker()  # The guard has looked less than a second ago.

    assert ran == ["sweep"]


def test_they_go_on_by_themselves_when_clocks_agree_again(monkeypatch):
    clocks.leave_mark("worker")
    with time_machine.travel(datetime.now(UTC) + DAY):
        by_a_worker()
    assert ran == []

    monkeypatch.setattr(guard, "CHECK_SECONDS", 0)
    by_a_worker()

    assert ran == ["sweep"]


def test_a_mark_of_a_service_that_is_gone_stops_nobody():
    with time_machine.travel(datetime.now(UTC) + DAY):
        clocks.leave_mark("web")
    with tenancy.acting_as_platform():
        Mark.objects.update(marked_at=clock.read() - timedelta(seconds=clocks.FRESH_SECONDS + 1))

    by_a_worker()

    assert ran == ["sweep"]


def test_an_operator_may_take_the_present_time_for_right(monkeypatch):
    clocks.leave_mark("worker")
    set_database_clock(DAY)
    with time_machine.travel(datetime.now(UTC) + DAY):
        assert clocks.disagreements("worker")

        clocks.accept()

        assert clocks.disagreements("worker") == []
        by_a_worker()
    assert ran == ["sweep"]


@pytest.mark.parametrize("off", [DAY, -DAY])
def test_a_web_process_whose_clock_is_off_signs_nobody_out(client, off):
    user = get_user_model().objects.create(email="ada@example.org")
    client.force_login(user)

    with time_machine.travel(datetime.now(UTC) + off):
        inside = client.get("/accounts/password/change/")
        client.force_login(user)  # And sessions that it begins last as long as others.

    assert inside.status_code == 200
    assert client.get("/accounts/password/change/").status_code == 200


@pytest.mark.parametrize("off", [DAY, -DAY])
def test_codes_of_the_second_factor_are_taken_by_the_databases_clock(off):
    secret = totp.generate_totp_secret()
    period = int(clock.read().timestamp()) // 30
    code = totp.format_hotp_value(totp.hotp_value(secret, period))

    with time_machine.travel(datetime.now(UTC) + off):
        assert totp.validate_totp_code(secret, code)
