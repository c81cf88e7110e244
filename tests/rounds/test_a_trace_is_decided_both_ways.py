"""Jobs of a trace on its nodes: filled or refused with a reason, both ways, and it all replays."""

import json

import pytest

from tests.rounds import trace

pytestmark = pytest.mark.skipif(not trace.TRACE.is_dir(), reason="the trace is not here")


FEW = {"jobs": 200, "nodes_of": "T4", "node_count": 40}


def check(found, outcome):
    print(json.dumps(outcome.facts(found)))  # noqa: T201 - what a reader of the whole run looks at
    assert outcome.unexplained == []
    assert outcome.filled + outcome.reasons.total() == len(found.jobs)
    assert outcome.filled > 0
    assert outcome.output_hash == outcome.replayed_hash


@pytest.mark.django_db
def test_the_first_jobs_are_decided_at_once(tmp_path):
    found = trace.market(**FEW)

    check(found, trace.at_once(found, tmp_path))


@pytest.mark.slow
@pytest.mark.django_db
def test_the_first_jobs_are_decided_in_call_rounds(tmp_path):
    found = trace.market(**FEW)

    check(found, trace.in_rounds(found, tmp_path))


@pytest.mark.slow
def test_all_jobs_on_all_nodes_are_decided_at_once(fresh_database, tmp_path):
    found = trace.market()

    check(found, trace.at_once(found, tmp_path))


@pytest.mark.slow
def test_all_jobs_on_all_nodes_are_decided_in_call_rounds(fresh_database, tmp_path):
    """
    Jobs are dealt to a round a hub and chip, as nodes are: 20 rounds of at most 1,000 orders.

    All begin in the same hour, at one price a round: only listings that ask no more sell, so many
    whole jobs find no block. Processors have no published factor, so nobody sells them by the
    standard hour, and their rounds have no price.
    """
    found = trace.market()
    outcome = trace.in_rounds(found, tmp_path)

    check(found, outcome)
    assert outcome.rounds >= 14
    assert set(outcome.reasons) <= {"no_room_at_price", "no_price", "limit_below_price"}
