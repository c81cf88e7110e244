"""A node that signs what has no form is refused and named; nobody meets an error of ours."""

import pytest

from common import clock, statements, tenancy
from gateway import fetching, services
from gateway.breaker import breaker
from gateway.contracts import KeyPurpose
from gateway.rules import renewals
from tests.gateway.levels import FarNode
from tests.gateway.test_codes_are_resolved import CODE, OWNER, RESOLVE, grant, reach

pytestmark = pytest.mark.django_db


@pytest.fixture
def far(monkeypatch, key_folder):
    fetching._fetched_at.clear()
    breaker.reset()
    region = FarNode("R31000", clock.now())
    with tenancy.acting_as_platform():
        services.publish_keyset(now=clock.now())
        region.admit()
    grant(OWNER, region.code)
    reach(monkeypatch, region)
    return region


def reason(client):
    answer = client.get(RESOLVE, {"code": CODE})
    assert answer.status_code == 502, answer.text
    return answer.json()["node"], answer.json()["reason"]


@pytest.mark.parametrize(
    "over",
    [
        {"sequence": 2**40},
        {"sequence": True},
        {"sequence": 0},
        {"keys": ["register"]},
        {"keys": [{"name": "R31000/answer"}]},
        {"keys": "none"},
        {"past": [{"purpose": "register"}]},
        {"public_key": "?"},
        {"public_key": "AAAA"},
        {"not_after": 7},
    ],
    ids=repr,
)
def test_a_set_of_keys_that_has_no_form(client, far, monkeypatch, over):
    sound = statements.parse(far.keyset()["text"]).body
    spoilt = dict(sound)
    for name, value in over.items():
        if name in ("public_key", "not_after"):
            spoilt["keys"] = [each | {name: value} for each in sound["keys"]]
        else:
            spoilt[name] = value
    monkeypatch.setattr(far, "keyset", lambda: far.say("keyset", spoilt, KeyPurpose.ROOT))

    assert reason(client) == ("R31000", "not_its_keyset")


@pytest.mark.parametrize("sequence", ["first", 2**40, 0, None, [1]])
def test_a_grant_that_has_no_form(client, far, monkeypatch, sequence):
    low = {"referral": far.grant(CODE.rpartition("-")[0], "P31000", sequence=sequence)}
    monkeypatch.setattr(far, "reply", lambda code, nonce: low)

    assert reason(client) == ("R31000", "grant_malformed")


@pytest.mark.parametrize("over", [{"sequence": "first"}, {"sequence": 2**40}, {"sequence": None}])
def test_a_renewal_that_has_no_form_renews_nothing(far, over):
    body = renewals.body("sha256:" + "0" * 64, sequence=1, at=clock.now())

    assert renewals.read(body) is not None
    assert renewals.read(body | over) is None
