"""Limits of requests: counted together by all processes, told in headers and in words."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from common import tenancy
from identity import services as identity
from identity import turns
from identity.contracts import Role
from tests import cast, databases

ME = "/api/v1/me"


def key_of(organization, scopes=("organizations:read",)) -> dict[str, str]:
    maker = cast.member(organization, Role.BUYER)
    now = timezone.now()
    with tenancy.acting_as_platform():
        issued = identity.create_api_key(
            organization_id=organization.pk,
            created_by=maker.pk,
            name="program",
            roles=[Role.BUYER],
            scopes=scopes,
            now=now,
            expires_at=now + timedelta(days=1),
        )
    return {"Authorization": f"Bearer {issued.secret}"}


def statuses(client, times, path=ME, **headers) -> list[int]:
    return [client.get(path, headers=headers).status_code for _ in range(times)]


@pytest.mark.django_db
def test_a_key_beyond_its_limit_is_told_when_to_come_again(client, settings):
    settings.API_RATE_KEY = "3/m"
    headers = key_of(cast.organization())

    answers = [client.get(ME, headers=headers) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer["RateLimit"].split(";")[1] for answer in answers] == ["r=2", "r=1", "r=0", "r=0"]
    assert answers[0]["RateLimit-Policy"] == '"key";q=3;w=60'
    refused = answers[-1]
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "too_many_requests"
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused["Retry-After"] in refused.json()["detail"]


@pytest.mark.django_db
@pytest.mark.parametrize("written", ["Bearer  {}", " bearer {} ", "BEARER    {}"])
def test_a_key_is_counted_however_its_header_is_spaced(client, settings, written):
    settings.API_RATE_KEY = "2/m"
    secret = key_of(cast.organization())["Authorization"].removeprefix("Bearer ")

    assert statuses(client, 3, Authorization=written.format(secret)) == [200, 200, 429]


@pytest.mark.django_db
def test_a_page_counts_the_person_whatever_key_the_header_names(settings):
    settings.API_RATE_PERSON = "2/m"
    browser = cast.signed_in(cast.member(cast.organization(), Role.BUYER))

    assert statuses(browser, 3, "/search?q=x", Authorization="Bearer junk")[2] == 429


@pytest.mark.django_db
def test_the_addresses_of_one_ipv6_network_are_one_caller(client, settings):
    settings.API_RATE_ADDRESS = "2/m"

    answers = [
        client.get("/api/v1/listings", REMOTE_ADDR=f"2001:db8::{number}").status_code
        for number in (1, 2, 3)
    ]

    assert answers == [401, 401, 429]
    assert client.get("/api/v1/listings", REMOTE_ADDR="2001:db8:1::1").status_code == 401


@pytest.mark.django_db
def test_the_keys_of_one_organisation_share_its_limit_and_others_do_not(client, settings):
    settings.API_RATE_ORGANIZATION = "4/m"
    acme = cast.organization("Acme")
    first, second, other = key_of(acme), key_of(acme), key_of(cast.organization("Zeta"))

    assert statuses(client, 2, **first) == [200, 200]
    assert statuses(client, 3, **second) == [200, 200, 429]
    assert statuses(client, 1, **other) == [200]


@pytest.mark.parametrize(("setting", "limit"), [("API_RATE_KEY", 100), ("API_RATE_PERSON", 37)])
def test_of_two_hundred_requests_at_once_no_more_than_the_limit_pass(
    fresh_database, settings, setting, limit
):
    setattr(settings, setting, f"{limit}/m")
    acme = cast.organization()
    person = cast.member(acme, Role.BUYER)
    headers = key_of(acme) if setting == "API_RATE_KEY" else {}
    cookies = cast.signed_in(person).cookies

    def ask(_number):
        try:
            browser = Client()
            if not headers:
                browser.cookies = cookies
            return browser.get(ME, headers=headers).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, range(200)))

    assert set(answers) == {200, 429}
    assert answers.count(200) == limit


def test_counting_in_the_requests_own_transaction_would_lose_what_is_rolled_back(fresh_database):
    """A control: the count stays when the request fails, as it is no part of its transaction."""
    bucket = turns.Bucket("key", "x", limit=2, seconds=60)

    taken = [turns.take([bucket]).is_refused for _ in range(3)]
    with databases.admin(fresh_database) as admin:
        (counted,) = admin.execute("SELECT taken FROM identity_ratecount").fetchone()

    assert (taken, counted) == ([False, False, True], 2)


def test_no_length_of_a_window_sees_more_than_the_limit(fresh_database):
    bucket = turns.Bucket("key", "x", limit=20, seconds=1)
    passed: list[float] = []
    until = time.monotonic() + 3
    while time.monotonic() < until:
        if not turns.take([bucket]).is_refused:
            passed.append(time.monotonic())

    assert len(passed) >= 40, "what is over makes room again"
    for start in passed:
        within = [moment for moment in passed if start <= moment < start + 0.95]
        assert len(within) <= 22, "the window before counts by its share"


@pytest.mark.django_db
def test_guessing_keys_is_stopped_by_address(client, settings):
    settings.API_RATE_MISSES = "5/m"

    def guess(number):
        headers = {"Authorization": f"Bearer spn_{number}"}
        return client.get(ME, headers=headers).status_code

    assert [guess(number) for number in range(7)] == [401, 401, 401, 401, 401, 429, 429]


@pytest.mark.django_db
def test_guessing_what_there_is_stops_the_guesser_and_nobody_else(settings):
    settings.API_RATE_MISSES = "5/m"
    acme = cast.organization()
    guesser, colleague = (cast.signed_in(cast.member(acme, Role.BUYER)) for _ in range(2))
    unknown = "/api/v1/vouchers/01900000-0000-7000-8000-{:012d}"

    found = [guesser.get(unknown.format(number)).status_code for number in range(6)]

    assert found == [404] * 5 + [429]
    assert guesser.get(ME).status_code == 429
    assert colleague.get(ME).status_code == 200


@pytest.mark.django_db
def test_a_person_who_writes_or_searches_pages_too_often_is_told_on_a_page(settings):
    settings.API_RATE_PERSON = "2/m"
    browser = cast.signed_in(cast.member(cast.organization(), Role.BUYER))

    reads = [browser.get("/market/").status_code for _ in range(4)]
    writes = [browser.post("/preferences/theme/", {"theme": "dark"}) for _ in range(2)]
    searched = browser.get("/search/", {"q": "O-20261126-0001"})

    assert 429 not in reads
    assert 429 not in {answer.status_code for answer in writes}
    assert searched.status_code == 429
    assert "text/html" in searched["Content-Type"]
    assert int(searched["Retry-After"]) >= 1


@pytest.mark.django_db
def test_without_limits_nothing_is_counted_and_nothing_said(client, django_assert_num_queries):
    answer = client.get("/api/v1/regions")

    assert "RateLimit" not in answer
    with connection.cursor() as cursor, pytest.raises(Exception, match="permission denied"):
        cursor.execute("SELECT * FROM identity_ratecount")


@pytest.mark.parametrize("rate", ["many", "0/m", "5/d", "5", "-1/m", "５/m"])
def test_a_rate_that_is_none_is_refused_by_name(settings, rate):
    settings.API_RATE_KEY = rate

    with pytest.raises(ImproperlyConfigured, match="API_RATE_KEY must be a rate"):
        turns.parse_rate("API_RATE_KEY")


@pytest.mark.django_db
def test_the_schema_tells_of_the_limits(client):
    schema = client.get("/api/schema/", headers={"Accept": "application/json"}).json()

    refused = schema["paths"]["/api/v1/orders"]["get"]["responses"]["429"]
    assert refused == {"$ref": "#/components/responses/TooMany"}
    assert {"Retry-After", "RateLimit", "RateLimit-Policy"} == set(
        schema["components"]["responses"]["TooMany"]["headers"]
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("proxies", "meta"),
    [
        (0, {"REMOTE_ADDR": ""}),  # A server that listens at a socket in a folder says none.
        (0, {"REMOTE_ADDR": "no address"}),
        (1, {"REMOTE_ADDR": "", "HTTP_X_FORWARDED_FOR": "unknown"}),
        (2, {"HTTP_X_FORWARDED_FOR": "10.0.0.1"}),  # Past one of two proxies.
    ],
)
def test_whoever_comes_without_an_address_shares_a_limit_and_is_not_turned_away(
    client, settings, proxies, meta
):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    settings.API_RATE_ADDRESS = "2/m"

    answers = [client.get("/api/v1/resources", **meta).status_code for _ in range(3)]

    assert answers == [200, 200, 429]
    assert client.post("/accounts/login/", {"login": "a@b.cn", "password": "x"}, **meta).status_code
