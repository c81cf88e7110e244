"""What sources tell of a resource is answered everywhere, and what is suspended nowhere offered."""

from datetime import timedelta

import pytest
from django.test import Client

from common import clock, tenancy
from gateway import services
from gateway.models import DueSigning, LevelNode
from gateway.sensing import services as sensing
from gateway.sensing.contracts import Health, StateSource
from gateway.sensing.models import SourceState
from identity import services as identity
from identity.contracts import ResourceStatus
from tests import factories
from tests.factories import NOW
from tests.gateway.test_many_codes import entries, member, post
from tests.identity import standing

RESOLVE, SEARCH = "/api/gateway/v1/resolve", "/api/gateway/v1/search"
pytestmark = pytest.mark.django_db


@pytest.fixture
def resource(key_folder):
    with tenancy.acting_as_platform():
        services.publish_keyset(now=clock.now())
    made = factories.ResourceFactory()
    with tenancy.acting_as_platform():
        DueSigning.objects.update(due_at=NOW)
        services.sign_due(now=clock.now())
    return made


def told(resource, *, free=None, health=Health.OK, age=1, source=StateSource.AGENT):
    at = clock.now() - timedelta(seconds=age)
    with tenancy.acting_as_platform():
        SourceState.objects.update_or_create(
            resource=resource,
            source=source,
            defaults={
                "provider_id": resource.provider_id,
                "free_milli": free,
                "health": health,
                "observed_at": at,
                "sequence": 1,
                "digest": b"1" * 32,
                "fresh_until": at + timedelta(seconds=90),
                "received_at": at,
            },
        )


def resolved(resource, **headers):
    return Client().get(RESOLVE, {"code": resource.identifier}, headers=headers)


def in_batch(resource):
    return post(member(), {"codes": [resource.identifier]}).content.decode().splitlines()[0]


def is_found(**query):
    return bool(Client().get(SEARCH, query).json()["rows"])


def test_what_an_agent_tells_is_resolved_batched_and_searched(resource):
    told(resource, free=3_000)

    state = resolved(resource).json()["view"]["state"]
    assert (state["available"]["milli"], state["available"]["source"]) == (3_000, "agent")
    assert (state["health"], state["is_stale"]) == ("ok", False)
    assert '"milli":3000' in in_batch(resource)
    assert '"health":"ok"' in in_batch(resource)
    assert is_found(available_milli_min=3_000)
    assert not is_found(available_milli_min=3_001)


def test_silence_is_answered_as_nothing_known(resource):
    told(resource, free=3_000, age=100)

    state = resolved(resource).json()["view"]["state"]
    assert (state["available"], state["health"], state["is_stale"]) == (None, "unknown", True)
    assert state["last_told_at"] is not None
    assert '"available":null' in in_batch(resource)
    assert is_found()
    assert not is_found(available_milli_min=1)


def test_what_is_down_has_nothing(resource):
    told(resource, health=Health.DOWN, source=StateSource.PROBE)

    state = resolved(resource).json()["view"]["state"]
    assert (state["available"]["milli"], state["health"]) == (0, "down")
    assert not is_found(available_milli_min=1)


def test_a_delivery_alone_makes_nothing_stale(resource):
    at = clock.now() - timedelta(hours=2)
    sensing.observe(resource_ids=[resource.pk], health=Health.DEGRADED, at=at, evidence="x")
    assert resolved(resource).json()["view"]["state"]["available"]["source"] == "market"
    assert is_found(available_milli_min=1)


def test_a_new_state_is_a_new_answer(resource):
    told(resource, free=3_000)
    tag = resolved(resource)["ETag"]
    assert resolved(resource, if_none_match=tag).status_code == 304
    told(resource, free=2_000, age=0)
    assert resolved(resource, if_none_match=tag).status_code == 200


def test_a_suspended_resource_is_offered_nowhere_at_once(resource):
    tag = resolved(resource)["ETag"]
    with tenancy.acting_as(resource.provider_id):
        identity.change_resource_status(
            resource_id=resource.pk,
            provider_id=resource.provider_id,
            status=ResourceStatus.SUSPENDED,
        )
    assert_gone(resource, tag, worst_of="record")


def test_a_suspended_owner_takes_its_resources_along(resource):
    tag = resolved(resource)["ETag"]
    first, second = standing.operators()
    standing.suspend(resource.provider, by=first, second=second)
    assert_gone(resource, tag, worst_of="owner")


def assert_gone(resource, tag, *, worst_of):
    again = resolved(resource, if_none_match=tag)
    view = again.json()["view"]
    assert (again.status_code, again["Cache-Control"]) == (200, "public, max-age=2")
    assert (view["status"]["value"], view["status"]["worst_of"]) == ("SUSPENDED", worst_of)
    assert view["state"]["available"] is None
    assert '"status":"SUSPENDED"' in in_batch(resource)
    assert not is_found()
    assert is_found(status="SUSPENDED")
    old = Client().get(f"/api/v1/identifiers/{resource.identifier}")
    assert (old.json()["status"], old["Cache-Control"]) == ("SUSPENDED", "public, max-age=2")
    passport = Client().get(f"/r/{resource.identifier}/", headers={"accept-language": "en"})
    assert "none: suspended" in passport.content.decode()


def test_a_suspended_node_takes_its_codes_along(key_folder):
    entries(1)
    with tenancy.acting_as_platform():
        services.publish_keyset(now=clock.now())
        LevelNode.objects.create(
            code="R31000",
            kind="R",
            name="x",
            state="SUSPENDED",
            root_key=b"1" * 32,
            since=NOW,
            proposal_id="0199e0c2-0c4e-7b51-9d6b-0f1d6d3b6a01",
            proposed_by_id=1,
            agreed_by_id=2,
        )
    assert not is_found()
    assert is_found(status="SUSPENDED")
