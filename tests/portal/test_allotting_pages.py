"""Operators allot pools, suspend, renew and end grants, and propose layouts; providers read."""

import json
from uuid import uuid4

import pytest

from common import clock
from identity import profile_proposals, selectors
from identity import services as identity
from identity.approvals.models import Proposal
from identity.contracts import Role
from identity.identifiers import profiles
from identity.register_models import IdentifierGrant, ProfileUse
from tests import cast
from tests.identity.test_profiles_side_by_side import THIRD

GRANTS, PROFILES = "/register/grants/", "/register/profiles/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def operator():
    return cast.member(cast.organization("Office"), Role.OPERATOR)


def granted(owner, **facts):
    made = identity.allot_pool(
        organization_id=owner.pk, name="机房", resources_max=10, now=cast.NOW, **facts
    )
    return IdentifierGrant.objects.get(prefix=made.prefix, is_current=True)


def sent(browser, address, **typed):
    return browser.post(address, {"key": str(uuid4()), **typed})


def test_an_operator_allots_a_pool_after_its_prefix_was_shown(operator):
    acme, browser = cast.organization(), cast.signed_in(operator)
    typed = {
        "organization": acme.uscc,
        "name": "东区",
        "resources_max": "20",
        "regions": "31, 52",
        "classes": ["AI"],
    }

    shown = sent(browser, f"{GRANTS}new/", **typed)
    assert "SP2-N00000-0001-0001" in shown.content.decode()
    assert not IdentifierGrant.objects.exists()
    seen = shown.context["main"][0].seen
    done = sent(browser, f"{GRANTS}new/", **typed, seen=seen)

    assert done.status_code == 302
    made = IdentifierGrant.objects.get(level="pool")
    assert made.limits == {
        "regions": ["31", "52"],
        "classes": ["AI"],
        "children": 0,
        "resources": 20,
    }
    assert made.recorded_by_id == operator.pk


def test_an_operator_suspends_resumes_and_renews_a_grant(operator):
    found, browser = granted(cast.organization()), cast.signed_in(operator)
    address = f"{GRANTS}{found.pk}/"

    sent(browser, f"{address}suspend/", reason="电力检修")
    assert "电力检修" in browser.get(address).content.decode()
    sent(browser, f"{address}resume/", reason="好了")
    sent(browser, f"{address}renew/")

    said = IdentifierGrant.objects.filter(prefix=found.prefix).order_by("sequence")
    assert [each.state for each in said] == ["ACTIVE", "SUSPENDED", "ACTIVE", "ACTIVE"]
    assert browser.get(f"{address}nothing/").status_code == 404


def test_a_grant_ends_once_another_operator_approves(operator):
    found, browser = granted(cast.organization()), cast.signed_in(operator)

    sent(browser, f"{GRANTS}{found.pk}/end/", reason="退出")

    waits = Proposal.objects.get()
    assert (waits.kind, waits.content["prefix"]) == ("identity.grant_end", found.prefix)
    shown = cast.signed_in(cast.member(cast.organization(), Role.OPERATOR)).get(
        f"/approvals/{waits.pk}/"
    )
    assert found.prefix in shown.content.decode()


def test_a_provider_sees_its_own_grants_and_changes_none():
    acme, other = cast.organization(), cast.organization()
    own, foreign = granted(acme), granted(other)
    browser = cast.signed_in(cast.member(acme, Role.PROVIDER))

    text = browser.get(GRANTS).content.decode()

    assert own.prefix in text
    assert foreign.prefix not in text
    assert browser.get(f"{GRANTS}{own.pk}/").status_code == 200
    assert browser.get(f"{GRANTS}{foreign.pk}/").status_code == 404
    assert browser.get(f"{GRANTS}{own.pk}/suspend/").status_code == 403


def test_layouts_show_their_parts_lists_and_vectors():
    browser = cast.signed_in(cast.member(cast.organization(), Role.BUYER))

    text = browser.get(f"{PROFILES}2/").content.decode()

    assert "ISO 7064 MOD 37,36" in text
    assert all(code in text for code in profiles.definition("2")["vectors"])
    assert browser.get(f"{PROFILES}77/").status_code == 404
    assert browser.get(f"{PROFILES}new/").status_code == 403


NEW = THIRD | {
    "vectors": [
        "88/000123/000000000001/53",
        "88/000123/000000000002/50",
        "88/000123/000000000003/47",
    ],
    "attributes": {"owner": "record"},
}


def test_two_operators_publish_a_layout_and_take_it_into_use(operator):
    browser = cast.signed_in(operator)
    typed = {"definition": json.dumps(NEW), "use_from": "2099-01-01T00:00", "reason": "new rules"}

    reply = sent(browser, f"{PROFILES}new/", **typed)

    assert reply.status_code == 302
    waits = Proposal.objects.get()
    office = cast.organization()
    second = cast.member(office, Role.OPERATOR)
    profile_proposals.publish(
        proposal_id=waits.pk, person_id=second.pk, organization_id=office.pk, now=clock.now()
    )
    assert selectors.identifier_profile("88").version == "88"
    used = ProfileUse.objects.latest("from_at")
    assert (used.profile_id, used.from_at.isoformat()) == ("88", "2098-12-31T16:00:00+00:00")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"recognise": "^(8+)+$"}, "recognise"),
        ({"vectors": ["88/000123/000000000001/54"] * 1}, "vectors"),
        ({"extra": 1}, "extra"),
        ({"scheme": "SP1", "recognise": "^SP1"}, "SP1"),
    ],
)
def test_a_layout_that_is_none_is_refused_beside_its_field(operator, change, told):
    browser = cast.signed_in(operator)

    reply = sent(browser, f"{PROFILES}new/", definition=json.dumps(NEW | change), reason="x")

    assert reply.status_code == 422
    assert told in reply.content.decode()
    assert not Proposal.objects.exists()
