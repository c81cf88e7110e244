"""The main job takes the last month's statements, verifies them, and two persons close it."""

import json
import threading
from wsgiref.simple_server import make_server

import pytest
from django.core.wsgi import get_wsgi_application
from django.test import override_settings

from common import clock, tenancy
from marketplace.demo import cast, sample
from marketplace.demo.client import Client
from marketplace.demo.month_job import MonthJob
from marketplace.statements import services
from marketplace.statements.models import BookClosing, Statement
from tests.portal.conftest import Quiet, Server

pytestmark = pytest.mark.slow


@pytest.fixture
def market(fresh_database, tmp_path):
    """The sample market with some of its last month, whose statements were issued, served."""
    with override_settings(STATE_DIR=tmp_path, SUANPAN_MFA_REQUIRED=False):
        now = clock.now()
        with tenancy.acting_as_platform():
            sample.load(now=now, with_past_month=True)
        services.begin_rounds(now=now)
        while services.issue_due(now=now):
            continue
        server = make_server("127.0.0.1", 0, get_wsgi_application(), Server, Quiet)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()
        thread.join()


def signed_in(market):
    known = json.loads(cast.accounts_file().read_text(encoding="utf-8"))
    emails = known["accounts"]
    emails = {
        "BUYER": emails["BUYER"],
        "PROVIDER_PERSON": emails["PROVIDER"],
        "FINANCE": emails["FINANCE"],
        "FINANCE2": cast.second_accounts()["FINANCE"],
    }
    clients = {}
    for who, email in emails.items():
        clients[who] = Client(market)
        clients[who].sign_in(email=email, password=known["password"])
    return clients


def test_the_month_is_stated_verified_and_closed_and_again_changes_nothing(market):
    clients = signed_in(market)
    for _run in range(2):
        facts = {}
        job = MonthJob(clients, facts)
        job.take_statements()
        job.verify_statements()
        job.propose_closing()
        job.approve_closing()
        assert [each["side"] for each in facts["statements"]] == ["BUYER", "PROVIDER"]
        assert all(said.startswith("OK: ST-") for said in facts["statements_verified"])
        assert not any(facts["checklist"].values())
        assert facts["closing"]["state"] == "CLOSED"
    with tenancy.acting_as_platform():
        assert BookClosing.objects.count() == 1
        assert Statement.objects.filter(is_live=True).exists()
