"""Sealed transfers are read in the order of the log, each once, from any place on."""

import pytest
from django.test import override_settings

from common import tenancy
from identity.contracts import Role
from ledger import feed, sealing
from ledger import services as ledger
from tests import cast
from tests.ledger.conftest import install_small_chart, move, seal_everything

FEED = "/api/v1/ledger/feed"


@pytest.fixture(scope="module")
def auditor(committed_database, tmp_path_factory):
    """Three batches were sealed."""
    with override_settings(LEDGER_KEYS_FILE=str(tmp_path_factory.mktemp("keys") / "keys")):
        yield from three_batches()


def three_batches():
    install_small_chart()
    for number in range(3):
        ledger.post(
            transfers=[
                move("bank", "acme", 1_000 + number, "deposit"),
                move("acme", "provider", 100 + number, "order"),
            ]
        )
    seal_everything()
    yield cast.signed_in(cast.member(cast.organization("Audit"), Role.AUDITOR))


def walk(browser, size):
    """Return what the pages of the feed told, one after the other, and the last cursor."""
    told, cursor, has_more = [], "", True
    while has_more:
        page = browser.get(FEED, {"cursor": cursor, "page_size": size}).json()
        told += page["results"]
        cursor, has_more = page["cursor"], page["has_more"]
    return told, cursor


def test_pages_of_any_size_tell_the_log_in_its_order(auditor):
    with tenancy.acting_as_platform():
        sealed = [
            (index, entry.position.id)
            for index, entry in enumerate(sealing.every_entry())
            if entry.position.rank == 1
        ]
    for size in (1, 4, 100):
        told, _cursor = walk(auditor, size)
        assert [(each["index"], each["transfer"]["id"]) for each in told] == [
            (index, str(key)) for index, key in sealed
        ]


def test_what_is_not_sealed_is_not_told_and_what_is_sealed_later_follows(auditor):
    told, cursor = walk(auditor, 100)
    late = move("bank", "acme", 7, "deposit")
    ledger.post(transfers=[late])
    assert auditor.get(FEED, {"cursor": cursor}).json()["results"] == []
    seal_everything()
    after = auditor.get(FEED, {"cursor": cursor}).json()
    assert [each["transfer"]["id"] for each in after["results"]] == [str(late.id)]
    assert after["results"][0]["index"] > told[-1]["index"]


@pytest.mark.parametrize(
    "cursor", ["x", "1", "-1.0", f"{2**62}.{feed.FeedCursor().id}", "01.0", "1.1.1"]
)
def test_a_cursor_that_was_made_up_is_refused(auditor, cursor):
    answer = auditor.get(FEED, {"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_feed_cursor")
