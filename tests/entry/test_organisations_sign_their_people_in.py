"""OpenID Connect: a provider of an organisation vouches for its people, and lies are named."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from common import networks, tenancy
from identity import services as identity
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.entry import answers, services
from identity.entry.contracts import SsoDomainTaken, SsoFailed, SsoInvalid, Unconfirmed
from identity.models import Membership, User
from tests import cast
from tests.identity import standing

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ISSUER, CLIENT = "https://sso.acme.example", "suanpan"


def key_set(key=KEY):
    told = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return {"keys": [told | {"kid": "1", "use": "sig"}]}


def claims(**changes):
    now = int(timezone.now().timestamp())
    told = {
        "iss": ISSUER,
        "aud": CLIENT,
        "sub": "u-1",
        "exp": now + 300,
        "iat": now,
        "nonce": "n",
        "email": "li@acme.example",
        "email_verified": True,
        "name": "Li",
        "groups": ["buyers"],
    }
    merged = told | changes
    return {name: value for name, value in merged.items() if value is not None}


def signed(key=KEY, algorithm="RS256", kid="1", **changes):
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers={"kid": kid})


def read(token, **changes):
    facts = {
        "keys": key_set(),
        "issuer": ISSUER,
        "client_id": CLIENT,
        "nonce": "n",
        "roles_claim": "groups",
        "now": timezone.now(),
    }
    return answers.read_id_token(token, **facts | changes)


def test_an_honest_answer_proves_a_person():
    proved = read(signed())

    assert (proved.subject, proved.email, proved.name) == ("u-1", "li@acme.example", "Li")
    assert proved.values == {"buyers"}


NOW = int(timezone.now().timestamp())


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"iss": "https://evil.example"}, Unconfirmed.ISSUER),
        ({"iss": None}, Unconfirmed.ISSUER),
        ({"iss": ISSUER + "/"}, Unconfirmed.ISSUER),
        ({"aud": "another"}, Unconfirmed.AUDIENCE),
        ({"aud": [CLIENT, "another"]}, Unconfirmed.AUDIENCE),
        ({"aud": [CLIENT], "azp": "another"}, Unconfirmed.AUDIENCE),
        ({"exp": NOW - 3600}, Unconfirmed.EXPIRED),
        ({"iat": NOW - 3600}, Unconfirmed.EXPIRED),
        ({"iat": NOW + 3600}, Unconfirmed.EXPIRED),
        ({"exp": None}, Unconfirmed.MALFORMED),
        ({"nonce": "another"}, Unconfirmed.NONCE),
        ({"nonce": None}, Unconfirmed.NONCE),
        ({"email_verified": False}, Unconfirmed.EMAIL),
        ({"email_verified": "true"}, Unconfirmed.EMAIL),
        ({"email": None}, Unconfirmed.EMAIL),
        ({"sub": ""}, Unconfirmed.MALFORMED),
        ({"sub": "x" * 300}, Unconfirmed.MALFORMED),
    ],
)
def test_every_lie_is_named(changes, because):
    with pytest.raises(SsoFailed) as refused:
        read(signed(**changes))

    assert str(because.label) in str(refused.value)


def test_no_signature_but_of_its_own_keys_counts():
    head, body, _signature = signed().split(".")
    secret = "s" * 32
    for token in (
        signed(key=OTHER),
        signed(kid="unknown"),
        jwt.encode(claims(), None, algorithm="none", headers={"kid": "1"}),
        jwt.encode(claims(), secret, algorithm="HS256", headers={"kid": "1"}),
        f"{head}.{body}.",
        "not.a.token",
        "汉",
        "x" * 20_000,
    ):
        with pytest.raises(SsoFailed):
            read(token)
    shared = {"keys": [{"kty": "oct", "k": "c3Nzcw", "kid": "1"}]}
    with pytest.raises(SsoFailed):
        read(signed(), keys=shared)


@pytest.mark.parametrize(
    "email", ["li@evil.example", "li@acme.example.evil", "a@b@acme.example", "acme.example", "@x"]
)
def test_a_provider_vouches_for_its_domains_alone(email):
    with pytest.raises(SsoFailed):
        answers.require_domain(email, ["acme.example"])


@pytest.fixture
def operators(db):
    by, second = standing.operators()
    return by, Person(second.pk, by.organization_id)


def propose(acme, operators, **changes):
    facts = {
        "issuer": ISSUER,
        "client_id": CLIENT,
        "domains": ["acme.example"],
        "roles_claim": "groups",
        "roles": {"buyers": "BUYER", "sellers": "PROVIDER"},
        "reason": "they asked",
    }
    return services.propose_connection(
        organization_id=acme.pk, by=operators[0], now=timezone.now(), **facts | changes
    )


def connect(acme, operators, **changes):
    proposed = propose(acme, operators, **changes)
    second = operators[1]
    return services.confirm_connection(
        proposal_id=proposed.id,
        person_id=second.id,
        organization_id=second.organization_id,
        now=timezone.now(),
    )


@pytest.fixture
def acme(operators, monkeypatch):
    monkeypatch.setattr("common.outbound.check_address", lambda _url: None)
    return cast.organization("Acme")


def admit(found, **changes):
    return services.admit(connection=found, proved=read(signed(**changes)), now=timezone.now())


def roles_of(user, acme):
    with tenancy.acting_as_platform():
        held = Membership.objects.filter(user=user, organization=acme)
        return set(held.values_list("role", flat=True))


def test_roles_come_and_go_with_the_claim(acme, operators):
    found = connect(acme, operators)

    user = admit(found)
    assert roles_of(user, acme) == {"BUYER"}
    assert admit(found, groups=["sellers", "golfers"]) == user
    assert roles_of(user, acme) == {"PROVIDER"}
    assert admit(found, groups=[]) == user
    assert roles_of(user, acme) == set()
    assert not services.has_roles(connection=found, user=user)


def test_a_role_that_people_gave_stays(acme, operators):
    found = connect(acme, operators)
    person = User.objects.create_user("li@acme.example")
    with tenancy.acting_as_platform():
        identity.add_member(organization_id=acme.pk, user_id=person.pk, role=Role.PROVIDER)

    admit(found)
    admit(found, groups=[])

    assert roles_of(person, acme) == {"PROVIDER"}


def test_nobody_is_let_in_who_acts_elsewhere_or_whose_account_is_closed(acme, operators):
    found = connect(acme, operators)
    boss = User.objects.create_user("boss@acme.example")
    with tenancy.acting_as_platform():
        other = cast.organization("Market")
        identity.add_member(organization_id=other.pk, user_id=boss.pk, role=Role.OPERATOR)
    with pytest.raises(SsoFailed):
        admit(found, email="boss@acme.example")
    user = admit(found)
    identity.close_accounts(emails=[user.email])
    with pytest.raises(SsoFailed):
        admit(found)


def test_a_subject_stays_the_person_whatever_address_is_sent(acme, operators):
    found = connect(acme, operators)
    user = admit(found)
    victim = User.objects.create_user("victim@acme.example")

    assert admit(found, email="victim@acme.example") == user != victim


@pytest.mark.parametrize(
    "changes",
    [
        {"domains": []},
        {"domains": ["acme"]},
        {"domains": ["*.example"]},
        {"roles": {}},
        {"roles": {"x": "OPERATOR"}},
        {"roles_claim": ""},
        {"client_id": "汉"},
        {"reason": " "},
    ],
)
def test_what_is_no_connection_is_refused(acme, operators, changes):
    with pytest.raises(SsoInvalid):
        propose(acme, operators, **changes)


def test_a_domain_signs_in_by_one_connection(acme, operators):
    connect(acme, operators)

    with pytest.raises(SsoDomainTaken):
        propose(cast.organization("Thief"), operators, domains=["x.example", "acme.example"])


def test_the_database_keeps_what_was_agreed(acme, operators):
    found = connect(acme, operators)
    services.set_secret(organization_id=acme.pk, connection_id=found.pk, secret="hush")
    with tenancy.acting_as_platform():
        found.refresh_from_db()
        assert "hush" not in found.secret
        for attack in (
            "UPDATE entry_ssoconnection SET domains = '{evil.example}'",
            'UPDATE entry_ssoconnection SET roles = \'{"x": "OPERATOR"}\'',
            "DELETE FROM entry_ssoconnection",
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                connection.cursor().execute(attack)
    services.end_connection(
        organization_id=acme.pk, connection_id=found.pk, by=operators[0], now=timezone.now()
    )
    with tenancy.acting_as_platform(), pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute("UPDATE entry_ssoconnection SET ended_at = NULL")


class Provider(BaseHTTPRequestHandler):
    """A small identity provider: it describes itself, and gives the ID token it was told to."""

    def do_GET(self):
        at = f"http://{self.headers['Host']}"
        told = {
            "issuer": at,
            "authorization_endpoint": f"{at}/authorize",
            "token_endpoint": f"{at}/token",
            "jwks_uri": f"{at}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }
        self.answer(key_set() if self.path == "/keys" else told)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.seen.append((self.headers.get("Authorization"), parse_qs(body)))
        self.answer({"access_token": "a", "id_token": self.server.token})

    def answer(self, told):
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        return


@contextmanager
def provider():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    server.seen, server.token = [], ""
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.slow
@pytest.mark.usefixtures("fresh_database")
def test_a_person_goes_to_the_provider_and_comes_back_signed_in(settings):
    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.0/8"),)
    by, second = standing.operators()
    acme = cast.organization("Acme")
    with provider() as (server, address):
        found = connect(acme, (by, Person(second.pk, by.organization_id)), issuer=address)
        services.set_secret(organization_id=acme.pk, connection_id=found.pk, secret="hush")
        browser = Client()

        def begin():
            chosen = browser.post("/accounts/sso/", {"email": "li@acme.example"})
            assert f"/accounts/sso/{found.pk}/" in chosen.text
            left = browser.get(f"/accounts/sso/{found.pk}/")
            return {k: v[0] for k, v in parse_qs(urlsplit(left["Location"]).query).items()}

        asked = begin()
        assert asked["code_challenge_method"] == "S256"
        server.token = signed(iss=address, nonce=asked["nonce"])
        back = browser.get("/accounts/sso/back/", {"code": "c", "state": asked["state"]})

        assert back.status_code == 302
        seen = browser.get("/api/v1/me").json()
        assert (seen["roles"], seen["organization"]["id"]) == (["BUYER"], str(acme.pk))
        header, sent = server.seen[0]
        assert header.startswith("Basic ")
        assert sent["code_verifier"]

        # The answer is good once, and for the browser that began.
        again = browser.get("/accounts/sso/back/", {"code": "c", "state": asked["state"]})
        assert again.status_code == 422
        stranger = Client()
        assert stranger.get("/accounts/sso/back/", {"code": "c", "state": "x"}).status_code == 422
        browser.logout()
        asked = begin()
        server.token = signed(iss=address, nonce="of another sign-in")
        lied = browser.get("/accounts/sso/back/", {"code": "c", "state": asked["state"]})
        assert lied.status_code == 422
        assert browser.get("/api/v1/me").status_code == 401
    unreachable = browser.get(f"/accounts/sso/{found.pk}/")
    assert unreachable.status_code == 422


def test_a_command_lists_connections_and_never_their_secrets(acme, operators):
    admit(connect(acme, operators))
    out = StringIO()

    call_command("sso_connections", acme.uscc, "--json", stdout=out)

    (line,) = json.loads(out.getvalue())
    assert (line["issuer"], line["has_secret"], line["people"]) == (ISSUER, False, 1)
    assert "secret" not in line
