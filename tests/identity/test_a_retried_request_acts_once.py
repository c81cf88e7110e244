"""Idempotency keys, on real transactions: the same request many times, at once and in turn."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from common import tenancy
from identity import tasks
from identity.contracts import Role
from identity.models import ComputeResource, IdempotencyRecord
from tests import cast

A_POOL = {
    "name": "Pool",
    "region": "640500",
    "resource_class": "AI",
    "form": "BARE_METAL",
    "specification": {"chip": "H100", "cards": 8},
    "capacity_unit": "card",
    "total_milli": 8000,
}
ADDRESS = "/api/v1/resources"


def post(browser, key, body=None):
    return browser.post(
        ADDRESS,
        A_POOL if body is None else body,
        content_type="application/json",
        headers={"Idempotency-Key": key} if key is not None else {},
    )


@pytest.fixture
def provider(db):
    return cast.signed_in(cast.member(cast.organization(), Role.PROVIDER))


def test_the_same_request_gets_the_same_reply(provider):
    first, again = post(provider, "one"), post(provider, "one")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert ComputeResource.objects.count() == 1


def test_another_body_under_the_same_key_is_refused(provider):
    post(provider, "one")

    other = post(provider, "one", A_POOL | {"total_milli": 7000})

    assert other.status_code == 422
    assert other.json()["code"] == "idempotency_key_reused"
    assert ComputeResource.objects.count() == 1


@pytest.mark.parametrize("key", [None, "", "two words", "k" * 256, "名"])
def test_a_request_without_a_usable_key_is_refused(provider, key):
    if key == "名":
        key = key.encode().decode("latin-1")
    reply = post(provider, key)

    assert (reply.status_code, reply.json()["code"]) == (400, "idempotency_key_missing")
    assert not ComputeResource.objects.exists()


def test_a_refused_request_may_be_corrected_under_its_key(provider):
    refused = post(provider, "one", A_POOL | {"region": "999999"})
    corrected = post(provider, "one")

    assert refused.json()["code"] == "identifier_unknown_region"
    assert corrected.status_code == 201


def test_a_stored_reply_never_reaches_another_organisation(provider):
    mine = post(provider, "one").json()
    stranger = cast.signed_in(cast.member(cast.organization(), Role.PROVIDER))

    theirs = post(stranger, "one").json()

    assert theirs["id"] != mine["id"]
    assert ComputeResource.objects.count() == 2


def test_a_key_in_flight_is_refused(fresh_database):
    provider = cast.signed_in(member := cast.member(cast.organization(), Role.PROVIDER))
    with tenancy.acting_as_platform():
        organization_id = member.memberships.get().organization_id
    taken, done = threading.Event(), threading.Event()

    def hold_the_key():
        with tenancy.acting_as(organization_id), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"{organization_id} one"]
            )
            taken.set()
            done.wait(10)
        connections.close_all()

    holder = threading.Thread(target=hold_the_key)
    holder.start()
    taken.wait(10)
    reply = post(provider, "one")
    done.set()
    holder.join()

    assert (reply.status_code, reply.json()["code"]) == (409, "idempotency_in_flight")
    assert not ComputeResource.objects.exists()


def test_twenty_at_once_act_once(fresh_database):
    person = cast.member(cast.organization(), Role.PROVIDER)
    browsers = [cast.signed_in(person) for _number in range(20)]
    start = threading.Barrier(20)

    def send(browser):
        start.wait(10)
        try:
            return post(browser, "one").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send, browsers))

    assert set(answers) <= {201, 409}
    assert 201 in answers
    assert ComputeResource.objects.count() == 1
    with tenancy.acting_as_platform():
        assert IdempotencyRecord.objects.count() == 1


def test_old_replies_are_forgotten_and_young_ones_kept(provider):
    post(provider, "young")
    with tenancy.acting_as_platform():
        young = IdempotencyRecord.objects.get()
        young.pk, young.key = None, "old"
        young.created_at = timezone.now() - timedelta(days=30, hours=1)
        young.save(force_insert=True)

    tasks.forget_old_replies()

    with tenancy.acting_as_platform():
        assert [record.key for record in IdempotencyRecord.objects.all()] == ["young"]
