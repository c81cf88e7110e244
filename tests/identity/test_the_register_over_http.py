import base64
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core import mail
from django.db import transaction

from common import tenancy
from identity import services as identity
from identity.contracts import Role
from identity.models import Membership, Organization, SmeCertificate, User
from tests import cast

pytestmark = pytest.mark.django_db
API = "/api/v1"
JSON = "application/json"


def browser_of(*roles: Role, of: Organization | None = None):
    return cast.signed_in(cast.member(of or cast.organization(), *roles))


def problem(reply) -> tuple[int, str]:
    return reply.status_code, reply.json()["code"]


# --- Organisations ---------------------------------------------------------------------------


def test_the_operator_enters_an_organisation():
    operator = browser_of(Role.OPERATOR)
    entry = {
        "uscc": "91350100M000100Y43",
        "name": "福州示范",
        "region": "350100",
        "industry": "I64",
    }

    made = operator.post(f"{API}/organizations", entry, content_type=JSON)
    again = operator.post(f"{API}/organizations", entry, content_type=JSON)

    assert made.status_code == 201
    assert made.json()["uscc"] == "91350100M000100Y43"
    assert problem(again) == (409, "organization_exists")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"uscc": "91350100M000100Y4A"}, "invalid_uscc"),
        ({"uscc": "91350100M000100YIO"}, "invalid_uscc"),
        ({"uscc": "91350100M000100Y"}, "invalid_uscc"),
        ({"uscc": "91350100m000100y43"}, "invalid_uscc"),
        ({"uscc": "９１３５０１００M000100Y43"}, "invalid_uscc"),
        ({"uscc": 91350100}, "invalid"),
        ({"region": "510122"}, "invalid_region"),
        ({"industry": "I99"}, "invalid_industry"),
        ({"name": "lone \ud800 half"}, "parse_error"),
        ({"colour": "red"}, "unknown_field"),
    ],
)
def test_an_organisation_that_cannot_be_is_refused(changes, code):
    operator = browser_of(Role.OPERATOR)
    before = Organization.objects.count()

    reply = operator.post(
        f"{API}/organizations",
        {"uscc": "91350100M000100Y43", "name": "x"} | changes,
        content_type=JSON,
    )

    assert problem(reply) == (400, code)
    assert Organization.objects.count() == before


def test_members_see_their_own_organisation_and_no_list_of_others():
    acme, zeta = cast.organization("Acme"), cast.organization("Zeta")
    buyer = browser_of(Role.BUYER, of=acme)

    listed = buyer.get(f"{API}/organizations").json()["results"]

    assert [entry["id"] for entry in listed] == [str(acme.pk)]
    assert buyer.get(f"{API}/organizations/{acme.pk}").status_code == 200
    assert problem(buyer.get(f"{API}/organizations/{zeta.pk}")) == (404, "not_found")


def test_members_change_what_their_organisation_is_called():
    acme = cast.organization()
    buyer = browser_of(Role.BUYER, of=acme)

    reply = buyer.patch(f"{API}/organizations/{acme.pk}", {"name": "新名"}, content_type=JSON)

    assert reply.json()["name"] == "新名"
    assert problem(
        buyer.patch(f"{API}/organizations/{acme.pk}", {"uscc": "x"}, content_type=JSON)
    ) == (400, "unknown_field")


def test_a_person_acts_for_another_of_their_organisations():
    acme, zeta = cast.organization("Acme"), cast.organization("Zeta")
    person = cast.member(acme, Role.BUYER)
    with tenancy.acting_as_platform():
        identity.add_member(organization_id=zeta.pk, user_id=person.pk, role=Role.PROVIDER)
    browser = cast.signed_in(person)

    switched = browser.patch(
        f"{API}/me", {"organization_id": str(zeta.pk), "name": "李雷"}, content_type=JSON
    ).json()

    assert (switched["organization"]["id"], switched["roles"]) == (str(zeta.pk), ["PROVIDER"])
    assert switched["user"]["name"] == "李雷"
    assert len(switched["organizations"]) == 2
    stranger = cast.organization("Stranger")
    refused = browser.patch(f"{API}/me", {"organization_id": str(stranger.pk)}, content_type=JSON)
    assert problem(refused) == (404, "not_found")
    assert browser.get(f"{API}/me").json()["organization"]["id"] == str(zeta.pk)


# --- Members ---------------------------------------------------------------------------------


def invite(browser, organization, role, email="New.Person@test.example"):
    return browser.post(
        f"{API}/organizations/{organization.pk}/members",
        {"email": email, "role": role},
        content_type=JSON,
    )


def test_a_member_invites_and_the_answer_tells_nothing_of_accounts():
    acme = cast.organization()
    buyer = browser_of(Role.BUYER, of=acme)
    known = cast.member(cast.organization(), Role.BUYER, email="known@test.example")

    new, there = invite(buyer, acme, "BUYER"), invite(buyer, acme, "BUYER", known.email)

    assert (new.status_code, there.status_code) == (201, 201)
    assert new.json().keys() == there.json().keys()
    assert User.objects.get(email="new.person@test.example").has_usable_password() is False


@pytest.mark.parametrize("role", ["AUDITOR", "OPERATOR", "ISSUER", "FINANCE"])
def test_a_member_gives_nobody_a_duty_of_the_market(role):
    acme = cast.organization()

    reply = invite(browser_of(Role.BUYER, Role.PROVIDER, of=acme), acme, role)

    assert problem(reply) == (403, "permission_denied")
    with tenancy.acting_as_platform():
        assert not Membership.objects.filter(role=role).exists()
    assert not User.objects.filter(email="new.person@test.example").exists()


@pytest.mark.parametrize("role", ["AUDITOR", "BUYER"])
def test_what_an_operator_gives_waits_for_another_operator(
    role, django_capture_on_commit_callbacks
):
    acme, office = cast.organization(), cast.organization("Office")
    first, second = (browser_of(Role.OPERATOR, of=office) for _n in range(2))

    asked = invite(first, acme, role)
    assert (asked.status_code, asked.json()["kind"]) == (202, "identity.role")
    path = f"{API}/approvals/{asked.json()['proposal_id']}/approve"
    seen = json.dumps({"content_hash": asked.json()["content_hash"]})
    with tenancy.acting_as_platform():
        assert not Membership.objects.filter(organization=acme).exists()
    assert mail.outbox == []
    with django_capture_on_commit_callbacks(execute=True):
        answers = [
            operator.post(
                path,
                seen,
                content_type="application/json",
                headers={"Idempotency-Key": uuid4().hex},
            ).status_code
            for operator in (first, second, second)
        ]

    assert answers == [403, 200, 409]
    with tenancy.acting_as_platform():
        given = Membership.objects.get(organization=acme)
        assert (given.user.email, given.role) == ("new.person@test.example", role)
    assert len(mail.outbox) == 1


def test_a_role_that_is_taken_away_is_gone_at_once():
    acme = cast.organization()
    leaving = cast.member(acme, Role.BUYER)
    browser = cast.signed_in(leaving)
    boss = browser_of(Role.BUYER, of=acme)
    members = boss.get(f"{API}/organizations/{acme.pk}/members").json()["results"]
    (entry,) = [member for member in members if member["email"] == leaving.email]

    removed = boss.delete(f"{API}/organizations/{acme.pk}/members/{entry['id']}")

    assert removed.status_code == 204
    assert browser.get(f"{API}/me").status_code == 403


# --- Metering agents -------------------------------------------------------------------------


def public_key() -> str:
    return base64.b64encode(Ed25519PrivateKey.generate().public_key().public_bytes_raw()).decode()


def register_agent(browser, key):
    return browser.post(
        f"{API}/metering-agents", {"name": "rack 7", "public_key": key}, content_type=JSON
    )


def test_an_agent_is_registered_and_revoked():
    provider = browser_of(Role.PROVIDER)
    key = public_key()

    made = register_agent(provider, key).json()
    revoked = provider.delete(f"{API}/metering-agents/{made['id']}")

    assert (made["public_key"], made["revoked_at"]) == (key, None)
    assert revoked.status_code == 204
    assert provider.get(f"{API}/metering-agents/{made['id']}").json()["revoked_at"] is not None


def test_an_agents_key_stands_for_one_organisation():
    key = public_key()
    register_agent(browser_of(Role.PROVIDER), key)

    assert problem(register_agent(browser_of(Role.PROVIDER), key)) == (409, "agent_key_exists")


def test_an_agents_key_may_come_as_tools_write_it():
    raw = base64.b64decode(public_key())
    wrapped = bytes.fromhex("302a300506032b6570032100") + raw
    pem = base64.encodebytes(wrapped).decode()
    for key in (
        base64.urlsafe_b64encode(raw).decode(),
        base64.b64encode(raw).decode().rstrip("="),
        base64.b64encode(wrapped).decode(),
        f"-----BEGIN PUBLIC KEY-----\n{pem}-----END PUBLIC KEY-----\n",
    ):
        provider = browser_of(Role.PROVIDER)

        made = register_agent(provider, key)

        assert made.json().get("public_key") == base64.b64encode(raw).decode() or problem(made) == (
            409,
            "agent_key_exists",
        )


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("", "invalid"),
        ("AAAA", "invalid"),
        ("!" * 44, "invalid"),
        (5, "invalid"),
        (base64.b64encode(bytes(32)).decode(), "invalid_public_key"),
        (base64.b64encode(b"\x01" + bytes(31)).decode(), "invalid_public_key"),
        (base64.b64encode(b"\xff" * 32).decode(), "invalid_public_key"),
    ],
)
def test_what_is_no_key_is_refused(key, code):
    assert problem(register_agent(browser_of(Role.PROVIDER), key)) == (400, code)


# --- SME certificates ------------------------------------------------------------------------


def certificate(holder: Organization, **changes):
    return {
        "organization_id": str(holder.pk),
        "kind": "TECHNOLOGY_SME",
        "number": "202601SME00001",
        "valid_from": "2026-01-01",
        "valid_to": "2027-01-01",
        "staff_count": 500,
        "revenue_minor": 20_000_000_000,
        "assets_minor": 20_000_000_000,
        "score": 60,
        "staff_score": 1,
    } | changes


def issue(browser, body):
    return browser.post(f"{API}/sme-certificates", body, content_type=JSON)


def test_an_issuer_attests_and_the_holder_sees_it():
    acme = cast.organization()
    issuer = browser_of(Role.ISSUER)

    made = issue(issuer, certificate(acme))

    assert made.status_code == 201
    (own,) = browser_of(Role.BUYER, of=acme).get(f"{API}/sme-certificates").json()["results"]
    assert own["number"] == "202601SME00001"
    assert browser_of(Role.BUYER).get(f"{API}/sme-certificates").json()["results"] == []


@pytest.mark.parametrize(
    ("changes", "criterion"),
    [
        ({"staff_count": 501}, "staff_count"),
        ({"revenue_minor": 20_000_000_001}, "revenue_minor"),
        ({"assets_minor": 20_000_000_001}, "assets_minor"),
        ({"score": 59}, "score"),
        ({"score": None}, "score"),
        ({"staff_score": 0}, "staff_score"),
    ],
)
def test_who_misses_a_criterion_gets_no_certificate(changes, criterion):
    reply = issue(browser_of(Role.ISSUER), certificate(cast.organization(), **changes))

    assert problem(reply) == (422, "sme_criteria_not_met")
    assert reply.json()["criterion"] == criterion
    with tenancy.acting_as_platform():
        assert not SmeCertificate.objects.exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"staff_count": -1}, "min_value"),
        ({"staff_count": 1.5}, "invalid"),
        ({"staff_count": True}, "invalid"),
        ({"staff_count": "１２"}, "invalid"),
        ({"revenue_minor": 10**17 + 1}, "max_value"),
        ({"revenue_minor": "1e9"}, "invalid"),
        ({"valid_to": "2026-01-01"}, "invalid"),
    ],
)
def test_figures_are_plain_whole_numbers(changes, code):
    reply = issue(browser_of(Role.ISSUER), certificate(cast.organization(), **changes))

    assert problem(reply) == (400, code)


def test_nobody_attests_who_is_not_registered():
    nobody = Organization()

    reply = issue(browser_of(Role.ISSUER), certificate(nobody))

    assert problem(reply) == (404, "not_found")


def test_nobody_attests_themselves():
    acme = cast.organization()

    assert problem(issue(browser_of(Role.ISSUER, of=acme), certificate(acme))) == (
        403,
        "permission_denied",
    )


def test_a_revoked_certificate_attests_nothing():
    acme = cast.organization()
    issuer = browser_of(Role.ISSUER)
    made = issue(issuer, certificate(acme)).json()
    from identity import selectors

    def standing():
        with tenancy.acting_as_platform():
            return selectors.sme_standing(organization_ids=[acme.pk], on=cast.NOW.date())

    assert standing()[acme.pk].number == "202601SME00001"
    other = browser_of(Role.ISSUER).delete(f"{API}/sme-certificates/{made['id']}")
    assert other.status_code == 404
    assert issuer.delete(f"{API}/sme-certificates/{made['id']}").status_code == 204
    assert standing() == {}


# --- Resources and identifiers ---------------------------------------------------------------


def test_everyone_resolves_an_identifier(client):
    acme = cast.organization("Acme")
    pool = cast.resource(acme, cards=8, pue="1.180")
    later = cast.NOW + timedelta(minutes=5)
    identity.observe_capacity({pool.pk: 2500}, at=later)

    reply = client.get(f"{API}/identifiers/{pool.identifier}")
    answer = reply.json()

    assert reply["Cache-Control"] == "public, max-age=2"
    assert answer["total"] == {"milli": 8000, "observed_at": "2026-11-20T08:00:00Z"}
    assert answer["available"] == {"milli": 2500, "observed_at": "2026-11-20T08:05:00Z"}
    assert answer["owner"]["name"] == acme.name
    assert answer["owner"]["uscc_masked"] == f"{acme.uscc[:8]}••••••••{acme.uscc[-2:]}"
    assert answer["energy"] == {"pue": "1.180", "grid_region": "640000"}
    assert (answer["status"], answer["profile_version"]) == ("ACTIVE", "1")
    assert answer["ttl_seconds"] == 60


def test_a_mistyped_identifier_is_told_apart_from_an_unknown_one(client):
    with transaction.atomic():
        pool = cast.resource(cast.organization())
        transaction.set_rollback(True)  # Resources stay for good; this one never was.
    # One wrong character is always seen; two that changed places nearly always.
    mistyped = pool.identifier.replace("-00000001-", "-00000007-")

    assert problem(client.get(f"{API}/identifiers/{mistyped}")) == (
        400,
        "identifier_check_character",
    )
    assert problem(client.get(f"{API}/identifiers/{pool.identifier}")) == (404, "not_found")
    assert problem(client.get(f"{API}/identifiers/{pool.identifier.lower()}")) == (
        400,
        "identifier_lower_case",
    )
    assert problem(client.get(f"{API}/identifiers/%00")) == (404, "not_found")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"region": "640500"}, ["Zhongwei"]),
        ({"hub": "GAN"}, ["Gui'an"]),
        ({"q": "zhong"}, ["Zhongwei"]),
        ({"q": "nt04"}, ["Gui'an"]),
        ({"resource_class": "HPC"}, []),
        ({"status": "ACTIVE"}, ["Gui'an", "Zhongwei"]),
    ],
)
def test_the_register_is_searched(client, query, found):
    acme = cast.organization()
    cast.resource(acme, name="Zhongwei", region="640500")
    cast.resource(acme, name="Gui'an", region="520100", chip="T4")

    listed = client.get(f"{API}/resources", query).json()["results"]

    assert [entry["name"] for entry in listed] == found


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"hub": "NOWHERE"}, 400),
        ({"provider": "me"}, 400),
        ({"q": "a\x00b"}, 400),
        ({"q": "x" * 121}, 400),
        ({"cursor": "nonsense"}, 400),
        ({"cursor": base64.b64encode(b"p=nonsense").decode()}, 400),
        ({"cursor": base64.b64encode(b"p=%00").decode()}, 400),
        ({"cursor": base64.b64encode(b"o=999999999999").decode()}, 400),
        ({"page_size": "-1"}, 400),
        ({"page_size": "many"}, 400),
        ({"page_size": "100000"}, 200),
    ],
)
def test_a_search_without_sense_is_no_defect(client, query, status):
    cast.resource(cast.organization())

    assert client.get(f"{API}/resources", query).status_code == status


def test_a_provider_suspends_resumes_and_withdraws():
    acme = cast.organization()
    provider = browser_of(Role.PROVIDER, of=acme)
    address = f"{API}/resources/{cast.resource(acme).pk}"

    def become(status):
        return provider.patch(address, {"status": status}, content_type=JSON)

    steps = [become(step).status_code for step in ("SUSPENDED", "ACTIVE", "WITHDRAWN")]

    assert steps == [200, 200, 200]
    assert problem(become("ACTIVE")) == (409, "status_change_refused")


def test_a_strangers_resource_cannot_be_suspended():
    pool = cast.resource(cast.organization())

    reply = browser_of(Role.PROVIDER).patch(
        f"{API}/resources/{pool.pk}", {"status": "WITHDRAWN"}, content_type=JSON
    )

    assert problem(reply) == (404, "not_found")
    pool.refresh_from_db()
    assert pool.status == "ACTIVE"


def test_a_body_beyond_the_limit_is_refused(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    operator = browser_of(Role.OPERATOR)

    reply = operator.post(f"{API}/organizations", {"name": "x" * 2000}, content_type=JSON)

    assert problem(reply) == (413, "too_large")


def test_profiles_regions_and_hubs_are_public(client):
    profile, _second = client.get(f"{API}/identifier-profiles").json()["results"]

    assert profile["version"] == "1"
    assert len(client.get(f"{API}/hubs").json()) == 10
    codes = {region["code"]: region for region in client.get(f"{API}/regions").json()}
    assert codes["510122"]["valid_to"] == "2015-12-03"
