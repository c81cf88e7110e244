"""Whatever fails, and wherever: no log repeats a secret, a body, or who somebody is."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from celery import current_app, shared_task
from django.db import IntegrityError
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path

from common.redaction import LINE_CHARACTERS_MAX, as_line, redacted
from config import logs
from tests import environment

ROOT = Path(__file__).resolve().parents[2]
SECRET = "hunter2-Zq9x"
PERSON = "ada.lovelace@example.org"
PLANTED = (SECRET, PERSON, "Lovelace")


def fail(kind: str) -> None:
    """Raise with secrets in variables, in the message, in the cause and in what is beside it."""
    password, body = SECRET, {"password": SECRET, "email": PERSON}
    try:
        {}[f"{password} {body}"]
    except LookupError as error:
        failures = {
            "value": ValueError(f"invalid literal: '{SECRET}' for Ada Lovelace"),
            "plain": RuntimeError(SECRET),
            "os": OSError(5, SECRET, f"/home/{PERSON}"),
            "integrity": IntegrityError(f"DETAIL: Key (email)=({PERSON}) already exists."),
            "psycopg": psycopg.errors.UniqueViolation(f"Key (email)=({PERSON}) already exists."),
            "key": KeyError(SECRET),
        }
        failures[kind].add_note(SECRET)
        raise failures[kind] from error


KINDS = ("value", "plain", "os", "integrity", "psycopg", "key")


def view(request, kind):
    secret = request.headers.get("Authorization"), request.body
    fail(kind)
    return HttpResponse(secret)


@shared_task(name="tests.failing")
def failing(kind, **given) -> None:
    fail(kind)


handler400 = "config.failures.bad_request"
handler500 = "config.failures.server_error"
urlpatterns = [path("fails/<str:kind>", view), path("", include("config.urls"))]


@pytest.fixture(params=["json", "text"])
def told(request) -> Iterator[StringIO]:
    """Yield what the process's handler writes, for programs and for people."""
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logs.Formatter(form=request.param))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def assert_nothing_told(text: str, *, where: str) -> None:
    assert where in text
    assert [it for it in PLANTED if it in text] == []


@pytest.mark.django_db
@pytest.mark.urls(__name__)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("prefix", ["", "/api"])
def test_a_request_that_fails(told, kind, prefix):
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = SECRET

    reply = client.post(
        f"/fails/{kind}?password={SECRET}&email={PERSON}",
        {"password": SECRET, "email": PERSON},
        content_type="application/json",
        headers={"Authorization": f"Bearer {SECRET}", "User-Agent": PERSON},
    )

    assert reply.status_code in {500, 503}
    assert_nothing_told(told.getvalue(), where="test_logs_tell_no_secrets.py")
    assert "platform.request.failed" in told.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_a_task_that_fails(told, kind):
    current_app.tasks["tests.failing"].apply(kwargs={"kind": kind, "password": SECRET})

    assert_nothing_told(told.getvalue(), where="tests.failing")


def test_beat_that_cannot_ring(told):
    try:
        fail("plain")
    except RuntimeError as error:
        logging.getLogger("celery.beat").error(
            "Message Error: %s\n%s", error, ["stack"], exc_info=True
        )

    assert_nothing_told(told.getvalue(), where="Message Error")


def test_a_message_that_no_worker_knows(told):
    logging.getLogger("celery.worker.consumer.consumer").warning(
        "Received and deleted unknown message.\n\nThe full contents of the message body was: %s",
        f"body: {SECRET} {PERSON}",
    )

    assert_nothing_told(told.getvalue(), where="deleted unknown message")


def test_a_command_that_fails_in_every_way():
    code = (
        "import logging, threading, warnings; import django; django.setup();"
        "from tests.platform.test_logs_tell_no_secrets import KINDS, PERSON, fail;"
        "threads = [threading.Thread(target=fail, args=[kind]) for kind in KINDS];"
        "[(it.start(), it.join()) for it in threads];"
        "logging.getLogger('x').error('it was %s', PERSON);"
        "warnings.warn('for ' + PERSON);"
        "fail('plain')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SECRET_KEY": "k" * 50,
            "DATABASE_URL": environment.database_url("suanpan_app", environment.DATABASE),
            "SUANPAN_TEST_POSTGRES_SOCKET_DIR": environment.SOCKET_DIR,
        },
        capture_output=True,
        text=True,
        check=False,
    )

    said = done.stdout + done.stderr
    assert_nothing_told(said, where="platform.process.failed")
    assert said.count("platform.thread.failed") == len(KINDS)
    assert "library.x.said" in said


@pytest.mark.parametrize(
    "line",
    [
        f"GET /accounts/login/?next=/x&password={SECRET} HTTP/1.1",
        f"Authorization: Bearer {SECRET}",
        f"headers: {{'Authorization': 'Basic {SECRET}', 'x': 1}}",
        f"Cookie: csrftoken=abc; sessionid={SECRET}",
        f"Set-Cookie: sessionid={SECRET}; HttpOnly",
        f"connecting to postgres://suanpan_app:{SECRET}@db/suanpan",
        f"broker amqp://guest:{SECRET}@rabbitmq:5672//",
        f'{{"password": "{SECRET}", "name": "x"}}',
        f"new_password1={SECRET}&new_password2={SECRET}",
        f"api_key: '{SECRET}'",
        f"X-Api-Key: {SECRET}",
        f"token {SECRET}",
        f"spn_{SECRET}",
        f"otp={SECRET}",
        f"sent to {PERSON}",
        f"DETAIL:  Key (email)=({PERSON}) already exists.",
        f"DETAIL:  Failing row contains: Key (a, b)=(1, {SECRET})",
        f"POST /accounts/password/reset/key/{SECRET}/",
        f"GET /invitations/{SECRET}",
    ],
)
def test_what_looks_like_a_secret_or_an_address_is_hidden(line):
    assert [it for it in PLANTED if it in redacted(line)] == []


@pytest.mark.parametrize(
    "line",
    [
        "platform.request.finished code=200 request=GET /readyz request_id=4f 100%",
        "Task metering.tasks.close_due_windows[1b73bf59] succeeded in 0.01s: None",
        "orders.round.cleared round=R-1 cleared=3 rejected=0",
        "worker@vm wall +86400.0 s",
        'duplicate key value violates unique constraint "identity_user_email_key"',
    ],
)
def test_what_an_operator_needs_stays(line):
    assert redacted(line) == line


def test_a_line_of_json_is_hidden_value_by_value_and_stays_json():
    line = json.dumps(
        {
            "event": f"Authorization: Bearer {SECRET}",
            "password": SECRET,
            "session_id": 7,
            "nested": [{"api_key": SECRET, "mail": [PERSON]}],
            "seconds": 1.5,
        }
    )

    once = redacted(f"{line}\n{line}\n")

    assert [it for it in PLANTED if it in once] == []
    assert redacted(once) == once  # The supervisor hides what the process has hidden.
    assert [json.loads(each)["seconds"] for each in once.splitlines()] == [1.5, 1.5]


@pytest.mark.parametrize("line", ["{", '{"a":' * 3_000, '{"password": ' + SECRET, "[1, 2]", "{}"])
def test_what_only_looks_like_json_is_hidden_as_text(line):
    assert SECRET not in redacted(line)


def test_a_long_line_of_json_is_cut_and_stays_json():
    line = as_line({"event": "a.b.c", "detail": "长" * 100_000, "code": "x" * 100, "at": 3})

    assert len(line) <= LINE_CHARACTERS_MAX
    assert json.loads(line).keys() == {"is_cut", "event", "detail", "code", "at"}
    assert redacted(line) == line


def test_tracebacks_keep_the_place_the_kind_and_the_codes(told):
    try:
        fail("os")
    except OSError:
        logging.getLogger("x").exception("it failed")

    text = told.getvalue()
    assert "KeyError()" in text
    assert "led to:" in text
    assert "OSError(errno=5)" in text
    assert ", in fail" in text
