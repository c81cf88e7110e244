"""A stranger's answer goes out again for a second while nothing changed, by one statement."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common import clock, tenancy
from gateway import kept_answers
from gateway.models import Entry
from gateway.sensing.models import SourceState
from identity.contracts import Role
from tests import cast
from tests.gateway.test_states_are_answered import (
    RESOLVE,
    resolved,
    resource,  # noqa: F401 - a fixture
    told,
)
from tests.identity import standing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_kept(request):
    request.getfixturevalue("resource")
    kept_answers.forget()


def test_the_same_bytes_go_out_again_for_one_statement(resource, monkeypatch):  # noqa: F811
    monkeypatch.setattr(kept_answers, "REUSED_FOR", timedelta(minutes=1))  # However slow it is.
    first = resolved(resource)
    with CaptureQueriesContext(connection) as asked:
        kept = kept_answers.kept_answer(resource.identifier)
    statements = len(asked)
    again = resolved(resource)

    assert first.status_code == 200
    assert kept is not None
    assert again.content == first.content == kept.content
    assert statements == 1
    assert again["ETag"] == first["ETag"]
    assert resolved(resource, if_none_match=first["ETag"]).status_code == 304


def test_a_member_reads_the_same_of_it(resource):  # noqa: F811
    member = cast.signed_in(cast.member(cast.organization(), Role.BUYER))

    ours = resolved(resource)
    theirs = member.get(RESOLVE, {"code": resource.identifier})

    assert theirs["ETag"] == ours["ETag"]
    for name in ("view", "record", "chain", "disclosures"):
        mine, other = ours.json()[name], theirs.json()[name]
        if name == "view":
            mine["state"]["available"].pop("age_s")
            other["state"]["available"].pop("age_s")
            mine["state"].pop("fresh_until")
            other["state"].pop("fresh_until")
        assert mine == other, name


def test_a_suspension_and_a_new_word_count_at_their_commit(resource):  # noqa: F811
    told(resource, free=3_000)
    before = resolved(resource).json()["view"]
    told(resource, free=2_000, age=0)
    newer = resolved(resource).json()["view"]
    by, second = standing.operators()
    standing.suspend(resource.provider, by=by, second=second)
    after = resolved(resource).json()["view"]

    assert before["state"]["available"]["milli"] == 3_000
    assert newer["state"]["available"]["milli"] == 2_000
    assert (after["status"]["value"], after["state"]["available"]) == ("SUSPENDED", None)


def test_an_answer_ends_with_the_word_that_it_rests_on(resource):  # noqa: F811
    told(resource, free=3_000)
    with tenancy.acting_as_platform():
        SourceState.objects.update(fresh_until=clock.now() + timedelta(milliseconds=400))
    kept = kept_answers.kept_answer(resource.identifier)
    assert kept is not None

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.45)")
    later = kept_answers.kept_answer(resource.identifier)

    assert later is not None
    assert later.etag != kept.etag  # what is told is stale now


def test_so_many_are_kept_and_no_more(resource, monkeypatch):  # noqa: F811
    monkeypatch.setattr(kept_answers, "KEPT_MAX", 1)
    kept_answers.kept_answer(resource.identifier)
    with tenancy.acting_as_platform():
        other = Entry.objects.get(code=resource.identifier)
        other.pk, other.resource_id = "SP2-OTHER", "0199e0c2-0c4e-7b51-9d6b-0f1d6d3b6a01"
        other.save(force_insert=True)
    monkeypatch.setattr(kept_answers.identity_selectors, "require_identifier", lambda _code: None)
    kept_answers.kept_answer("SP2-OTHER")

    assert len(kept_answers._kept) == 1


def test_what_is_asked_otherwise_is_answered_by_the_view(resource):  # noqa: F811
    code = resource.identifier

    proof = Client().get(RESOLVE, {"code": code, "proof": "1"}).json()
    nonce = Client().get(RESOLVE, {"code": code, "nonce": "ab"})
    slip = Client().get(RESOLVE, {"code": code[:-1] + "*"})

    assert proof["keysets"]
    assert nonce["Cache-Control"] == "no-store"
    assert slip.status_code == 400
    assert slip.json()["code"].startswith("identifier_")
