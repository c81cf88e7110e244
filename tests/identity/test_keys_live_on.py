"""Keys get new secrets beside the old, know their networks and use, and end together."""

from datetime import timedelta
from ipaddress import ip_address, ip_network

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from common import tenancy
from identity import services as identity
from identity.contracts import Role
from identity.key_networks import InvalidNetwork, KeyNetworkRefused, read_networks, require_network
from identity.models import ApiKey, Membership
from tests import cast

WEEK = timedelta(days=7)


def a_key(organization, person, **changes):
    now = timezone.now()
    facts = {
        "name": "robot",
        "roles": [Role.BUYER],
        "scopes": ["organizations:read"],
        "expires_at": now + timedelta(days=30),
    }
    with tenancy.acting_as_platform():
        return identity.create_api_key(
            organization_id=organization.pk, created_by=person.pk, now=now, **facts | changes
        )


@pytest.fixture
def acme(db):
    return cast.organization()


@pytest.fixture
def person(acme):
    return cast.member(acme, Role.BUYER)


def use(client, secret, **extra):
    return client.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}, **extra)


def post(browser, path, body=None):
    return browser.post(f"/api/v1/{path}", body or {}, content_type="application/json")


# --- Rotation --------------------------------------------------------------------------------
def test_both_secrets_are_good_until_the_stated_moment(client, acme, person, time_machine):
    former = a_key(acme, person)
    browser = cast.signed_in(person)
    until = timezone.now() + timedelta(hours=2)

    made = post(browser, f"api-keys/{former.key.pk}/rotation", {"former_ends_at": until})

    assert made.status_code == 201
    secret = made.json()["secret"]
    assert made.headers["Cache-Control"] == "no-store"
    assert made.json()["scopes"] == former.key.scopes
    assert use(client, former.secret).status_code == use(client, secret).status_code == 200
    time_machine.move_to(until + timedelta(seconds=1))
    assert use(client, former.secret).status_code == 401
    assert use(client, secret).status_code == 200


@pytest.mark.parametrize("after", [-timedelta(seconds=1), WEEK + timedelta(seconds=1)])
def test_the_overlap_is_bounded(acme, person, after):
    key, now = a_key(acme, person).key, timezone.now()

    with pytest.raises(identity.InvalidOverlap):
        identity.rotate_api_key(
            organization_id=acme.pk,
            key_id=key.pk,
            person_id=person.pk,
            former_ends_at=now + after,
            now=now,
        )


def test_a_key_has_one_successor_and_a_revoked_one_none(acme, person):
    browser = cast.signed_in(person)
    first, second = (a_key(acme, person).key for _n in range(2))
    at = {"former_ends_at": timezone.now() + timedelta(hours=1)}
    browser.delete(f"/api/v1/api-keys/{second.pk}")

    told = [
        post(browser, f"api-keys/{key.pk}/rotation", at).json().get("code")
        for key in (first, first, second)
    ]

    assert told == [None, "key_over", "key_over"]


def test_nobody_rotates_a_key_into_roles_that_they_lack(acme, person):
    key = a_key(acme, person).key
    seller = cast.signed_in(cast.member(acme, Role.PROVIDER))
    at = {"former_ends_at": timezone.now() + timedelta(hours=1)}

    refused = post(seller, f"api-keys/{key.pk}/rotation", at)

    assert refused.json()["code"] == "permission_denied"
    with tenancy.acting_as_platform():
        assert ApiKey.objects.get().ends_at is None


@pytest.mark.parametrize(
    "change",
    [
        "ends_at = NULL",
        "ends_at = ends_at + interval '1 hour'",
        "revoked_at = NULL",
        "expires_at = expires_at + interval '1 hour'",
        "scopes = '{orders:write}'",
        "networks = NULL",
        "kind = 'ORGANIZATION'",
    ],
)
def test_no_statement_lengthens_a_key(acme, person, change):
    key = a_key(acme, person, networks=["10.0.0.0/8"]).key
    now = timezone.now()
    with tenancy.acting_as_platform():
        ApiKey.objects.filter(pk=key.pk).update(ends_at=now, revoked_at=now)

        with (
            pytest.raises(DatabaseError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"UPDATE identity_apikey SET {change}")


# --- Networks --------------------------------------------------------------------------------
def test_a_key_is_good_from_its_networks_alone(client, acme, person):
    issued = a_key(acme, person, networks=["203.0.113.0/24", "2001:db8::/32"])

    told = {
        place: use(client, issued.secret, REMOTE_ADDR=place).status_code
        for place in ("203.0.113.9", "2001:db8::1", "::ffff:203.0.113.9", "203.0.114.1", "::1")
    }

    assert list(told.values()) == [200, 200, 200, 403, 403]


def test_a_forged_header_is_no_network(client, acme, person):
    issued = a_key(acme, person, networks=["203.0.113.0/24"])

    refused = use(client, issued.secret, HTTP_X_FORWARDED_FOR="203.0.113.9")

    assert (refused.status_code, refused.json()["code"]) == (403, "key_network_refused")


@pytest.mark.parametrize("written", ["203.0.113.9/24", "here", "10.0.0.0/33", "１０.0.0.0/8", "*"])
def test_what_is_no_network_is_said(written):
    with pytest.raises(InvalidNetwork):
        read_networks([written])


@given(
    network=st.ip_addresses().map(lambda one: ip_network(f"{one}/20", strict=False)),
    place=st.ip_addresses(v=4) | st.ip_addresses(v=6),
)
def test_a_network_admits_what_lies_in_it(network, place):
    within = getattr(place, "ipv4_mapped", None) or place
    try:
        require_network(read_networks([str(network)]), str(place))
        admitted = True
    except KeyNetworkRefused:
        admitted = False

    assert admitted == (ip_address(within) in network)


# --- Use, and the end of all -----------------------------------------------------------------
def test_the_last_use_is_kept_with_its_network(client, acme, person):
    issued = a_key(acme, person)

    use(client, issued.secret, REMOTE_ADDR="203.0.113.9")

    [shown] = cast.signed_in(person).get("/api/v1/api-keys").json()["results"]
    assert shown["last_used_from"] == "203.0.113.0/24"
    assert shown["last_used_at"] is not None


def test_all_keys_end_at_once_and_another_organisations_stay(client, acme, person):
    mine = [a_key(acme, person) for _n in range(2)]
    other = cast.organization("Other")
    theirs = a_key(other, cast.member(other, Role.BUYER))

    told = post(cast.signed_in(person), "api-keys/revocation")

    assert told.json() == {"revoked": 2}
    assert [use(client, each.secret).status_code for each in (*mine, theirs)] == [401, 401, 200]


# --- Personal access tokens ------------------------------------------------------------------
def a_token(browser, **changes):
    wish = {
        "name": "script",
        "scopes": ["organizations:read"],
        "expires_at": timezone.now() + timedelta(days=9),
    }
    return post(browser, "personal-tokens", wish | changes)


def test_a_token_is_its_persons_alone(client, acme, person):
    made = a_token(cast.signed_in(person)).json()
    colleague = cast.signed_in(cast.member(acme, Role.BUYER))

    assert made["secret"].startswith("spp_")
    assert use(client, made["secret"]).json()["roles"] == ["BUYER"]
    assert colleague.get("/api/v1/personal-tokens").json()["results"] == []
    assert colleague.get("/api/v1/api-keys").json()["results"] == []
    assert colleague.delete(f"/api/v1/personal-tokens/{made['id']}").status_code == 404
    assert colleague.delete(f"/api/v1/api-keys/{made['id']}").status_code == 404
    assert use(client, made["secret"]).status_code == 200


def test_a_token_ends_with_the_last_role_and_with_the_account(client, acme, person):
    first = a_token(cast.signed_in(person)).json()["secret"]
    with tenancy.acting_as_platform():
        Membership.objects.filter(user=person).delete()
    assert use(client, first).status_code == 401

    other = cast.member(acme, Role.BUYER)
    second = a_token(cast.signed_in(other)).json()["secret"]
    cast.leaves(other)
    assert use(client, second).status_code == 401


def test_a_token_lasts_a_year_at_most(person):
    late = a_token(cast.signed_in(person), expires_at=timezone.now() + timedelta(days=367))

    assert late.json()["code"] == "invalid_expiry"


def test_no_token_makes_another(client, person):
    secret = a_token(cast.signed_in(person)).json()["secret"]

    refused = client.post(
        "/api/v1/personal-tokens",
        {},
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )

    assert refused.json()["code"] == "person_required"


# --- Pages -----------------------------------------------------------------------------------
def test_the_pages_show_a_secret_once(acme, person):
    browser = cast.signed_in(person)
    form = browser.get("/developers/tokens/").context["form"]
    typed = {
        "key": form.initial["key"],
        "name": "script",
        "days": "30",
        "networks": "203.0.113.0/24\n10.1.0.0/16",
        "scopes": ["organizations:read"],
    }

    page = browser.post("/developers/tokens/", typed)

    assert page.context["issued"].secret in page.text
    assert browser.post("/developers/tokens/", typed).status_code == 302
    wrong = browser.post("/developers/tokens/", typed | {"networks": "everywhere"})
    assert wrong.status_code == 422
    assert wrong.context["form"].errors.keys() == {"networks"}
    [token] = browser.get("/api/v1/personal-tokens").json()["results"]
    assert token["networks"] == ["10.1.0.0/16", "203.0.113.0/24"]
    browser.post(f"/developers/tokens/{token['id']}/revoke/")
    [token] = browser.get("/api/v1/personal-tokens").json()["results"]
    assert token["revoked_at"]


def test_a_key_is_rotated_and_all_are_revoked_on_pages(client, acme, person):
    former = a_key(acme, person)
    browser = cast.signed_in(person)
    path = f"/developers/keys/{former.key.pk}/secret/"
    typed = {"key": browser.get(path).context["form"].initial["key"], "overlap": "3600"}

    page = browser.post(path, typed)

    secret = page.context["issued"].secret
    assert secret in page.text
    assert browser.post(path, typed).status_code == 302
    assert use(client, secret).status_code == use(client, former.secret).status_code == 200
    path = "/developers/keys/revoke-all/"
    browser.post(path, {"key": browser.get(path).context["form"].initial["key"]})
    assert use(client, secret).status_code == use(client, former.secret).status_code == 401
