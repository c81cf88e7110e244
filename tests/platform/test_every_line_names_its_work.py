"""Each line of a log is a JSON object that says what happened and what for."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
import structlog
from celery import Task, current_app, shared_task
from celery.app.trace import trace_task
from django.http import HttpResponse
from django.urls import include, path

from common import tenancy, trace
from config import logs
from tests import cast, environment

ROOT = Path(__file__).resolve().parents[2]
logger = structlog.get_logger("tests")


def view(request):
    logger.info("tests.page.shown", pages=1)
    return HttpResponse(trace.current().id)


@shared_task(name="tests.telling", base=Task)  # Clocks do not matter here.
def telling() -> None:
    logger.info("tests.task.told", known=trace.current().id)


handler400 = "config.failures.bad_request"
handler500 = "config.failures.server_error"
urlpatterns = [path("shows", view), path("", include("config.urls"))]


@pytest.fixture
def lines() -> Iterator[callable]:
    """Yield a function that returns what was told so far."""
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logs.Formatter(form="json"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_a_request_names_itself_its_person_and_its_organisation(lines):
    acme = cast.organization("Acme")
    person = cast.member(acme, "BUYER")

    reply = cast.signed_in(person).get("/shows?password=x")

    told = {line["event"]: line for line in lines()}
    request_id = reply.headers["X-Request-Id"]
    assert reply.content.decode() == request_id
    for event in ("platform.request.started", "tests.page.shown", "platform.request.finished"):
        assert told[event]["request_id"] == request_id
    assert told["tests.page.shown"]["organization_id"] == str(acme.pk)
    assert told["platform.request.finished"]["user_id"] == person.pk
    assert told["platform.request.finished"]["request"] == "GET /shows"
    assert list(told["tests.page.shown"])[:3] == ["time", "level", "event"]


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_what_a_caller_calls_its_request_is_not_believed(client):
    reply = client.get("/shows", headers={"X-Request-Id": "mine"})

    assert reply.headers["X-Request-Id"] != "mine"


@pytest.mark.django_db
def test_a_task_names_itself_and_forgets_itself(lines):
    current_app.tasks["tests.telling"].apply(task_id="t-1")
    logger.info("tests.task.over")

    told = {line["event"]: line for line in lines()}
    for event in ("platform.task.started", "tests.task.told", "platform.task.succeeded"):
        assert told[event]["task_id"] == "t-1"
        assert told[event]["task"] == "tests.telling"
    assert told["tests.task.told"]["known"] == "t-1"
    assert "task_id" not in told["tests.task.over"]


def test_only_names_of_work_travel_with_a_ring(lines):
    sent = {}
    context = {"request_id": "r-1", "user_id": 7, "organization_id": "o-1", "task_id": "t-0"}

    with structlog.contextvars.bound_contextvars(**context):
        _rings(sent)

    assert sent == {"request_id": "r-1", "parent_task_id": "t-0"}
    (told,) = [line for line in lines() if line["event"] == "platform.task.enqueued"]
    assert told["child_task_name"] == "tests.telling"
    assert told["request_id"] == "r-1"


def _rings(sent: dict) -> None:
    """Publish into memory, and keep what the message carries for its task."""
    from celery.signals import before_task_publish

    def keep(headers, **_):
        sent.update(headers["__django_structlog__"])

    before_task_publish.connect(keep, weak=False, dispatch_uid="kept")
    try:
        with current_app.connection_for_write("memory://") as connection:
            current_app.tasks["tests.telling"].apply_async(connection=connection)
    finally:
        before_task_publish.disconnect(dispatch_uid="kept")


@pytest.mark.django_db
def test_a_rung_task_knows_the_request(lines):
    task = current_app.tasks["tests.telling"]

    with structlog.contextvars.bound_contextvars(left_over="from before"):
        # As a worker runs what it received.
        message = {"id": "t-2", "__django_structlog__": {"request_id": "r-9"}}
        trace_task(task, "t-2", [], {}, request=message, app=current_app)

    (told,) = [line for line in lines() if line["event"] == "tests.task.told"]
    assert (told["request_id"], told["task_id"], told["known"]) == ("r-9", "t-2", "r-9")
    assert "left_over" not in told


@pytest.mark.django_db
def test_work_for_one_organisation_names_it_as_long_as_it_lasts(lines):
    acme = cast.organization("Acme")

    with tenancy.acting_as(acme.pk):
        logger.info("tests.work.inside")
        with tenancy.acting_as_platform():
            logger.info("tests.work.beneath")
    logger.info("tests.work.outside")

    told = [line.get("organization_id") for line in lines()]
    assert told == [str(acme.pk), str(acme.pk), None]


def test_what_libraries_say_is_a_line_like_any_other(lines):
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        logging.getLogger("kombu.connection").warning("lost %s\nagain", 100)

    (told,) = lines()
    assert told["event"] == "library.kombu.said"
    assert told["logger"] == "kombu.connection"
    assert (told["message"], told["request_id"]) == ("lost 100\nagain", "r-1")


def test_a_line_of_text_is_for_people(monkeypatch):
    # What other tests of this process were doing, and that one of them served pages.
    structlog.contextvars.clear_contextvars()
    monkeypatch.setattr(logs, "_service", {})
    formatter = logs.Formatter(form="text")
    record = logging.makeLogRecord(
        {"name": "x", "levelname": "INFO", "msg": {"event": "a.b.c", "round": "R-1"}}
    )
    record._logger, record._name = logging.getLogger("x"), "info"

    assert formatter.format(record).split(" ", 1)[1] == "INFO a.b.c round=R-1"


def run(*command: str, **variables: str) -> list[str]:
    variables |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": "k" * 50,
        "DATABASE_URL": environment.database_url("suanpan_app", environment.DATABASE),
        "SUANPAN_TEST_POSTGRES_SOCKET_DIR": environment.SOCKET_DIR,
    }
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=variables, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    return done.stderr.splitlines()


def test_a_command_names_itself():
    code = (
        "import os, sys; sys.argv = ['manage.py', 'diffsettings'];"
        "import django; django.setup();"
        "import structlog; from django.core.management.commands import diffsettings;"
        "tell = lambda *_, **__: structlog.get_logger('x').info('tests.command.told');"
        "diffsettings.Command.handle = tell;"
        "import runpy; runpy.run_path('manage.py', run_name='__main__')"
    )

    (told,) = map(json.loads, run("-c", code))

    assert told["event"] == "tests.command.told"
    assert told["command"] == "diffsettings"
    assert len(told["command_id"]) == 36


@pytest.mark.parametrize("form", ["jsonl", "JSON", ""])
def test_a_form_that_nobody_knows_stops_the_process(form):
    code = "import django; django.setup()"

    assert "LOG_FORMAT is auto, json or text" in run("-c", code, LOG_FORMAT=form)[-1]
