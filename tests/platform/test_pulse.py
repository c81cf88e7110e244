"""What the services say of themselves, and what readiness and check_health make of it."""

import json
import os
from collections import Counter
from datetime import timedelta
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from common import clock, tenancy
from config.pulse import clocks, deafness, heartbeat, report, rings, tasks
from config.pulse.models import Mark, Ring

pytestmark = pytest.mark.django_db


def all_live() -> None:
    for service in ("beat", "worker", "web"):
        clocks.leave_mark(service)
    for sender, queue in rings.EXPECTED:
        tasks.hear(sender=sender, queue=queue)


def make_older(model, seconds: int, **which) -> None:
    column = {Mark: "marked_at", Ring: "heard_at"}[model]
    with tenancy.acting_as_platform():
        for row in model.objects.filter(**which):
            setattr(row, column, getattr(row, column) - timedelta(seconds=seconds))
            row.save()


def readiness(client) -> dict:
    response = client.get("/readyz")
    assert response.status_code == 200
    return response.json()


def test_a_market_whose_parts_are_all_well_says_ok(client):
    all_live()

    told = readiness(client)

    assert told["status"] == "ok"
    assert {part["status"] for part in told["parts"].values()} == {"ok"}
    assert {"beat", "worker", "rings", "clocks"} <= told["parts"].keys()


def test_before_anybody_has_said_a_word_the_market_is_served_and_degraded(client):
    told = readiness(client)

    assert told["status"] == "degraded"
    assert told["parts"]["beat"] == {"status": "silent", "silent_seconds": None}


def test_a_service_whose_key_the_database_was_not_told_is_not_ready(client, settings):
    all_live()
    former = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 60, [former]

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["status"] == "unavailable"
    assert response.json()["parts"]["seals"] == {"status": "unknown"}
    with pytest.raises(CommandError, match="unavailable"):
        call_command("check_health", stdout=StringIO())
    with pytest.raises(clocks.UnknownSealsError):
        clocks.leave_mark("worker")


def test_marks_of_hosts_that_are_gone_are_forgotten_when_a_host_starts():
    all_live()
    with tenancy.acting_as_platform():
        Mark.objects.filter(service="worker").update(host="gone")
        clocks.Anchor.objects.all().delete()
    make_older(Mark, 86_400 + 1, host="gone")

    clocks.leave_mark("web")

    assert not Mark.objects.filter(host="gone").exists()


@pytest.mark.parametrize("service", ["beat", "worker"])
def test_a_silent_service_degrades_readiness_and_leaves_the_web_in(client, service, settings):
    all_live()
    make_older(Mark, settings.SUANPAN_SILENCE_SECONDS_MAX + 1, service=service)

    told = readiness(client)

    assert told["status"] == "degraded"
    assert told["parts"][service]["status"] == "silent"
    assert told["parts"][service]["silent_seconds"] > settings.SUANPAN_SILENCE_SECONDS_MAX
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(("sender", "queue"), rings.EXPECTED)
def test_rings_that_do_not_arrive_are_told_by_sender_and_queue(client, sender, queue, settings):
    all_live()
    make_older(Ring, settings.SUANPAN_SILENCE_SECONDS_MAX + 1, sender=sender, queue=queue)

    told = readiness(client)["parts"]

    assert told["rings"]["status"] == "lost"
    assert told["rings"]["silent_seconds"][f"{sender} to {queue}"] > 60
    assert told["beat"]["status"] == told["worker"]["status"] == "ok"


def test_readiness_names_no_host(client):
    all_live()
    with tenancy.acting_as_platform():
        Mark.objects.update(skew_ms=86_400_000)

    assert clocks.HOST not in client.get("/readyz").content.decode()


def test_check_health_ends_with_0_or_with_1_and_the_parts():
    all_live()
    out = StringIO()
    call_command("check_health", stdout=out)
    assert "rings: ok" in out.getvalue()

    make_older(Mark, 600, service="worker")
    out = StringIO()
    with pytest.raises(CommandError, match="the market is degraded") as ended:
        call_command("check_health", "--json", stdout=out)

    assert ended.value.returncode == 1
    assert json.loads(out.getvalue())["parts"]["worker"]["status"] == "silent"


def test_a_tenant_can_write_no_sign_of_life():
    all_live()
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Ring.objects.create(sender="somebody", queue="q", heard_at=clock.now())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pulse_mark SET skew_ms = 0")
        assert cursor.rowcount == 0


def test_a_mark_is_one_row_a_service_and_host():
    all_live()
    all_live()

    assert Mark.objects.count() == 3
    assert Ring.objects.count() == len(rings.EXPECTED)


def test_a_heartbeat_survives_a_failing_broker_and_says_so_once(caplog, monkeypatch):
    it = heartbeat.Heartbeat("web")

    def fail() -> None:
        raise OSError(28, "secret detail")

    for _ in range(3):
        it._try(it._unrung, fail)
    it._try(it._unrung, lambda: None)

    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2
    assert "platform.ring.failed" in told[0]
    assert "platform.ring.failed.healed" in told[1]
    assert "secret" not in "".join(told)


def test_overall_is_degraded_by_one_part_alone():
    well, ill = report.Part("a", "ok"), report.Part("b", "lost")

    assert report.overall([well]) == "ok"
    assert report.overall([well, ill]) == "degraded"


def test_a_disk_that_is_almost_full_degrades_readiness(client, settings, tmp_path, monkeypatch):
    settings.STATE_DIR = settings.MEDIA_ROOT = settings.AUDIT_EXPORT_DIR = tmp_path
    all_live()
    assert readiness(client)["parts"]["storage"]["status"] == "ok"

    monkeypatch.setattr(report, "FREE_BYTES_MIN", 2**62)

    assert readiness(client)["status"] == "degraded"
    assert readiness(client)["parts"]["storage"]["status"] == "full"


def test_rings_are_lost_when_beat_rings_and_nobody_hears():
    assert not rings.are_lost(seconds=30)  # Beat is away: nobody rings.
    all_live()
    assert not rings.are_lost(seconds=30)

    make_older(Ring, 31, sender="beat")
    assert rings.are_lost(seconds=30)
    assert not rings.are_lost(seconds=60)

    make_older(Mark, 30, service="beat")
    assert not rings.are_lost(seconds=30)


class Job(SimpleNamespace):
    """What the worker knows of a job: no process has it until it runs."""

    __hash__ = object.__hash__


@pytest.fixture
def in_hand(monkeypatch) -> dict[str, Job]:
    """Return the jobs of a worker of two processes that has run something before."""
    jobs: dict[str, Job] = {}
    monkeypatch.setattr(deafness.state, "requests", jobs)
    monkeypatch.setattr(deafness.state, "total_count", Counter(some_task=1))
    monkeypatch.setattr(deafness, "SILENT_FOR_SECONDS", -1)
    all_live()
    return jobs


def take(jobs: dict[str, Job], *processes: int | None) -> None:
    jobs.update({str(at): Job(id=str(at), worker_pid=pid) for at, pid in enumerate(processes)})


def test_a_job_that_waits_beside_a_free_process_shows_a_deaf_worker(in_hand, monkeypatch):
    watch = deafness.DeafnessWatch(processes=2)
    take(in_hand, 11, None)
    assert not watch.is_deaf()  # It has only just come.
    monkeypatch.setattr(deafness, "WAIT_SECONDS_MAX", -1)
    assert watch.is_deaf()

    del in_hand["1"]
    assert not watch.is_deaf()


def test_a_worker_that_is_busy_with_long_tasks_is_not_deaf(in_hand, monkeypatch):
    monkeypatch.setattr(deafness, "WAIT_SECONDS_MAX", -1)
    make_older(Ring, 3_600, sender="beat")
    take(in_hand, 11, 12, None, None)

    assert not deafness.DeafnessWatch(processes=2).is_deaf()


def test_a_worker_that_hears_nothing_any_more_is_deaf(in_hand, monkeypatch):
    assert not deafness.DeafnessWatch(processes=2).is_deaf()
    make_older(Ring, deafness.SILENCE_SECONDS + 1, sender="beat")
    assert deafness.DeafnessWatch(processes=2).is_deaf()

    monkeypatch.setattr(deafness, "SILENT_FOR_SECONDS", 15)
    assert not deafness.DeafnessWatch(
        processes=2
    ).is_deaf()  # The first rings after an outage are late.
    monkeypatch.setattr(deafness, "SILENT_FOR_SECONDS", -1)
    monkeypatch.setattr(deafness.state, "total_count", Counter())
    assert not deafness.DeafnessWatch(
        processes=2
    ).is_deaf()  # It never heard any: a start mends nothing.


def test_a_deaf_worker_ends_itself(in_hand, monkeypatch):
    ended = []
    monkeypatch.setattr(heartbeat.os, "_exit", ended.append)
    watch = deafness.DeafnessWatch(processes=2)
    it = heartbeat.Heartbeat("worker", watch=watch)
    it._end_if_deaf(watch)
    assert ended == []

    make_older(Ring, deafness.SILENCE_SECONDS + 1, sender="beat")
    it._end_if_deaf(watch)

    assert ended == [os.EX_TEMPFAIL]
