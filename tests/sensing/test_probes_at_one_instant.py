"""Real threads: of many that look what is due, one asks an address."""

import threading
from datetime import timedelta

import pytest

from common import clock, outbound, tenancy
from gateway.sensing import services
from gateway.sensing.models import ProbedEndpoint, ProbeHour
from gateway.sensing.services import probing
from gateway.sensing.services.probing import Found
from tests.instant import at_once
from tests.sensing.test_heartbeats import Beating
from tests.sensing.test_who_tells import ADDRESS, watch

pytestmark = pytest.mark.slow
LOOKING = 8


@pytest.fixture
def asked(fresh_database, monkeypatch) -> list[str]:
    """Yield the addresses that were asked, by a resource of which one is due."""
    found, lock = [], threading.Lock()

    def answers(urls):
        with lock:
            found.extend(urls)
        return [Found(200, 5, "") for _url in urls]

    monkeypatch.setattr(outbound, "check_address", lambda url: None)
    monkeypatch.setattr(probing, "answers", answers)
    watch(Beating(), endpoint=ADDRESS)
    return found


def look() -> None:
    for _turn in range(3):
        services.probe_due(now=clock.now())


def test_of_many_that_look_one_asks_and_its_answer_counts_once(asked):
    assert at_once(*[look] * LOOKING) == []

    assert asked == [ADDRESS]
    with tenancy.acting_as_platform():
        assert ProbeHour.objects.get().probes == 1
        assert ProbedEndpoint.objects.get().failures == 0


def test_without_the_lease_several_ask(asked, monkeypatch):
    monkeypatch.setattr(probing, "LEASE", -timedelta(seconds=1))
    monkeypatch.setattr(probing, "_note", lambda *_facts: None)

    at_once(*[look] * LOOKING)

    assert len(asked) > 1
