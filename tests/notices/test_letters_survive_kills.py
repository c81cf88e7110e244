"""Whoever tells people may be killed anywhere: nobody is left untold, and the order stays."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from common.ids import uuid7
from identity.contracts import Role
from identity.notices import services
from tests.cast import NOW, member, organization
from tests.databases import ROOT
from tests.notices.cast import ASKED, COUNTED, happened, told

pytestmark = [pytest.mark.services, pytest.mark.usefixtures("fresh_database")]


def die_sending(folder, now) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.notices.dying", str(folder), now.isoformat()],
        cwd=ROOT,
        env=os.environ,
        check=False,
        capture_output=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def test_a_letter_whose_sender_was_killed_is_sent_again_before_any_later_one(tmp_path, mailoutbox):
    buyer, thing = organization("Buyer"), uuid7()
    user = member(buyer, Role.BUYER)
    now = NOW
    happened(ASKED, buyer, object_id=thing)
    services.spread(now=now)
    for _ in range(3):
        die_sending(tmp_path, now)
        happened(ASKED, buyer, object_id=thing)
        services.spread(now=now)
        assert services.send_due(now=now) == 0  # The later one waits for the earlier.
        now += timedelta(hours=1)

    assert services.send_due(now=now) == 1

    (letter,) = mailoutbox
    notices = told(user)
    assert [len(each.read_text().split("M-1")) - 1 for each in sorted(tmp_path.iterdir())] == [
        1, 2, 3,
    ]  # fmt: skip
    places = [letter.body.index(str(notice.pk)) for notice in notices]
    assert len(places) == 4
    assert places == sorted(places)


def test_of_two_readers_at_once_one_reads_and_each_event_is_told_once():
    buyer = organization("Buyer")
    user = member(buyer, Role.BUYER)
    for _ in range(40):
        happened(ASKED, buyer)
        happened(COUNTED, buyer)

    all_at_once(lambda: [services.spread(now=NOW, limit=7) for _ in range(40)])
    while services.spread(now=NOW).has_more:
        pass

    asked = [each for each in told(user) if each.name == ASKED]
    counted = [each for each in told(user) if each.name == COUNTED]
    assert len(asked) == 40
    assert [each.count for each in counted] == [40]


def all_at_once(act: Callable[[], object], *, times: int = 4) -> None:
    def run(_number: int) -> None:
        try:
            act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        list(pool.map(run, range(times)))
