"""What the services say of themselves, and what readiness and check_health make of it."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from common import clock, tenancy
from config.pulse import clocks, heartbeat, report, rings, tasks
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


def test_rings_are_lost_when_beat_rings_and_nobody_hears(settings):
    assert not rings.are_lost()  # Beat is away: nobody rings.
    all_live()
    assert not rings.are_lost()

    make_older(Ring, settings.SUANPAN_SILENCE_SECONDS_MAX + 1, sender="beat")
    assert rings.are_lost()

    make_older(Mark, settings.SUANPAN_SILENCE_SECONDS_MAX, service="beat")
    assert not rings.are_lost()


def test_a_worker_that_runs_nothing_for_longer_than_any_task_may_last_ends_itself(
    settings, monkeypatch
):
    settings.CELERY_TASK_TIME_LIMIT = 0
    killed = []
    monkeypatch.setattr(heartbeat.os, "kill", lambda *of: killed.append(of))
    it = heartbeat.Heartbeat("worker")
    all_live()
    it._end_if_deaf()
    make_older(Ring, settings.SUANPAN_SILENCE_SECONDS_MAX + 1, sender="beat")
    it._end_if_deaf()
    assert killed == []

    it._end_if_deaf()

    assert len(killed) == 1
